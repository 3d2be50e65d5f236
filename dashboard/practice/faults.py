"""The few faults that the practice room offers, in plain words, and what each of them is to the sandbox."""

from dataclasses import dataclass, field
from typing import Any

from django import forms

from .room import Fault

TIMES = {
    "1": "the next request",
    "3": "the next 3 requests",
    "10": "the next 10 requests",
    "0": "until it is switched off",
}


@dataclass(frozen=True)
class Switch:
    """A fault by name. `kind`, `method` and `path` are what the sandbox calls it."""

    name: str
    label: str
    words: str
    kind: str
    method: str = ""
    path: str = ""
    options: dict[str, Any] = field(default_factory=dict)


SWITCHES = (
    Switch(
        "away",
        "Talkstack is away",
        "No connection at all. Pages show what was last known; calls wait and go by themselves later.",
        "down",
    ),
    Switch(
        "lost",
        "Answers are lost after the call is placed",
        "The phone rings, but the connection breaks before the answer: the call is unknown until it is found in the history.",
        "lost-close",
        "POST",
        "/call/makeCall",
    ),
    Switch(
        "error",
        "Talkstack answers with an error page",
        "A page of HTML with status 500 instead of an answer.",
        "html",
    ),
    Switch(
        "key",
        "Talkstack refuses the key",
        "Every request is refused as if the key of this workspace were wrong. Signing in still works.",
        "401",
        options={"request": r"\A(?!.*(refreshToken|password))"},
    ),
    Switch(
        "behind",
        "The call history is behind",
        "Talkstack's call history shows every call 3 minutes late, leaves some out at random and cuts its answers short.",
        "history",
        options={"behind": 180, "lose": 7, "cap": 50},
    ),
    Switch("slow", "Talkstack is slow", "Every answer comes 3 seconds late.", "slow", options={"seconds": 3}),
)
BY_NAME = {switch.name: switch for switch in SWITCHES}


def in_words(fault: Fault) -> str:
    """What a fault that is on does; one that was switched on elsewhere is shown by its kind."""
    found = [one for one in SWITCHES if (one.kind, one.method, one.path) == (fault.kind, fault.method, fault.path)]
    if found:
        return found[0].label
    where = " ".join(part for part in (fault.method, fault.path) if part)
    return f"Another fault: {fault.kind}{f' for {where}' if where else ''}"


class FaultForm(forms.Form):
    """`fault` by name, `times` how many requests."""

    fault = forms.ChoiceField(
        label="What goes wrong",
        choices=[(switch.name, switch.label) for switch in SWITCHES],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose what is to go wrong.", "invalid_choice": "There is no such fault here."},
    )
    times = forms.ChoiceField(
        label="For how long",
        choices=list(TIMES.items()),
        initial="0",
        error_messages={"required": "Choose for how long.", "invalid_choice": "Choose one of these."},
    )
