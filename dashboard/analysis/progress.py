"""How far askings are, from our database alone."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.analysis.eligible import PENDING
from dashboard.calls.answers import BADGES
from dashboard.calls.models import Analysis, Asking, AskingState
from dashboard.calls.states import Badge
from dashboard.web import digest, registry

_ORDER = [
    AskingState.ANSWERED,
    AskingState.SENDING,
    AskingState.WAITING,
    AskingState.NOT_READY,
    AskingState.FAILED,
    AskingState.LOST,
    AskingState.STOPPED,
]


@dataclass(frozen=True)
class Progress:
    """One asking in numbers. `pending` is what comes without a person; `gone` are calls that are no longer in it.

    `paused` says why everything waits, and `until` when it goes on.
    """

    asking: Asking
    counts: list[tuple[AskingState, Badge, int]]
    pending: int
    paused: str
    until: datetime | None
    worker_silent: bool

    @property
    def total(self) -> int:
        """How many calls it is about."""
        return self.asking.total

    @property
    def gone(self) -> int:
        """Calls that were deleted, forgotten, or asked about anew by another asking since."""
        return max(self.total - sum(n for _, _, n in self.counts), 0)

    @property
    def done(self) -> int:
        """How many are settled, one way or another; what was stopped before it was sent is not."""
        return self.total - self.pending - self._count(AskingState.STOPPED)

    @property
    def over(self) -> bool:
        """Whether nothing more comes by itself."""
        return self.pending == 0

    @property
    def lost(self) -> int:
        """How many answers are lost."""
        return self._count(AskingState.LOST)

    def _count(self, wanted: AskingState) -> int:
        return next((n for state, _, n in self.counts if state == wanted), 0)

    @property
    def seen(self) -> str:
        """Something that changes whenever anything of this does."""
        counts = [(state, n) for state, _, n in self.counts]
        return digest.of(counts, self.pending, self.paused, self.until, self.worker_silent, self.asking.stopped_at)


def of(asking: Asking) -> Progress:
    """How far it is. One query, two while something waits."""
    now = timezone.now()
    later = Q(not_before__isnull=False)
    held = Q(not_before__gt=now) & ~Q(words="")
    rows = Analysis.objects.filter(asking=asking).order_by().values("state")
    told = {
        row["state"]: row
        for row in rows.annotate(
            n=Count("pk"), later=Count("pk", filter=later), held=Count("pk", filter=held), until=Min("not_before"),
            why=Min("words", filter=held),
        )
    }  # fmt: skip
    waiting = told.get(AskingState.WAITING)
    pending = sum(told[state]["n"] for state in (AskingState.WAITING, AskingState.SENDING) if state in told)
    pending += told[AskingState.NOT_READY]["later"] if AskingState.NOT_READY in told else 0
    paused = waiting is not None and waiting["held"] == waiting["n"]
    return Progress(
        asking,
        [(state, BADGES[state], told[state]["n"]) for state in _ORDER if state in told],
        pending,
        waiting["why"] if waiting and paused else "",
        waiting["until"] if waiting and paused else None,
        bool(pending) and registry.worker_alive() is False,
    )


def newest(workspace: Workspace, project_id: str, most: int = 10) -> list[Any]:
    """The newest askings of a project with `pending`, `answered` and `lost` counted. One query."""
    rows = Asking.objects.filter(workspace=workspace, project_id=project_id).select_related("question_set")
    wanted = {"pending": PENDING, "answered": Q(state=AskingState.ANSWERED), "lost": Q(state=AskingState.LOST)}
    counted = rows.annotate(**{name: _counted(which) for name, which in wanted.items()})
    return list(counted.order_by("-created_at")[:most])


def _counted(which: Q) -> Coalesce:
    """How many analyses of an asking are so; counted for those that are listed alone, not for every one there ever was."""
    mine = Analysis.objects.filter(which, asking=OuterRef("pk")).order_by().values("asking")
    return Coalesce(Subquery(mine.annotate(n=Count("pk")).values("n")), 0)
