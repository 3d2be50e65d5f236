"""The only door past AppendOnly: old entries go when a workspace says so, and what entries say of a person can be forgotten.

Who did what and when stays: an entry goes only with its age, and never within a year. What is changed in entries is
what they say of somebody who was called. Nothing else in the product may change or remove an entry; a test sees to it.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Cast
from django.utils import timezone

from dashboard.web.spelling import Spelling

from . import record
from .models import Entry, Outcome

FORGOTTEN = "a forgotten number"
NOT_KEPT = "no longer kept"
LEAST_DAYS = 365  # so that nobody can erase their traces
BATCH = 500
OF_LINES = ("number", "agent", "project")  # kinds whose entries name the team's own lines
_PERSONAL = ("variables", "data", "raw")
_TEXTS, _OUTCOME_TEXTS = ("thing_name", "thing_id"), ("words", "thing_id", "thing_name")
Changes = dict[int, dict[str, Any]]


# --- Old entries go ----------------------------------------------------------------------------------------------------
def let_go() -> bool:
    """The duty: old entries of every workspace that does not keep them for ever, one batch each. True when more waits.

    What concerns a person alone, such as their signing in, belongs to no workspace: SIGN_INS_KEEP_DAYS says how long.
    """
    keepers = _workspaces().filter(keep_entries_days__isnull=False).values_list("pk", flat=True)
    return sum(_let_go_of(pk) for pk in [*keepers, None]) > 0


def old(workspace: Any, days: int, now: datetime) -> models.QuerySet[Entry]:
    """The entries that are older than so many days; never younger ones than a year. None: what is a person's alone."""
    return Entry.objects.filter(workspace=workspace, asked_at__lt=now - timedelta(days=max(days, LEAST_DAYS)))


def locked(workspace_pk: int) -> Any:
    """The workspace as it is now, its row locked until the transaction ends; None when there is none."""
    return _workspaces().select_for_update(no_key=True).filter(pk=workspace_pk).first()


def count(*, workspace: Any, verb: str, what: str, number: int) -> None:
    """Write down that so many more of `what` went: one entry a day, by the dashboard itself, that counts on.

    Inside the caller's transaction, which has the workspace `locked`.
    """
    today = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    found = _rows(Entry).filter(workspace=workspace, verb=verb, user=None, asked_at__gte=today).first()
    if found is None:
        thing = {"kind": "workspace", "thing_id": str(workspace.pk), "thing_name": workspace.name}
        record.note(workspace=workspace, user=None, verb=verb, after={what: number}, **thing)
        return
    after = {**found.after, what: found.after.get(what, 0) + number}
    _rows(Entry).filter(pk=found.pk).update(after=after)


def _let_go_of(workspace_pk: int | None) -> bool:
    with transaction.atomic(durable=True):
        workspace = locked(workspace_pk) if workspace_pk else None
        days = settings.SIGN_INS_KEEP_DAYS if workspace_pk is None else workspace and workspace.keep_entries_days
        if not days:
            return False  # for ever; somebody may have chosen so meanwhile
        gone = old(workspace, days, timezone.now())
        batch = list(gone.order_by("asked_at", "pk").values_list("pk", flat=True)[:BATCH])
        if batch:
            _rows(Outcome).filter(entry__in=batch).delete()
            _rows(Entry).filter(pk__in=batch).delete()
        if batch and workspace:
            count(workspace=workspace, verb="keeping.entries", what="entries", number=len(batch))
    return len(batch) == BATCH


# --- What entries say of somebody --------------------------------------------------------------------------------------
def drop_values(workspace: Any, call_ids: Iterable[Any]) -> None:
    """The variables and the collected data of these calls are no longer kept in the entries about them."""
    about = _rows(Entry).filter(workspace=workspace, kind="call", thing_id__in=[str(pk) for pk in call_ids])
    holding = about.filter(Q(before__has_any_keys=_PERSONAL) | Q(after__has_any_keys=_PERSONAL))
    changed = []
    for entry in holding:
        before, after = _without_values(entry.before), _without_values(entry.after)
        if (before, after) != (entry.before, entry.after):
            entry.before, entry.after = before, after
            changed.append(entry)
    for side in ("before", "after"):  # one by one: None must stay NULL
        _rows(Entry).bulk_update([entry for entry in changed if getattr(entry, side) is not None], [side], 100)


def naming(
    workspace: Any,
    spelling: Spelling,
    line: bool = False,
    until: datetime | None = None,
    again: tuple[list[int], datetime] | None = None,
) -> tuple[Changes, Changes]:
    """What has to change in the workspace's entries and outcomes, by entry, so that none names the number. One query.

    `line`: it is a line of the team too; as such it stays in what was done to numbers, agents and projects. `until`: in
    entries until then. `again`: only in these entries and in those since then; a query more for every 500 of them.
    """
    texts = {f"{side}_text": Cast(side, models.TextField()) for side in ("before", "after")}
    either = Q()
    for column in (*_TEXTS, *texts, *(f"outcome__{name}" for name in _OUTCOME_TEXTS)):
        either |= Q(**{f"{column}__regex": spelling.loose})
    rows = Entry.objects.alias(**texts).filter(either)
    rows = (rows.exclude(kind__in=OF_LINES) if line else rows).order_by("pk")
    rows = rows.filter(asked_at__lte=until) if until else rows
    parts = [rows.filter(workspace=workspace)]
    if again:  # not with "or", and without the workspace: SQLite would look through all of its entries
        pks, since = again
        parts = [parts[0].filter(asked_at__gte=since)]
        parts += [rows.filter(pk__in=pks[start : start + BATCH]) for start in range(0, len(pks), BATCH)]
    needed = ("kind", *_TEXTS, "before", "after", "outcome__entry", *(f"outcome__{name}" for name in _OUTCOME_TEXTS))
    entries: Changes = {}
    outcomes: Changes = {}
    for entry in chain.from_iterable(part.select_related("outcome").only(*needed) for part in parts):
        if changes := _of_entry(entry, spelling):
            entries[entry.pk] = changes
        if changes := _of_outcome(getattr(entry, "outcome", None), spelling):
            outcomes[entry.pk] = changes
    return entries, outcomes


def forget(entries: Changes, outcomes: Changes) -> None:
    """Make the changes that `naming` found, in the caller's transaction. Rows that become alike are written together."""
    for model, key, found in ((Entry, "pk", entries), (Outcome, "entry", outcomes)):
        alike: dict[str, list[int]] = {}
        for pk, changes in found.items():
            alike.setdefault(json.dumps(changes, sort_keys=True, cls=DjangoJSONEncoder), []).append(pk)
        for pks in alike.values():
            for start in range(0, len(pks), BATCH):
                part = {f"{key}__in": pks[start : start + BATCH]}
                _rows(model).filter(**part).update(**found[pks[0]])


def _of_entry(entry: Entry, spelling: Spelling) -> dict[str, Any]:
    by_number = entry.kind in ("call", "number") or entry.thing_id.startswith("+")  # other ids may just be digits
    named = [name for name in _TEXTS if by_number or name != "thing_id"]
    after = {name: spelling.replaced(getattr(entry, name), FORGOTTEN) for name in named}
    about = entry.kind == "call" and spelling.names(entry.thing_name)
    for side in ("before", "after"):
        told = getattr(entry, side)
        after[side] = spelling.replaced(_without_values(told) if about else told, FORGOTTEN)
    return _differing(entry, after)


def _of_outcome(outcome: Outcome | None, spelling: Spelling) -> dict[str, Any]:
    if outcome is None:
        return {}
    return _differing(outcome, {n: spelling.replaced(getattr(outcome, n), FORGOTTEN) for n in _OUTCOME_TEXTS})


def _differing(row: Entry | Outcome, after: dict[str, Any]) -> dict[str, Any]:
    limits = {"thing_id": 200, "thing_name": 300}
    cut = {name: value[: limits[name]] if name in limits else value for name, value in after.items()}
    return {name: value for name, value in cut.items() if value != getattr(row, name)}


def _without_values(told: Any) -> Any:
    """What an entry about a call says, without what the call was about; that there was something stays to be seen."""
    if not isinstance(told, dict):
        return told
    return {name: NOT_KEPT if name in _PERSONAL and value else value for name, value in told.items()}


def _rows(model: type[models.Model]) -> models.QuerySet[Any]:
    """The way past AppendOnlyQuerySet."""
    return models.QuerySet(model)


def _workspaces() -> Any:
    return Entry._meta.get_field("workspace").related_model.objects  # type: ignore[union-attr, attr-defined]  # of a floor above
