"""How calls live by the clock: the stories, their stages, and what a call is doing at a given moment.

Nothing runs: each call carries the moments at which its state changes, drawn once when it is placed.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from .store import Call

RECORDING_AFTER = 4.0
DATA_AFTER = 6.0
FINAL = frozenset({"completed", "busy", "failed", "no-answer", "voicemail", "silence"})


@dataclass(frozen=True)
class Story:
    """What happens to a call whose dialled number ends in ``digits``; ``name`` is what the store keeps."""

    digits: str
    name: str
    label: str
    description: str


STORIES = (
    Story("11", "busy", "Busy", "The line is busy. It ends after a few seconds and costs nothing."),
    Story("12", "no-answer", "No answer", "It rings for 25 seconds and nobody picks up."),
    Story("13", "voicemail", "Voicemail", "A machine picks up; Talkstack notices and hangs up."),
    Story("14", "silence", "Silence", "Somebody picks up and says nothing; Talkstack hangs up."),
    Story("15", "failed", "Failed", "The number is not in service. It never rings."),
    Story("16", "refused", "Refused", "Talkstack refuses to place the call and says why."),
    Story("17", "slow", "Slow answer", "The call is placed, but Talkstack says so only after 20 seconds."),
    Story("18", "long", "Long call", "Answered, and they talk for 100 seconds."),
    Story("19", "dropped", "Dropped", "The call is placed, but the connection breaks before Talkstack says so."),
    Story("", "answered", "Answered", "Answered after a few rings; they talk for about half a minute."),
)
BY_DIGITS = {story.digits: story for story in STORIES if story.digits}
ANSWERED = STORIES[-1]


def story_of(number: str) -> Story:
    """The story of a dialled number, by its last two digits."""
    return BY_DIGITS.get(number[-2:], ANSWERED)


def stages(story: str, chance: Random, talk: float = 0.0) -> tuple[list[list[object]], float]:
    """The stages of one call: ``[seconds after placing, state]`` in order, and the seconds talked.

    ``talk`` fixes the length of the conversation; 0 draws one.
    """
    queued, ringing = round(chance.uniform(1, 2), 2), round(chance.uniform(4, 8), 2)
    moments: list[list[object]] = [[0.0, "queued"], [queued, "initiated"]]
    at = queued + 1
    if story == "failed":
        return [*moments, [at, "failed"]], 0.0
    moments.append([at, "ringing"])
    if story in ("busy", "no-answer"):
        at += 2 if story == "busy" else 25
        return [*moments, [round(at, 2), story]], 0.0
    spans = {"voicemail": (6, 11), "silence": (7, 10), "long": (100, 100)}
    low, high = spans.get(story, (22, 40))
    talked = talk or round(chance.uniform(low, high), 2)
    at += ringing
    final = story if story in ("voicemail", "silence") else "completed"
    return [*moments, [round(at, 2), "in-progress"], [round(at + talked, 2), final]], talked


def state(call: Call, now: float) -> str:
    """Talkstack's word for the call at ``now`` (seconds since 1970)."""
    gone = now - call.made_at
    for after, word in reversed(call.stages):
        if gone >= after:
            return str(word)
    return "queued"


def moment(call: Call, word: str) -> float | None:
    """When the call enters a state, or None if it never does."""
    return next((call.made_at + float(after) for after, name in call.stages if name == word), None)


def end(call: Call) -> float:
    """When the call ends."""
    return call.made_at + float(call.stages[-1][0])


def ended(call: Call, now: float) -> bool:
    return now >= end(call)


def seconds(call: Call, now: float) -> int:
    """Seconds talked, known only once the call has ended (API contract, 5.2)."""
    return round(call.talk) if ended(call, now) else 0


def cost(call: Call, now: float) -> float:
    """Dollars: 0.20 a minute, to the tenth of a cent, as in the documented example (23 s for 0.077)."""
    return round(seconds(call, now) * 0.2 / 60, 3)


def has_recording(call: Call, now: float) -> bool:
    return call.talk > 0 and now >= end(call) + RECORDING_AFTER


def has_data(call: Call, now: float) -> bool:
    return bool(call.data) and now >= end(call) + DATA_AFTER
