"""Filters by answers: what stands in an address as a_<question>=value becomes a condition on calls."""

import re
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from dashboard.calls.models import Answer, AnswerType, Call, Question
from dashboard.talkstack import parse

SHORT = 100  # how much of a value Answer.short holds
_COMPARED = re.compile(r"(>=|<=|>|<)\s*(\S+)\Z")
_LOOKUPS = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}


def narrow(calls: QuerySet[Call], question_id: Any, value: str) -> QuerySet[Call]:
    """Those of `calls` whose answer is `value`. Takes a Question, or its id (UUID or text: then it is one query more).

    Yes or no: "yes", "no". Choice: the option. Number: "4", "3..5", "3..<5", "3..", "..5", ">=3", "<3". Text: what it contains.
    With every kind "none" is no answer, "any" is some answer, and "=" before a value takes it exactly as it is.
    No value leaves the calls as they are; a question that is not there matches none.
    """
    value = parse.clean(str(value)).strip()[:500]
    if not value:
        return calls
    question = question_id if isinstance(question_id, Question) else _question(question_id)
    if question is None:
        return calls.none()
    told = Answer.objects.filter(question=question).exclude(value="")
    if value.lower() == "none":
        return calls.filter(~Exists(told.filter(call=OuterRef("pk"))))
    if value.lower() != "any":
        told = told.filter(_says(question, value))
    return calls.filter(pk__in=told.values("call_id"))


def link_value(value: str) -> str:
    """The value for `narrow`, in an address, that matches exactly this answer."""
    return f"={value}" if value.startswith(("=", "<", ">")) or value.lower() in ("none", "any") else value


def _question(question_id: Any) -> Question | None:
    try:
        return Question.objects.filter(
            pk=question_id if isinstance(question_id, UUID) else UUID(str(question_id))
        ).first()
    except ValueError:
        return None


def _says(question: Question, value: str) -> Q:
    if value.startswith("="):
        return Q(short=value[1:].strip()[:SHORT])
    if question.type == AnswerType.YES_NO:
        return Q(short=value.capitalize() if value.lower() in ("yes", "no") else value[:SHORT])
    if question.type == AnswerType.CHOICE:
        return Q(short=value[:SHORT])
    numbers = _numbers(value) if question.type == AnswerType.NUMBER else None
    return Q(value__icontains=value) if numbers is None else numbers


def _numbers(value: str) -> Q | None:
    """The condition of a number or a range; None when it is neither."""
    if (number := parse.as_number(value)) is not None:
        return Q(number=number)
    if (found := _COMPARED.fullmatch(value)) and (number := parse.as_number(found[2])) is not None:
        return Q(**{f"number__{_LOOKUPS[found[1]]}": number})
    low, dots, high = value.partition("..")
    below = high.startswith("<")
    ends = [parse.as_number(low), parse.as_number(high.removeprefix("<"))]
    given = [bool(low.strip()), bool(high.strip())]
    if not dots or not any(given) or any(there and end is None for there, end in zip(given, ends, strict=True)):
        return None
    bounds = {"number__gte": ends[0], "number__lt" if below else "number__lte": ends[1]}
    return Q(**{name: end for name, end in bounds.items() if end is not None})
