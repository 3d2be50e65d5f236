"""Following calls: the worker asks Talkstack once per open call, however many people watch its page."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls import candidates, ledger
from dashboard.calls.models import Call, Source
from dashboard.talkstack import CallData, Client, gather
from dashboard.talkstack.errors import KeyRejected, NotFound, Refused, TalkstackError

log = logging.getLogger(__name__)

AT_ONCE = 8
LEASE = timedelta(seconds=30)  # longer than one reading may take


def follow_open() -> bool:
    """Read what Talkstack says about the calls that are due, several at once. False when none was due."""
    now = timezone.now()
    due = _take_turns(_due(now), now)
    told = _told(due)
    for call in due:
        with suppress(Call.DoesNotExist):  # it was forgotten while Talkstack was asked
            _take(call, told[str(call.pk)], now)
    return bool(due)


def _told(due: list[Call]) -> dict[str, object]:
    """What Talkstack says of each call, by our id; asked again with a renewed bearer where the old one was refused."""
    upstreams = {call.workspace_id: Upstream(call.workspace) for call in due}
    told = _ask(due, upstreams)
    refused = [call for call in due if isinstance(told[str(call.pk)], KeyRejected)]
    renewed = {pk for pk in {call.workspace_id for call in refused} if upstreams[pk].renewed()}
    told |= _ask([call for call in refused if call.workspace_id in renewed], upstreams)
    for pk, upstream in upstreams.items():
        upstream.judge([told[str(call.pk)] for call in due if call.workspace_id == pk])
    return told


def _ask(calls: list[Call], upstreams: dict[int, Upstream]) -> dict[str, object]:
    clients = {pk: _client(upstreams[pk]) for pk in {call.workspace_id for call in calls}}
    tasks = {
        str(call.pk): (lambda client=client, call=call: client.calls.get(call.sid or call.call_id, call.project_id))
        for call in calls
        if not isinstance(client := clients[call.workspace_id], TalkstackError)
    }
    told = gather(tasks, 6.0) if tasks else {}
    return {str(call.pk): told.get(str(call.pk), clients[call.workspace_id]) for call in calls}


def _due(now: datetime) -> list[Call]:
    rows = Call.objects.filter(next_read_at__lte=now).select_related("workspace")
    return list(rows.order_by("next_read_at")[:AT_ONCE])


def _take_turns(calls: list[Call], now: datetime) -> list[Call]:
    """One worker reads a call at a time: whoever moves its next turn on has it. In one order, so that none waits crosswise."""
    if not calls:
        return []
    with transaction.atomic():
        return [call for call in sorted(calls, key=lambda call: call.pk) if _take_turn(call, now)]


def _take_turn(call: Call, now: datetime) -> bool:
    mine = Call.objects.filter(pk=call.pk, next_read_at=call.next_read_at)
    return bool(mine.update(next_read_at=now + LEASE))


def _client(upstream: Upstream) -> Client | TalkstackError:
    try:
        return upstream.client()
    except TalkstackError as error:
        return error


def _take(call: Call, answer: object, now: datetime) -> None:
    if isinstance(answer, NotFound | Refused):
        _by_history(call)
    with transaction.atomic():
        if isinstance(answer, TalkstackError):
            problem = "" if isinstance(answer, NotFound) else answer.cause[:300]
            changed = {"version": F("version") + 1} if problem != call.read_problem else {}
            Call.objects.filter(pk=call.pk).update(read_problem=problem, **changed)
        else:
            call = ledger.observe(call.pk, Source.CALL_DATA, answer, now)  # type: ignore[arg-type]
        Call.objects.filter(pk=call.pk).update(read_at=now)
        mine = Call.objects.filter(pk=call.pk, next_read_at=now + LEASE)  # news that came meanwhile has it read at once
        mine.update(next_read_at=ledger.next_read(call, now))


def _by_history(call: Call) -> None:
    """Talkstack does not know the id it gave us: find the call in its history, where the id it reads by may differ."""
    if not call.call_id or (call.sid and call.sid != call.call_id):
        return
    try:
        listed = Upstream(call.workspace).ask(lambda client: client.calls.history(call.project_id, 50, to=call.number))
    except TalkstackError:
        return
    same = [item for item in listed if call.call_id in (item.id, item.call_id, item.sid)]
    fitting = same or [item for item in listed if item.moment and _at_its_time(call, item.moment, item)]
    if len(fitting) == 1:
        ledger.name_sid(call, fitting[0].sid or fitting[0].id)
        ledger.observe(call.pk, Source.HISTORY, fitting[0])


def _at_its_time(call: Call, moment: datetime, item: CallData) -> bool:
    """Whether a call of the history began when this one did; one that was not placed here has no other sign."""
    if call.sending_at is not None:
        return candidates.fits(call, item)
    return call.started_at is not None and abs(moment - call.started_at) <= ledger.EARLY


def read_unknown(workspace: Workspace, project_id: str, sid: str) -> Call | None:
    """Ask Talkstack whether the project has a call with this id, which a webhook named, and mirror it if so.

    Gives the call; None when there is none, when it is not to be kept here, or when it may be one of our own attempts
    whose answer was lost: those have it as a candidate then (offers.named_by), and are looked for. Raises the TalkstackError when
    Talkstack cannot be asked; then come again. One request.
    """
    try:
        told = Upstream(workspace).ask(lambda client: client.calls.get(sid, project_id))
    except (NotFound, Refused):
        return None
    call = ledger.take_one(workspace, project_id, told)
    return call if call is None or call.project_id == project_id else None
