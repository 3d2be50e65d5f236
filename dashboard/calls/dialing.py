"""The only code that may ring a phone.

Talkstack takes no idempotency key, so the protocol is ours. `reserve` writes the wish down once; the worker's
`send_next` commits *sending* before it opens a socket, makes the one request, and records what came of it. Nothing here
is ever repeated by itself: what cannot be known is called unknown, and is looked for in the history (reconcile.py).
"""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from dashboard.accounts.models import User, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.activity import record
from dashboard.activity.models import Entry
from dashboard.calls import attempts, guards, pacing, texts
from dashboard.calls.due import PENDING
from dashboard.calls.models import Attempt, Call
from dashboard.talkstack import Client, PlacedCall
from dashboard.talkstack.errors import KeyRejected, RateLimited, TalkstackError, Unavailable

log = logging.getLogger(__name__)

REFUSED_STATUSES = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422})
LONGEST_WAIT = timedelta(minutes=15)
MOST_TRIES = 5


@dataclass(frozen=True)
class Wish:
    """Whom to call with which agent. `number` is E.164; `variables` are the values for the prompt's placeholders."""

    project_id: str
    project_name: str
    agent_id: str
    agent_name: str
    number: str
    variables: dict[str, str]
    from_number: str = ""


class MustConfirm(Exception):
    """A guard asks before this call is reserved. `questions`: form field → the sentence to confirm."""

    def __init__(self, questions: dict[str, str]) -> None:
        super().__init__(", ".join(questions))
        self.questions = questions


# --- Reserve: the view, the batch --------------------------------------------------------------------------------------
def reserve(
    workspace: Workspace,
    user: User,
    wish: Wish,
    *,
    request_key: str,
    confirmed: Collection[str] = (),
    again_of: Call | None = None,
) -> Call:
    """Write the wish to call down, once per `request_key`: the same key again gives the same call.

    Raises MustConfirm when a guard asks something that `confirmed` (names of form fields) does not answer. Makes no
    request. Source: design, "Dialling, and the ledger of calls".
    """
    if (call := _reserved_before(workspace, request_key)) is not None:
        return call
    try:
        with transaction.atomic(durable=True):
            # One reservation at a time in a workspace: two tabs with two keys must see each other's call.
            Workspace.objects.select_for_update().get(pk=workspace.pk)
            questions = guards.questions(workspace, wish.number, timezone.now())
            questions |= guards.used_before(workspace, request_key)
            open_questions = {name: text for name, text in questions.items() if name not in confirmed}
            if open_questions and _reserved_before(workspace, request_key) is None:
                raise MustConfirm(open_questions)
            return _write_down(workspace, user, wish, request_key, again_of, sorted(questions))
    except IntegrityError:
        if (call := _reserved_before(workspace, request_key)) is not None:
            return call
        raise


def _reserved_before(workspace: Workspace, request_key: str) -> Call | None:
    return Call.objects.filter(workspace=workspace, request_key=request_key).first()


def _write_down(
    workspace: Workspace, user: User, wish: Wish, request_key: str, again_of: Call | None, overruled: list[str]
) -> Call:
    now = timezone.now()
    call = Call.objects.create(
        workspace=workspace,
        project_id=wish.project_id,
        project_name=wish.project_name[:300],
        agent_id=wish.agent_id,
        agent_name=wish.agent_name[:300],
        number=wish.number,
        from_number=wish.from_number[:40],
        variables=wish.variables,
        at=now,
        attempt=Attempt.RESERVED,
        attempt_at=now,
        request_key=request_key,
        placed_by=user,
        placed_by_email=user.email,
        again_of=again_of,
        hours_confirmed="confirm_hours" in overruled,
    )
    texts.renew([call.pk])
    attempts.step(call, Attempt.RESERVED, now)
    after = {"agent": wish.agent_name, "number": wish.number, "variables": wish.variables, "confirmed": overruled}
    record.note(user=user, verb="call.reserve", after=after, **attempts.about(call))  # type: ignore[arg-type]
    return call


def cancel(call: Call, user: User) -> bool:
    """Take a reservation back. False when it is too late: it was sent, or is being sent. Talkstack cannot hang up."""
    with transaction.atomic(durable=True):
        done = attempts.move(
            call, Attempt.RESERVED, Attempt.CANCELLED, words=f"Cancelled by {user.email} before it was sent."
        )
        if done:
            attempts.note(call, user, "call.cancel")
    return done


def release(call: Call, user: User) -> bool:
    """Let a reservation that waited too long go after all, because a person looked and said so."""
    now = timezone.now()
    with transaction.atomic(durable=True):
        waiting = Call.objects.filter(pk=call.pk, attempt=Attempt.RESERVED).exclude(attempts.recent(now))
        done = bool(waiting.update(released_at=now, version=F("version") + 1))
        if done:
            attempts.note(call, user, "call.release")
    return done


def say_not_called(call: Call, user: User) -> bool:
    """A person's decision about an unknown attempt, allowed once the machine has looked several times.

    False when it is no longer unknown, or a call that may be this one was found in the very moment.
    """
    with transaction.atomic(durable=True):
        if Call.objects.select_for_update().get(pk=call.pk).candidates:
            return False
        words = f"{user.email} decided that nobody was called."
        done = attempts.move(call, Attempt.UNKNOWN, Attempt.NOT_CALLED, words=words)
        if done:
            attempts.note(call, user, "call.decide")
    return done


# --- Send: the worker alone --------------------------------------------------------------------------------------------
def waits_for_check(call: Call, now: datetime | None = None) -> bool:
    """Whether this reservation is so old that a person must say that it may still go (never in practice)."""
    due_since = max(call.at, call.not_before or call.at, call.released_at or call.at)
    old = (now or timezone.now()) - due_since > attempts.STALE_AFTER
    held = call.held_at is not None and (call.released_at is None or call.released_at < call.held_at)
    return call.attempt == Attempt.RESERVED and (old or held) and not call.workspace.practice


def send_next(owner: str) -> bool:
    """Send one due reservation. `owner` names this worker and lane. False when nothing was due."""
    call = _next_due()
    if call is None:
        return False
    if pacing.too_many_lately(call) or pacing.outside_hours_now(call):
        return True
    upstream = Upstream(call.workspace)
    client = _client(call, upstream)
    entry = _claim(call, owner) if client is not None else None
    if client is not None and entry is not None:
        _ring(call, owner, entry, upstream, client)
    return True


def _next_due() -> Call | None:
    now = timezone.now()
    due = Call.objects.filter(PENDING, attempt=Attempt.RESERVED).filter(Q(not_before=None) | Q(not_before__lte=now))
    may_go = attempts.recent(now) | Q(workspace__practice=True)
    return due.filter(may_go).select_related("workspace").order_by("at").first()


def _client(call: Call, upstream: Upstream) -> Client | None:
    """What the request will be made with; without it the call is not sent."""
    try:
        return upstream.client()
    except TalkstackError as error:
        words = f"{error.sentence} Nobody was called."
    except DatabaseError:
        raise
    except Exception:  # whatever it is, it must not keep every call behind this one waiting
        log.exception("a call could not be prepared")
        words = "The dashboard failed. Nobody was called."
    attempts.move(call, Attempt.RESERVED, Attempt.NOT_SENT, words=words)
    return None


def _claim(call: Call, owner: str) -> Entry | None:
    """Commit *sending* for exactly one worker, together with the record that it is about to ring; None for the others."""
    now = timezone.now()
    deadline = now + timedelta(seconds=settings.BUDGETS["ring"])
    with transaction.atomic(durable=True):
        mine = Call.objects.filter(pk=call.pk, attempt=Attempt.RESERVED, not_before=call.not_before).update(
            attempt=Attempt.SENDING,
            attempt_at=now,
            sending_at=now,
            deadline_at=deadline,
            lease_owner=owner,
            tries=F("tries") + 1,
            version=F("version") + 1,
        )
        if not mine:
            return None
        attempts.step(call, Attempt.SENDING, now)
        entry = record.asking(user=call.placed_by, verb="call.place", **attempts.about(call))
        Call.objects.filter(pk=call.pk).update(entry=entry)
    return entry


def _ring(call: Call, owner: str, entry: Entry, upstream: Upstream, client: Client) -> None:
    """The one request, and what came of it."""
    # The client's own deadline begins before this look at the clock: a process that is frozen in between, or after it,
    # finds one of the two over when it goes on, and sends nothing that was given up meanwhile.
    client = client.within(settings.BUDGETS["ring"])
    if _too_late(call):
        attempts.settle(call, owner, Attempt.NOT_SENT, "The background process was held up. Nobody was called.")
        attempts.write_outcome(entry, "not_sent", "It was too late to send it.")
        return
    try:
        placed = client.calls.make(call.number, call.project_id, call.agent_id, call.variables)
    except TalkstackError as error:
        _record_failure(call, owner, entry, error)
        if isinstance(error, KeyRejected):
            upstream.renewed()  # for the calls after this one; this one is not sent again by itself
    except Exception:
        log.exception("placing a call ended in an error of ours")
        _record_unknown(call, owner, entry, "The dashboard failed while it was placing this call.")
    else:
        _record_placed(call, owner, entry, placed)


def _too_late(call: Call) -> bool:
    deadline = Call.objects.values_list("deadline_at", flat=True).get(pk=call.pk)
    return deadline is None or timezone.now() >= deadline


def _record_placed(call: Call, owner: str, entry: Entry, placed: PlacedCall) -> None:
    now = timezone.now()
    with transaction.atomic(durable=True):
        row = Call.objects.select_for_update().select_related("workspace").get(pk=call.pk)
        if row.lease_owner != owner or row.attempt not in (Attempt.SENDING, Attempt.UNKNOWN, Attempt.NOT_CALLED):
            log.warning("a late answer found its attempt already settled: %s", row.attempt)
            return
        words = "" if row.attempt == Attempt.SENDING else "Talkstack's answer came late."
        done = attempts.mark_placed(row, placed.sid or placed.call_id, placed.call_id, placed.from_, now, words)
    attempts.write_outcome(entry, *(("done", "Talkstack accepted the call.") if done else ("unknown", row.words)))


def _record_failure(call: Call, owner: str, entry: Entry, error: TalkstackError) -> None:
    said = getattr(error, "message", "")
    words = f"{error.sentence} Talkstack said: “{said}”" if said and said not in error.sentence else error.sentence
    if isinstance(error, RateLimited) and call.tries + 1 < MOST_TRIES:
        _wait(call, owner, error.retry_after)
        attempts.write_outcome(entry, "refused", "Talkstack was busy; the call waits.")
    elif isinstance(error, RateLimited) or error.status in REFUSED_STATUSES:
        attempts.settle(call, owner, Attempt.REFUSED, words)
        attempts.write_outcome(entry, "refused", words)
    elif isinstance(error, Unavailable) and not error.sent:
        attempts.settle(call, owner, Attempt.NOT_SENT, f"{error.sentence} Nobody was called.")
        attempts.write_outcome(entry, "not_sent", error.sentence)
    else:
        _record_unknown(call, owner, entry, getattr(error, "reason", "") or error.sentence)


def _record_unknown(call: Call, owner: str, entry: Entry, words: str) -> None:
    attempts.settle(call, owner, Attempt.UNKNOWN, words)
    attempts.write_outcome(entry, "unknown", words)


def _wait(call: Call, owner: str, retry_after: float | None) -> None:
    """Talkstack is busy: nobody was called, and every reservation of the project waits as long as Talkstack asked.

    One that waits for a person already goes on waiting for them: a pause does not make it young again.
    """
    now = timezone.now()
    pause = min(timedelta(seconds=max(retry_after or 0, 2.0 ** min(call.tries + 1, 6))), LONGEST_WAIT)
    words = f"Talkstack was busy at {now:%H:%M:%S} UTC. The call goes again by itself."
    with transaction.atomic(durable=True):
        attempts.move(call, Attempt.SENDING, Attempt.RESERVED, owner, words=words, not_before=now + pause)
        pacing.hold(call, now, now + pause)
