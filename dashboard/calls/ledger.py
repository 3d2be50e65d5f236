"""What is known of every call, and how it came to be known. Reads here make no request to Talkstack."""

from datetime import datetime, timedelta

from django.db.models import Count, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls.mirror import take_history, take_one
from dashboard.calls.models import Attempt, Call
from dashboard.calls.observing import absorb, hint, name_sid, observe, unconfirmed
from dashboard.calls.renamed import EARLY, LATE
from dashboard.calls.states import FINAL, NEVER_PLACED, SILENT

GIVE_UP_AFTER = timedelta(hours=24)
_COUNT_UP_TO = 1000
SETTLE_AFTER = timedelta(minutes=2)
_FIRST_WAIT = timedelta(seconds=3)
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
    unfinished = ~Q(state__in=FINAL)
    return Q(final_at=None) & fresh & (waiting | (Q(attempt__in=[Attempt.PLACED, Attempt.UNKNOWN, ""]) & unfinished))


def open_calls(workspace: Workspace, project_id: str = "", agent_id: str = "") -> list[Call]:
    """Calls that may be in the air now, newest first, at most 100: what a deletion must name."""
    calls = of_workspace(workspace, project_id).filter(still_open())
    return list((calls.filter(agent_id=agent_id) if agent_id else calls)[:100])


def happening() -> Q:
    """The condition "happening now": still open, but for the unknown ones, of which nobody can say that."""
    return still_open() & ~Q(attempt=Attempt.UNKNOWN)


def open_count(workspace: Workspace, project_id: str = "") -> int:
    """How many calls are happening now."""
    return of_workspace(workspace, project_id).filter(happening()).order_by().count()


def ever(workspace: Workspace, project_id: str = "") -> str:
    """How many calls there are, exact up to a thousand, then "1,000+": counting a million would take a second."""
    counted = of_workspace(workspace, project_id).order_by().values("pk")[: _COUNT_UP_TO + 1].count()
    return f"{_COUNT_UP_TO:,}+" if counted > _COUNT_UP_TO else f"{counted:,}"


def unknown_count(workspace: Workspace, project_id: str = "") -> int:
    """How many attempts have an outcome that is not known, whenever they were."""
    lost = of_workspace(workspace).filter(attempt=Attempt.UNKNOWN).order_by()
    if project_id:  # said so that SQLite does not go through all calls of the project
        lost = lost.alias(of=Coalesce("project_id", Value(""))).filter(of=project_id)
    return lost.count()


def latest(workspace: Workspace, project_id: str = "", limit: int = 8) -> list[Call]:
    """The newest `limit` calls."""
    return list(of_workspace(workspace, project_id)[:limit])


def counts(workspace: Workspace, project_id: str, since: datetime) -> dict[str, int]:
    """How many calls each agent of the project made or took since then, by agent id."""
    rows = of_workspace(workspace, project_id).filter(at__gte=since).order_by()
    return dict(rows.values_list("agent_id").annotate(n=Count("id")))


def totals(workspace: Workspace, project_id: str, since: datetime) -> dict[str, int]:
    """Figures for a project's page: `all`, `answered` since then, and `unknown` whenever. Two queries, bounded by indexes."""
    none_made = [Attempt.CANCELLED, Attempt.NOT_SENT, Attempt.NOT_CALLED]
    recent = of_workspace(workspace, project_id).filter(at__gte=since).exclude(attempt__in=none_made).order_by()
    told = recent.aggregate(all=Count("id"), answered=Count("id", filter=Q(state="completed")))
    return {**told, "unknown": unknown_count(workspace, project_id)}


def last_call_to(workspace: Workspace, number: str, since: datetime | None = None) -> Call | None:
    """The newest call that reached for this number, whoever placed it; cancelled and unsent ones do not count."""
    calls = of_workspace(workspace).filter(number=number)
    if since:
        calls = calls.filter(at__gte=since)
    return calls.exclude(attempt__in=NEVER_PLACED).first()


def next_read(call: Call, now: datetime) -> datetime | None:
    """When to ask Talkstack about this call again, or None when everything is in, or nothing more can be expected.

    After its end ever more seldom: a voicemail leaves no data, and thousands that end at once would keep all others waiting.
    """
    if call.final_at:
        since = now - call.final_at
        settled = bool(call.recordings and call.data) or since >= SETTLE_AFTER
        nothing_to_come = call.state in SILENT and since > timedelta(seconds=15)
        return (
            None if settled or nothing_to_come else min(now + max(since / 2, _FIRST_WAIT), call.final_at + SETTLE_AFTER)
        )
    age = now - (call.attempt_at or call.at)
    return next((now + pace for limit, pace in _PACE if age < limit), None)


__all__ = [
    "EARLY", "LATE", "absorb", "counts", "hint", "last_call_to", "last_days", "latest", "name_sid", "next_read", "observe",
    "of_workspace", "open_calls", "still_open", "take_history", "take_one", "totals", "unconfirmed",
]  # fmt: skip
