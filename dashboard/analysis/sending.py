"""The only code that asks Talkstack about calls: one call at a time in a lane, each sent once.

*Being asked* is committed before anything is sent. What came of it is written by the one who sent it; a lost answer is called
lost, and only a person may ask again. Source: API contract, 5.4: slow, possibly billed, never by itself.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.utils import timezone

from dashboard.accounts.upstream import Upstream
from dashboard.analysis import settling
from dashboard.calls.due import UNANSWERED
from dashboard.calls.models import Analysis, AnswerType, AskingState, Question, QuestionSet
from dashboard.talkstack import Analysis as Told
from dashboard.talkstack import Client
from dashboard.talkstack.errors import TalkstackError, Unavailable

log = logging.getLogger(__name__)
GRACE = timedelta(seconds=30)
HELD_UP = "The background process was held up."


@dataclass(frozen=True)
class Claim:
    """An analysis that this lane has for itself until `deadline`, and the questions to send."""

    analysis: Analysis
    questions: list[Question]
    owner: str
    at: datetime
    deadline: datetime


def ask_next(owner: str) -> bool:
    """Ask about one call that is due. `owner` names this worker and lane. False when none was due."""
    analysis = _next_due()
    if analysis is None:
        return False
    claim = _claim(analysis, owner)
    if claim is None:
        return True
    try:
        told = Upstream(analysis.workspace).ask(lambda client: _ask(claim, client))
    except TalkstackError as error:
        settling.failed(claim, error)
    except DatabaseError:
        raise
    except Exception:
        log.exception("asking about a call ended in an error of ours")
        settling.lost(claim, "The dashboard failed while it was asking.")
    else:
        settling.answered(claim, told)
    return True


def expire() -> int:
    """What a dead worker was asking is lost, never asked again by itself. Gives how many."""
    dead = Analysis.objects.filter(UNANSWERED, state=AskingState.SENDING, deadline_at__lt=timezone.now() - GRACE)
    return sum(settling.expired(analysis) for analysis in dead.select_related("workspace")[:100])


def due(now: datetime) -> Q:
    """The condition "may be sent now"."""
    again = Q(state=AskingState.NOT_READY, not_before__isnull=False)
    return (Q(state=AskingState.WAITING) | again) & (Q(not_before=None) | Q(not_before__lte=now))


def _next_due() -> Analysis | None:
    """The next one; few questions do not wait behind many."""
    rows = Analysis.objects.filter(UNANSWERED, due(timezone.now())).select_related("workspace__connection", "call")
    return rows.order_by("asking__total", "pk").first()


def _claim(analysis: Analysis, owner: str) -> Claim | None:
    """Commit *being asked* for exactly one lane, with the questions as they are then; None for the others."""
    now = timezone.now()
    deadline = now + timedelta(seconds=settings.BUDGETS["analysis"])
    with transaction.atomic(durable=True):
        # Whoever changes the set waits, and then finds that its questions were asked (sets.was_asked).
        QuestionSet.objects.select_for_update().get(pk=analysis.question_set_id)
        open_ones = Question.objects.filter(question_set=analysis.question_set_id, retired_at=None)
        answered = analysis.call.answers.exclude(value="").values("question_id")
        questions = list(open_ones.exclude(pk__in=answered).order_by("position", "pk"))
        mine = Analysis.objects.filter(
            pk=analysis.pk, state=analysis.state, not_before=analysis.not_before, tries=analysis.tries
        ).update(
            state=AskingState.SENDING, lease_owner=owner[:100], asked_at=now, deadline_at=deadline, not_before=None,
            tries=F("tries") + 1, words="",
        )  # fmt: skip
        if mine and not questions:
            settling.nothing_open(analysis)
    return Claim(analysis, questions, owner[:100], now, deadline) if mine and questions else None


def _ask(claim: Claim, client: Client) -> Told:
    """The one request. A process that was frozen after its claim sends nothing that was given up meanwhile."""
    client = client.within((claim.deadline - timezone.now()).total_seconds())
    if timezone.now() >= claim.deadline:
        raise Unavailable(HELD_UP, sent=False)
    call = claim.analysis.call
    return client.calls.analysis(
        call.sid or call.call_id or "", call.project_id, [_wire(each) for each in claim.questions]
    )


def _wire(question: Question) -> dict[str, object]:
    told: dict[str, object] = {"question": question.text, "type": question.type}
    return told | {"options": question.options} if question.type == AnswerType.CHOICE else told
