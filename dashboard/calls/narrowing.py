"""Filters by answers: what stands in an address as a_<question>=value becomes a condition on calls."""

import re
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from dashboard.calls.models import Analysis, Answer, AnswerType, AskingState, Call, Question
from dashboard.talkstack import parse

SHORT = 100  # how much of a value Answer.short holds
GONE = "No longer kept"  # Analysis.words, once what was answered was let go
ASKED, SET_ANSWERED = "asked already", "its set was answered"
SILENT, NOT_ASKED, PENDING, LOST = "no answer given", "not asked yet", "waiting or not ready", "lost or failed"
OTHER_WORDS, NO_NUMBER = "in other words", "not a number"
OFFERED = {  # as a list of calls offers them, beside what can be answered
    "any": "Any answer",
    SILENT: "No answer given",
    NOT_ASKED: "Not asked yet",
    PENDING: "Waiting or not ready",
    LOST: "Lost or failed",
    "none": "Without an answer, whatever the reason",
}
_RESERVED = ("none", "any", ASKED, SET_ANSWERED, SILENT, NOT_ASKED, PENDING, LOST, OTHER_WORDS, NO_NUMBER)
_COMPARED = re.compile(r"(>=|<=|>|<)\s*(\S+)\Z")
_LOOKUPS = {">=": "gte", "<=": "lte", ">": "gt", "<": "lt"}


def narrow(calls: QuerySet[Call], question_id: Any, value: str) -> QuerySet[Call]:
    """Those of `calls` whose answer is `value`. Takes a Question, or its id (UUID or text: then it is one query more).

    Yes or no: "yes", "no". Choice: the option. Number: "4", "3..5", "3..<5", "3..", "..5", ">=3", "<3". Text: what it contains.
    With every kind "none" is no answer, "any" is some answer, and "=" before a value takes it exactly as it is. Why there is none:
    SILENT, NOT_ASKED, PENDING, LOST, as the columns say it (answers.cells). ASKED: Talkstack answered or left it open;
    SET_ANSWERED: it answered when the question's set was asked. OTHER_WORDS: neither yes nor no, none of the options;
    NO_NUMBER: an answer to a number question that is none.
    No value leaves the calls as they are; a question that is not there matches none.
    """
    value = parse.clean(str(value)).strip()[:500]
    if not value:
        return calls
    question = question_id if isinstance(question_id, Question) else _question(question_id)
    if question is None:
        return calls.none()
    told = Answer.objects.filter(question=question).exclude(value="")
    word = value.lower()
    if word == "none":
        return calls.filter(~Exists(told.filter(call=OuterRef("pk"))))
    if word in (ASKED, SET_ANSWERED, SILENT, NOT_ASKED, PENDING, LOST):
        return calls.filter(_went(question, word))
    if word != "any":
        told = told.filter(_says(question, value))
    return calls.filter(pk__in=told.values("call_id"))


def link_value(value: str) -> str:
    """The value for `narrow`, in an address, that matches exactly this answer."""
    return f"={value}" if value.startswith(("=", "<", ">")) or value.lower() in _RESERVED else value


def _went(question: Question, word: str) -> Q:
    """How far asking a question is. A question that came to its set later has no row of answers where the set was asked before."""
    row = Answer.objects.filter(question=question)
    of_set = Analysis.objects.filter(question_set=question.question_set_id)
    if word in (ASKED, SILENT):
        return Q(pk__in=(row if word == ASKED else row.filter(value="")).values("call_id"))
    if word == SET_ANSWERED:
        return Q(pk__in=of_set.filter(state=AskingState.ANSWERED).values("call_id"))
    without = ~Exists(row.filter(call=OuterRef("pk")))
    if word == NOT_ASKED:
        not_sent = Q(state__in=[AskingState.ANSWERED, AskingState.STOPPED]) & ~Q(words=GONE)
        return Q(without, ~Exists(of_set.exclude(not_sent).filter(call=OuterRef("pk"))))
    lost = [AskingState.LOST, AskingState.FAILED]
    states = lost if word == LOST else [AskingState.WAITING, AskingState.SENDING, AskingState.NOT_READY]
    return Q(without, pk__in=of_set.filter(state__in=states).exclude(words=GONE).values("call_id"))


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
    if value.lower() == OTHER_WORDS and question.type in (AnswerType.YES_NO, AnswerType.CHOICE):
        expected = ["Yes", "No"] if question.type == AnswerType.YES_NO else question.options
        if value not in expected:
            return ~Q(short__in=[word[:SHORT] for word in expected])
    if value.lower() == NO_NUMBER and question.type == AnswerType.NUMBER:
        return Q(number=None)
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
