"""How long calls are kept: old ones go, or what was said in them does, and neither comes back from Talkstack's history.

Nothing goes that may still ring, or of which it is not known whether it rang: reserved, sent, open and unknown calls stay.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from dashboard.accounts import secrets
from dashboard.accounts.models import Workspace
from dashboard.activity import keeping as entries
from dashboard.calls import answers, texts
from dashboard.calls.models import Analysis, Answer, AskingState, Call, Forgotten
from dashboard.calls.states import FINAL, NEVER_PLACED, UNSETTLED, is_final
from dashboard.talkstack import CallData
from dashboard.web import spelling

BATCH = 500


# --- Old calls go ------------------------------------------------------------------------------------------------------
def let_go() -> bool:
    """The duty: what is older than a workspace keeps it goes, one batch each. True when more waits."""
    limited = Q(keep_calls_days__isnull=False) | Q(keep_variables_days__isnull=False)
    keepers = list(Workspace.objects.filter(limited).values_list("pk", flat=True))
    return sum(_batch(pk, step) for step in (_calls_go, _values_go) for pk in keepers) > 0


def old_calls(workspace: Workspace, days: int, now: datetime) -> QuerySet[Call]:
    """Ended calls, reserved or begun more than so many days ago; also those of which Talkstack never told the end."""
    before = now - timedelta(days=days)
    over = Q(final_at__isnull=False) | Q(state__in=FINAL) | Q(attempt__in=NEVER_PLACED) | Q(next_read_at=None)
    ended = Call.objects.filter(over, workspace=workspace, at__lt=before).exclude(attempt__in=UNSETTLED)
    return ended.filter(Q(started_at=None) | Q(started_at__lt=before))


def old_values(workspace: Workspace, days: int, now: datetime) -> QuerySet[Call]:
    """Of these, the ones that still have variables, collected data or answers, and are not about to be read once more."""
    ended = old_calls(workspace, days, now).filter(next_read_at=None)
    told = Exists(Answer.objects.filter(call=OuterRef("pk"))) | Exists(_with_words().filter(call=OuterRef("pk")))
    return ended.filter(~Q(variables={}, data={}, raw={}) | Q(told))


def values_gone(call: Call) -> bool:
    """Whether what a call had as variables and data is so old that it is not kept."""
    days = call.workspace.keep_variables_days
    return days is not None and call.at < timezone.now() - timedelta(days=days) and not (call.variables or call.data)


def _batch(workspace_pk: int, step: Callable[[Workspace, datetime], int]) -> bool:
    """One step in a transaction of its own; the workspace is read in it, so that a longer time counts at once."""
    with transaction.atomic(durable=True):
        workspace = entries.locked(workspace_pk)
        return workspace is not None and step(workspace, timezone.now()) == BATCH


def _calls_go(workspace: Workspace, now: datetime) -> int:
    if workspace.keep_calls_days is None:
        return 0
    batch = _first(old_calls(workspace, workspace.keep_calls_days, now))
    if batch:
        entries.drop_values(workspace, batch)
        delete(workspace, batch)
        entries.count(workspace=workspace, verb="keeping.calls", what="calls", number=len(batch))
    return len(batch)


def _values_go(workspace: Workspace, now: datetime) -> int:
    if workspace.keep_variables_days is None:
        return 0
    batch = _first(old_values(workspace, workspace.keep_variables_days, now))
    if batch:
        entries.drop_values(workspace, batch)
        seen = Coalesce(F("read_at"), now)  # a call that was never read would be read when somebody opens it
        Call.objects.filter(pk__in=batch).update(
            variables={}, data={}, raw={}, read_at=seen, next_read_at=None, version=F("version") + 1
        )
        Answer.objects.filter(call__in=batch).delete()
        _with_words().filter(call__in=batch).update(summary="", sentiment="", extra={}, raw={}, words=answers.GONE)
        texts.renew(batch)
        entries.count(workspace=workspace, verb="keeping.variables", what="calls", number=len(batch))
    return len(batch)


def _with_words() -> QuerySet[Analysis]:
    """The settled analyses in which something of the call is kept."""
    settled = Analysis.objects.exclude(state__in=[AskingState.WAITING, AskingState.SENDING])
    told = Q(state=AskingState.ANSWERED) | ~Q(summary="", sentiment="", extra={}, raw={})
    return settled.filter(told).exclude(words=answers.GONE)


def _first(calls: QuerySet[Call]) -> list[Any]:
    """The oldest ones that nobody else is changing now."""
    rows = calls.order_by("at").select_for_update(skip_locked=True)
    return list(rows.values_list("pk", flat=True)[:BATCH])


def delete(workspace: Workspace, calls: list[Any]) -> None:
    """Remove calls with all that hangs on them, in the caller's transaction; calls made again from them stay.

    Their request keys stay known, as fingerprints: whoever comes with one again makes no second call unasked.
    """
    now = timezone.now()
    for start in range(0, len(calls), BATCH):
        rows = Call.objects.filter(pk__in=calls[start : start + BATCH])
        keys = rows.exclude(request_key=None).values_list("request_key", flat=True)
        used = [Forgotten(workspace=workspace, digest=mark_of_key(workspace, key), at=now) for key in keys if key]
        Forgotten.objects.bulk_create(used, ignore_conflicts=True)
        rows.only("pk").delete()


# --- What is not taken in again ----------------------------------------------------------------------------------------
def unwanted(workspace: Workspace, told: list[CallData]) -> set[str]:
    """The ids of those calls of a history that the ledger is not to have: too old, or with a forgotten number. One query."""
    if not told:
        return set()
    now, days = timezone.now(), workspace.keep_calls_days
    before = now - timedelta(days=days) if days is not None else None
    marks = {item.id: _marks(workspace, item) for item in told}
    asked = {mark for each in marks.values() for mark in each}
    at = dict(Forgotten.objects.filter(workspace=workspace, digest__in=asked).values_list("digest", "at"))
    return {
        item.id
        for item in told
        if (before and _too_old(item, before)) or any(_before(item, at[mark]) for mark in marks[item.id] if mark in at)
    }


def take_back(workspace: Workspace, told: Iterable[CallData]) -> None:
    """Remove what was mirrored just now, if its number was forgotten in the same moment."""
    if gone := unwanted(workspace, list(told)):
        Call.objects.filter(workspace=workspace, sid__in=gone, attempt="").delete()


def mark_of_number(workspace: Workspace, e164: str) -> str:
    """What a forgotten number is known by."""
    return secrets.fingerprint(workspace, e164)


def mark_of_key(workspace: Workspace, request_key: str) -> str:
    """What the request key of a call that is no longer kept is known by."""
    return secrets.fingerprint(workspace, f"request key {request_key}")


def _marks(workspace: Workspace, item: CallData) -> set[str]:
    other, line = (item.from_, item.to) if item.direction.startswith("inbound") else (item.to, item.from_)
    return {mark_of_number(workspace, number) for number in spelling.readings(other, line)}


def _before(item: CallData, at: datetime) -> bool:
    """Whether a call began before a number was forgotten; one without a time may have."""
    if item.day_only and item.started_at:
        return item.started_at.date() <= at.date()
    return item.moment is None or item.moment <= at


def _too_old(item: CallData, before: datetime) -> bool:
    """Whether a call began before that; an ended one without a time may be of any age."""
    return item.started_at < before if item.started_at else is_final(item.state)
