"""Calls by the hour of the day, in the viewer's zone: what the chart "When do people answer?" leads to."""

from datetime import date, datetime, time, timedelta

from django.db.models import F, Q
from django.db.models.functions import ExtractHour
from django.db.models.lookups import Exact
from django.utils import timezone

from dashboard.calls.periods import Period

MOST_DAYS = 31  # so many are asked for as stretches of time, which an index finds; more by looking at each call


def condition(hour: str, period: Period) -> Q:
    """Calls that were asked for, or began, in this hour ("0" to "23") of a day of the period; any for ""."""
    if not hour:
        return Q()
    days = _days(period)
    if not 0 < len(days) <= MOST_DAYS:
        return Q(Exact(ExtractHour(F("at"), tzinfo=timezone.get_current_timezone()), int(hour)))
    found = Q()
    for day in days:
        begins = datetime.combine(day, time(int(hour)), timezone.get_current_timezone())
        ends = datetime.combine(day + timedelta(days=int(hour) == 23), time((int(hour) + 1) % 24), begins.tzinfo)
        found |= Q(at__gte=begins, at__lt=ends)
    return found


def words(hour: str) -> str:
    """For the list of filters: "From 9:00 to 10:00"."""
    return f"From {int(hour)}:00 to {int(hour) + 1}:00"


def read(typed: str) -> str:
    """The hour in an address; "" for none, or for what is none."""
    return str(int(typed)) if typed.isascii() and typed.isdigit() and int(typed[:3]) < 24 and len(typed) < 3 else ""


def _days(period: Period) -> list[date]:
    if not (since := period.since):
        return []
    last = (period.until.date() - timedelta(days=1)) if period.until else timezone.localdate()
    return [since.date() + timedelta(days=n) for n in range(min((last - since.date()).days + 1, MOST_DAYS + 1))]
