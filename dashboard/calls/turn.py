"""One turn of reading a project's history: the newest days, what is to be read again, gaps, and then older days.

How far it got is written down after every stretch of days, under a lease: whoever finds the lease in other hands stops.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from dashboard.accounts.upstream import Upstream
from dashboard.calls import mirror
from dashboard.calls.models import Call, HistoryRead
from dashboard.calls.observing import keys_of
from dashboard.calls.windows import DAY, Windows
from dashboard.talkstack import CallData
from dashboard.web import process

EVERY = timedelta(minutes=2)
MORE = timedelta(seconds=5)  # the next turn of one that is not through
LEASE = timedelta(seconds=60)  # longer than one question may take
RECENT, MONTH = (timedelta(hours=1), 3 * DAY), (DAY, 30 * DAY)  # how often, how far back
GAPS_EVERY = timedelta(hours=6)
QUESTIONS = 40  # of one turn, about
STRETCH = 30 * DAY
MOST_GAPS = 400
FIRST_DAY = date(2015, 1, 1)  # nothing is older than Talkstack


class Lost(Exception):
    """The lease ran out and somebody else has it, or this process is to stop."""


@dataclass
class Turn:
    """`row` is a HistoryRead whose lease is ours."""

    row: HistoryRead
    windows: Windows = field(init=False)

    def __post_init__(self) -> None:
        largest = HistoryRead.objects.filter(workspace=self.row.workspace).order_by("-largest_page")
        self.windows = Windows(self._ask, largest.values_list("largest_page", flat=True).first() or 0)
        self.upstream = Upstream(self.row.workspace)
        self.today = timezone.now().astimezone(UTC).date()
        self.through = True

    def _ask(self, size: int, **filters: Any) -> list[CallData]:
        if process.stopping():
            self.keep(lease_until=None)
            raise Lost
        self.keep(lease_until=timezone.now() + LEASE)
        told = self.upstream.ask(lambda client: client.calls.history(self.row.project_id, size, **filters))
        mirror.take_history(self.row.workspace, self.row.project_id, self.row.project_name, told)
        return told

    def keep(self, **changes: Any) -> None:
        """Write down how far it got, if the lease is still ours."""
        mine = HistoryRead.objects.filter(pk=self.row.pk, lease_until=self.row.lease_until)
        if not mine.update(**changes):
            raise Lost
        for name, value in changes.items():
            setattr(self.row, name, value)

    def go(self) -> None:
        """The newest, then what is to be read again, then gaps, then older days."""
        rows, everything = self.windows.page(50)
        if everything and self._cut(rows):
            self.windows.cut_at(len(rows))
        elif everything:
            self.keep(back_to=self._oldest(), begun_at=self.row.begun_at or timezone.now(), gaps=[], again_from=None)
            return
        self._plan()
        self._days(self.today - DAY, self.today + DAY)
        for step in (self._again, self._gaps, self._older):
            step()

    def _cut(self, rows: list[CallData]) -> bool:
        """Whether this is less than there is, though it is shorter than any answer should be cut.

        The ledger knows older calls; else narrower questions are asked, at first and then every hour.
        """
        moments = [row.moment for row in rows if row.moment]
        if not moments:
            return False
        named = Q(sid__isnull=False) | Q(call_id__isnull=False)
        known = Call.objects.filter(named, workspace=self.row.workspace, project_id=self.row.project_id)
        newest = known.filter(at__lte=max(moments)).order_by("-at", "-id").values_list("sid", "call_id")
        seen = {key for row in rows for key in keys_of(row)}
        if any(seen.isdisjoint(keys) for keys in newest[: len(rows) + 1]):
            return True
        now, at = timezone.now(), self.row.recent_at
        if self.row.begun_at and at and at > now - RECENT[0]:
            return False
        self.keep(recent_at=now)
        return self.windows.hides(rows)

    def _oldest(self) -> date:
        return self.row.back_to or self.today - DAY

    def _spent(self) -> bool:
        """Whether the rest waits for another turn."""
        if self.windows.asked >= QUESTIONS:
            self.through = False
        return self.windows.asked >= QUESTIONS

    def _days(self, first: date, last: date, reached: Callable[[date], dict[str, Any]] | None = None) -> None:
        for start, end, whole in self.windows.days(first, last):
            days = {(start + n * DAY).isoformat() for n in range((end - start).days + 1)}
            gaps = set(self.row.gaps) - days | (set() if whole else days)
            moved = reached(start) if reached else {}
            self.keep(gaps=sorted(gaps)[-MOST_GAPS:], largest_page=self.windows.largest, **moved)
            if reached and self._spent():
                return

    def _plan(self) -> None:
        """Begin reading again what is due for that; after an outage, all since the last time."""
        row, now = self.row, timezone.now()
        wanted = self.today - DAY
        if row.read_at and row.read_at.date() < wanted:
            wanted = row.read_at.date() - DAY
        changes: dict[str, Any] = {}
        for name, (every, back) in (("recent_at", RECENT), ("month_at", MONTH)):
            at = getattr(row, name)
            if at is None or at <= now - every:
                wanted = min(wanted, self.today - back)
                changes[name] = now
        if "month_at" in changes:
            self.windows.largest = 0  # a server may have begun to cut its answers shorter
            changes["largest_page"] = 0
        if wanted < self.today - DAY:
            to = min(wanted, row.again_to) if row.again_from and row.again_to else wanted
            self.keep(again_from=self.today - DAY, again_to=to, **changes)

    def _again(self) -> None:
        while self.row.again_from and self.row.again_to and self.row.again_from >= self.row.again_to:
            if self._spent():
                return
            first = max(self.row.again_to, self.row.again_from - STRETCH)
            self._days(first, self.row.again_from, lambda start: {"again_from": start - DAY})
        self.keep(again_from=None, again_to=None)

    def _gaps(self) -> None:
        now = timezone.now()
        if not self.row.gaps or (self.row.gaps_at and self.row.gaps_at > now - GAPS_EVERY):
            return
        self.keep(gaps_at=now)
        for day in list(reversed(self.row.gaps)):
            if self._spent():
                return
            self._days(date.fromisoformat(day), date.fromisoformat(day))

    def _older(self) -> None:
        """Further back, until what is left comes in one answer."""
        self.keep(back_to=self.row.back_to or self.today - DAY)
        while self.row.begun_at is None and self.row.back_to:
            if self._spent():
                return
            if self.row.back_to <= FIRST_DAY or self.windows.before(self.row.back_to + DAY):
                self.keep(begun_at=timezone.now())
                return
            last = self.row.back_to - DAY
            self._days(last - STRETCH, last, lambda start: {"back_to": start})

    def done(self) -> None:
        """The turn ended well: the next one by the clock, or at once if somebody asked meanwhile or there is more to do."""
        now = timezone.now()
        wait = EVERY if self.through else MORE
        as_claimed = HistoryRead.objects.filter(pk=self.row.pk, asked_at=self.row.asked_at)
        as_claimed.filter(lease_until=self.row.lease_until).update(next_read_at=now + wait)
        self.keep(read_at=now, lease_until=None, problem="", problem_at=None, tried_at=None, away=False)
