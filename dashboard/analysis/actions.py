"""Asking about calls, and stopping that. It is only written down here; the background process (sending.py) does it."""

from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from dashboard.accounts.models import User, Workspace
from dashboard.activity import record
from dashboard.analysis import eligible, unanswered
from dashboard.analysis.eligible import Again
from dashboard.calls import attempts
from dashboard.calls.models import Analysis, Asking, AskingState, Call, QuestionSet

_PORTION = 400


@dataclass(frozen=True)
class Wish:
    """About which calls a set is to be asked. `verb` and `after` are for the record; `call` is set when it is about it alone."""

    question_set: QuestionSet
    calls: QuerySet[Call]
    most: int
    again: Again
    after: dict[str, Any]
    verb: str
    call: Call | None = None


class NothingToAsk(Exception):
    """Of these calls there is none about which the set may be asked (any more)."""


def ask(
    workspace: Workspace,
    user: User,
    question_set: QuestionSet,
    calls: QuerySet[Call],
    *,
    request_key: str,
    most: int,
    again: Again,
    words: list[str],
) -> Asking:
    """Have a set asked about those of `calls` that it may be asked about, the newest first and at most `most` of them.

    The same request key again gives the same asking. `words` are the filters, for the record. Raises NothingToAsk.
    """
    wish = Wish(question_set, calls, most, again, {"filters": words}, verb="questions.ask")
    return _once(workspace, user, wish, request_key)


def ask_one(workspace: Workspace, user: User, question_set: QuestionSet, call: Call, *, request_key: str) -> Asking:
    """Have a set asked about one call, also again where the answer was lost: a person looked at it. Raises NothingToAsk."""
    calls, again = Call.objects.filter(workspace=workspace, pk=call.pk), Again(lost=True, unanswered=True)
    return _once(workspace, user, Wish(question_set, calls, 1, again, {}, verb="call.ask", call=call), request_key)


def ask_again(asking: Asking, user: User, state: AskingState, *, request_key: str, most: int) -> Asking:
    """Have its set asked again about those calls of an asking that are in this state: lost or failed. Raises NothingToAsk.

    The same request key again gives the same asking; what was answered or is under way meanwhile is not asked.
    """
    calls = unanswered.left(asking, state)
    because = {"because": state.label}
    wish = Wish(asking.question_set, calls, most, Again(lost=True), because, verb="questions.ask_again")
    return _once(asking.workspace, user, wish, request_key)


def stop(asking: Asking, user: User) -> bool:
    """What was not sent yet is not sent. False when nothing of it waited any more."""
    with transaction.atomic(durable=True):
        _lock(asking.workspace)
        # Locked, so that whatever comes back to wait sees that it is stopped.
        locked = Asking.objects.select_for_update().get(pk=asking.pk)
        waiting = Analysis.objects.filter(eligible.PENDING, asking=asking).exclude(state=AskingState.SENDING)
        stopped = waiting.update(state=AskingState.STOPPED, not_before=None, words="")
        if locked.stopped_at is None and (stopped or Analysis.objects.filter(eligible.PENDING, asking=asking).exists()):
            Asking.objects.filter(pk=asking.pk).update(stopped_at=timezone.now())
            record.note(
                workspace=asking.workspace, user=user, verb="questions.stop", kind="questions",
                thing_id=str(asking.question_set_id), thing_name=asking.question_set.name, after={"not_asked": stopped},
                project_id=asking.project_id,
            )  # fmt: skip
    return stopped > 0


def _once(workspace: Workspace, user: User, wish: Wish, request_key: str) -> Asking:
    known = Asking.objects.filter(workspace=workspace, request_key=request_key)
    if (before := known.first()) is not None:
        return before
    try:
        with transaction.atomic(durable=True):
            asking = _write_down(workspace, user, wish, request_key)
            _note(asking, user, {"set": wish.question_set.name, "calls": asking.total, **wish.after}, wish)
    except IntegrityError:
        if (before := known.first()) is not None:
            return before
        raise
    return asking


def _write_down(workspace: Workspace, user: User, wish: Wish, request_key: str) -> Asking:
    _lock(workspace)
    asking = Asking.objects.create(
        workspace=workspace, project_id=wish.question_set.project_id, question_set=wish.question_set, user=user,
        user_email=user.email, request_key=request_key,
    )  # fmt: skip
    calls = wish.calls.filter(workspace=workspace, project_id=wish.question_set.project_id)
    matching = calls.order_by().values("pk")[: eligible.MOST_AT_ONCE].count()
    wanted = eligible.of(calls, wish.question_set, wish.again).order_by("-at", "-pk")
    pks = list(wanted.values_list("pk", flat=True)[: wish.most])
    for start in range(0, len(pks), _PORTION):
        _wait(asking, pks[start : start + _PORTION], wish.again)
    asking.total = Analysis.objects.filter(asking=asking).count()
    if not asking.total:
        raise NothingToAsk
    asking.skipped = max(matching - asking.total, 0)
    asking.save(update_fields=["total", "skipped"])
    return asking


def _lock(workspace: Workspace) -> None:
    """Whoever moves many analyses of a workspace holds its row, so that two cannot block each other."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)


def _wait(asking: Asking, call_pks: list[Any], again: Again) -> None:
    """One analysis for every call: a new one, or the one that is there if it may be asked anew. Somebody else's stays theirs."""
    there = Analysis.objects.filter(call__in=call_pks)
    eligible.askable_now(there, asking.question_set, again).update(
        asking=asking, state=AskingState.WAITING, words="", not_before=None, deadline_at=None, lease_owner="", tries=0
    )
    new = [
        Analysis(workspace_id=asking.workspace_id, call_id=pk, question_set_id=asking.question_set_id, asking=asking)
        for pk in call_pks
    ]
    Analysis.objects.bulk_create(new, ignore_conflicts=True)


def _note(asking: Asking, user: User, after: dict[str, Any], wish: Wish) -> None:
    """The record: of the one call, or of the set with how many calls."""
    if wish.call is not None:
        record.note(user=user, verb=wish.verb, after=after, **attempts.about(wish.call))  # type: ignore[arg-type]
        return
    record.note(
        workspace=asking.workspace, user=user, verb=wish.verb, kind="questions",
        thing_id=str(asking.question_set_id), thing_name=asking.question_set.name, after=after,
        project_id=asking.project_id,
    )  # fmt: skip
