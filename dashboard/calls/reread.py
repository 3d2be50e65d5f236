"""Calls that only a history told as answered are read once in full: a history does not tell a voicemail from a person."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls.models import Call, Source
from dashboard.web.words import count_of

RECENT = timedelta(days=31)  # as far back as the first page compares, and as a list of 30 days looks
AT_ONCE = 8  # no more than follow.AT_ONCE: an open call that becomes due waits for none of them
EVERY_SECONDS = 5.0
AGAIN_AFTER = timedelta(minutes=10)
COUNTED = 1_000


@dataclass(frozen=True)
class Unread:
    """Answered calls of some days that nobody looked behind yet: a voicemail among them still stands as answered.

    `count` stops at 1,001 over all projects; `sure` is False when it did. `oldest` is when the first of them began. What
    began before `reaches` is looked behind only when somebody opens it.
    """

    count: int
    sure: bool
    oldest: datetime | None
    reaches: datetime

    def __bool__(self) -> bool:
        return self.count > 0 or not self.sure

    @property
    def words(self) -> str:
        """ "12 answered calls", "1,000+ answered calls"; of one project among many, "some answered calls"."""
        if not self.sure and self.count <= COUNTED:
            return "some answered calls"
        return count_of(self.count, "answered call", COUNTED)

    @property
    def beyond(self) -> bool:
        """Whether some of them are so old that they are not looked behind by themselves."""
        return self.oldest is not None and self.oldest < self.reaches


def put_on_list() -> bool:
    """Have the newest of them read by whoever follows calls, a few at a time. Never True: the next turn is soon enough."""
    now = timezone.now()
    free = AT_ONCE - Call.objects.filter(next_read_at__lte=now).count()
    for workspace in Workspace.objects.select_related("connection").filter(connection__isnull=False):
        if free > 0 and not workspace.connection.failing:
            due = _unread(workspace).filter(at__gte=_reaches(workspace, now), next_read_at=None)
            due = due.filter(Q(read_at=None) | Q(read_at__lt=now - AGAIN_AFTER)).order_by("-at")
            chosen = list(due.values_list("pk", flat=True)[:free])
            free -= Call.objects.filter(pk__in=chosen, next_read_at=None).update(next_read_at=now)
    return False


def unread(workspace: Workspace, since: datetime | None, until: datetime | None = None, project_id: str = "") -> Unread:
    """The answered calls from `since` to before `until` that nobody looked behind yet. One query, along an index."""
    rows = _unread(workspace)
    rows = rows.filter(at__gte=since) if since else rows
    rows = rows.filter(at__lt=until) if until else rows
    found = list(rows.order_by("at").values_list("at", "project_id")[: COUNTED + 1])
    times = [at for at, project in found if project_id in ("", project)]
    reaches = _reaches(workspace, timezone.now())
    return Unread(len(times), len(found) <= COUNTED, min(times, default=None), reaches)


def _reaches(workspace: Workspace, now: datetime) -> datetime:
    """From when on calls are looked behind by themselves: not where what is collected of them would not be kept."""
    kept = workspace.keep_variables_days
    return now - (RECENT if kept is None else min(RECENT, timedelta(days=kept)))


def _unread(workspace: Workspace) -> QuerySet[Call]:
    """The answered calls that were never read, or not since reading them failed. Once read they are no longer the history's
    word alone, but for the few that Talkstack does not know: the index `calls_by_source` leads to them."""
    alike = Call.objects.filter(workspace=workspace, state="completed", state_source=Source.HISTORY)
    return alike.filter(Q(read_at=None) | ~Q(read_problem="")).exclude(sid=None)
