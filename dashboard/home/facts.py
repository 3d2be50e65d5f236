"""What the first page of a workspace says: what happens now, what needs a decision, how the last days went.

Our own ledger and what is kept of Talkstack's answers; a few queries, however many calls there are.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q

from dashboard.accounts.models import Workspace
from dashboard.calls import dialing, ledger
from dashboard.calls.models import Attempt, Call
from dashboard.web import registry

DAYS = 7
LATEST_SHOWN = 8
LOOKED_AT = 100


@dataclass(frozen=True)
class Week:
    """Calls of the last seven days and how many were answered; `unknown` and `ever` count from the beginning."""

    calls: int = 0
    answered: int = 0
    unknown: int = 0
    ever: int = 0

    @property
    def percent(self) -> int | None:
        """The share of the calls that were answered, None without calls."""
        return round(100 * self.answered / self.calls) if self.calls else None


@dataclass(frozen=True)
class Now:
    """What is happening, and what waits for a person. `worker_silent`: nothing is sent until it runs again."""

    open: list[Call] = field(default_factory=list)
    unknown: list[Call] = field(default_factory=list)
    to_check: list[Call] = field(default_factory=list)
    worker_silent: bool = False
    failing: str = ""
    failing_at: datetime | None = None
    sign_in_needed: bool = False

    @property
    def seen(self) -> str:
        """A short word that changes when any of this does, for polling."""
        calls = [f"{call.pk}{call.version}" for call in [*self.open, *self.unknown, *self.to_check]]
        told: list[object] = [*calls, self.worker_silent, self.failing, self.sign_in_needed]
        return hashlib.sha256(repr(told).encode()).hexdigest()[:12]

    @property
    def decisions(self) -> int:
        """How many things wait for somebody."""
        return len(self.unknown) + len(self.to_check) + self.worker_silent + bool(self.failing or self.sign_in_needed)


def now(workspace: Workspace) -> Now:
    """Two queries: calls that are open or unknown, and whether the background process lives."""
    calls = list(ledger.of_workspace(workspace).filter(ledger.still_open() | Q(attempt=Attempt.UNKNOWN))[:LOOKED_AT])
    unknown = [call for call in calls if call.attempt == Attempt.UNKNOWN]
    for call in calls:
        call.workspace = workspace
    to_check = [call for call in calls if dialing.waits_for_check(call)]
    connection = workspace.connection
    return Now(
        open=[call for call in calls if call not in unknown and call not in to_check],
        unknown=unknown,
        to_check=to_check,
        worker_silent=registry.worker_alive() is False,
        failing=connection.last_failure if connection.failing else "",
        failing_at=connection.last_failure_at,
        sign_in_needed=connection.sign_in_needed and not connection.api_key,
    )


def week(workspace: Workspace) -> tuple[Week, dict[str, int]]:
    """The figures of the workspace, and how many calls each project had in these days, in one query."""
    recent = Q(at__gte=ledger.last_days())
    grouped = ledger.of_workspace(workspace).order_by().values("project_id")
    rows = grouped.annotate(
        week=Count("id", filter=recent),
        answered=Count("id", filter=recent & Q(state="completed")),
        unknown=Count("id", filter=Q(attempt=Attempt.UNKNOWN)),
        ever=Count("id"),
    ).values_list("project_id", "week", "answered", "unknown", "ever")
    listed = list(rows)
    sums = [sum(int(row[place]) for row in listed) for place in range(1, 5)]
    return Week(*sums), {row[0]: row[1] for row in listed}


def latest(workspace: Workspace, shown: list[Call]) -> list[Call]:
    """The newest calls, but for those that the page shows already."""
    elsewhere = {call.pk for call in shown}
    newest = ledger.latest(workspace, limit=LATEST_SHOWN + len(elsewhere))
    return [call for call in newest if call.pk not in elsewhere][:LATEST_SHOWN]
