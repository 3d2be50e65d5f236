"""What a background process does, kept in its memory and written down now and then: no write for every turn of a duty."""

import threading
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta

from django.db import DatabaseError
from django.utils import timezone

from dashboard.worker.models import DutyRun

WRITE_AGAIN_AFTER = timedelta(seconds=30)  # what only turned once more, with nothing to do
_COLUMNS = ["started_at", "finished_at", "did_at", "problem", "problem_at", "failures"]


@dataclass(frozen=True)
class Turn:
    """Where a duty stands; as in DutyRun."""

    started_at: datetime
    finished_at: datetime | None = None
    did_at: datetime | None = None
    problem: str = ""
    problem_at: datetime | None = None
    failures: int = 0


class Diary:
    """The turns of one process's duties. Its threads write into it, the one of the heartbeat puts it into the database."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: dict[str, Turn] = {}
        self._written: dict[str, tuple[Turn, datetime]] = {}

    def begins(self, duty: str) -> None:
        """A turn begins."""
        now = timezone.now()
        with self._lock:
            known = self._now.get(duty)
            self._now[duty] = replace(known, started_at=now) if known else Turn(now)

    def ends(self, duty: str, did_something: bool) -> int:
        """A turn ended well; gives how many had failed before it."""
        now = timezone.now()
        with self._lock:
            known = self._now[duty]
            did_at = now if did_something else known.did_at
            self._now[duty] = Turn(known.started_at, now, did_at)
            return known.failures

    def fails(self, duty: str, error: BaseException) -> int:
        """A turn failed; gives how many did so in a row, this one included.

        What is kept are our own words alone: an error can name anything, of any workspace.
        """
        now = timezone.now()
        busy = isinstance(error, DatabaseError)
        words = "The database could not be used." if busy else "It broke. The log of this process says more."
        with self._lock:
            known = self._now[duty]
            since, failures = known.problem_at or now, known.failures + 1
            self._now[duty] = replace(known, finished_at=now, problem=words, problem_at=since, failures=failures)
            return failures

    def write(self, heartbeat_pk: int) -> int:
        """Put what is news into the database, in one statement; gives how many duties that were."""
        now = timezone.now()
        with self._lock:
            news = {duty: turn for duty, turn in self._now.items() if _is_news(turn, self._written.get(duty), now)}
        rows = [DutyRun(heartbeat_id=heartbeat_pk, duty=duty[:100], **asdict(turn)) for duty, turn in news.items()]
        if rows:
            DutyRun.objects.bulk_create(
                rows, update_conflicts=True, unique_fields=["heartbeat", "duty"], update_fields=_COLUMNS
            )
            self._written |= {duty: (turn, now) for duty, turn in news.items()}
        return len(rows)


def _is_news(turn: Turn, written: tuple[Turn, datetime] | None, now: datetime) -> bool:
    """Whether the database should hear of it now: it did something, its trouble changed, or the last word is old."""
    if written is None:
        return True
    told, at = written
    if (told.did_at, told.problem) != (turn.did_at, turn.problem):
        return True
    return turn != told and now - at >= WRITE_AGAIN_AFTER
