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
from dashboard.calls import guards, ledger
from dashboard.calls.models import Attempt, Call, Observation, Source
from dashboard.talkstack import PlacedCall
from dashboard.talkstack.errors import KeyRejected, RateLimited, TalkstackError, Unavailable

log = logging.getLogger(__name__)

REFUSED_STATUSES = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422})
STALE_AFTER = timedelta(minutes=5)
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
    )
    Observation.objects.create(call=call, source=Source.DASHBOARD, state=Attempt.RESERVED, at=now, seen_at=now)
    record.note(
        workspace=workspace,
        user=user,
        verb="call.reserve",
        kind="call",
        thing_id=str(call.pk),
        thing_name=wish.number,
        project_id=wish.project_id,
        after={"agent": wish.agent_name, "number": wish.number, "variables": wish.variables, "confirmed": overruled},
    )
    return call


def cancel(call: Call, user: User) -> bool:
    """Take a reservation back. False when it is too late: it was sent, or is being sent. Talkstack cannot hang up."""
    with transaction.atomic(durable=True):
        done = _move(call, Attempt.RESERVED, Attempt.CANCELLED, words=f"Cancelled by {user.email} before it was sent.")
        if done:
            note(call, user, "call.cancel")
    return done


def release(call: Call, user: User) -> bool:
    """Let a reservation that waited too long go after all, because a person looked and said so."""
    now = timezone.now()
    with transaction.atomic(durable=True):
        waiting = Call.objects.filter(pk=call.pk, attempt=Attempt.RESERVED).exclude(_recent(now))
        done = bool(waiting.update(released_at=now, version=F("version") + 1))
        if done:
            note(call, user, "call.release")
    return done


def say_not_called(call: Call, user: User) -> bool:
    """A person's decision about an unknown attempt, allowed once the machine has looked several times."""
    with transaction.atomic(durable=True):
        words = f"{user.email} decided that nobody was called."
        done = _move(call, Attempt.UNKNOWN, Attempt.NOT_CALLED, words=words)
        if done:
            note(call, user, "call.decide")
    return done


def note(call: Call, user: User, verb: str) -> None:
    """The record of a person's decision about a call, inside the caller's transaction."""
    record.note(
        workspace=call.workspace,
        user=user,
        verb=verb,
        kind="call",
        thing_id=str(call.pk),
        thing_name=call.number,
        project_id=call.project_id,
    )


# --- Send: the worker alone --------------------------------------------------------------------------------------------
def waits_for_check(call: Call, now: datetime | None = None) -> bool:
    """Whether this reservation is so old that a person must say that it may still go (never in practice)."""
    due_since = max(call.at, call.not_before or call.at, call.released_at or call.at)
    old = (now or timezone.now()) - due_since > STALE_AFTER
    return call.attempt == Attempt.RESERVED and old and not call.workspace.practice


def send_next(owner: str) -> bool:
    """Send one due reservation. `owner` names this worker and lane. False when nothing was due."""
    call = _next_due()
    if call is None:
        return False
    upstream = Upstream(call.workspace)
    try:
        client = upstream.client()
    except TalkstackError as error:
        _move(call, Attempt.RESERVED, Attempt.NOT_SENT, words=f"{error.sentence} Nobody was called.")
        return True
    except DatabaseError:
        raise
    except Exception:  # whatever it is, it must not keep every call behind this one waiting
        log.exception("a call could not be prepared")
        _move(call, Attempt.RESERVED, Attempt.NOT_SENT, words="The dashboard failed. Nobody was called.")
        return True
    entry = _claim(call, owner)
    if entry is None:
        return True
    # The client's own deadline begins before this look at the clock: a process that is frozen in between, or after it,
    # finds one of the two over when it goes on, and sends nothing that was given up meanwhile.
    client = client.within(settings.BUDGETS["ring"])
    if _too_late(call):
        _settle(call, owner, Attempt.NOT_SENT, "The background process was held up. Nobody was called.")
        _outcome(entry, "not_sent", "It was too late to send it.")
        return True
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
    return True


def _next_due() -> Call | None:
    now = timezone.now()
    due = Call.objects.filter(attempt=Attempt.RESERVED).filter(Q(not_before=None) | Q(not_before__lte=now))
    may_go = _recent(now) | Q(workspace__practice=True)
    return due.filter(may_go).select_related("workspace").order_by("at").first()


def _recent(now: datetime) -> Q:
    """Reservations that may still go by themselves: not older than 5 minutes, or let go so lately."""
    since = now - STALE_AFTER
    return (
        Q(at__gt=since)
        | Q(not_before__isnull=False, not_before__gt=since)
        | Q(released_at__isnull=False, released_at__gt=since)
    )


def _too_late(call: Call) -> bool:
    deadline = Call.objects.values_list("deadline_at", flat=True).get(pk=call.pk)
    return deadline is None or timezone.now() >= deadline


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
        Observation.objects.create(call=call, source=Source.DASHBOARD, state=Attempt.SENDING, at=now, seen_at=now)
        entry = record.asking(
            workspace=call.workspace,
            user=call.placed_by,
            verb="call.place",
            kind="call",
            thing_id=str(call.pk),
            thing_name=call.number,
            project_id=call.project_id,
        )
        Call.objects.filter(pk=call.pk).update(entry=entry)
    return entry


def _record_placed(call: Call, owner: str, entry: Entry, placed: PlacedCall) -> None:
    now = timezone.now()
    with transaction.atomic(durable=True):
        row = Call.objects.select_for_update().select_related("workspace").get(pk=call.pk)
        if row.lease_owner != owner or row.attempt not in (Attempt.SENDING, Attempt.UNKNOWN, Attempt.NOT_CALLED):
            log.warning("a late answer found its attempt already settled: %s", row.attempt)
            return
        words = "" if row.attempt == Attempt.SENDING else "Talkstack's answer came late."
        done = mark_placed(row, placed.sid or placed.call_id, placed.call_id, placed.from_, now, words)
    _outcome(entry, *(("done", "Talkstack accepted the call.") if done else ("unknown", row.words)))


def mark_placed(row: Call, sid: str, call_id: str, from_number: str, now: datetime, words: str) -> bool:
    """Make `row` (locked by the caller) a placed call with Talkstack's ids, joining it with its mirrored row if there is one.

    False when the id belongs to another attempt of ours: then the row stays unknown, for a person.
    """
    keys = [key for key in (sid, call_id) if key]
    if not all(ledger.absorb(row, key) for key in keys):
        row.attempt, row.attempt_at = Attempt.UNKNOWN, now
        row.words = "Talkstack answered with the id of another call. Look at both before you call again."
        row.next_look_at = row.next_look_at or first_look(row, now)
        row.version += 1
        row.save()
        return False
    row.attempt, row.attempt_at, row.words = Attempt.PLACED, now, ""
    row.call_id, row.sid = call_id[:200] or None, sid[:200] or None
    row.from_number = from_number[:40] or row.from_number
    row.next_look_at, row.next_read_at, row.candidates = None, now, []
    row.version += 1
    row.save()
    Observation.objects.create(
        call=row, source=Source.DASHBOARD, state=Attempt.PLACED, at=now, seen_at=now, words=words
    )
    return True


def _record_failure(call: Call, owner: str, entry: Entry, error: TalkstackError) -> None:
    said = getattr(error, "message", "")
    words = f"{error.sentence} Talkstack said: “{said}”" if said and said not in error.sentence else error.sentence
    if isinstance(error, RateLimited) and call.tries + 1 < MOST_TRIES:
        _wait(call, owner, error.retry_after)
        _outcome(entry, "refused", "Talkstack was busy; the call waits.")
    elif isinstance(error, RateLimited) or error.status in REFUSED_STATUSES:
        _settle(call, owner, Attempt.REFUSED, words)
        _outcome(entry, "refused", words)
    elif isinstance(error, Unavailable) and not error.sent:
        _settle(call, owner, Attempt.NOT_SENT, f"{error.sentence} Nobody was called.")
        _outcome(entry, "not_sent", error.sentence)
    else:
        _record_unknown(call, owner, entry, error.sentence)


def _record_unknown(call: Call, owner: str, entry: Entry, words: str) -> None:
    _settle(call, owner, Attempt.UNKNOWN, words)
    _outcome(entry, "unknown", words)


def _wait(call: Call, owner: str, retry_after: float | None) -> None:
    """Talkstack is busy: nobody was called, and every reservation of the project waits as long as Talkstack asked.

    One that waits for a person already goes on waiting for them: a pause does not make it young again.
    """
    now = timezone.now()
    pause = min(timedelta(seconds=max(retry_after or 0, 2.0 ** min(call.tries + 1, 6))), LONGEST_WAIT)
    words = f"Talkstack was busy at {now:%H:%M:%S} UTC. The call goes again by itself."
    with transaction.atomic(durable=True):
        _move(call, Attempt.SENDING, Attempt.RESERVED, owner, words=words, not_before=now + pause)
        waiting = Call.objects.filter(
            workspace=call.workspace, project_id=call.project_id, attempt=Attempt.RESERVED
        ).filter(Q(not_before=None) | Q(not_before__lt=now + pause))
        waiting = waiting if call.workspace.practice else waiting.filter(_recent(now))
        waiting.update(not_before=now + pause, version=F("version") + 1)


def _settle(call: Call, owner: str, attempt: Attempt, words: str) -> None:
    changes = {"next_look_at": first_look(call, timezone.now())} if attempt == Attempt.UNKNOWN else {}
    if _move(call, Attempt.SENDING, attempt, owner, words=words, **changes):
        return
    # The lease ran out, and now we know: a certain "no" is better than "unknown".
    if attempt == Attempt.UNKNOWN or not _move(call, Attempt.UNKNOWN, attempt, owner, words=words):
        log.warning("a late outcome found its attempt already settled")


def _outcome(entry: Entry, result: str, words: str) -> None:
    """What came of it, once: an attempt that was already given up as unknown keeps that outcome in the record."""
    try:
        with transaction.atomic():
            record.outcome(entry, result, words)
    except IntegrityError:
        log.warning("a late outcome came after the record had one: %s", result)


def first_look(call: Call, now: datetime) -> datetime:
    """When an unknown attempt may first be looked for: no sooner than a minute after the deadline of its request."""
    deadline = Call.objects.values_list("deadline_at", flat=True).get(pk=call.pk) or now
    return deadline + timedelta(seconds=settings.RECONCILE_AFTER_SECONDS)


def _move(call: Call, old: Attempt, new: Attempt, owner: str = "", *, words: str = "", **changes: object) -> bool:
    """The conditional update that every step goes through: only the one who finds `old` (and owns it) may write `new`."""
    now = timezone.now()
    rows = Call.objects.filter(pk=call.pk, attempt=old)
    if owner:
        rows = rows.filter(lease_owner=owner)
    with transaction.atomic():
        moved = rows.update(attempt=new, attempt_at=now, words=words, version=F("version") + 1, **changes)
        if moved:
            Observation.objects.create(call=call, source=Source.DASHBOARD, state=new, at=now, seen_at=now, words=words)
    return bool(moved)


def expire_leases() -> int:
    """Attempts whose worker died while sending become unknown, never reserved again. Gives how many."""
    dead = timezone.now() - timedelta(seconds=2 * settings.BUDGETS["ring"])
    expired = 0
    for call in Call.objects.filter(attempt=Attempt.SENDING, sending_at__lt=dead).select_related("entry")[:100]:
        words = "The background process stopped while it was placing this call."
        look = first_look(call, timezone.now())
        if _move(call, Attempt.SENDING, Attempt.UNKNOWN, call.lease_owner, words=words, next_look_at=look):
            expired += 1
            if call.entry:
                _outcome(call.entry, "unknown", words)
    return expired
