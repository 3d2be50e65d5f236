"""Call histories as no contract promises them: behind, with holes, out of order, cut short, with other ids and spellings.

The options of rule "history"; they hold for every answer of the call history until the rule is cleared:

behind   seconds by which the history is late: calls and states of the last so many seconds are not in it
lose     every so-manieth call is left out; which ones changes from answer to answer
order    "oldest" first, or "mixed"
cap      so many calls an answer at most, whatever page size was asked for
ids      "call_id" or "id" instead of sid; "both": a call_id of its own beside the sid; "inner": that call_id alone
spelling how numbers are written: "national" (206) 555-0121, "spaced" +1 206 555 0121, "bare" 12065550121
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .store import Call


@dataclass(frozen=True)
class Distortion:
    behind: float = 0.0
    lose: int = 0
    order: str = ""
    cap: int = 1_000_000
    ids: str = ""
    spelling: str = ""
    turn: int = 0

    def loses(self, call: Call) -> bool:
        return bool(self.lose) and (_draw(call.sid) + self.turn) % self.lose == 0

    def ordered(self, newest_first: Iterable[Call]) -> Iterable[Call]:
        if self.order == "oldest":
            return reversed(list(newest_first))
        if self.order == "mixed":
            return sorted(newest_first, key=lambda call: _draw(f"{self.turn % 3}{call.sid}"))
        return newest_first

    def row(self, told: dict[str, Any]) -> dict[str, Any]:
        for key in ("to", "from"):
            told[key] = spelt(told[key], self.spelling)
        inner = "ts-" + hashlib.sha256(told["sid"].encode()).hexdigest()[:24]
        if self.ids in ("call_id", "id"):
            told[self.ids] = told.pop("sid")
        elif self.ids in ("both", "inner"):
            told["call_id"] = inner
        if self.ids == "inner":
            del told["sid"]
        return told


def read(options: dict[str, Any]) -> Distortion:
    """Raises nothing: what cannot be read has no effect."""
    known = {name: options[name] for name in Distortion.__dataclass_fields__ if name in options}
    return Distortion(**known)


def spelt(number: str, how: str) -> str:
    if not (number.startswith("+1") and len(number) == 12):
        return number
    area, office, line = number[2:5], number[5:8], number[8:]
    written = {
        "national": f"({area}) {office}-{line}",
        "spaced": f"+1 {area} {office} {line}",
        "bare": number[1:],
    }
    return written.get(how, number)


def _draw(text: str) -> int:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
