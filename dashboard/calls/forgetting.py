"""Forgetting a phone number: its calls go, what is said of it elsewhere becomes "a forgotten number", and that it happened stays.

While a call with it may still ring, or may have rung, nothing is forgotten: that no phone rings twice depends on its row.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils import timezone

from dashboard.accounts.models import User, Workspace
from dashboard.activity import keeping as entries
from dashboard.activity import record
from dashboard.activity.models import Entry
from dashboard.calls import forgetting_answers, keeping, ledger, states
from dashboard.calls.models import Call, Forgotten
from dashboard.web import digest, registry, spelling

_TEXTS = ("variables", "data", "raw")


class NotForgotten(Exception):
    """Nothing was forgotten. `found` is what there is now."""

    def __init__(self, found: "Found") -> None:
        super().__init__(type(self).__name__)
        self.found = found


class StillOpen(NotForgotten):
    """A call with the number is not over, or it is not known whether it rang."""


class Moved(NotForgotten):
    """What is known of the number is not what was shown."""


@dataclass(frozen=True)
class Found:
    """All that is known of a number. `calls` are with it, `named` are others whose variables, data or answers name it.

    `blocking` are those of both that keep it from being forgotten. `line`: it is also a line of the team's agents, and as
    such it stays.
    """

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


def look(workspace: Workspace, number: str, lock: bool = False) -> Found:
    """What is known of a number (E.164). Four queries; two more when only answers of a call name it, one when a call is open.

    `lock` keeps its calls as they are until the transaction ends.
    """
    ways, now, line = spelling.of(number), timezone.now(), _is_line(workspace, number)
    ours = Call.objects.filter(workspace=workspace).order_by("-at", "-id")
    ours = ours.select_for_update() if lock else ours
    calls = [call for call in _with(ours, ways) if ways.names(call.number)]
    named = [] if line else _surely([call for call in _naming(ours, ways) if not ways.names(call.number)], ways)
    blocking = [call.pk for call in calls if _open(call, now)]
    blocking += [call.pk for call in named if call.next_read_at or _open(call, now)]
    whole = list(Call.objects.filter(pk__in=blocking).order_by("-at", "-id")) if blocking else []
    return Found(number, calls, named, whole, line, entries.naming(workspace, ways, line))


def forget(workspace: Workspace, user: User, number: str, shown: str) -> Found:
    """Forget all of it, if it is what was `shown` (`Found.digest`), and give what that was. Raises StillOpen and Moved.

    The workspace's row is locked as for a reservation: one that came first is seen, one that comes later is a new call.
    """
    with transaction.atomic(durable=True):
        workspace = Workspace.objects.select_for_update().get(pk=workspace.pk)
        found = look(workspace, number, lock=True)
        if found.blocking:
            raise StillOpen(found)
        if found.digest != shown:
            raise Moved(found)
        mark = keeping.mark_of_number(workspace, number)
        Forgotten.objects.update_or_create(workspace=workspace, digest=mark, defaults={"at": timezone.now()})
        keeping.delete(workspace, [call.pk for call in found.calls])
        _replace(found)
        entries.forget(*found.changes)
        counted = {"calls": len(found.calls), "entries": found.entries}
        if elsewhere := registry.forget_number(workspace, spelling.of(number), found.line):
            counted["other_rows"] = elsewhere
        record.note(
            workspace=workspace, user=user, verb="number.forget", kind="call",
            thing_name=f"a number ending in {number[-2:]}", after=counted,
        )  # fmt: skip
    return found


def _with(calls: QuerySet[Call], ways: spelling.Spelling) -> QuerySet[Call]:
    """Calls with the number, and maybe a few more, without what was said in them."""
    return calls.filter(number__regex=ways.loose).defer(*_TEXTS, "words", "candidates")


def _naming(calls: QuerySet[Call], ways: spelling.Spelling) -> QuerySet[Call]:
    """Calls whose variables, data or answers may name the number."""
    either = forgetting_answers.may_name(ways)
    for name in _TEXTS:
        either |= Q(**{f"{name}_text__regex": ways.loose})
    others = calls.exclude(number=ways.e164)
    return others.alias(**{f"{name}_text": Cast(name, TextField()) for name in _TEXTS}).filter(either)


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
