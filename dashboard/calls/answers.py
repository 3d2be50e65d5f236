"""Answers as pages read them: columns and filters of lists, and what a call's page says of each question.

Nothing in here asks Talkstack or writes; asking is the room `analysis`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from dashboard.accounts.models import Workspace
from dashboard.calls import said, states
from dashboard.calls.forms import new_key
from dashboard.calls.models import Analysis, Answer, AskingState, Call, Question, QuestionSet
from dashboard.calls.narrowing import GONE, SHORT, link_value, narrow
from dashboard.calls.states import Badge
from dashboard.web import digest, registry

__all__ = [
    "GONE",
    "SHORT",
    "Asked",
    "Cell",
    "OfCall",
    "besides",
    "cells",
    "link_value",
    "narrow",
    "of_call",
    "questions_of",
]

NOT_ASKED, NO_ANSWER = "Not asked yet", "No answer given"
_STATE_WORDS = {
    AskingState.WAITING: "Waiting",
    AskingState.SENDING: "Being asked",
    AskingState.ANSWERED: NOT_ASKED,  # the set was answered before this question came to it
    AskingState.NOT_READY: "Not ready",
    AskingState.FAILED: "Failed",
    AskingState.LOST: "Answer lost",
    AskingState.STOPPED: NOT_ASKED,
}


@dataclass(frozen=True)
class Cell:
    """One answer in a list. `text` is the whole answer, or why there is none: then `known` is False.

    `number` is the value of a number that could be read, `at` when Talkstack answered.
    """

    text: str
    known: bool = False
    number: float | None = None
    at: datetime | None = None

    def __str__(self) -> str:
        return self.text


def questions_of(workspace: Workspace, project_id: str = "") -> list[Question]:
    """The questions of a workspace, or of one of its projects, that are asked now or have answers; one query.

    In the order of their sets and within them; `question.question_set` comes along. `question.text` is plain text.
    """
    asked_now = Q(retired_at=None, question_set__retired_at=None)
    known = asked_now | Q(Exists(Answer.objects.filter(question=OuterRef("pk"))))
    found = Question.objects.filter(known, question_set__workspace=workspace).select_related("question_set")
    found = found.filter(question_set__project_id=project_id) if project_id else found
    return list(found.order_by("question_set__name", "question_set_id", "position", "pk"))


# --- Columns -----------------------------------------------------------------------------------------------------------
def cells(calls: Iterable[Call], questions: Sequence[Question]) -> dict[UUID, dict[UUID, Cell]]:
    """What each call answered to each question: every pair has its Cell. Two queries, none without calls or questions."""
    pks = [call.pk for call in calls]
    if not pks or not questions:
        return {pk: {} for pk in pks}
    told = Answer.objects.filter(call__in=pks, question__in=questions)
    known = {(answer.call_id, answer.question_id): _cell(answer) for answer in told}
    sets = {question.question_set_id for question in questions}
    asked = Analysis.objects.filter(call__in=pks, question_set__in=sets)
    asked = asked.only("call_id", "question_set_id", "state", "words")
    found = {(analysis.call_id, analysis.question_set_id): analysis for analysis in asked}
    return {
        pk: {
            question.pk: known.get((pk, question.pk)) or _without(found.get((pk, question.question_set_id)))
            for question in questions
        }
        for pk in pks
    }


def besides(calls: Iterable[Call]) -> dict[UUID, list[Analysis]]:
    """What Talkstack said of each call besides the answers, set by set; calls of which it said nothing are left out. One query."""
    said_more = Analysis.objects.filter(call__in=[call.pk for call in calls]).exclude(
        summary="", sentiment="", extra={}
    )
    told: dict[UUID, list[Analysis]] = {}
    for analysis in said_more.select_related("question_set").defer("raw").order_by("pk"):
        told.setdefault(analysis.call_id, []).append(analysis)
    return told


def _cell(answer: Answer) -> Cell:
    return Cell(answer.value, True, answer.number, answer.at) if answer.value else Cell(NO_ANSWER, at=answer.at)


def _without(analysis: Analysis | None) -> Cell:
    if analysis is None:
        return Cell(NOT_ASKED)
    return Cell(GONE if analysis.words == GONE else _STATE_WORDS[AskingState(analysis.state)])


# --- One call ----------------------------------------------------------------------------------------------------------
BADGES = {
    AskingState.WAITING: Badge("Waiting", "busy"),
    AskingState.SENDING: Badge("Being asked", "busy"),
    AskingState.ANSWERED: Badge("Answered", "good"),
    AskingState.NOT_READY: Badge("Not ready", "odd"),
    AskingState.FAILED: Badge("Failed", "bad"),
    AskingState.LOST: Badge("Answer lost", "bad", hollow=True),
    AskingState.STOPPED: Badge("Stopped"),
}


@dataclass(frozen=True)
class Asked:
    """One set that was asked about a call. `open_questions` is how many of its questions have no answer yet."""

    analysis: Analysis
    lines: list[tuple[Question, Cell]]
    open_questions: int

    @property
    def name(self) -> str:
        """What the set is called."""
        return self.analysis.question_set.name

    @property
    def badge(self) -> Badge:
        """How far it is."""
        return BADGES[AskingState(self.analysis.state)]

    @property
    def under_way(self) -> bool:
        """Whether something comes of it without a person."""
        return under_way(self.analysis)

    @property
    def may_ask(self) -> bool:
        """Whether a person may have it asked, again or for what was left open."""
        shut = self.under_way or self.analysis.question_set.retired_at or self.analysis.words == GONE
        return not shut and self.open_questions > 0

    @property
    def extra(self) -> list[tuple[str, str]]:
        """What Talkstack said by names that nobody asked for."""
        return said.pairs(self.analysis.extra)


@dataclass(frozen=True)
class OfCall:
    """Everything about questions on a call's page. `offered` are the sets that may be asked; `why_not` says why none may.

    `seen` changes whenever anything of this does. `request_key` makes a double click one asking.
    """

    asked: list[Asked]
    offered: list[QuestionSet]
    why_not: str
    seen: str
    request_key: str
    worker_silent: bool

    @property
    def under_way(self) -> bool:
        """Whether something comes without a person."""
        return any(each.under_way for each in self.asked)


def under_way(analysis: Analysis) -> bool:
    """Whether the background process has still to do with it."""
    again = analysis.state == AskingState.NOT_READY and analysis.not_before is not None
    return again or analysis.state in (AskingState.WAITING, AskingState.SENDING)


def why_not(call: Call) -> str:
    """Why nothing may be asked about a call, for people; "" when it may."""
    if not (call.sid or call.call_id):
        return "Talkstack has no call to ask about." if states.over(call) else "Questions can be asked after the call."
    return "" if states.over(call) else "Questions can be asked once the call is over."


def of_call(call: Call) -> dict[str, Any]:
    """The context of calls/_analysis.html: `analysis`, an OfCall. Two queries, up to four once something was asked."""
    sets: dict[UUID, QuestionSet] = {}
    questions: dict[UUID, list[Question]] = {}
    ours = Question.objects.filter(question_set__workspace=call.workspace_id, question_set__project_id=call.project_id)
    for question in ours.select_related("question_set").order_by("question_set__name", "position", "pk"):
        sets[question.question_set_id] = question.question_set
        questions.setdefault(question.question_set_id, []).append(question)
    rows = list(Analysis.objects.filter(call=call).select_related("asking", "question_set").order_by("pk"))
    told = {answer.question_id: _cell(answer) for answer in Answer.objects.filter(call=call)} if rows else {}
    asked = sorted((_asked(row, questions, told) for row in rows), key=lambda each: each.name.lower())
    live = {pk for pk, each in questions.items() if any(question.retired_at is None for question in each)}
    open_sets = live - {row.question_set_id for row in rows}
    offered = [each for each in sets.values() if each.pk in open_sets and each.retired_at is None]
    silent = any(under_way(row) for row in rows) and registry.worker_alive() is False
    seen = digest.of([(row.pk, row.state, row.tries, row.not_before) for row in rows], silent)
    return {"analysis": OfCall(asked, offered, why_not(call), seen, new_key(), silent)}


def _asked(row: Analysis, questions: dict[UUID, list[Question]], told: dict[UUID, Cell]) -> Asked:
    all_of_it = questions.get(row.question_set_id, [])
    shown = [each for each in all_of_it if each.retired_at is None or each.pk in told]
    lines = [(each, told.get(each.pk) or _without(row)) for each in shown]
    return Asked(row, lines, sum(not cell.known for each, cell in lines if each.retired_at is None))
