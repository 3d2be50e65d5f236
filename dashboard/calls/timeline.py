"""The timeline of a call: what each source said and when, and why what was not believed was not. Pure functions."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.utils import timezone

from dashboard.calls import advice, phrases
from dashboard.calls.models import Attempt, Call, Observation, Source
from dashboard.calls.states import OPEN, REFINED, is_final, state_badge

_SOON = timedelta(minutes=5)  # learned so soon after it happened, it needs no saying


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
    """The lines, in the order in which it happened. What a second source says in the same words joins the line of the first."""
    found: list[Step] = _began(call)
    believed: Step | None = None
    before: Observation | None = None
    for item in observed:
        apart = "" if _in_its_turn(item, before) else advice.not_taken(item, call)
        same = before is not None and item.state == before.state and item.source != before.source and not item.words
        if same and not apart and believed:
            believed.source += f", then {item.get_source_display()}"
            continue
        found.append(_step(call, item, apart, before))
        if not apart:
            believed, before = found[-1], item
    if believed:
        believed.last = True
    return sorted(found, key=lambda step: step.at)


def _in_its_turn(item: Observation, before: Observation | None) -> bool:
    """An update that told how far the call was before anybody else did, though it was known only later whose it was."""
    if item.source != Source.WEBHOOK or item.state not in OPEN or (before and is_final(before.state)):
        return False
    return before is None or OPEN.get(before.state, -1) <= OPEN[item.state]


def _began(call: Call) -> list[Step]:
    """The beginning of a call that was not placed here, which nobody watched; midnight of UTC is a day without a time."""
    at = call.started_at
    if call.attempt or at is None or at.astimezone(UTC).time() == time():
        return []
    source = Source.CALL_DATA if call.raw else Source.HISTORY
    return [Step(at, "Started", _said(at, source.label))]


def _step(call: Call, item: Observation, apart: str, before: Observation | None) -> Step:
    if apart:
        return Step(item.seen_at, apart, _day(item.seen_at), aside=True)
    at = item.at or (call.ended_at if is_final(item.state) else None)
    source = _said(at or item.seen_at, item.get_source_display(), _learned(call, item, at, before))
    if item.source == Source.DASHBOARD:
        return _ours(call, item, source, before)
    return Step(at or item.seen_at, phrases.step(item.source, item.state), source, item.words or _instead(item, before))


def _ours(call: Call, item: Observation, source: str, before: Observation | None) -> Step:
    at, words, note = item.at or item.seen_at, phrases.step(item.source, item.state), item.words
    if item.state == Attempt.PLACED and item.words:  # nobody accepted it then: it was found, chosen or answered late
        words, note = item.words.rstrip("."), ""
    elif item.state == Attempt.UNKNOWN and before is not None and before.state == Attempt.NOT_CALLED:
        words = "Unknown again"
    elif item.state == Attempt.UNKNOWN and before is not None and before.state == Attempt.UNKNOWN:
        words = "Still unknown"
    return Step(at, words, source, note, call.placed_by_email if item.state == Attempt.RESERVED else "")


def _learned(call: Call, item: Observation, at: datetime | None, before: Observation | None) -> str:
    """When an end was learned, where that says something of its own: not of a call that was watched when it ended."""
    if not is_final(item.state) or item.source == Source.DASHBOARD:
        return ""
    if at is None:
        watched = before is not None and before.state in OPEN
        late = watched and item.seen_at - before.seen_at > timedelta(seconds=call.seconds or 0) + _SOON  # type: ignore[union-attr]
        return "" if watched and not late else "learned then; when it ended was not told"
    local = timezone.localtime(item.seen_at)
    return "" if item.seen_at - at < _SOON else f"learned {_day(item.seen_at)} {local:%H:%M}".replace("  ", " ")


def _instead(item: Observation, before: Observation | None) -> str:
    """Why an end takes the place of another one."""
    if before is None or before.state == item.state or not (is_final(item.state) and is_final(before.state)):
        return ""
    label = f"“{state_badge(before.state).label}”"
    if before.source == item.source:
        return f"in place of {label}, which it said before"
    source = before.get_source_display()
    if before.state == "completed" and item.state in REFINED:
        return f"more exact than {label}, which {source} said"
    return f"in place of {label}: {source} is trusted less"


def _said(at: datetime, *words: str) -> str:
    return ", ".join(filter(None, [_day(at), *words]))


def _day(at: datetime) -> str:
    local = timezone.localtime(at)
    return "" if local.date() == timezone.localdate() else f"{local:%-d %b}"
