"""Calls that Talkstack names by another id than before: a call's id here, its sid there, and no answer that says both.

Such a call is known by its number, line and time. Two calls that look alike are two: they have ids of one kind, or stand in
one answer.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from dashboard.accounts.models import Workspace
from dashboard.calls.models import Attempt, Call
from dashboard.calls.observing import keys_of
from dashboard.calls.states import REFINED, is_final
from dashboard.talkstack import CallData

EARLY, LATE = timedelta(seconds=5), timedelta(seconds=60)  # around an attempt: when its call may have started
_PORTION = 400
_HEX = re.compile(r"[0-9a-f]+", re.IGNORECASE)
_DAY, _SECOND = timedelta(days=1), timedelta(seconds=1)
Spell = Callable[[CallData, str], CallData]


def find(workspace: Workspace, project_id: str, told: Iterable[CallData], spell: Spell) -> list[tuple[CallData, Call]]:
    """The calls of an answer that have a row under another id, each with that row, also where there are two by now.

    `spell` writes numbers as E.164. One query for every 400 numbers.
    """
    told = list(told)
    dated = [item for item in told if item.moment and item.to and item.from_]
    if not dated:
        return []
    here = {key for item in told for key in keys_of(item)}
    rows = [row for row in _rows(workspace, project_id, dated, spell) if here.isdisjoint({row.sid, row.call_id})]
    by_number: dict[str, list[Call]] = {}
    for row in rows:
        by_number.setdefault(row.number, []).append(row)
    pairs = [
        (item, row)
        for item in dated
        for row in by_number.get(_ends(spell(item, ""))[0], ())
        if _same(spell(item, row.from_number), row)
    ]
    items, taken = Counter(item.id for item, _ in pairs), Counter(row.pk for _, row in pairs)
    return [(item, row) for item, row in pairs if items[item.id] == 1 and taken[row.pk] == 1]


def _rows(workspace: Workspace, project_id: str, dated: list[CallData], spell: Spell) -> list[Call]:
    """The calls of the project with these numbers at about that time."""
    moments = [item.moment for item in dated if item.moment]
    span = (min(moments) - _DAY, max(moments) + _DAY)
    calls = Call.objects.filter(workspace=workspace, project_id=project_id, at__range=span)
    calls = calls.filter(attempt__in=["", Attempt.PLACED])
    numbers = sorted({_ends(spell(item, ""))[0] for item in dated})
    parts = [numbers[start : start + _PORTION] for start in range(0, len(numbers), _PORTION)]
    return [row for part in parts for row in calls.filter(number__in=part)]


def _same(item: CallData, row: Call) -> bool:
    alike = _ends(item) == (row.number, row.from_number) and _inbound(item) == (row.direction == "inbound")
    return alike and _other_kind(item, row) and _at_its_time(item, row) and _ended_alike(item, row)


def _other_kind(item: CallData, row: Call) -> bool:
    """Whether the ids can be of one call: no two of one make. A row that was told under one id alone has it in both places."""
    sid = row.sid if row.sid != row.call_id else None
    call_id = row.call_id if row.call_id != row.sid else None
    makes = {make(key) for key in (row.sid, row.call_id) if key}
    return not (item.sid and sid) and not (item.call_id and call_id) and makes.isdisjoint(map(make, keys_of(item)))


def make(key: str) -> tuple[int, str]:
    """What ids of one kind have in common: how long they are, and what is not a digit in them."""
    return len(key), _HEX.sub("0", key)


def _at_its_time(item: CallData, row: Call) -> bool:
    at = item.moment
    begun = at is not None and row.started_at is not None and abs(at - row.started_at) <= EARLY
    if begun or at is None or not (row.attempt and row.sending_at and row.deadline_at):
        return begun
    return row.sending_at - EARLY <= at <= row.deadline_at + LATE


def _ended_alike(item: CallData, row: Call) -> bool:
    """Whether nothing that both say of the end speaks against it."""
    if not (is_final(item.state) and is_final(row.state)):
        return True
    word = item.state == row.state or "completed" in (item.state, row.state) and {item.state, row.state} & REFINED
    return bool(word) and _near(item.ended_at, row.ended_at)


def _near(one: datetime | None, other: datetime | None) -> bool:
    return one is None or other is None or abs(one - other) <= _SECOND


def _ends(item: CallData) -> tuple[str, str]:
    return (item.from_, item.to) if _inbound(item) else (item.to, item.from_)


def _inbound(item: CallData) -> bool:
    return item.direction.startswith("inbound")
