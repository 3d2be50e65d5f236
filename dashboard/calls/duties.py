"""What calls hand to the registry: lines of the sidebar, and what the background process does."""

from functools import partial

from dashboard.calls import attempts, dialing, follow, history, keeping, reconcile, reread, texts, waiting
from dashboard.calls.turn import EVERY
from dashboard.web import process, registry

LANES = 4


def register() -> None:
    """Hand over both. A slow ring must not keep the next one waiting: several lanes."""
    registry.nav(registry.NavItem("work", "Calls", "phone", "calls:all", 20))
    registry.nav(registry.NavItem("project", "Calls", "phone-call", "calls:list", 40))
    for lane in range(LANES):
        about = "Places the calls that were asked for, each once. A call that was sent is never sent again by itself."
        registry.duty(
            f"send calls {lane + 1}",
            partial(send, lane),
            0.5,
            about=about,
            waiting=waiting.to_send,
            asks_talkstack=True,
        )
    about = "Calls whose process ended while it was sending them become unknown: nobody knows whether they rang."
    registry.duty("give up dead attempts", attempts.expire_leases, 5, about=about, waiting=waiting.being_sent)
    about = "Looks in Talkstack's history for calls whose answer was lost. Never calls anybody."
    registry.duty(
        "look for unknown calls",
        reconcile.look_for_unknown,
        5,
        about=about,
        waiting=waiting.to_look_for,
        asks_talkstack=True,
    )
    about = "Asks Talkstack about every call that is not over, and for recording and data once it is."
    registry.duty(
        "follow open calls", follow.follow_open, 1, about=about, waiting=waiting.to_follow, asks_talkstack=True
    )
    about = "Finds out which projects there are, so that their call histories are read."
    registry.duty("find call histories", history.find, EVERY.total_seconds(), about=about, asks_talkstack=True)
    about = "Reads every project's call history: the newest days every 2 minutes, older ones back to the beginning."
    registry.duty("read call histories", history.read_due, 3, about=about, waiting=history.to_read, asks_talkstack=True)
    about = "Has calls of the last 31 days read in full where the history says answered: it may have been a voicemail."
    registry.duty("look behind answered calls", reread.put_on_list, reread.EVERY_SECONDS, about=about)
    about = "Removes calls, variables and collected data that are older than a workspace keeps them."
    registry.duty("let old calls go", keeping.let_go, 3600, about=about, waiting=waiting.to_let_go)
    about = "Puts calls into the search that are not in it yet, such as all of them after an update."
    registry.duty("fill the search", texts.fill, 300, about=about, waiting=texts.to_fill)
    about = "Takes what was deleted or forgotten out of the files of the search for good."
    registry.duty("tidy the search", texts.tidy, 3600, about=about)


def send(lane: int) -> bool:
    """Send one call from this lane; the lane's name is what its attempts are leased to."""
    return dialing.send_next(f"{process.name()} lane {lane + 1}")
