"""The calls of the last days, counted by the database: by day, by hour, and the days before for comparison. Three queries.

Days and hours are those of the viewer's zone. The database shifts seconds since 1970 by the zone's distance from UTC, which
both databases do natively, and sorts only the calls of these days, however many others there are.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, Case, Count, F, Func, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls import ledger
from dashboard.calls.models import Call
from dashboard.calls.states import FINAL

DAY, HOUR = 86_400, 3_600  # seconds
_STEP = timedelta(minutes=15)  # zones change their distance from UTC at such moments


class Seconds(Func):
    """Whole seconds since 1970 of a moment."""

    output_field = BigIntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite keeps moments as text, in UTC."""
        return self.as_sql(compiler, connection, template="unixepoch(%(expressions)s)", **context)

    def as_postgresql(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """PostgreSQL keeps moments with their zone."""
        return self.as_sql(
            compiler, connection, template="floor(extract(epoch from %(expressions)s))::bigint", **context
        )


@dataclass(frozen=True)
class Heap:
    """Calls of one day that stand alike. `timed` of them have a length, `priced` a cost."""

    day: date
    attempt: str
    state: str
    currency: str
    calls: int
    timed: int
    seconds: float
    priced: int
    cost: Decimal


@dataclass(frozen=True)
class Before:
    """The same number of days before: how many calls, how many of them are over, how many answered, and so on."""

    calls: int = 0
    over: int = 0
    answered: int = 0
    alike: int = 0
    cost: Decimal = Decimal(0)


def first_day(days: int) -> date:
    """The first of the last so many days, today among them."""
    return ledger.last_days(days).date()


def each_day(days: int) -> list[date]:
    """The last so many days."""
    return [first_day(days) + timedelta(days=n) for n in range(days)]


def by_day(workspace: Workspace, days: int) -> list[Heap]:
    """The last so many days, today among them. One query."""
    alike = {"a_day": _local() / DAY} | {f"a_{name}": unordered(name) for name in ("attempt", "state", "currency")}
    same = _calls(workspace, ledger.last_days(days)).values(**alike)
    counted = same.annotate(Count("seconds"), Sum("seconds"), Count("cost"), Sum("cost"), calls=Count("*")).values_list(
        *alike, "calls", "seconds__count", "seconds__sum", "cost__count", "cost__sum"
    )
    return [
        Heap(datetime.fromtimestamp(day * DAY, UTC).date(), attempt, state, currency, calls, timed, seconds or 0.0,
             priced, cost or Decimal(0))
        for day, attempt, state, currency, calls, timed, seconds, priced, cost in counted
    ]  # fmt: skip


def by_hour(workspace: Workspace, days: int) -> dict[int, tuple[int, int]]:
    """Outgoing calls by the hour of the day: how many were answered, and how many there were. One query."""
    calls = _calls(workspace, ledger.last_days(days)).filter(direction="outbound")
    same = calls.values(hour=(_local() / HOUR) % 24)
    rows = same.annotate(number=Count("*"), answered=Count("state", filter=Q(state="completed")))
    return {hour: (answered, number) for hour, answered, number in rows.values_list("hour", "answered", "number")}


def before(workspace: Workspace, days: int, alike: Q, currency: tuple[str, ...]) -> Before:
    """As many days before those: all calls, the answered ones, those `alike`, and what they cost in a currency. One query."""
    earlier = _calls(workspace, ledger.last_days(2 * days)).filter(at__lt=ledger.last_days(days))
    told = earlier.aggregate(
        calls=Count("*"),
        over=Count("state", filter=Q(state__in=FINAL)),
        answered=Count("state", filter=Q(state="completed")),
        alike=Count("state", filter=alike),
        cost=Sum("cost", filter=Q(currency__in=currency)),
    )
    return Before(told["calls"], told["over"], told["answered"], told["alike"], told["cost"] or Decimal(0))


def unordered(column: str) -> Coalesce:
    """A text column to group by, such that no database walks an index over all calls because it has this order."""
    return Coalesce(F(column), Value(""))


def _calls(workspace: Workspace, since: datetime) -> QuerySet[Call]:
    return ledger.of_workspace(workspace).filter(at__gte=since).order_by()


def _local() -> Any:
    """Seconds since 1970 on the viewer's clock."""
    zone = timezone.get_current_timezone()
    changes = _changes(zone, timezone.now() - timedelta(days=60))
    shift: Any = Value(changes[-1][1])
    if len(changes) > 1:
        times = [
            When(at__lt=until, then=Value(seconds))
            for (_, seconds), (until, _) in zip(changes, changes[1:], strict=False)
        ]
        shift = Case(*times, default=shift, output_field=BigIntegerField())
    return Seconds(F("at")) + shift


def _changes(zone: tzinfo, since: datetime) -> list[tuple[datetime, int]]:
    """From when on the zone is how many seconds ahead of UTC, in order; the first is the beginning."""
    moment, end = since.replace(minute=0, second=0, microsecond=0), timezone.now() + timedelta(days=1)
    found = [(moment, _ahead(zone, moment))]
    while moment < end:
        step = timedelta(days=1)
        if _ahead(zone, moment + step) != found[-1][1]:
            step = next(_STEP * n for n in range(1, 97) if _ahead(zone, moment + _STEP * n) != found[-1][1])
            found.append((moment + step, _ahead(zone, moment + step)))
        moment += step
    return found


def _ahead(zone: tzinfo, moment: datetime) -> int:
    return int((moment.astimezone(zone).utcoffset() or timedelta()).total_seconds())
