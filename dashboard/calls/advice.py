"""What follows from what happened: why a person has to decide, why a source is not believed, and the sensible next step."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from dashboard.calls.models import Attempt, Call, Observation, Source
from dashboard.calls.states import is_final, over, state_badge

_AFTER_THE_END = timedelta(minutes=2)  # by then Talkstack has the recording and the data


def why_undecided(call: Call, enough_looks: int) -> str:
    """Why the machine does not decide about an unknown attempt, and what a person may do."""
    many = len(call.candidates)
    near = [each for each in call.candidates if isinstance(each, dict) and not each.get("fits", True)]
    if many and len(near) == many:
        which = "A call was" if many == 1 else f"{many} calls were"
        return f"{which} made to this number at nearly that time, but not quite: clocks may differ. Only a person can tell."
    if many == 1:
        return (
            "One call in Talkstack's history may be this one, but another attempt fits it too, or its time is missing."
        )
    if many:
        return f"{many} calls to this number were made at about that time. Which of them this one was cannot be seen."
    if call.looks >= enough_looks:
        return "Talkstack's history has no call that fits. It can be late or have holes, so that proves nothing: a person decides."
    if call.looks:
        return (
            f"Not found yet. Histories can be late: after {enough_looks} looks you can decide that nobody was called."
        )
    return "Nothing to decide yet: a call may need a minute to show up in the history."


def looked(call: Call) -> str:
    """How often and where an unknown attempt was looked for."""
    times = {0: "Not looked for yet", 1: "Looked for once"}.get(call.looks, f"Looked for {call.looks} times")
    return f"{times} in Talkstack's call history of {call.project_name or 'the project'}"


def why_waiting(call: Call) -> str:
    """Why a reservation does not go by itself."""
    if call.held_at:
        return call.words or "It was held for a person to look."
    return "It waited while the background process was not running, so it does not go by itself any more."


def not_yet_confirmed(said: Observation, call: Call) -> str:
    """A webhook's final word that nobody has confirmed."""
    label = state_badge(said.state).label
    trouble = f" It could not be checked yet: {call.read_problem}" if call.read_problem else ""
    return f"Talkstack's update said “{label}”; it is being checked, because updates are not signed.{trouble}"


def not_taken(item: Observation, call: Call) -> str:
    """Why the call's state did not follow what a source said; "" when it did, or nothing needs saying."""
    if item.took is not False or item.source == Source.DASHBOARD:
        return ""
    source = _source(item.source)
    source = source[0].upper() + source[1:]
    label = state_badge(item.state).label
    if not is_final(item.state):
        ended = is_final(call.state) and call.final_at and item.seen_at >= call.final_at
        after = ", after the call had ended" if ended else ""
        return f"{source} still said {label}{after}: not believed."
    if not is_final(call.state):
        return f"{source} said {label}: being checked."
    if item.state == call.state:
        return f"{source} said {label}; confirmed since."
    trusted = "call data" if call.state_source == Source.CALL_DATA else _source(call.state_source or Source.DASHBOARD)
    return f"{source} says {label}, {trusted} says {state_badge(call.state).label}: the more trusted stays."


def _source(source: str) -> str:
    return str(Source(source).label)


def still_to_come(call: Call, now: datetime) -> str:
    """Why what a call brought is not there, while it is still expected."""
    if not over(call):
        return "Nothing yet; it comes after the end of the call."
    if call.read_at is None:
        return "Not read from Talkstack yet; it is asked for as soon as it can be."
    if now - (call.ended_at or call.final_at or call.at) < _AFTER_THE_END:
        return "Not there yet; it comes some seconds after the end."
    return "Talkstack had none when it was last asked; it is asked once more."


@dataclass(frozen=True)
class Next:
    """The sensible next step: its words, what its button says, and which: "again" or "".

    `listen`: what a link to the recording says, if there is one.
    """

    words: str
    label: str = ""
    kind: str = ""
    listen: str = ""


def next_step(call: Call) -> Next | None:
    """What somebody may want to do now; None while the call is under way or nothing needs doing."""
    if call.attempt == Attempt.REFUSED:
        return Next(_mend(call.words), "Call again", "again")
    if call.attempt in (Attempt.NOT_SENT, Attempt.NOT_CALLED):
        return Next("Nobody was called, so calling again rings for the first time.", "Call again", "again")
    return _NEXT.get(call.state)


_NEXT = {
    "busy": Next("Busy lines are often free a few minutes later.", "Call again", "again"),
    "no-answer": Next("Another time of day may do better.", "Call again", "again"),
    "voicemail": Next(
        "Another time of day may do better.", "Call again", "again", "Listen to hear whether something was left on it"
    ),
    "silence": Next(
        "A screening service may have answered.", "Call again", "again", "Listen to the recording"
    ),
    "failed": Next("Check the number first: it will most likely fail again.", "Check and call again", "again"),
    "canceled": Next("Nobody spoke to the agent.", "Call again", "again"),
}  # fmt: skip


def _mend(words: str) -> str:
    said = words.lower()
    if "phone number" in said and "agent" in said:
        return "Give the agent a phone number first."
    if "unverified" in said or "verified" in said:
        return "Have the number verified at Talkstack first."
    if "credit" in said or "payment" in said:
        return "Fill up the credit at Talkstack first."
    if "key" in said or "unauthorized" in said:
        return "Have the owner mend the connection in the settings first."
    return "Mend what Talkstack complains about first: the same call would be refused again."
