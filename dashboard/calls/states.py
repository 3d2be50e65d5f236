"""Talkstack's words for a call: which are final, which one wins, and how they read. Pure functions."""

from dataclasses import dataclass

from dashboard.calls.models import Attempt, Call, Source

OPEN = {"queued": 0, "initiated": 1, "ringing": 2, "in-progress": 3}
REFINED = frozenset({"voicemail", "silence"})
FINAL = frozenset({"completed", "busy", "failed", "no-answer", "canceled"}) | REFINED
SILENT = ("busy", "no-answer", "failed", "canceled")  # final, and nobody talked
NEVER_PLACED = (Attempt.CANCELLED, Attempt.NOT_SENT, Attempt.NOT_CALLED, Attempt.REFUSED)
UNSETTLED = (Attempt.RESERVED, Attempt.SENDING, Attempt.UNKNOWN)  # they may still ring, or may have rung
_TRUST = {Source.DASHBOARD: 0, Source.WEBHOOK: 1, Source.HISTORY: 2, Source.CALL_DATA: 3}


def is_final(state: str) -> bool:
    """Whether Talkstack has nothing more to say about a call in this state. A word we do not know is not final."""
    return state in FINAL


def wins(old: str, old_source: str, new: str, new_source: str) -> bool:
    """Whether `new` replaces `old`: open never follows final; among finals the source decides, not arrival.

    `completed` may be refined into voicemail or silence by anybody, and is never coarsened back.
    """
    if not new or new == old:
        return False
    if not is_final(old):
        return is_final(new) or OPEN.get(new, 2) >= OPEN.get(old, -1 if not old else 2)
    if not is_final(new) or (old in REFINED and new == "completed"):
        return False
    if old == "completed" and new in REFINED:
        return True
    return _TRUST.get(Source(new_source), 0) >= _TRUST.get(Source(old_source or Source.DASHBOARD), 0)


def better(old_source: str, new_source: str) -> str:
    """The source to name for a state that both of them say: the more trusted one."""
    trusted = _TRUST.get(Source(old_source), -1) if old_source else -1
    return new_source if _TRUST.get(Source(new_source), 0) >= trusted else old_source


@dataclass(frozen=True)
class Badge:
    """A word and its colour: kind is "", "good", "busy", "bad" or "odd"; hollow means that the truth is not known."""

    label: str
    kind: str = ""
    hollow: bool = False


_STATES = {
    "queued": Badge("Queued", "busy"),
    "initiated": Badge("Dialling", "busy"),
    "ringing": Badge("Ringing", "busy"),
    "in-progress": Badge("Talking", "busy"),
    "completed": Badge("Answered", "good"),
    "busy": Badge("Busy"),
    "failed": Badge("Failed", "bad"),
    "no-answer": Badge("No answer"),
    "voicemail": Badge("Voicemail", "odd"),
    "silence": Badge("Silence", "odd"),
    "canceled": Badge("Cancelled by Talkstack"),
}
_ATTEMPTS = {
    Attempt.RESERVED: Badge("Waiting to be sent", "busy"),
    Attempt.SENDING: Badge("Being sent", "busy"),
    Attempt.PLACED: Badge("Placed", "busy"),
    Attempt.REFUSED: Badge("Refused", "bad"),
    Attempt.NOT_SENT: Badge("Not sent", "bad"),
    Attempt.UNKNOWN: Badge("Unknown", "bad", hollow=True),
    Attempt.NOT_CALLED: Badge("Not called"),
    Attempt.CANCELLED: Badge("Cancelled"),
}


def state_badge(state: str) -> Badge:
    """Talkstack's word as a badge; one we do not know is shown as it is, in neutral."""
    return _STATES.get(state) or Badge(state.replace("-", " ").capitalize() or "No word yet", "", hollow=not state)


def badge(attempt: str, state: str) -> Badge:
    """The one badge that says most: Talkstack's word once there is one, what became of the attempt until then."""
    if state or attempt not in _ATTEMPTS:
        return state_badge(state)
    return _ATTEMPTS[Attempt(attempt)]


def over(call: Call) -> bool:
    """Whether nothing will change any more without a person: the call has ended, or the attempt placed none."""
    return call.final_at is not None or is_final(call.state) or call.attempt in NEVER_PLACED
