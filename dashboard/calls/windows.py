"""Reading a history that has no pages (API contract, 5.3): whole days of UTC, in no promised order, and a server that may cut
an answer short without saying so.

So a window of days is asked for with a larger page until the page is not full; where a larger page brings nothing more, the
window is halved, down to one day, and a day is divided by state and by line. What still cannot be shown whole is a gap.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from dashboard.talkstack import CallData, ContractBroken

SIZES = (50, 200, 1000)
# The documented default: a server that cuts answers short leaves at least so many, until it is found out.
LEAST_PAGE = 20
STATES = ("queued", "initiated", "ringing", "in-progress", "completed", "busy", "failed", "no-answer")
MOST_LINES = 10
DAY = timedelta(days=1)
# Asks one question of the history, `ask(page_size, **filters)`, and keeps what comes.
Ask = Callable[..., list[CallData]]


@dataclass
class Windows:
    """One project's history. `largest` is the longest answer that ever came from this server; one shorter than `least` is whole."""

    ask: Ask
    largest: int = 0
    least: int = LEAST_PAGE
    asked: int = 0
    _lines: set[str] = field(default_factory=set)

    def page(self, size: int, **filters: Any) -> tuple[list[CallData], bool]:
        """One answer, and whether it surely holds all that there is."""
        rows = self.ask(size, **filters)
        self.asked += 1
        many = len(rows)
        whole = many < self.least or (many < size and many < self.largest)
        self.largest = max(self.largest, many)
        self._lines |= {row.from_ for row in rows if row.from_}
        return rows, whole

    def cut_at(self, many: int) -> None:
        """This server was found to cut its answers at so many, fewer than the documented default."""
        self.least = self.largest = many

    def hides(self, rows: list[CallData]) -> bool:
        """Whether narrower questions bring what `rows`, shorter than any answer before it, should hold already."""
        if not rows or len(rows) < self.largest:
            return False
        seen, days = _ids(rows), [row.moment.date() for row in rows if row.moment]
        words = Counter(row.state for row in rows if row.state in STATES)
        narrower: list[dict[str, Any]] = [{"start_before": min(days)}] if days else []
        narrower += [{"status": word} for word, _ in words.most_common(1)]
        return any(not _ids(self.page(SIZES[0], **each)[0]) <= seen for each in narrower)

    def widened(self, **filters: Any) -> tuple[list[CallData], bool]:
        """The same question with larger pages, until one is not full."""
        rows: list[CallData] = []
        for size in SIZES:
            got, whole = self.page(size, **filters)
            rows = got if len(got) >= len(rows) else rows + got
            if whole or len(got) < size:
                return rows, whole
        return rows, False

    def days(self, first: date, last: date) -> Iterator[tuple[date, date, bool]]:
        """Read the days from `last` back to `first`. Gives each stretch once it is done: its first and last day, and whether
        it was shown whole; one that was not is a single day. Raises ContractBroken when the days asked for mean nothing.
        """
        rows, whole = self.widened(start_after=first - DAY, start_before=last + DAY)
        _check(rows, first, last)
        if whole:
            yield first, last, True
        elif first < last:
            middle = first + (last - first + DAY) // 2
            yield from self.days(middle, last)
            yield from self.days(first, middle - DAY)
        else:
            yield first, last, self._day(first, rows)

    def before(self, day: date) -> bool:
        """Read what is older than this day, if one answer holds it. False: there is more than that."""
        rows, whole = self.page(SIZES[0], start_before=day)
        _check(rows, date.min, day)
        return whole

    def _day(self, day: date, around: list[CallData]) -> bool:
        """Read one day by itself, then divided by state and line. Whether all of it was shown."""
        rows, whole = self.widened(start_on=day)
        seen = _ids(rows)
        if not whole:
            parts = [self._state(day, state) for state in STATES]
            found = set[str]().union(*(ids for ids, _ in parts))
            whole = all(done for _, done in parts) and seen <= found
            seen |= found
        return whole and _ids(row for row in around if row.moment and row.moment.date() == day) <= seen

    def _state(self, day: date, state: str) -> tuple[set[str], bool]:
        rows, whole = self.widened(start_on=day, status=state)
        seen = _ids(rows)
        if whole or len(self._lines) > MOST_LINES:
            return seen, whole
        parts = [self.widened(start_on=day, status=state, from_=line) for line in sorted(self._lines)]
        found = set[str]().union(*(_ids(rows) for rows, _ in parts))
        return seen | found, all(done for _, done in parts) and seen <= found


def _check(rows: list[CallData], first: date, last: date) -> None:
    """A server that pays no heed to the days would be asked the same question for ever."""
    dated = [row.moment.date() for row in rows if row.moment]
    inside = [day for day in dated if (first == date.min or day >= first - 2 * DAY) and day <= last + 2 * DAY]
    if len(dated) >= LEAST_PAGE and len(inside) < len(dated) // 2:
        words = "Talkstack's call history cannot be narrowed to days: only its newest calls are taken from there."
        raise ContractBroken(words)


def _ids(rows: Iterable[CallData]) -> set[str]:
    return {row.id for row in rows if row.id}
