"""What happened, in a sentence: for the top of a call's page and for the small print of a row."""

from dataclasses import dataclass

from dashboard.calls import candidates
from dashboard.calls.models import Attempt, Call, Source
from dashboard.calls.states import is_final, over, state_badge
from dashboard.web.templatetags.ui import duration


@dataclass(frozen=True)
class Told:
    """`headline` says what happened, `rest` what follows from it or what to do next."""

    headline: str
    rest: str = ""


_REFUSED = "Talkstack refused this: "
_ENDS = {
    "busy": Told("The line was busy.", "You can call again later."),
    "failed": Told("The call failed.", "The number may not be in service. Check it before you call again."),
    "voicemail": Told("A voicemail answered.", "Talkstack ends the call when it hears one."),
    "silence": Told("Answered, but nobody spoke.", "Talkstack ends a call after 6 s of silence."),
    "canceled": Told("Talkstack cancelled the call.", "Nobody spoke to the agent."),
}
_OPEN = {
    "queued": Told("Waiting in Talkstack's queue."),
    "initiated": Told("Talkstack is dialling."),
    "ringing": Told("Ringing."),
    "in-progress": Told("Talking now.", "Talkstack cannot hang up for you: the call ends when one of the two does."),
}


def told(call: Call, *, worker_silent: bool = False, rang: float = 0) -> Told:
    """The sentence on top of a call's page. What is open and cannot be asked about now is not said as if it were so.

    `rang`: for how many seconds the phone was seen to ring in vain (ringing.seconds), 0 if that is not known.
    """
    if call.state and not over(call) and (worker_silent or call.read_problem):
        why = (
            "the background process is not running."
            if worker_silent
            else f"the last question failed: {call.read_problem}"
        )
        return Told(f"Last known: {state_badge(call.state).label.lower()}.", f"It may be over by now; {why}")
    if call.state:
        return _by_state(call, rang)
    return _by_attempt(call)


def _by_state(call: Call, rang: float) -> Told:
    if call.state == "completed":
        return Told(f"Answered, talked for {duration(call.seconds)}." if call.seconds else "Answered.")
    if call.state == "no-answer":
        how_long = _rang(call, rang)
        return Told(
            f"Rang for {how_long}, nobody answered." if how_long else "Nobody answered.", "You can call again later."
        )
    known = _ENDS.get(call.state) or _OPEN.get(call.state)
    return known or Told(
        f"Talkstack says “{state_badge(call.state).label}”.", "This dashboard does not know that word."
    )


def _rang(call: Call, rang: float) -> str:
    """As Talkstack reports it, else as it was seen; "" if neither is known."""
    return duration(call.seconds) if call.seconds else f"about {duration(rang)}" if rang else ""


def _by_attempt(call: Call) -> Told:
    if call.attempt == Attempt.UNKNOWN:
        return Told("It is not known whether this phone rang.", _unknown(call))
    by_attempt: dict[str, Told] = {
        Attempt.RESERVED: Told("Waiting to be sent.", call.words or "Nobody has been called yet."),
        Attempt.SENDING: Told("Being sent to Talkstack.", "It can no longer be cancelled."),
        Attempt.PLACED: Told("Talkstack accepted the call.", "It has not said more yet."),
        Attempt.REFUSED: Told("Talkstack refused the call; nobody was called.", _says(call.words)),
        Attempt.NOT_SENT: Told("The call was not sent.", call.words),
        Attempt.NOT_CALLED: Told("Nobody was called.", call.words),
        Attempt.CANCELLED: Told("Cancelled before it was sent; nobody was called."),
    }
    return by_attempt.get(call.attempt, Told("Talkstack has not said what happened."))


def _says(words: str) -> str:
    return words.replace(_REFUSED, "It says: ", 1)


def _unknown(call: Call) -> str:
    why = call.words or "No readable answer came back."
    if call.candidates:
        return f"{why} {candidates.which(call)} may be this one. Choose the right one below."
    looked = f" It was looked for {call.looks} times." if call.looks > 1 else ""
    return f"{why} It is looked for in Talkstack's history and never dialled again by itself.{looked}"


def small_print(call: Call, rang: float = 0) -> str:
    """What stands under the badge of a row: length, or why. `rang` as in `told`."""
    if call.state == "completed" and call.seconds:
        return duration(call.seconds)
    if call.state == "no-answer" and (how_long := _rang(call, rang)):
        return f"rang {how_long}"
    if call.state:
        return duration(call.seconds) if call.seconds and call.final_at else ""
    reasons: dict[str, str] = {
        Attempt.UNKNOWN: call.words.rstrip(".")[:120] or "no answer from Talkstack",
        Attempt.REFUSED: call.words.removeprefix(_REFUSED)[:120],
        Attempt.NOT_SENT: call.words[:120],
    }
    return reasons.get(call.attempt, "")


_STEPS = {
    Attempt.RESERVED: "Asked for",
    Attempt.SENDING: "Sent to Talkstack",
    Attempt.PLACED: "Talkstack accepted it",
    Attempt.REFUSED: "Talkstack refused it",
    Attempt.NOT_SENT: "Not sent",
    Attempt.UNKNOWN: "No answer from Talkstack",
    Attempt.NOT_CALLED: "Decided: nobody was called",
    Attempt.CANCELLED: "Cancelled",
}


def step(source: str, state: str) -> str:
    """The words of one line of the timeline."""
    if source == Source.DASHBOARD and state in _STEPS:
        return _STEPS[Attempt(state)]
    label = state_badge(state).label
    return f"Ended: {label.lower()}" if is_final(state) else label
