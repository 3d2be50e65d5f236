"""What Talkstack tells of a call is held against the attempts whose answer was lost, wherever it came from: it becomes a
candidate of each that it may be, and those are looked for at once. Nothing is joined here: reconciling does that.

One row is locked at a time, so that nobody waits crosswise.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls import candidates
from dashboard.calls.models import Attempt, Call, Observation, Source
from dashboard.calls.observing import keys_of, named
from dashboard.calls.renamed import EARLY, LATE
from dashboard.talkstack import CallData

NEAR = timedelta(minutes=2)  # Talkstack's clock may be wrong by so much
REOPENED = "It had been decided that nobody was called, but"
_EVIDENCE = {
    Source.HISTORY: "Talkstack's history shows a call that may be this one.",
    Source.CALL_DATA: "Talkstack tells of a call that may be this one, because an update named it.",
}


def offer(workspace: Workspace, project_id: str, told: Iterable[CallData], source: Source) -> None:
    """Make each of these calls a candidate of the attempts of the project that it may be.

    A call that fits an attempt of which a person said "not called" makes it unknown again; the word of a webhook, which
    nobody has confirmed, does not. Runs outside of any transaction. One query when nothing is unknown.
    """
    told = [item for item in told if item.id and item.to and not item.direction.startswith("inbound")]
    if not told:
        return
    for row in _waiting(workspace, project_id, told, source):
        if any(_may_be(row, item) for item in told):
            _show(row, told, source)


def named_by(workspace: Workspace, project_id: str, key: str) -> Call | None:
    """The unknown attempt that may be the call with this id of Talkstack's; None without one."""
    lost = _lost(workspace, project_id).filter(attempt=Attempt.UNKNOWN)
    return next((call for call in lost if key in candidates.ids(call)), None)


def taken(call: Call, item: CallData) -> bool:
    """Whether this call already belongs to another attempt of ours."""
    if not keys_of(item):
        return False
    others = Call.objects.filter(named(call.workspace_id, keys_of(item)))
    return others.exclude(pk=call.pk).exclude(attempt="").exists()


def _lost(workspace: Workspace, project_id: str) -> QuerySet[Call]:
    # Said so that SQLite goes by its index of attempts, which are few.
    calls = Call.objects.alias(name=Coalesce("sid", "call_id"), of=Coalesce("project_id", Value("")))
    return calls.filter(workspace=workspace, of=project_id, name=None)


def _waiting(workspace: Workspace, project_id: str, told: list[CallData], source: Source) -> list[Call]:
    """The unknown attempts, and those of the time of these calls of which a person said "not called"."""
    moments = [item.moment for item in told if item.moment]
    lost = _lost(workspace, project_id)
    if not moments or source == Source.WEBHOOK:
        return list(lost.filter(attempt=Attempt.UNKNOWN))
    window = Q(sending_at__lte=max(moments) + EARLY, deadline_at__gte=min(moments) - LATE)
    either = lost.filter(attempt__in=[Attempt.UNKNOWN, Attempt.NOT_CALLED])
    return list(either.filter(Q(attempt=Attempt.UNKNOWN) | window))


def _may_be(row: Call, item: CallData) -> bool:
    if keys_of(item) & set(row.ruled_out):
        return False
    if row.attempt == Attempt.NOT_CALLED:
        return item.moment is not None and candidates.fits(row, item)
    return candidates.fits(row, item, NEAR)


def _show(seen: Call, told: list[CallData], source: Source) -> None:
    now = timezone.now()
    with transaction.atomic():
        lost = Call.objects.select_for_update().filter(attempt__in=[Attempt.UNKNOWN, Attempt.NOT_CALLED])
        row = lost.filter(pk=seen.pk, sid=None, call_id=None).first()
        if row is None or (row.attempt == Attempt.NOT_CALLED and source == Source.WEBHOOK):
            return
        mine = [item for item in told if _may_be(row, item) and not taken(row, item)]
        before = candidates.standing(row)
        kept, row.candidates = row.candidates, candidates.together(row, mine, source)
        if row.candidates == kept:
            return
        if row.attempt == Attempt.NOT_CALLED:
            _reopen(row, source)
        elif row.looks and candidates.standing(row) > before:  # the first look keeps its minute
            row.next_look_at = min(filter(None, [row.next_look_at, now]))
        row.version += 1
        row.save()


def _reopen(row: Call, source: Source) -> None:
    """Evidence beats a person's "not called": it is unknown again, and looked for at once. `row` is locked and saved later."""
    now = timezone.now()
    words = f"{REOPENED} {_EVIDENCE[source]}"
    row.attempt, row.attempt_at, row.words, row.next_look_at = Attempt.UNKNOWN, now, words, now
    Observation.objects.create(
        call=row, source=Source.DASHBOARD, state=Attempt.UNKNOWN, at=now, seen_at=now, words=words
    )
