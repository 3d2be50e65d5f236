"""What an entry's `before` and `after` say to a person: the fields that differ, in words. Pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from dashboard.web import diff, phone

from .record import HIDDEN_CHANGE

LABELS = {
    "system_instruction": "Prompt",
    "voice_id": "Voice",
    "phone_number": "Number",
    "webhook_url": "Address for updates",
    "relay_url": "Passed on to",
    "ends_in": "Secret ending in",
    "active_agent": "Active agent",
    "active_project": "Active project",
    "project_id": "Project",
    "agent_id": "Agent",
    "cascade": "With everything in it",
    "confirmed": "Confirmed",
    "address": "Address",
    "requests": "For how many requests",
    "time_zone": "Time zone",
}
SHORT = 80  # characters of a value that stands in a row
LONG = 20_000  # characters of a value that a page shows
MOST_NAMED = 15
_IDS = ("voice_id", "active_agent", "active_project", "project_id", "agent_id")
_LONG_TEXTS = ("system_instruction",)


@dataclass(frozen=True)
class Change:
    """One field. `old` and `new` are words, "" when there was nothing; `lines` compare two long texts (web.diff).

    `sides` says which of the two are known: "both", "new" (it was made like this), "old" (it went like this).
    """

    label: str
    old: str
    new: str
    sides: str
    long: bool = False
    secret: bool = False
    lines: tuple[diff.Line, ...] = ()


def changes(before: Any, after: Any, names: Mapping[str, str], compare: bool = False) -> list[Change]:
    """The fields that differ between two records; all of them when only one side is known.

    `names` are the names of things by their ids, where they are known. `compare` makes `lines` of long texts.
    """
    old, new = _facts(before), _facts(after)
    sides = "both" if isinstance(before, dict) and isinstance(after, dict) else "old" if after is None else "new"
    found = [Change("A secret", "", "", sides, secret=True)] if new.pop(HIDDEN_CHANGE, None) else []
    for name in {**old, **new}:
        if name == "agent_id" and (old.get("agent") or new.get("agent")):
            continue
        if old.get(name) != new.get(name):
            one_sided = sides if sides != "both" else "both" if name in old else "new" if name in new else "old"
            found.append(_change(name, old.get(name), new.get(name), one_sided, names, compare))
    return found


def _facts(side: Any) -> dict[str, Any]:
    return dict(side) if isinstance(side, dict) else {} if side is None else {"value": side}


def _change(name: str, old: Any, new: Any, sides: str, names: Mapping[str, str], compare: bool) -> Change:
    left, right = _words(name, old, names), _words(name, new, names)
    long = name in _LONG_TEXTS or max(len(left), len(right)) > SHORT or "\n" in left + right
    lines = tuple(diff.compare(left, right)) if compare and long and sides == "both" else ()
    return Change(plain(label(name)), _cut(left), _cut(right), sides, long, lines=lines)


def label(name: str) -> str:
    """What a field is called: "Address for updates"."""
    words = LABELS.get(name) or name.replace("_", " ")
    return words[:1].upper() + words[1:]


def _words(name: str, value: Any, names: Mapping[str, str]) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        named = value.get("name") or value.get("e164")
        pairs = ", ".join(f"{label(str(key))}: {_words(str(key), each, names)}" for key, each in value.items())
        return plain(str(named) if named else pairs)
    if isinstance(value, list):
        return _listed([_words(name, each, names) for each in value])
    text = plain(str(value))
    if name in _IDS:
        return names.get(text) or f"one without a known name ({text})"
    return phone.display(text) if name in ("number", "phone_number") else text


def _listed(items: list[str]) -> str:
    more = len(items) - MOST_NAMED
    return ", ".join(items[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def plain(text: str) -> str:
    """Text that every page and file can hold: JSON can carry halves of characters, which no encoding knows."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _cut(text: str) -> str:
    return text if len(text) <= LONG else f"{text[:LONG]} … [{len(text) - LONG:,} characters more]"
