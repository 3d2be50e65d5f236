"""Looking for unknown attempts in Talkstack's call history. Nothing here ever places a call.

A call found by number and time is joined with its attempt only when it can be no other: one attempt, one call. What only
nearly fits is shown to a person.
"""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dashboard.accounts.models import User, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls import candidates, ledger
from dashboard.calls.attempts import mark_placed, note, step
from dashboard.calls.candidates import as_told, fits, ids, source_of
from dashboard.calls.due import PENDING
from dashboard.calls.models import Attempt, Call, Source
from dashboard.calls.observing import keys_of
from dashboard.calls.offers import NEAR, REOPENED, taken
from dashboard.talkstack import CallData, Client
from dashboard.talkstack.errors import TalkstackError, Unavailable

log = logging.getLogger(__name__)

ENOUGH_LOOKS = 3
_PAUSES = [timedelta(minutes=n) for n in (1, 2, 5, 15, 60, 180)]
_SIZES = (50, 500)
LEAST_PAGE = 20  # so many and all newer: there may be older ones that are not shown, whatever page size was asked for
_FOUND = {
    Source.HISTORY: "Found in Talkstack's call history.",
    Source.CALL_DATA: "Found: an update named it, and Talkstack's own answer fits.",
}
_CHOSEN = {
    Source.HISTORY: "from the call history",
    Source.CALL_DATA: "from what Talkstack told after an update",
    Source.WEBHOOK: "from what an update said",
}


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


def look_now(workspace: Workspace, project_id: str = "") -> None:
    """A person wants the history read at once. Attempts that were not looked for often enough keep their pauses: it is time
    that makes a history tell, not many looks.
    """
    lost = Call.objects.filter(PENDING, attempt=Attempt.UNKNOWN, workspace=workspace, looks__gte=ENOUGH_LOOKS)
    lost = lost.filter(project_id=project_id) if project_id else lost
    now = timezone.now()
    lost.filter(next_look_at__gt=now).update(next_look_at=now)


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


def _settle(call: Call, found: list[CallData]) -> None:
    """Take in what a look at the history found: join the attempt with the one call that fits, or keep what may be it."""
    now = timezone.now()
    with transaction.atomic(durable=True):
        row = Call.objects.select_for_update().select_related("workspace").get(pk=call.pk)
        if row.attempt not in (Attempt.UNKNOWN, Attempt.NOT_CALLED):
            return
        near = [item for item in found if not keys_of(item) & set(row.ruled_out)]
        kept = candidates.together(row, near, Source.HISTORY)
        row.candidates = [one | {"weighed": True} for one in kept if not taken(row, as_told(one))]
        row.looks += 1
        one = _the_one(row)
        if one is None or not _join(row, one, now):
            one = None
            if candidates.fitting(row) and row.attempt == Attempt.NOT_CALLED:  # decided while the history was read
                row.attempt, row.attempt_at = Attempt.UNKNOWN, now
            if not row.candidates and row.words.startswith(REOPENED):
                row.words = "The call that may have been this one turned out to be another."
            row.read_problem = ""
            row.version += 1
            row.save()
    if one is not None:
        for item in [item for item in near if keys_of(item) & keys_of(as_told(one))][:1]:
            ledger.observe(row.pk, Source.HISTORY, item, now)


def _the_one(row: Call) -> dict[str, Any] | None:
    """The candidate that this attempt was, when it can be no other; None otherwise."""
    fitting = candidates.fitting(row)
    if len(fitting) != 1 or not (fitting[0].get("at") and fitting[0].get("to")):
        return None
    return None if _rivals(row, as_told(fitting[0])) else fitting[0]


def _join(row: Call, one: dict[str, Any], now: datetime) -> bool:
    words = _FOUND[Source(source_of(one))]
    return mark_placed(row, one["id"], one.get("call_id", ""), one.get("from", ""), now, words)


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
    """A person says which of the candidates this attempt was. False when it is not one of the candidates any more."""
    with transaction.atomic(durable=True):
        row = Call.objects.select_for_update().select_related("workspace").get(pk=call.pk)
        if row.attempt != Attempt.UNKNOWN or candidate not in ids(row):
            return False
        kept = candidates.kept_as(row, candidate)
        words = f"{user.email} chose it {_CHOSEN[Source(source_of(kept))]}."
        placed = mark_placed(row, candidate, kept.get("call_id", ""), "", timezone.now(), words)
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
        what = "the call that was found is" if many == 1 else f"none of the {many} calls that were found is"
        words = f"{user.email} decided that {what}{' not' if many == 1 else ''} this one."
        row.ruled_out, row.candidates = [*row.ruled_out, *ids(row)], []
        if row.words.startswith(REOPENED):
            row.words = words
        row.version += 1
        row.save()
        step(row, Attempt.UNKNOWN, timezone.now(), words)
        note(row, user, "call.rule_out")
    return True
