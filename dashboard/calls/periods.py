"""The days that a list of calls is of: always set, in the viewer's zone, from an address or by default."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.db.models.lookups import GreaterThanOrEqual, LessThan, LessThanOrEqual
from django.utils import timezone

ANY, YESTERDAY, DEFAULT = "any", "yesterday", "7"
PERIODS = {
    "1": "Today",
    YESTERDAY: "Yesterday",
    "7": "Last 7 days",
    "30": "Last 30 days",
    "90": "Last 90 days",
    "365": "Last 365 days",
    ANY: "Any time",
}
_MOST_DAYS = 3660
_COUNT = re.compile(r"0{0,3}[1-9]\d{0,3}", re.ASCII)
_WIDE = timedelta(days=92)


@dataclass(frozen=True)
class Period:
    """`days` is one of PERIODS or a number of days, "" with days of a calendar (`first` and `last`, both in it).

    `since` (in it) and `until` (no longer in it) are moments in the viewer's zone, None without an end.
    """

    days: str = ""
    first: date | None = None
    last: date | None = None
    given: bool = False
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def since(self) -> datetime | None:
        """The beginning."""
        return _midnight(self.first or self._counted()[0])

    @property
    def until(self) -> datetime | None:
        """The end."""
        last = self.last or self._counted()[1]
        return _midnight(last + timedelta(days=1)) if last else None

    def _counted(self) -> tuple[date | None, date | None]:
        today = timezone.localdate()
        if self.days == YESTERDAY:
            return today - timedelta(days=1), today - timedelta(days=1)
        return (today - timedelta(days=int(self.days) - 1) if self.days.isdigit() else None), None

    def condition(self, hidden: bool = False) -> Q:
        """What a call's time has to be; `hidden` as for `bound`."""
        told = Q()
        if since := self.since:
            told &= bound("at", True, since, hidden=hidden)
        if until := self.until:
            told &= bound("at", False, until, strictly=True, hidden=hidden)
        return told

    @property
    def wide(self) -> bool:
        """Whether it is more than a season: too many calls to look at each of them."""
        since = self.since
        return since is None or (self.until or timezone.now()) - since > _WIDE

    def pairs(self) -> list[tuple[str, str]]:
        """As in an address; always something."""
        if self.days:
            return [("days", self.days)]
        ends = (("from", self.first), ("to", self.last))
        return [(name, day.isoformat()) for name, day in ends if day]

    @property
    def words(self) -> str:
        """In plain words: "Last 7 days", "2 Mar to 5 Mar 2026"."""
        if self.days:
            return PERIODS.get(self.days) or f"Last {int(self.days)} days"
        first, last = self.first, self.last
        if first and last:
            return _day(first) if first == last else f"{_day(first)} to {_day(last)}"
        return f"Since {_day(first)}" if first else f"Until {_day(last)}" if last else PERIODS[ANY]

    @property
    def offered(self) -> bool:
        """Whether it is one that everybody can choose."""
        return self.days in PERIODS

    @property
    def is_any(self) -> bool:
        """Whether it has no ends at all."""
        return self.days == ANY


def read(query: Mapping[str, Any], default: str = DEFAULT) -> Period:
    """The days in a query string: `from` and `to` before `days`; an empty `days` is any time, a missing one the default.

    A form says with `days_were` what it offered: who chose another period there did not mean the days that still stood in it.
    """
    errors: dict[str, str] = {}
    first, last = _date(query, "from", errors), _date(query, "to", errors)
    if first and last and first > last:
        errors["to"] = "This day is before the first one."
        first = last = None
    days = str(query["days"]).strip() or ANY if "days" in query else ""
    if (first or last) and not (days in PERIODS and days != query.get("days_were", days)):
        return Period("", first, last, True, errors)
    if days in PERIODS or (_COUNT.fullmatch(days) and int(days) <= _MOST_DAYS):
        return Period(days.lstrip("0"), given=True, errors=errors)
    if days:
        errors["days"] = f"This is no period. Choose one; until then it is “{PERIODS[default]}”."
    return Period(default, errors=errors)


def bound(column: str, least: bool, value: Any, *, strictly: bool = False, hidden: bool = False) -> Q:
    """A column has to be at least or at most so much. `hidden` keeps the database from looking it up in an index of it,
    where walking another one and stopping early is quicker."""
    if not hidden:
        return Q(**{f"{column}__{'gt' if least else 'lt'}{'' if strictly else 'e'}": value})
    compared = {(True, False): GreaterThanOrEqual, (False, False): LessThanOrEqual, (False, True): LessThan}
    return Q(compared[least, strictly](Coalesce(column, column), value))


def _date(query: Mapping[str, Any], name: str, errors: dict[str, str]) -> date | None:
    typed = str(query.get(name, "")).strip()
    if not typed:
        return None
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        errors[name] = "Write a day that exists as year-month-day, such as 2026-03-11."
        return None
    if not 2000 <= day.year <= 2200:
        errors[name] = "Choose a year between 2000 and 2200."
        return None
    return day


def _midnight(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), timezone.get_current_timezone()) if day else None


def _day(day: date) -> str:
    return f"{day:%-d %b %Y}"
