"""What is known of every call, and how it came to be known. Reads here make no request to Talkstack."""

import logging
from collections.abc import Iterable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls import keeping
from dashboard.calls.models import Attempt, Call, Moved, Observation, Source
from dashboard.calls.states import FINAL, OPEN, better, is_final, wins
from dashboard.talkstack import CallData

log = logging.getLogger(__name__)
_FACTS = ("from_number", "started_at", "ended_at", "seconds", "cost", "currency", "recordings", "data")
GIVE_UP_AFTER = timedelta(hours=24)
SETTLE_AFTER = timedelta(minutes=2)
EARLY, LATE = timedelta(seconds=5), timedelta(seconds=60)  # around an attempt: when its call may have started
_PACE = (
    (timedelta(minutes=2), timedelta(seconds=2)),
    (timedelta(minutes=10), timedelta(seconds=5)),
    (timedelta(hours=1), timedelta(seconds=30)),
    (GIVE_UP_AFTER, timedelta(minutes=10)),
)


def of_workspace(workspace: Workspace, project_id: str = "") -> QuerySet[Call]:
    """The calls of a workspace, or of one of its projects, newest first."""
    calls = Call.objects.filter(workspace=workspace).order_by("-at", "-id")
    return calls.filter(project_id=project_id) if project_id else calls


def last_days(days: int = 7) -> datetime:
    """The midnight at which the last so many days began, in the viewer's zone; today is one of them."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)


def still_open() -> Q:
    """The condition "may still be in the air": waiting, being sent, or placed with no final word from Talkstack."""
    fresh = Q(at__gte=timezone.now() - GIVE_UP_AFTER)
    waiting = Q(attempt__in=[Attempt.RESERVED, Attempt.SENDING])
    unfinished = ~Q(state__in=FINAL) & Q(final_at=None)
    return fresh & (waiting | (Q(attempt__in=[Attempt.PLACED, Attempt.UNKNOWN, ""]) & unfinished))


def open_calls(workspace: Workspace, project_id: str = "", agent_id: str = "") -> list[Call]:
    """Calls that may be in the air now, newest first, at most 100: what a deletion must name."""
    calls = of_workspace(workspace, project_id).filter(still_open())
    return list((calls.filter(agent_id=agent_id) if agent_id else calls)[:100])


def latest(workspace: Workspace, project_id: str = "", limit: int = 8) -> list[Call]:
    """The newest `limit` calls."""
    return list(of_workspace(workspace, project_id)[:limit])


def counts(workspace: Workspace, project_id: str, since: datetime) -> dict[str, int]:
    """How many calls each agent of the project made or took since then, by agent id."""
    rows = of_workspace(workspace, project_id).filter(at__gte=since).order_by()
    return dict(rows.values_list("agent_id").annotate(n=Count("id")))


def totals(workspace: Workspace, project_id: str, since: datetime) -> dict[str, int]:
    """Figures for a project's page: `all`, `answered` since then, and `unknown` whenever."""
    calls = of_workspace(workspace, project_id).order_by()
    recent = Q(at__gte=since) & ~Q(attempt__in=[Attempt.CANCELLED, Attempt.NOT_SENT, Attempt.NOT_CALLED])
    return calls.aggregate(
        all=Count("id", filter=recent),
        answered=Count("id", filter=recent & Q(state="completed")),
        unknown=Count("id", filter=Q(attempt=Attempt.UNKNOWN)),
    )


def last_call_to(workspace: Workspace, number: str, since: datetime | None = None) -> Call | None:
    """The newest call that reached for this number, whoever placed it; cancelled and unsent ones do not count."""
    calls = of_workspace(workspace).filter(number=number)
    if since:
        calls = calls.filter(at__gte=since)
    none_made = [Attempt.CANCELLED, Attempt.NOT_SENT, Attempt.NOT_CALLED, Attempt.REFUSED]
    return calls.exclude(attempt__in=none_made).first()


def observe(call_pk: Any, source: Source, told: CallData, now: datetime | None = None) -> Call:
    """Take what one source says about a call: keep the observation, move the state forward, fill in facts.

    The version grows only when something a page shows has changed.
    """
    now = now or timezone.now()
    with transaction.atomic():
        call = Call.objects.select_for_update().get(pk=call_pk)
        changed = _take_facts(call, told, source)
        changed |= _take_state(call, source, told, now)
        call.read_problem = ""
        call.version += changed
        call.save()
    return call


def _take_state(call: Call, source: Source, told: CallData, now: datetime) -> bool:
    if not told.state:
        return False
    last = call.observations.filter(source=source).last()
    if last is None or last.state != told.state:
        Observation.objects.create(call=call, source=source, state=told.state[:60], at=_moment(told), seen_at=now)
    if told.state == call.state:
        call.state_at, call.state_source = now, better(call.state_source, source)
        return _took_end(call, told, now)
    if not wins(call.state, call.state_source, told.state, source):
        return last is None or last.state != told.state
    call.state, call.state_source, call.state_at = told.state[:60], source, now
    _took_end(call, told, now)
    return True


def _took_end(call: Call, told: CallData, now: datetime) -> bool:
    """Whether this says that the call is over: a final word, or one we do not know together with an end or a recording."""
    ended = told.state not in OPEN and bool(told.ended_at or told.recordings)
    if call.final_at is not None or not (is_final(call.state) or ended):
        return False
    call.final_at = now
    return True


def _moment(told: CallData) -> datetime | None:
    return told.ended_at if is_final(told.state) else None


def _take_facts(call: Call, told: CallData, source: Source) -> bool:
    before = [getattr(call, name) for name in _FACTS]
    call.from_number = told.from_[:40] or call.from_number
    call.started_at = told.started_at or call.started_at
    call.ended_at = told.ended_at or call.ended_at
    call.seconds = told.seconds if told.seconds is not None else call.seconds
    call.cost = told.cost if told.cost is not None else call.cost
    call.currency = told.currency[:10] or call.currency
    call.recordings = list(told.recordings) or call.recordings
    call.data = told.data or call.data
    if source == Source.CALL_DATA:
        call.raw = told.raw
    return before != [getattr(call, name) for name in _FACTS]


def next_read(call: Call, now: datetime) -> datetime | None:
    """When to ask Talkstack about this call again, or None when everything is in, or nothing more can be expected."""
    if call.final_at:
        settled = bool(call.recordings and call.data) or now - call.final_at >= SETTLE_AFTER
        nothing_to_come = call.state in ("busy", "no-answer", "failed", "canceled") and now - call.final_at > timedelta(
            seconds=15
        )
        return None if settled or nothing_to_come else now + timedelta(seconds=3)
    age = now - (call.attempt_at or call.at)
    return next((now + pace for limit, pace in _PACE if age < limit), None)


def take_history(workspace: Workspace, project_id: str, project_name: str, told: Iterable[CallData]) -> int:
    """Mirror a project's call history into the ledger: never loses a call, never doubles one. Gives how many were new.

    What was let go of or forgotten (keeping.py) is not taken in again.
    """
    told = [item for item in told if item.id]
    known = _known(workspace, {item.id for item in told})
    unwanted = keeping.unwanted(workspace, [item for item in told if item.id not in known])
    new = []
    for item in told:
        call = known.get(item.id)
        if call is not None:
            if not call.final_at:
                with suppress(Call.DoesNotExist):  # let go of meanwhile
                    observe(call.pk, Source.HISTORY, item)
        elif item.id not in unwanted and _mirror(workspace, project_id, project_name, item):
            new.append(item)
    keeping.take_back(workspace, new)
    return len(new)


def _known(workspace: Workspace, ids: set[str]) -> dict[str, Call]:
    found: dict[str, Call] = {}
    wanted = list(ids)
    for start in range(0, len(wanted), 400):
        part = wanted[start : start + 400]
        for call in Call.objects.filter(Q(sid__in=part) | Q(call_id__in=part), workspace=workspace):
            found.update({key: call for key in (call.sid, call.call_id) if key})
    return found


def _mirror(workspace: Workspace, project_id: str, project_name: str, item: CallData) -> int:
    """A row for a call that was placed elsewhere; skipped when it may be one of our own whose answer was lost."""
    now = timezone.now()
    with transaction.atomic():
        if _may_be_ours(workspace, project_id, item):
            return 0
        inbound = item.direction.startswith("inbound")
        call, made = Call.objects.get_or_create(
            workspace=workspace,
            sid=item.id,
            defaults={
                "project_id": project_id,
                "project_name": project_name[:300],
                "agent_id": item.agent_id[:200],
                "number": (item.from_ if inbound else item.to)[:40],
                "from_number": (item.to if inbound else item.from_)[:40],
                "direction": "inbound" if inbound else "outbound",
                "at": item.started_at or now,
            },
        )
    with suppress(Call.DoesNotExist):
        observe(call.pk, Source.HISTORY, item)
    if not is_final(item.state):
        Call.objects.filter(pk=call.pk).update(next_read_at=now)
    return int(made)


def _may_be_ours(workspace: Workspace, project_id: str, item: CallData) -> bool:
    """Whether an attempt without an answer may turn out to be this call: reconciling decides that, not the mirror."""
    mine = Call.objects.filter(workspace=workspace, number=item.to, sid=None, call_id=None)
    open_ones = mine.filter(attempt__in=[Attempt.SENDING, Attempt.UNKNOWN])
    if item.moment is None:
        return open_ones.exists()
    window = Q(sending_at__lte=item.moment + EARLY, deadline_at__gte=item.moment - LATE)
    decided = mine.filter(window, attempt=Attempt.NOT_CALLED, project_id=project_id)
    return _reopen(decided, item) or open_ones.filter(window).exists()


def _reopen(decided: QuerySet[Call], item: CallData) -> bool:
    """Evidence beats a person's "not called": those attempts are unknown again, and are looked for at once."""
    now = timezone.now()
    words = "It had been decided that nobody was called, but Talkstack's history shows a call that may be this one."
    same_line = Q(from_number="") | Q(from_number=item.from_) if item.from_ else Q()
    rows = list(decided.filter(same_line).select_for_update()) if not item.direction.startswith("inbound") else []
    for row in rows:
        row.attempt, row.attempt_at, row.words, row.next_look_at = Attempt.UNKNOWN, now, words, now
        row.version += 1
        row.save()
        Observation.objects.create(
            call=row, source=Source.DASHBOARD, state=Attempt.UNKNOWN, at=now, seen_at=now, words=words
        )
    return bool(rows)


def name_sid(call: Call, sid: str) -> None:
    """Store the id that Talkstack reads this call by, once the history has told it."""
    with transaction.atomic():
        row = Call.objects.select_for_update().get(pk=call.pk)
        if absorb(row, sid):
            row.sid = sid[:200]
            row.save()


def absorb(call: Call, key: str) -> bool:
    """Make room for `call` to carry Talkstack's id `key`: a mirrored row of it becomes part of `call`.

    False when the id belongs to another attempt of ours. Runs inside the caller's transaction.
    """
    other = (
        Call.objects.select_for_update()
        .filter(Q(sid=key) | Q(call_id=key), workspace_id=call.workspace_id)
        .exclude(pk=call.pk)
        .first()
    )
    if other is None:
        return True
    if other.attempt:
        return False
    other.observations.update(call=call)
    Moved.objects.filter(call=other).update(call=call)
    Moved.objects.create(old_id=other.pk, workspace_id=call.workspace_id, call=call)
    for name in ("state", "state_source", "state_at", "final_at", *_FACTS):
        if not getattr(call, name):
            setattr(call, name, getattr(other, name))
    other.delete()
    return True
