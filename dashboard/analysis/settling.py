"""What came of asking about one call: answers, not ready, failed, lost, or back to waiting. Nothing here asks Talkstack."""

import json
import logging
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Exists, F, Max, OuterRef, Q
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.analysis import matching, wording
from dashboard.analysis.eligible import PENDING
from dashboard.calls import texts
from dashboard.calls.models import Analysis, Answer, Asking, AskingState, Question
from dashboard.talkstack import Analysis as Told
from dashboard.talkstack.errors import (
    KeyRejected,
    NotAllowed,
    NotFound,
    RateLimited,
    Refused,
    TalkstackError,
    Unavailable,
)

if TYPE_CHECKING:
    from dashboard.analysis.sending import Claim

log = logging.getLogger(__name__)

NOT_READY_PAUSES = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15))
KEY_PAUSE, AWAY_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(minutes=1), timedelta(minutes=15)
LOST_WORDS = "Talkstack may have answered and charged, but the answer was lost."
DEAD_WORDS = f"{LOST_WORDS} The background process stopped while it was asking."
NOT_READY_WORDS = "Talkstack has no answers for this call yet."
_NOT_YET = re.compile(
    r"\bnot (yet )?(been )?(ready|ended|over|complete|completed|finished|available|processed)\b|\byet\b|\bstill\b"
    r"|in[- ]progress|ongoing|pending|processing|only after|after the call|has not ended|hasn't ended|too early",
    re.IGNORECASE,
)
_NO_MONEY = 402
_LONGEST_RAW = 200_000  # characters


# --- What Talkstack said -----------------------------------------------------------------------------------------------
def answered(claim: "Claim", told: Told) -> None:
    """Keep the answers, each as text, and as a yes, a number or an option where it surely is one."""
    found = matching.sort(told, claim.questions)
    if found.empty:
        _not_ready(claim, NOT_READY_WORDS, found, told.raw)
        return
    now = timezone.now()
    with transaction.atomic(durable=True):
        done = _mine(claim, late=True).update(
            state=AskingState.ANSWERED, answered_at=now, words="", **_said(claim, found, told.raw)
        )
        if not done:
            log.warning("answers came for an analysis that is no longer this lane's")
            return
        # Its call may have been joined with another one meanwhile.
        call_pk = Analysis.objects.values_list("call_id", flat=True).get(pk=claim.analysis.pk)
        for question in claim.questions:
            _keep(claim, call_pk, question, found.values[question.pk])
        texts.renew([call_pk])
        finish(claim.analysis.asking_id)


def _said(claim: "Claim", found: matching.Told, raw: Any) -> dict[str, Any]:
    """What is kept besides the answers. What an earlier asking of the same set told stays. In the caller's transaction."""
    before = _mine(claim, late=True).select_for_update().first() or Analysis()
    return {
        "summary": found.summary[: wording.LONGEST_VALUE] or before.summary,
        "sentiment": found.sentiment[:100] or before.sentiment,
        "extra": _kept(matching.merged(found.extra, before.extra)),
        "raw": _kept(raw),
    }


def _keep(claim: "Claim", call_pk: Any, question: Question, text: str) -> None:
    value, short, number = wording.read(question.type, question.options, text)
    told = {
        "value": value,
        "short": short,
        "number": number,
        "at": timezone.now(),
        "workspace_id": claim.analysis.workspace_id,
    }
    Answer.objects.update_or_create(call_id=call_pk, question=question, defaults=told)


def nothing_open(analysis: Analysis) -> None:
    """Every question has an answer by now: there is nothing to send. In the caller's transaction."""
    Analysis.objects.filter(pk=analysis.pk).update(state=AskingState.ANSWERED)
    finish(analysis.asking_id)


# --- What went wrong ---------------------------------------------------------------------------------------------------
def failed(claim: "Claim", error: TalkstackError) -> None:
    """Sort an error into: wait with all, not ready, failed for certain, lost."""
    status, said = error.status or 0, error.cause
    if isinstance(error, RateLimited):
        _hold(claim, f"{said} The questions go on by themselves.", timedelta(seconds=error.retry_after or 30))
    elif isinstance(error, KeyRejected | NotAllowed) or status == _NO_MONEY:
        _hold(claim, said, KEY_PAUSE)
    elif isinstance(error, Unavailable) and not error.sent:
        _hold(claim, said, AWAY_PAUSE)
    elif isinstance(error, Refused | NotFound) or (400 <= status < 500 and status != 408):
        _refused(claim, error)
    else:
        lost(claim)


def _refused(claim: "Claim", error: TalkstackError) -> None:
    said = str(getattr(error, "message", ""))
    if error.status == 425 or _NOT_YET.search(said):
        _not_ready(claim, f"Talkstack said: “{said}”" if said else NOT_READY_WORDS)
    elif isinstance(error, NotFound):
        _settle(claim, AskingState.FAILED, "Talkstack does not know this call (any more).")
    else:
        _settle(claim, AskingState.FAILED, f"Talkstack refused the questions{f': “{said}”' if said else '.'}")


def _not_ready(claim: "Claim", words: str, found: matching.Told | None = None, raw: Any = None) -> None:
    """Tried again a few times, later each time; then only when a person says so. `found`: what it told instead of answers."""
    tries = claim.analysis.tries
    more = tries < len(NOT_READY_PAUSES)
    not_before = timezone.now() + NOT_READY_PAUSES[tries] if more else None
    said = (found, raw) if found else None
    _settle(claim, AskingState.NOT_READY, words, said, not_before=not_before)


def lost(claim: "Claim", words: str = "") -> None:
    """The answer is lost, and maybe paid for. The other questions of the workspace wait a while, longer each time in a row."""
    _settle(claim, AskingState.LOST, f"{LOST_WORDS} {words}".strip())
    workspace = claim.analysis.workspace_id
    ours = Analysis.objects.filter(workspace=workspace)
    last = ours.aggregate(at=Max("answered_at"))["at"]
    rows = ours.filter(state=AskingState.LOST, asked_at__gt=last) if last else ours.filter(state=AskingState.LOST)
    in_a_row = rows.values("pk")[:6].count()
    pause = min(timedelta(seconds=15 * 2.0**in_a_row), LONGEST_PAUSE)
    _wait_all(claim, "Talkstack gives no usable answers at the moment. The questions go on by themselves.", pause)


def expired(analysis: Analysis) -> int:
    """The worker that was asking is gone. 1 if it was."""
    with transaction.atomic(durable=True):
        rows = Analysis.objects.filter(pk=analysis.pk, state=AskingState.SENDING, deadline_at=analysis.deadline_at)
        done = rows.update(state=AskingState.LOST, words=DEAD_WORDS)
        finish(analysis.asking_id)
    return done


# --- The steps ---------------------------------------------------------------------------------------------------------
def finish(asking_pk: Any) -> None:
    """Note when nothing of an asking waits any more."""
    open_ones = Analysis.objects.filter(PENDING, asking=OuterRef("pk"))
    Asking.objects.filter(~Exists(open_ones), pk=asking_pk, finished_at=None).update(finished_at=timezone.now())


def _mine(claim: "Claim", late: bool = False) -> Any:
    """The row, if it is still what this lane made it; `late`: also when it was given up as lost meanwhile."""
    states = [AskingState.SENDING, AskingState.LOST] if late else [AskingState.SENDING]
    return Analysis.objects.filter(pk=claim.analysis.pk, state__in=states, lease_owner=claim.owner, asked_at=claim.at)


def _settle(
    claim: "Claim", state: AskingState, words: str, said: tuple[matching.Told, Any] | None = None, **changes: Any
) -> bool:
    with transaction.atomic(durable=True):
        changes |= _said(claim, *said) if said else {}
        if _stopped(claim) and changes.get("not_before"):
            changes["not_before"] = None
        late = state != AskingState.LOST  # a certain "no" is better than "lost"
        done = bool(_mine(claim, late).update(state=state, words=words[:300], **changes))
        finish(claim.analysis.asking_id)
    return done


def _hold(claim: "Claim", words: str, pause: timedelta) -> None:
    """It was certainly not asked: back to waiting, or stopped; and every other question of the workspace waits as long."""
    until = timezone.now() + min(max(pause, timedelta(seconds=5)), LONGEST_PAUSE)
    with transaction.atomic(durable=True):
        stopped = _stopped(claim)
        state = AskingState.STOPPED if stopped else AskingState.WAITING
        told = {"words": "", "not_before": None} if stopped else {"words": words[:300], "not_before": until}
        _mine(claim, late=True).update(state=state, tries=F("tries") - 1, deadline_at=None, **told)
        finish(claim.analysis.asking_id)
    _wait_all(claim, words, until - timezone.now())


def _wait_all(claim: "Claim", words: str, pause: timedelta) -> None:
    until = timezone.now() + pause
    sooner = Q(not_before=None) | Q(not_before__lt=until)
    waiting = Analysis.objects.filter(sooner, workspace=claim.analysis.workspace_id)
    with transaction.atomic(durable=True):
        Workspace.objects.select_for_update().get(pk=claim.analysis.workspace_id)  # two lanes must not block each other
        waiting.filter(state=AskingState.WAITING).update(not_before=until, words=words[:300])
        waiting.filter(state=AskingState.NOT_READY, not_before__isnull=False).update(not_before=until)


def _stopped(claim: "Claim") -> bool:
    """Whether its asking was stopped. The row is locked: whoever stops it now waits, and finds what comes back to wait."""
    asking = Asking.objects.select_for_update(of=("self",)).filter(analyses=claim.analysis).first()
    return asking is not None and asking.stopped_at is not None


def _kept(raw: Any) -> Any:
    """What Talkstack said as it came; of a huge one the beginning, as text."""
    if raw is None:
        return {}
    text = json.dumps(raw, ensure_ascii=False)
    return raw if len(text) <= _LONGEST_RAW else {"beginning": text[:_LONGEST_RAW]}
