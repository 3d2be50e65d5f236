"""How long a workspace keeps things: what would go when a time becomes shorter, and saving it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import models, transaction
from django.db.models import Count, Max, Min

from dashboard.accounts.models import User, Workspace
from dashboard.activity import keeping as entries
from dashboard.activity import record
from dashboard.calls import keeping as calls
from dashboard.web import digest as digests
from dashboard.workspace_settings.forms_keeping import Kept, words

_LABELS = {"keep_entries_days": "activity", "keep_calls_days": "calls", "keep_variables_days": "variables"}


@dataclass(frozen=True)
class Going:
    """What goes when one of the times becomes shorter: how many, and when the oldest and the newest of them were."""

    name: str
    count: int
    first: datetime | None
    last: datetime | None

    @property
    def what(self) -> str:
        """Counted: "1,204 calls", "variables and data of 1 call"."""
        one, many = ("entry", "entries") if self.name == "keep_entries_days" else ("call", "calls")
        of = "the variables and collected data of " if self.name == "keep_variables_days" else ""
        return f"{of}{self.count:,} {one if self.count == 1 else many}"


def kept(workspace: Workspace) -> Kept:
    """How long things are kept now, by the names of the columns; None: they stay."""
    return {name: getattr(workspace, name) for name in _LABELS}


def going(workspace: Workspace, wanted: Kept, now: datetime) -> list[Going]:
    """What goes with each time that becomes shorter. One query each; nothing when none does."""
    before = kept(workspace)
    found = []
    for name, days in wanted.items():
        held = before[name]
        if days is not None and (held is None or days < held):
            rows, at = _old(workspace, name, days, now)
            told = rows.order_by().aggregate(count=Count("pk"), first=Min(at), last=Max(at))
            found.append(Going(name, **told))
    return found


def _old(workspace: Workspace, name: str, days: int, now: datetime) -> tuple[models.QuerySet[models.Model], str]:
    if name == "keep_entries_days":
        return entries.old(workspace, days, now), "asked_at"
    old = calls.old_calls if name == "keep_calls_days" else calls.old_values
    return old(workspace, days, now), "at"


def digest(wanted: Kept, gone: Iterable[Going] = ()) -> str:
    """A short name of what is or was chosen, and of what was shown to go."""
    shown = [[each.name, each.count, str(each.first), str(each.last)] for each in gone]
    return digests.of(sorted(wanted.items()), shown)


def save(workspace: Workspace, actor: User, before: Kept, wanted: Kept) -> bool:
    """Keep things so long from now on. False, and nothing is saved, when it is no longer what `before` says.

    The row is locked: whatever lets things go reads the time under the same lock.
    """
    with transaction.atomic():
        row = Workspace.objects.select_for_update().get(pk=workspace.pk)
        if kept(row) != before:
            return False
        Workspace.objects.filter(pk=row.pk).update(**wanted)
        changed = [name for name in wanted if wanted[name] != before[name]]
        record.note(
            workspace=row, user=actor, verb="workspace.keeping", kind="workspace", thing_id=str(row.pk),
            thing_name=row.name, before={_LABELS[name]: words(name, before[name]) for name in changed},
            after={_LABELS[name]: words(name, wanted[name]) for name in changed},
        )  # fmt: skip
    return True
