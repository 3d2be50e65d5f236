"""The timeline of a call: what each source said and when, and why what was not believed was not. Pure functions."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from dashboard.calls import advice, phrases
from dashboard.calls.models import Attempt, Call, Observation


@dataclass
class Step:
    """One line; `source` also names the day if it is not today. `aside`: the call's state did not follow it."""

    at: datetime
    words: str
    source: str
    note: str = ""
    by: str = ""
    aside: bool = False
    last: bool = False


def steps(call: Call, observed: list[Observation]) -> list[Step]:
    """The lines, oldest first. What a second source says in the same words joins the line of the first."""
    found: list[Step] = []
    believed: Step | None = None
    before: Observation | None = None
    for item in observed:
        apart = advice.not_taken(item, call)
        same = before is not None and item.state == before.state and item.source != before.source and not item.words
        if same and not apart and believed:
            believed.source += f", then {item.get_source_display()}"
            continue
        found.append(_step(call, item, apart))
        if not apart:
            believed, before = found[-1], item
    if believed:
        believed.last = True
    return found


def _step(call: Call, item: Observation, apart: str) -> Step:
    if apart:
        return Step(item.seen_at, apart, _day(item.seen_at), aside=True)
    at = item.at or item.seen_at
    source = ", ".join(filter(None, [_day(at), item.get_source_display()]))
    by = call.placed_by_email if item.state == Attempt.RESERVED else ""
    return Step(at, phrases.step(item.source, item.state), source, item.words, by)


def _day(at: datetime) -> str:
    local = timezone.localtime(at)
    return "" if local.date() == timezone.localdate() else f"{local:%-d %b}"
