"""About which calls a set may be asked now. Conditions only: our own database, nothing is sent."""

from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from dashboard.calls import answers
from dashboard.calls.models import Analysis, Answer, AskingState, Call, Question, QuestionSet
from dashboard.calls.states import FINAL, SILENT

MOST_AT_ONCE = 5_000
TYPE_FROM = 100

PENDING = Q(state__in=[AskingState.WAITING, AskingState.SENDING]) | Q(
    state=AskingState.NOT_READY, not_before__isnull=False
)


@dataclass(frozen=True)
class Again:
    """What is asked a second time because a person says so: where the answer was lost, and where Talkstack gave none."""

    lost: bool = False
    unanswered: bool = False


@dataclass(frozen=True)
class Counts:
    """What a set can be asked about, of some calls; each count stops at 5,001. `lost` are those whose answer was lost.

    `silent` are those to be asked about in which nobody talked.
    """

    matching: int
    askable: int
    lost: int
    silent: int

    @property
    def most(self) -> bool:
        """Whether only the newest ones are asked about."""
        return self.askable > MOST_AT_ONCE

    @property
    def to_ask(self) -> int:
        """How many would be asked about."""
        return min(self.askable, MOST_AT_ONCE)


def must_type(calls: int) -> bool:
    """Whether so many calls are asked about only when their number is typed."""
    return calls > TYPE_FROM


def over() -> Q:
    """The calls that Talkstack can be asked about: they have ended, and it has an id for them."""
    ended = Q(final_at__isnull=False) | Q(state__in=FINAL)
    return ended & (Q(sid__isnull=False) | Q(call_id__isnull=False))


def of(calls: QuerySet[Call], question_set: QuestionSet, again: Again = Again()) -> QuerySet[Call]:  # noqa: B008  # frozen
    """Those of `calls` that the set may be asked about: over, and with a question that was not asked yet."""
    settled = Analysis.objects.filter(_closed(question_set, again), call=OuterRef("pk"), question_set=question_set)
    return calls.filter(over()).filter(~Exists(settled))


def lost(calls: QuerySet[Call], question_set: QuestionSet) -> QuerySet[Call]:
    """Those of `calls` whose answer to the set was lost."""
    gone = Analysis.objects.filter(call=OuterRef("pk"), question_set=question_set, state=AskingState.LOST)
    return calls.filter(over()).filter(Exists(gone))


def count(calls: QuerySet[Call], question_set: QuestionSet, again: Again) -> Counts:
    """How many there are of each. Four queries."""
    wanted = of(calls, question_set, again)
    silent = wanted.filter(state__in=SILENT)
    return Counts(_up_to(calls), _up_to(wanted), _up_to(lost(calls, question_set)), _up_to(silent))


def askable_now(analyses: QuerySet[Analysis], question_set: QuestionSet, again: Again) -> QuerySet[Analysis]:
    """Those analyses of the set that may be asked anew."""
    return analyses.filter(question_set=question_set).exclude(_closed(question_set, again))


def _closed(question_set: QuestionSet, again: Again) -> Q:
    """The analyses that are not to be asked anew: under way, answered in full, no longer kept, or lost."""
    told = Answer.objects.filter(question=OuterRef("pk"), call=OuterRef(OuterRef("call_id")))
    told = told.exclude(value="") if again.unanswered else told
    left = Question.objects.filter(~Exists(told), question_set=question_set, retired_at=None)
    complete = Q(state=AskingState.ANSWERED) & (Q(words=answers.GONE) | ~Q(Exists(left)))
    closed = PENDING | complete
    return closed if again.lost else closed | Q(state=AskingState.LOST)


def _up_to(calls: QuerySet[Call]) -> int:
    return calls.order_by().values("pk")[: MOST_AT_ONCE + 1].count()
