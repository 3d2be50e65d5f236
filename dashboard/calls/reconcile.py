"""Looking for unknown attempts in Talkstack's call history. Nothing here ever places a call.

A call found by number and time is joined with its attempt only when it can be no other: one attempt, one call. What only
nearly fits is shown to a person.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dashboard.accounts.models import User
from dashboard.accounts.upstream import Upstream
from dashboard.calls import ledger
from dashboard.calls.attempts import mark_placed, note, step
from dashboard.calls.candidates import call_id_of, facts, ids
from dashboard.calls.due import PENDING
from dashboard.calls.models import Attempt, Call, Source
from dashboard.calls.observing import keys_of
from dashboard.talkstack import CallData, Client
from dashboard.talkstack.errors import TalkstackError, Unavailable

log = logging.getLogger(__name__)

ENOUGH_LOOKS = 3
_PAUSES = [timedelta(minutes=n) for n in (1, 2, 5, 15, 60, 180)]
_SIZES = (50, 500)
LEAST_PAGE = 20  # so many and all newer: there may be older ones that are not shown, whatever page size was asked for
NEAR = timedelta(minutes=2)  # Talkstack's clock may be wrong by so much


def look_for_unknown() -> bool:
    """Look once for one unknown attempt that is due. False when none was."""
    now = timezone.now()
    call = (
        Call.objects.filter(PENDING, attempt=Attempt.UNKNOWN, next_look_at__lte=now)
        .select_related("workspace")
        .order_by("next_look_at")
        .first()
    )
    if call is None:
        return False
    pause = _PAUSES[min(call.looks, len(_PAUSES) - 1)]
    mine = Call.objects.filter(pk=call.pk, attempt=Attempt.UNKNOWN, next_look_at=call.next_look_at)
    if mine.update(next_look_at=now + pause):
        look(call)
    return True


def look(call: Call) -> None:
    """Read the history around one unknown (or "not called") attempt, and join it with the one call that fits."""
    try:
        found = _read(call)
    except TalkstackError as error:
        log.info("the history could not be read: %s", error)
        Call.objects.filter(pk=call.pk).update(read_problem=error.cause[:300], version=F("version") + 1)
        return
    _settle(call, found)


def _read(call: Call) -> list[CallData]:
    """The calls in history that may be this attempt; the window is widened until it reaches back to it."""
    return Upstream(call.workspace).ask(lambda client: _read_with(client, call))


def _read_with(client: Client, call: Call) -> list[CallData]:
    start = call.sending_at or call.at
    near: list[CallData] = []
    for size in _SIZES:
        listed = client.calls.history(
            call.project_id,
            size,
            to=call.number,
            start_after=(start - timedelta(days=1)).date(),
            start_before=(start + timedelta(days=2)).date(),
        )
        near = [item for item in listed if fits(call, item, NEAR) and not keys_of(item) & set(call.ruled_out)]
        if near or len(listed) < size:
            break
    if not all(item.id for item in near):
        raise Unavailable("Talkstack's call history shows a call that may be this one, but not its id.", sent=True)
    if not near and len(listed) >= LEAST_PAGE and all(item.moment and item.moment > start for item in listed):
        raise Unavailable("Talkstack's call history does not reach back to this call.", sent=True)
    return near


def fits(call: Call, item: CallData, wider: timedelta = timedelta()) -> bool:
    """Whether a call in history may be this attempt: same number, agent's number if known, start within the window.

    What the history leaves out speaks for it: a call that is overlooked here could be called a second time. `wider` is
    how much more the times may differ; what fits only so is never joined by machine.
    """
    if not _same_number(item.to, call.number) or item.direction.startswith("inbound"):
        return False
    if call.from_number and item.from_ and not _same_number(item.from_, call.from_number):
        return False
    if item.started_at is None or call.sending_at is None or call.deadline_at is None:
        return True
    if item.day_only:
        return call.sending_at.date() <= item.started_at.date() <= call.deadline_at.date()
    return call.sending_at - ledger.EARLY - wider <= item.started_at <= call.deadline_at + ledger.LATE + wider


def _same_number(told: str, number: str) -> bool:
    """Whether `told`, however it is written, may be `number` (E.164); one that is not told may be any."""
    ours, theirs = number.lstrip("+"), "".join(letter for letter in told if letter.isdigit())
    return not theirs or ours == theirs or (len(theirs) >= 7 and (ours.endswith(theirs) or theirs.endswith(ours)))


def _settle(call: Call, found: list[CallData]) -> None:
    now = timezone.now()
    with transaction.atomic(durable=True):
        row = Call.objects.select_for_update().select_related("workspace").get(pk=call.pk)
        if row.attempt not in (Attempt.UNKNOWN, Attempt.NOT_CALLED):
            return
        near = [item for item in found if not keys_of(item) & set(row.ruled_out) and not _taken(row, item)]
        free = [item for item in near if fits(row, item)]
        row.looks += 1
        if len(free) == 1 and not _rivals(row, free[0]) and free[0].moment and free[0].to:
            words = "Found in Talkstack's call history."
            call_id = free[0].call_id
            placed = mark_placed(row, free[0].sid or free[0].id, call_id, free[0].from_, now, words)
        else:
            placed = False
            row.candidates = [facts(item, fits(row, item)) for item in near]
            if free and row.attempt == Attempt.NOT_CALLED:  # decided while the history was being read
                row.attempt, row.attempt_at = Attempt.UNKNOWN, now
            row.read_problem = ""
            row.version += 1
            row.save()
    if placed:
        ledger.observe(row.pk, Source.HISTORY, free[0], now)


def _taken(row: Call, item: CallData) -> bool:
    """Whether this call of the history already belongs to another attempt of ours."""
    others = Call.objects.filter(workspace=row.workspace).exclude(pk=row.pk).exclude(attempt="")
    keys = keys_of(item)
    return others.filter(sid__in=keys).exists() or others.filter(call_id__in=keys).exists()


def _rivals(row: Call, item: CallData) -> bool:
    """Whether another attempt without an answer could be this call just as well."""
    others = Call.objects.filter(
        workspace=row.workspace,
        project_id=row.project_id,
        number=row.number,
        attempt__in=[Attempt.UNKNOWN, Attempt.SENDING],
    )
    return any(fits(other, item) and not keys_of(item) & set(other.ruled_out) for other in others.exclude(pk=row.pk))


# --- What a person decides -----------------------------------------------------------------------------------------------
def may_decide(call: Call) -> bool:
    """Whether a person may say "not called": the machine has looked several times and found no call that fits.

    After a day a person may say so even if the history could never be read: they may have asked Talkstack themselves.
    """
    looked = call.looks >= ENOUGH_LOOKS or timezone.now() - call.at > ledger.GIVE_UP_AFTER
    return call.attempt == Attempt.UNKNOWN and looked and not call.candidates


def choose(call: Call, candidate: str, user: User) -> bool:
    """A person says which call of the history this attempt was. False when it is not one of the candidates any more."""
    with transaction.atomic(durable=True):
        row = Call.objects.select_for_update().select_related("workspace").get(pk=call.pk)
        if row.attempt != Attempt.UNKNOWN or candidate not in ids(row):
            return False
        words = f"{user.email} chose it from the call history."
        placed = mark_placed(row, candidate, call_id_of(row, candidate), "", timezone.now(), words)
        if placed:
            note(row, user, "call.decide")
    return placed


def rule_out(call: Call, user: User) -> bool:
    """A person says that none of the candidates is this attempt: they are not offered again. False when there are none.

    The mirror then takes them in as calls of their own; the machine goes on looking for this one.
    """
    with transaction.atomic(durable=True):
        row = Call.objects.select_for_update().select_related("workspace").get(pk=call.pk)
        if row.attempt != Attempt.UNKNOWN or not row.candidates:
            return False
        many = len(row.candidates)
        row.ruled_out, row.candidates = [*row.ruled_out, *ids(row)], []
        row.version += 1
        row.save()
        what = "the call in the history is" if many == 1 else f"none of the {many} calls in the history is"
        words = f"{user.email} decided that {what}{' not' if many == 1 else ''} this one."
        step(row, Attempt.UNKNOWN, timezone.now(), words)
        note(row, user, "call.rule_out")
    return True
