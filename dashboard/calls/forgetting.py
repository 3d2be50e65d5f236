"""Forgetting a phone number: its calls go, what is said of it elsewhere becomes "a forgotten number", and that it happened stays.

While a call with it may still ring, or may have rung, nothing is forgotten: that no phone rings twice depends on its row.

A number may stand anywhere in any spelling, so all texts are looked through: seconds, in which nothing is locked. Under the
lock only what was found is looked at again, with what is newer and what may still ring; what else came in meanwhile is found
by looking once more afterwards.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone

from dashboard.accounts.models import User, Workspace
from dashboard.activity import keeping as entries
from dashboard.activity import record
from dashboard.activity.models import Entry
from dashboard.calls import forgetting_answers, keeping, ledger, states
from dashboard.calls.due import PENDING
from dashboard.calls.models import Call, Forgotten
from dashboard.web import digest, registry, spelling

_TEXTS = ("variables", "data", "raw")
_BETWEEN = Value("x", output_field=TextField())  # a letter: no number goes on beyond it
_PORTION = 5_000  # ids in one question
_UNDER_WAY = timedelta(minutes=1)  # no transaction of ours takes so long, nor do our clocks differ so much


class NotForgotten(Exception):
    """Nothing was forgotten, but for Remains. `found` is what there is now."""

    def __init__(self, found: "Found") -> None:
        super().__init__(type(self).__name__)
        self.found = found


class StillOpen(NotForgotten):
    """A call with the number is not over, or it is not known whether it rang."""


class Moved(NotForgotten):
    """What is known of the number is not what was shown."""


class Remains(NotForgotten):
    """All that was shown is forgotten, but a call that is being read again has come to name it meanwhile."""


@dataclass(frozen=True)
class Found:
    """All that is known of a number. `calls` are with it, `named` are others whose variables, data or answers name it.

    `blocking` are those of both that keep it from being forgotten. `line`: it is also a line of the team's agents, and as
    such it stays. `at`: when looking for it began.
    """

    at: datetime
    number: str
    calls: list[Call]
    named: list[Call]
    blocking: list[Call]
    line: bool
    changes: tuple[entries.Changes, entries.Changes]

    @property
    def entries(self) -> int:
        """How many entries of the activity name it."""
        return len(self.changes[0].keys() | self.changes[1].keys())

    @property
    def recordings(self) -> int:
        """How many of its calls have a recording at Talkstack."""
        return sum(bool(call.recordings) for call in self.calls)

    @property
    def span(self) -> tuple[datetime, datetime] | None:
        """When the first and the last of its calls were."""
        times = [call.at for call in self.calls]
        return (min(times), max(times)) if times else None

    @property
    def projects(self) -> list[tuple[str, str, int]]:
        """In which projects its calls were: id, name, how many; most first."""
        names = {call.project_id: call.project_name for call in reversed(self.calls)}
        counted = Counter(call.project_id for call in self.calls)
        return [(pk, names[pk], many) for pk, many in counted.most_common()]

    @cached_property
    def digest(self) -> str:
        """A short name of all this; it changes when anything comes or goes."""
        known = [sorted(str(call.pk) for call in calls) for calls in (self.calls, self.named, self.blocking)]
        return digest.of(self.number, *known, *(sorted(each) for each in self.changes), self.line)


def look(workspace: Workspace, number: str, until: datetime | None = None, again: Found | None = None) -> Found:
    """What is known of a number (E.164), of what is no newer than `until`. Four queries; two more when only answers of a call
    name it, one when a call is open.

    `again`: only what was found before is looked at, with what is newer and what may still ring. That is quick, and keeps
    the calls as they are until the transaction ends.
    """
    ways, now, line = spelling.of(number), timezone.now(), _is_line(workspace, number)
    seen = Call.objects.filter(at__lte=until) if until else Call.objects.all()
    ours = seen.filter(workspace=workspace)
    parts = [seen.filter(pk__in=pks) for pks in _in_question(workspace, again, now)] if again else [ours]
    written: Any = _written(ours, ways)
    if again:
        written = {number, *(each for part in parts for each in _written(part, ways))}
        ours, parts = ours.select_for_update(), [part.select_for_update() for part in parts]
    calls = _with(ours, ways, written)
    may = [] if line else [call for part in parts for call in _naming(part, ways, calls, few=again is not None)]
    named = _surely(may, ways)
    blocking = [call.pk for call in calls if _open(call, now)]
    blocking += [call.pk for call in named if call.next_read_at or _open(call, now)]
    whole = list(Call.objects.filter(pk__in=blocking).order_by("-at", "-id")) if blocking else []
    before = (sorted(again.changes[0].keys() | again.changes[1].keys()), again.at - _UNDER_WAY) if again else None
    return Found(now, number, calls, named, whole, line, entries.naming(workspace, ways, line, until, before))


def forget(workspace: Workspace, user: User, number: str, shown: str) -> Found:
    """Forget all of it, if it is what was `shown` (`Found.digest`), and give what that was. Raises StillOpen, Moved, Remains.

    The workspace's row is locked as for a reservation: one that came first is seen, one that comes later is a new call.
    """
    found = _as_shown(look(workspace, number), shown)
    rooms = registry.look_for_number(workspace, spelling.of(number), found.line, timezone.now())
    with transaction.atomic(durable=True):
        workspace = Workspace.objects.select_for_update().get(pk=workspace.pk)
        found = _as_shown(look(workspace, number, again=found), shown)
        at, mark = timezone.now(), keeping.mark_of_number(workspace, number)
        Forgotten.objects.update_or_create(workspace=workspace, digest=mark, defaults={"at": at})
        counted = {"calls": len(found.calls), "entries": found.entries}
        if elsewhere := _take_out(workspace, found, rooms):
            counted["other_rows"] = elsewhere
        record.note(
            workspace=workspace, user=user, verb="number.forget", kind="call",
            thing_name=f"a number ending in {number[-2:]}", after=counted,
        )  # fmt: skip
    _forget_the_rest(workspace, number, at)
    return found


def _as_shown(found: Found, shown: str) -> Found:
    if found.blocking:
        raise StillOpen(found)
    if found.digest != shown:
        raise Moved(found)
    return found


def _forget_the_rest(workspace: Workspace, number: str, at: datetime) -> None:
    """What came in after it was looked for and before it was forgotten; what is newer is known anew."""
    found = look(workspace, number, at)
    rooms = registry.look_for_number(workspace, spelling.of(number), found.line, at)
    with transaction.atomic(durable=True):
        workspace = Workspace.objects.select_for_update().get(pk=workspace.pk)
        found = look(workspace, number, at, found)
        stay = {call.pk for call in found.blocking}
        calls, named = ([call for call in each if call.pk not in stay] for each in (found.calls, found.named))
        _take_out(workspace, replace(found, calls=calls, named=named), rooms)
    if found.blocking:
        raise Remains(found)


def _take_out(workspace: Workspace, found: Found, rooms: list[Callable[[], int]]) -> int:
    """Remove what was found, in the caller's transaction. Gives how many rows of other rooms named it."""
    keeping.delete(workspace, [call.pk for call in found.calls])
    _replace(found)
    entries.forget(*found.changes)
    return sum(room() for room in rooms)


def _in_question(workspace: Workspace, found: Found, now: datetime) -> list[list[Any]]:
    """The ids of what was found otherwise than by the very number, is newer, or may still ring or be read. An index for each."""
    ours = Call.objects.filter(workspace=workspace).order_by()
    hidden = Coalesce("workspace_id", Value(0))  # so that SQLite does not go through all calls of the workspace
    others = Call.objects.alias(of=hidden).filter(of=workspace.pk).order_by()
    newer = ours.filter(at__gte=found.at - _UNDER_WAY).values("pk")
    reasons = (
        ours.filter(final_at=None, at__gte=now - ledger.GIVE_UP_AFTER),
        others.filter(PENDING),
        others.filter(next_read_at__isnull=False),
        others.filter(pk__in=[call.pk for call in (*found.calls, *found.named) if call.number != found.number]),
    )
    pks = list(newer.union(*(rows.values("pk") for rows in reasons)).values_list("pk", flat=True))
    return [pks[start : start + _PORTION] for start in range(0, len(pks), _PORTION)]


def _written(calls: QuerySet[Call], ways: spelling.Spelling) -> QuerySet[Call, str]:
    """The numbers of calls that may be this one, as they are written there. From their index alone."""
    return calls.order_by().filter(number__regex=ways.loose).values_list("number", flat=True)


def _with(calls: QuerySet[Call], ways: spelling.Spelling, written: Any) -> list[Call]:
    """Calls with the number, newest first, without what was said in them. Not ordered by SQLite: it would go through all."""
    found = calls.filter(number__in=written).order_by().defer(*_TEXTS, "words", "candidates")
    return sorted(
        (call for call in found if ways.names(call.number)), key=lambda call: (call.at, call.pk), reverse=True
    )


def _naming(calls: QuerySet[Call], ways: spelling.Spelling, with_it: list[Call], few: bool) -> QuerySet[Call]:
    """Other calls whose variables, data or answers may name the number. All three are looked through as one text."""
    texts = (part for name in _TEXTS for part in (Cast(name, TextField()), _BETWEEN))
    others = calls.exclude(number__in={call.number for call in with_it})
    others = others.alias(told=Concat(*texts, output_field=TextField())).order_by()
    return others.filter(Q(told__regex=ways.loose) | forgetting_answers.may_name(ways, few))


def _surely(calls: list[Call], ways: spelling.Spelling) -> list[Call]:
    """Those of the calls whose variables, data or answers do name it. Two queries more for those that only answers may name."""
    told = {call.pk for call in calls if _told(call, ways)}
    told |= forgetting_answers.naming(ways, [call.pk for call in calls if call.pk not in told])
    return [call for call in calls if call.pk in told]


def _told(call: Call, ways: spelling.Spelling) -> dict[str, Any]:
    """What has to change in a call, so that its variables and data do not name the number."""
    after = {name: ways.replaced(getattr(call, name), entries.FORGOTTEN) for name in _TEXTS}
    return {name: value for name, value in after.items() if value != getattr(call, name)}


def _open(call: Call, now: datetime) -> bool:
    """Whether this call may still ring, is in the air, or may have rung without our knowing."""
    if call.attempt in states.UNSETTLED:
        return True
    return not states.over(call) and (call.next_read_at is not None or now - call.at < ledger.GIVE_UP_AFTER)


def _is_line(workspace: Workspace, number: str) -> bool:
    """Whether calls went out from this number or came in to it, or somebody assigned it. One query."""
    ours = Call.objects.filter(workspace=OuterRef("pk"), from_number=number)
    assigned = Entry.objects.filter(workspace=OuterRef("pk"), kind="number", thing_id=number)
    return Workspace.objects.filter(Exists(ours) | Exists(assigned), pk=workspace.pk).exists()


def _replace(found: Found) -> None:
    """Other calls stay, without the number."""
    ways = spelling.of(found.number)
    for call in found.named:
        Call.objects.filter(pk=call.pk).update(**_told(call, ways), version=F("version") + 1)
    forgetting_answers.replace(ways, [call.pk for call in found.named])
