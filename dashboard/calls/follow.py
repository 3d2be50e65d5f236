"""Following calls: the worker asks Talkstack once per open call, however many people watch its page."""

import logging
from contextlib import suppress
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls import ledger, reconcile
from dashboard.calls.models import Call, Source
from dashboard.talkstack import Client, gather
from dashboard.talkstack.errors import KeyRejected, NotFound, Refused, TalkstackError

log = logging.getLogger(__name__)

AT_ONCE = 8
HISTORY_EVERY = timedelta(minutes=2)


def follow_open() -> bool:
    """Read what Talkstack says about the calls that are due, several at once. False when none was due."""
    now = timezone.now()
    due = [call for call in _due(now) if _take_turn(call, now)]
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
    return told | _ask([call for call in refused if call.workspace_id in renewed], upstreams)


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


def _take_turn(call: Call, now: datetime) -> bool:
    """One worker reads a call at a time: whoever moves its next turn on has it."""
    mine = Call.objects.filter(pk=call.pk, next_read_at=call.next_read_at)
    return bool(mine.update(next_read_at=now + timedelta(seconds=30)))


def _client(upstream: Upstream) -> Client | TalkstackError:
    try:
        return upstream.client()
    except TalkstackError as error:
        return error


def _take(call: Call, answer: object, now: datetime) -> None:
    if isinstance(answer, NotFound | Refused):
        answer = _by_history(call) or answer
    if isinstance(answer, TalkstackError):
        problem = "" if isinstance(answer, NotFound) else answer.sentence[:300]
        changed = {"version": F("version") + 1} if problem != call.read_problem else {}
        Call.objects.filter(pk=call.pk).update(read_problem=problem, **changed)
    else:
        call = ledger.observe(call.pk, Source.CALL_DATA, answer, now)  # type: ignore[arg-type]
    Call.objects.filter(pk=call.pk).update(read_at=now, next_read_at=ledger.next_read(call, now))


def _by_history(call: Call) -> object:
    """Talkstack does not know the id it gave us: find the call in its history, where the id it reads by may differ."""
    if not call.call_id or (call.sid and call.sid != call.call_id):
        return None
    try:
        listed = Upstream(call.workspace).ask(lambda client: client.calls.history(call.project_id, 50, to=call.number))
    except TalkstackError:
        return None
    same = [item for item in listed if call.call_id in (item.id, item.call_id, item.sid)]
    fitting = same or [item for item in listed if reconcile.fits(call, item) and item.moment]
    if len(fitting) != 1:
        return None
    ledger.name_sid(call, fitting[0].sid or fitting[0].id)
    ledger.observe(call.pk, Source.HISTORY, fitting[0])
    return None


def read_histories() -> bool:
    """Mirror the newest calls of every project we know into the ledger, each project once in a while."""
    for workspace in Workspace.objects.filter(connection__isnull=False):
        _read_workspace(workspace)
    return False


def _read_workspace(workspace: Workspace) -> None:
    upstream = Upstream(workspace)
    try:
        projects = upstream.ask(lambda client: client.projects.list())
        client = upstream.client()
    except TalkstackError as error:
        log.info("histories wait: %s", error)
        return
    for project in projects:
        try:
            read_history(workspace, client, project.id, project.name)
        except TalkstackError as error:
            log.info("a history waits: %s", error)


def read_history(workspace: Workspace, client: Client, project_id: str, project_name: str) -> int:
    """Read one project's history, asking for larger pages until it reaches what the ledger already has."""
    size, new = 50, 0
    while True:
        told = client.calls.history(project_id, size)
        new = ledger.take_history(workspace, project_id, project_name, told)
        if len(told) < size or new < len(told) // 2 or size >= 1000:
            return new
        size = min(size * 4, 1000)
