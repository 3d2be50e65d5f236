"""Question sets: made, changed and retired. What was asked already keeps its words, so that its answers keep their meaning."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.utils import timezone

from dashboard.accounts.models import User, Workspace
from dashboard.activity import record
from dashboard.calls.models import Analysis, Answer, AnswerType, Question, QuestionSet
from dashboard.web.words import count_of

MOST_SETS = 200  # of one project
_COUNT_UP_TO = 1000


@dataclass(frozen=True)
class Wanted:
    """One question as it is to be. `id` is that of the question it was, "" for a new one; `type` one of AnswerType."""

    text: str
    type: str
    options: list[str] = field(default_factory=list)
    id: str = ""

    def is_like(self, question: Question) -> bool:
        """Whether it has the words, the kind and the options of a question."""
        return (self.text, self.type, self.options) == (question.text, question.type, question.options)


class NameTaken(Exception):
    """Another set of the project has this name; `retired` says whether it is one of those."""

    def __init__(self, retired: bool) -> None:
        super().__init__(retired)
        self.retired = retired


class TooMany(Exception):
    """The project has as many sets as it may have."""


class ChangedMeanwhile(Exception):
    """Somebody else changed the set since the page was made."""


def of_project(workspace: Workspace, project_id: str) -> QuerySet[QuestionSet]:
    """The sets of a project by name, the retired ones last; `live` counts the questions that are asked."""
    live = Count("questions", filter=Q(questions__retired_at=None))
    sets = QuestionSet.objects.filter(workspace=workspace, project_id=project_id).annotate(live=live)
    return sets.order_by(F("retired_at").asc(nulls_first=True), "name", "pk")


def live_questions(question_set: QuestionSet) -> list[Question]:
    """The questions that are asked now, in order. One query."""
    return list(question_set.questions.filter(retired_at=None).order_by("position", "pk"))


def was_asked(question_set: QuestionSet) -> bool:
    """Whether its questions went to Talkstack, for any call. One query."""
    return Analysis.objects.filter(question_set=question_set, asked_at__isnull=False).exists()


def kept_of_project(workspace: Workspace, project_id: str) -> list[str]:
    """What stays of a project's questions when it is deleted, for people: one sentence, or none. At most two queries."""
    made = QuestionSet.objects.filter(workspace=workspace, project_id=project_id).count()
    if not made:
        return []
    told = Answer.objects.filter(workspace=workspace, question__question_set__project_id=project_id).exclude(value="")
    many = told.values("pk")[: _COUNT_UP_TO + 1].count()
    answers = count_of(many, "answer", _COUNT_UP_TO)
    return [f"Its {count_of(made, 'question set')} and {answers} stay too, but nothing more can be asked."]


def create(workspace: Workspace, user: User, project_id: str, name: str, wanted: Sequence[Wanted]) -> QuestionSet:
    """Make a set. Raises NameTaken and TooMany."""
    with transaction.atomic(durable=True):
        _free(workspace, project_id, name)
        if QuestionSet.objects.filter(workspace=workspace, project_id=project_id).count() >= MOST_SETS:
            raise TooMany
        made = QuestionSet.objects.create(workspace=workspace, project_id=project_id, name=name, created_by=user)
        _put(made, wanted, asked=False)
        _note(made, user, verb="questions.create", after=_facts(name, wanted))
    return made


def change(question_set: QuestionSet, user: User, version: int, name: str, wanted: Sequence[Wanted]) -> QuestionSet:
    """Give a set another name or other questions. Raises NameTaken and ChangedMeanwhile.

    A question that was asked already is never changed: another wording is another question, and the old one is retired with its
    answers. One that comes back with the same words, kind and options is the one that it was.
    """
    with transaction.atomic(durable=True):
        _free(question_set.workspace, question_set.project_id, name, but=question_set)
        locked = QuestionSet.objects.select_for_update().get(pk=question_set.pk)
        if locked.version != version:
            raise ChangedMeanwhile
        locked.workspace = question_set.workspace
        before = _facts(locked.name, live_questions(locked))
        _put(locked, wanted, was_asked(locked))
        locked.name, locked.version = name, version + 1
        locked.save(update_fields=["name", "version"])
        if before != (after := _facts(name, wanted)):
            _note(locked, user, verb="questions.update", before=before, after=after)
    return locked


def retire(question_set: QuestionSet, user: User, retired: bool) -> bool:
    """No longer offer a set, or offer it again; its answers stay. False when it was so already."""
    with transaction.atomic(durable=True):
        rows = QuestionSet.objects.filter(pk=question_set.pk, retired_at__isnull=retired)
        done = bool(rows.update(retired_at=timezone.now() if retired else None, version=F("version") + 1))
        if done:
            if retired:
                _note(question_set, user, verb="questions.retire")
            else:
                _note(question_set, user, verb="questions.restore")
    return done


def _free(workspace: Workspace, project_id: str, name: str, but: QuestionSet | None = None) -> None:
    """Raises NameTaken; the workspace's row is locked, so that two people cannot take a name at once."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    others = QuestionSet.objects.filter(workspace=workspace, project_id=project_id, name__iexact=name)
    other = (others.exclude(pk=but.pk) if but else others).first()
    if other is not None:
        raise NameTaken(other.retired_at is not None)


def _put(question_set: QuestionSet, wanted: Sequence[Wanted], asked: bool) -> None:
    """Make the set's questions what is wanted; the caller holds its row."""
    known = {str(question.pk): question for question in question_set.questions.all()}
    kept: set[Any] = set()
    for place, each in enumerate(wanted):
        question = _same(each, known, kept) or _changeable(each, known, kept, asked)
        if question is None:
            question = Question(question_set=question_set)
        question.text, question.type, question.options = each.text, each.type, each.options
        question.position, question.retired_at = place, None
        question.save()
        kept.add(question.pk)
    gone = question_set.questions.filter(retired_at=None).exclude(pk__in=kept)
    if asked:
        gone.update(retired_at=timezone.now())
    else:
        gone.delete()


def _same(each: Wanted, known: dict[str, Question], kept: set[Any]) -> Question | None:
    """The question that has these words already: the one that the row was made from, else any, also a retired one."""
    own = known.get(each.id)
    candidates = ([own] if own else []) + list(known.values())
    return next((one for one in candidates if one.pk not in kept and each.is_like(one)), None)


def _changeable(each: Wanted, known: dict[str, Question], kept: set[Any], asked: bool) -> Question | None:
    own = known.get(each.id)
    return own if own and not asked and own.retired_at is None and own.pk not in kept else None


def _facts(name: str, questions: Iterable[Question | Wanted]) -> dict[str, Any]:
    """What the record keeps of a set."""
    return {"name": name, "questions": [_words(each) for each in questions]}


def _words(each: Question | Wanted) -> str:
    options = f": {', '.join(each.options)}" if each.options else ""
    return f"{each.text} ({AnswerType(each.type).label}{options})"


def _note(question_set: QuestionSet, user: User, *, verb: str, before: Any = None, after: Any = None) -> None:
    record.note(
        workspace=question_set.workspace, user=user, verb=verb, kind="questions", thing_id=str(question_set.pk),
        thing_name=question_set.name, before=before, after=after, project_id=question_set.project_id,
    )  # fmt: skip
