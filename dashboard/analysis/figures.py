"""What many calls answered: a chart for each yes or no, choice and number, the newest answers for each text."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db.models import Count, F, QuerySet, Window
from django.db.models.functions import RowNumber

from dashboard.calls import answers
from dashboard.calls.models import Answer, AnswerType, Call, Question
from dashboard.calls.narrowing import ASKED, NO_NUMBER, OTHER_WORDS
from dashboard.web import charts
from dashboard.web.charts import Chart

NEWEST, MOST_BARS, MOST_VALUES = 5, 12, 2_000
WIDTH = 380  # two charts stand side by side
Value = tuple[str, float | None, int]  # short, number, how many calls


@dataclass(frozen=True)
class Figure:
    """One question with what was answered. `asked` is about how many calls, `answered` by how many; `newest` is for texts.

    `url` leads to those with an answer, `asked_url` to all that it was asked about.
    """

    question: Question
    asked: int
    answered: int
    chart: Chart | None = None
    newest: list[Answer] = field(default_factory=list)
    url: str = ""
    asked_url: str = ""


def of(questions: Sequence[Question], calls: QuerySet[Call], address: str) -> list[Figure]:
    """A figure for each question, over `calls`. Two queries. `address` is the list of these calls, its query string begun."""
    values = _values(questions, calls)
    newest = _newest([each for each in questions if each.type == AnswerType.TEXT], calls)
    return [_figure(each, values.get(each.pk, []), newest.get(each.pk, []), address) for each in questions]


def _values(questions: Sequence[Question], calls: QuerySet[Call]) -> dict[UUID, list[Value]]:
    """What was answered, "" for no answer at all."""
    told = Answer.objects.filter(question__in=questions, call__in=calls.order_by().values("pk"))
    rows = (
        told.values_list("question_id", "short", "number")
        .annotate(n=Count("pk"))
        .order_by("question_id", "-n", "short")
    )
    found: dict[UUID, list[Value]] = {}
    for question_id, short, number, n in rows[: MOST_VALUES * max(len(questions), 1)]:
        found.setdefault(question_id, []).append((short, number, n))
    return found


def _newest(questions: Sequence[Question], calls: QuerySet[Call]) -> dict[UUID, list[Answer]]:
    if not questions:
        return {}
    told = Answer.objects.filter(question__in=questions, call__in=calls.order_by().values("pk")).exclude(value="")
    place = Window(RowNumber(), partition_by=F("question_id"), order_by=[F("call__at").desc(), F("pk").desc()])
    found: dict[UUID, list[Answer]] = {}
    first = told.annotate(place=place).filter(place__lte=NEWEST).select_related("call")
    for answer in first.order_by("question_id", "place"):
        found.setdefault(answer.question_id, []).append(answer)
    return found


def _figure(question: Question, values: list[Value], newest: list[Answer], address: str) -> Figure:
    asked = sum(n for _, _, n in values)
    values = [each for each in values if each[0]]
    answered = sum(n for _, _, n in values)
    to = f"{address}a_{question.pk}="
    if question.type == AnswerType.TEXT or not answered:
        return Figure(question, asked, answered, None, newest, f"{to}any", to + quote(ASKED))
    bars = _number_bars(values) if question.type == AnswerType.NUMBER else _word_bars(question, values)
    rows = [(label, n, n) for label, _, n in bars]
    urls = [to + quote(value) if value and n else "" for _, value, n in bars]
    chart = charts.bars(rows, "Answer", "Calls", urls=urls, width=WIDTH)
    return Figure(question, asked, answered, chart, [], f"{to}any", to + quote(ASKED))


def _word_bars(question: Question, values: list[Value]) -> list[tuple[str, str, int]]:
    """(label, value of the filter, count): what could be answered in its order, then whatever else was, as one."""
    expected = ["Yes", "No"] if question.type == AnswerType.YES_NO else list(question.options)
    counted = {short: n for short, _, n in values}
    bars = [
        (word, answers.link_value(word[: answers.SHORT]), counted.pop(word[: answers.SHORT], 0)) for word in expected
    ]
    other = sum(counted.values())
    if other:
        bars.append(("In other words", OTHER_WORDS, other))
    return bars


def _number_bars(values: list[Value]) -> list[tuple[str, str, int]]:
    """A bar for every number, or for ranges of them where there are many; what is no number comes last, as one."""
    numbers: dict[float, int] = {}
    for _, number, n in values:
        if number is not None:
            numbers[number] = numbers.get(number, 0) + n
    other = sum(n for _, number, n in values if number is None)
    bars = [(plain(number), plain(number), n) for number, n in sorted(numbers.items())]
    if len(bars) > MOST_BARS:
        bars = _ranges(numbers)
    return [*bars, ("Not a number", NO_NUMBER, other)] if other else bars


def _ranges(numbers: dict[float, int]) -> list[tuple[str, str, int]]:
    low, high = min(numbers), max(numbers)
    whole = all(number.is_integer() for number in numbers)
    step = _round_step((high - low) / (MOST_BARS - 4), whole)
    start = math.floor(low / step) * step
    bars = []
    while start <= high:
        end = start + step
        n = sum(count for number, count in numbers.items() if start <= number < end)
        last = f"{plain(start)} to {plain(end - 1)}" if whole else f"{plain(start)} to below {plain(end)}"
        bars.append((plain(start) if whole and step == 1 else last, f"{plain(start)}..<{plain(end)}", n))
        start = end
    return bars


def _round_step(step: float, whole: bool) -> float:
    """The next larger of 1, 2, 5, 10, 20 … (or a tenth, a hundredth of these)."""
    power = 10.0 ** math.floor(math.log10(step))
    found = next(power * times for times in (1, 2, 5, 10) if power * times >= step * 0.999)
    return max(found, 1.0) if whole else found


def plain(number: float) -> str:
    """A number as text: 4, 3.5, 1250."""
    rounded: Any = round(number, 6)
    return f"{int(rounded)}" if float(rounded).is_integer() else f"{rounded:f}".rstrip("0")
