"""Calls that only a history told as answered are read once in full: a history does not tell a voicemail from a person."""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls.models import Call, Source

RECENT = timedelta(days=15)  # as far back as the charts of the first page look, and a day more
AT_ONCE = 24
AGAIN_AFTER = timedelta(minutes=10)


def put_on_list() -> bool:
    """Have the newest of them read by whoever follows calls, a few at a time. Never True: the next turn is soon enough."""
    now = timezone.now()
    free = AT_ONCE - Call.objects.filter(next_read_at__lte=now).count()
    for workspace in Workspace.objects.select_related("connection").filter(connection__isnull=False):
        if free > 0 and not workspace.connection.failing:
            chosen = list(_told_by_history(workspace, now).values_list("pk", flat=True)[:free])
            free -= Call.objects.filter(pk__in=chosen, next_read_at=None).update(next_read_at=now)
    return False


def _told_by_history(workspace: Workspace, now: datetime) -> QuerySet[Call]:
    """The answered calls of the last days that were never read, or not since reading them failed; newest first."""
    kept = workspace.keep_variables_days
    since = now - (RECENT if kept is None else min(RECENT, timedelta(days=kept)))
    unread = Q(read_at=None) | (Q(read_at__lt=now - AGAIN_AFTER) & ~Q(read_problem=""))
    alike = Call.objects.filter(unread, workspace=workspace, state="completed", state_source=Source.HISTORY)
    return alike.filter(at__gte=since, next_read_at=None).exclude(sid=None).order_by("-at", "-id")
