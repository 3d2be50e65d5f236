"""How an attempt changes its state: one conditional update for every step, and what each step leaves behind.

Only the one who finds the old state (and owns the lease) may write the new one. Nothing here speaks to Talkstack.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from dashboard.accounts.models import User
from dashboard.activity import record
from dashboard.activity.models import Entry
from dashboard.calls import ledger
from dashboard.calls.due import PENDING
from dashboard.calls.models import Attempt, Call, Observation, Source

log = logging.getLogger(__name__)

STALE_AFTER = timedelta(minutes=5)


def about(call: Call) -> dict[str, object]:
    """What a record of something done about a call says of the call itself."""
    return {
        "workspace": call.workspace,
        "kind": "call",
        "thing_id": str(call.pk),
        "thing_name": call.number,
        "project_id": call.project_id,
    }


def step(call: Call, state: Attempt, now: datetime, words: str = "") -> None:
    """One line of the call's timeline, said by this dashboard."""
    Observation.objects.create(call=call, source=Source.DASHBOARD, state=state, at=now, seen_at=now, words=words)


def recent(now: datetime) -> Q:
    """Reservations that may still go by themselves: not older than 5 minutes, or let go so lately, and not held."""
    since = now - STALE_AFTER
    held = Q(held_at__isnull=False) & (Q(released_at=None) | Q(released_at__lt=F("held_at")))
    return ~held & (
        Q(at__gt=since)
        | Q(not_before__isnull=False, not_before__gt=since)
        | Q(released_at__isnull=False, released_at__gt=since)
    )


def move(call: Call, old: Attempt, new: Attempt, owner: str = "", *, words: str = "", **changes: object) -> bool:
    """The conditional update that every step goes through: only the one who finds `old` (and owns it) may write `new`."""
    now = timezone.now()
    rows = Call.objects.filter(pk=call.pk, attempt=old)
    if owner:
        rows = rows.filter(lease_owner=owner)
    with transaction.atomic():
        moved = rows.update(attempt=new, attempt_at=now, words=words, version=F("version") + 1, **changes)
        if moved:
            step(call, new, now, words)
    return bool(moved)


def first_look(call: Call, now: datetime) -> datetime:
    """When an unknown attempt may first be looked for: no sooner than a minute after the deadline of its request."""
    deadline = Call.objects.values_list("deadline_at", flat=True).get(pk=call.pk) or now
    return deadline + timedelta(seconds=settings.RECONCILE_AFTER_SECONDS)


def settle(call: Call, owner: str, attempt: Attempt, words: str) -> None:
    """End an attempt that this worker is sending, or was sending until its lease ran out."""
    changes = {"next_look_at": first_look(call, timezone.now())} if attempt == Attempt.UNKNOWN else {}
    if move(call, Attempt.SENDING, attempt, owner, words=words, **changes):
        return
    # The lease ran out, and now we know: a certain "no" is better than "unknown".
    if attempt == Attempt.UNKNOWN or not move(call, Attempt.UNKNOWN, attempt, owner, words=words):
        log.warning("a late outcome found its attempt already settled")


def write_outcome(entry: Entry, result: str, words: str) -> None:
    """What came of it, once: an attempt that was already given up as unknown keeps that outcome in the record."""
    try:
        with transaction.atomic():
            record.outcome(entry, result, words)
    except IntegrityError:
        log.warning("a late outcome came after the record had one: %s", result)


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
    step(row, Attempt.PLACED, now, words)
    return True


def note(call: Call, user: User, verb: str) -> None:
    """The record of a person's decision about a call, inside the caller's transaction."""
    record.note(user=user, verb=verb, **about(call))  # type: ignore[arg-type]


def expire_leases() -> int:
    """Attempts whose worker died while sending become unknown, never reserved again. Gives how many."""
    dead = timezone.now() - timedelta(seconds=2 * settings.BUDGETS["ring"])
    expired = 0
    dying = Call.objects.filter(PENDING, attempt=Attempt.SENDING, sending_at__lt=dead)
    for call in dying.select_related("entry").order_by("at")[:100]:
        words = "The background process stopped while it was placing this call."
        look = first_look(call, timezone.now())
        if move(call, Attempt.SENDING, Attempt.UNKNOWN, call.lease_owner, words=words, next_look_at=look):
            expired += 1
            if call.entry:
                write_outcome(call.entry, "unknown", words)
    return expired
