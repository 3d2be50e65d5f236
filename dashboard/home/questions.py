"""The charts of the first page: each title is a question, each bar leads to the calls it counts, each says what it counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls import history, ledger, reread
from dashboard.calls.models import Attempt
from dashboard.calls.reread import Unread
from dashboard.calls.states import FINAL, NEVER_PLACED
from dashboard.home import days
from dashboard.home.days import Before, Heap
from dashboard.web import charts
from dashboard.web.links import link
from dashboard.web.templatetags.ui import duration, money
from dashboard.web.words import count_of, percent

DAYS = 14
WIDTH = 560  # two charts stand side by side
ENOUGH = 10  # so few calls in an hour say nothing about it

WORDS = {
    "completed": "Answered", "no-answer": "No answer", "busy": "Busy", "voicemail": "Voicemail", "silence": "Silence",
    "failed": "Failed",
}  # fmt: skip
ATTEMPTS = {"unknown": ("Unknown", (Attempt.UNKNOWN,)), "refused": ("Refused", (Attempt.REFUSED, Attempt.NOT_SENT))}
DOLLARS = ("USD", "", "usd")
Row = tuple[str, int, int]


@dataclass(frozen=True)
class Question:
    """One chart. `words` are what it comes to, `counted` what is in it and what is not; `parted`: its bars have two tones."""

    title: str
    chart: charts.Chart
    words: str
    counted: str
    parted: bool = False


@dataclass(frozen=True)
class Counted:
    """What the charts are made of."""

    slug: str
    heaps: list[Heap]
    hours: dict[int, tuple[int, int]]
    before: Before
    ending: str
    currency: tuple[str, ...]
    not_compared: str


def unread(workspace: Workspace) -> Unread:
    """The answered calls, of the days that are shown and those they are compared with, that nobody looked behind yet. One query."""
    return reread.unread(workspace, ledger.last_days(2 * DAYS))


def not_compared(left: Unread, told: history.Told) -> str:
    """Why the last days are not compared with those before; "" when both are known alike."""
    first = ledger.last_days(2 * DAYS).date()
    if told.known and not told.begun and (told.back_to is None or told.back_to > first):
        return "the call history is not read so far back yet"
    if left.oldest and left.oldest < ledger.last_days(DAYS):
        return "not all of their answered calls are looked behind yet"
    return ""


def questions(workspace: Workspace, not_compared: str = "") -> list[Question]:
    """The charts of the last 14 days that have something to show. Three queries, one when there was no call. `not_compared` is
    why nothing is said of the days before: then it is a query less."""
    heaps = days.by_day(workspace, DAYS)
    if not heaps:
        return []
    endings = {name: _of_ending(heaps, name) for name in (*WORDS, *ATTEMPTS)}
    ending = max(endings, key=endings.__getitem__)
    alike = Q(state=ending) if ending in WORDS else Q(attempt__in=ATTEMPTS[ending][1])
    currency = _currency(heaps)
    before = Before() if not_compared else days.before(workspace, DAYS, alike, currency)
    hours = days.by_hour(workspace, DAYS)
    all_of = Counted(workspace.slug, heaps, hours, before, ending, currency, not_compared)
    asked = [_how_many, _when_answered, _how_ended, _what_cost]
    return [found for ask in asked if (found := ask(all_of))]


def _how_many(of: Counted) -> Question:
    rows = []
    for day in days.each_day(DAYS):
        same = [heap for heap in of.heaps if heap.day == day]
        rows.append((f"{day:%a %-d}", _calls(heap for heap in same if heap.state == "completed"), _calls(same)))
    answered, calls = sum(row[1] for row in rows), sum(row[2] for row in rows)
    over = _calls(heap for heap in of.heaps if heap.state in FINAL)
    told = (
        f"{answered:,} answered ({_percent(answered, over)} of the {over:,} that ended)" if over else "none ended yet"
    )
    words = f"{count_of(calls, 'call')} in {DAYS} days, {told}. {_earlier(of)}"
    never = _calls(heap for heap in of.heaps if heap.attempt in NEVER_PLACED)
    counted = "Every call of the list, in and out." + (f" {never:,} of them never rang." if never else "")
    chart = charts.bars(rows, "Day", "Answered", "Calls", _led(rows, _by_day(of.slug)), width=WIDTH)
    return Question("How many calls, and how many were answered?", chart, words, counted, True)


def _earlier(of: Counted) -> str:
    if of.not_compared:
        return f"Not compared with the {DAYS} days before: {of.not_compared}."
    if not of.before.calls:
        return f"None in the {DAYS} days before."
    share = f", {_percent(of.before.answered, of.before.over)} of the ended ones answered" if of.before.over else ""
    return f"In the {DAYS} days before: {count_of(of.before.calls, 'call')}{share}."


def _when_answered(of: Counted) -> Question | None:
    if not of.hours:
        return None
    shown = range(min(of.hours), max(of.hours) + 1)
    rows = [(f"{hour:02d}", *of.hours.get(hour, (0, 0))) for hour in shown]
    urls = [_url(of.slug, days=DAYS, direction="outbound", hour=hour) for hour in shown]
    zone = timezone.get_current_timezone_name().rpartition("/")[2].replace("_", " ")
    chart = charts.bars(rows, f"Hour, {zone} time", "Answered", "Calls", _led(rows, urls), width=WIDTH)
    total = sum(row[2] for row in rows)
    counted = f"{count_of(total, 'outgoing call')}, by the hour they were asked for, {zone} time. Calls that came in are left out."
    return Question("When do people answer?", chart, _best_hour(rows), counted, True)


def _best_hour(rows: list[Row]) -> str:
    enough = [row for row in rows if row[2] >= ENOUGH]
    if len(enough) < 2:
        return f"Too few calls to say: it takes two hours with {ENOUGH} calls each."
    best, least = (choose(enough, key=lambda row: row[1] / row[2]) for choose in (max, min))
    if best[1] * least[2] == least[1] * best[2]:
        return "No hour is better than another."
    told = [f"{row[0]}:00 ({_percent(row[1], row[2])} of {row[2]:,})" for row in (best, least)]
    return f"Most often from {told[0]}, least often from {told[1]}; hours with fewer than {ENOUGH} calls aside."


def _how_ended(of: Counted) -> Question | None:
    labels = WORDS | {name: label for name, (label, _) in ATTEMPTS.items()}
    numbers = {name: number for name in labels if (number := _of_ending(of.heaps, name))}
    if not numbers:
        return None
    rows = [(labels[name], number, number) for name, number in numbers.items()]
    chart = charts.bars(
        rows, "Ending", "Calls", urls=[_url(of.slug, days=DAYS, state=name) for name in numbers], width=WIDTH
    )
    calls, most = _calls(of.heaps), numbers[of.ending]
    words = f"Most often: {labels[of.ending].lower()}, {_percent(most, calls)} of {count_of(calls, 'call')}."
    if of.before.calls:
        words += f" In the {DAYS} days before it was {_percent(of.before.alike, of.before.calls)}."
    rest = _calls(heap for heap in of.heaps if heap.state not in WORDS and not _in_attempts(heap))
    left = f"{count_of(rest, 'call')} not in it: still open, cancelled, or with a word of Talkstack's own."
    return Question("How do calls end?", chart, words, left if rest else "Every call.")


def _what_cost(of: Counted) -> Question | None:
    """What Talkstack said that calls cost, in the currency that most of them are in."""
    priced = [heap for heap in of.heaps if heap.priced and heap.currency in of.currency]
    if not priced:
        return None
    sums = {day: sum((heap.cost for heap in priced if heap.day == day), Decimal(0)) for day in days.each_day(DAYS)}
    rows = [(f"{day:%a %-d}", round(cost * 100), round(cost * 100)) for day, cost in sums.items()]
    figures = [money(cost, of.currency[0]) if cost else "–" for cost in sums.values()]
    urls = _led(rows, _by_day(of.slug, min_cost=0))
    chart = charts.bars(rows, "Day", "Cost", urls=urls, figures=figures, width=WIDTH)
    number = sum(heap.priced for heap in priced)
    words = f"{money(sum(sums.values()), of.currency[0])} for {count_of(number, 'call')}."
    if of.before.cost:
        words += f" In the {DAYS} days before: {money(of.before.cost, of.currency[0])}."
    others = sum(heap.priced for heap in of.heaps) - number
    counted = "Costs as Talkstack reports them; calls without one are not in it."
    counted += f" {others:,} in other currencies are not either." if others else ""
    return Question("What did it cost?", chart, words + _length(of.heaps), counted)


def _length(heaps: list[Heap]) -> str:
    timed = [heap for heap in heaps if heap.state == "completed" and heap.timed]
    if not timed:
        return ""
    number = sum(heap.timed for heap in timed)
    mean = duration(sum(heap.seconds for heap in timed) / number)
    return f" An answered call lasts {mean} on average ({number:,} of known length)."


def _currency(heaps: list[Heap]) -> tuple[str, ...]:
    """The currency of most costs, in every way it is written; where none is named, dollars are meant."""
    priced: dict[tuple[str, ...], int] = {}
    for heap in heaps:
        same = DOLLARS if heap.currency in DOLLARS else (heap.currency,)
        priced[same] = priced.get(same, 0) + heap.priced
    return max(priced, key=priced.__getitem__)


def _of_ending(heaps: Iterable[Heap], name: str) -> int:
    if name in WORDS:
        return _calls(heap for heap in heaps if heap.state == name)
    return _calls(heap for heap in heaps if heap.attempt in ATTEMPTS[name][1])


def _in_attempts(heap: Heap) -> bool:
    return any(heap.attempt in attempts for _, attempts in ATTEMPTS.values())


def _calls(heaps: Iterable[Heap]) -> int:
    return sum(heap.calls for heap in heaps)


def _by_day(slug: str, **more: Any) -> list[str]:
    return [_url(slug, **{"from": day, "to": day, **more}) for day in days.each_day(DAYS)]


def _led(rows: list[Row], urls: list[str]) -> list[str]:
    """A bar that counts nothing leads nowhere."""
    return [url if total else "" for (_, _, total), url in zip(rows, urls, strict=True)]


def _percent(part: int, whole: int) -> str:
    share = percent(part, whole)
    return "none" if share is None else f"{share}%"


def _url(slug: str, **filters: Any) -> str:
    return link("calls:all", slug, query=f"?{urlencode(filters)}")
