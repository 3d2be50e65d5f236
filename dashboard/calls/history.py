"""Filling the ledger from the call histories: each project's newest days every 2 minutes, and the older ones once, backwards
to the beginning. Calls show up late, so the last 3 days are read again every hour and the last 30 every day.

Workers of all machines share the rows of HistoryRead: whoever moves `lease_until` on has one, and when it dies the lease runs
out. What was read is committed after every answer, how far reading got after every stretch of days: nothing is lost.
"""

import logging
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls import reconcile
from dashboard.calls.models import HistoryRead
from dashboard.calls.turn import EVERY, LEASE, Lost, Turn
from dashboard.talkstack.errors import (
    ContractBroken,
    KeyRejected,
    NotAllowed,
    NotFound,
    RateLimited,
    Refused,
    TalkstackError,
    Unavailable,
)
from dashboard.web import registry

log = logging.getLogger(__name__)

LONGEST_PAUSE = timedelta(minutes=10)  # while Talkstack is away


# --- Which histories there are -----------------------------------------------------------------------------------------
def find() -> None:
    """The duty: a row for every project of every workspace. One that is listed again is read again."""
    for workspace in Workspace.objects.filter(connection__isnull=False):
        try:
            projects = Upstream(workspace).ask(lambda client: client.projects.list())
        except TalkstackError as error:
            log.info("the projects of a workspace could not be listed: %s", error)
            continue
        known = {row.project_id: row for row in HistoryRead.objects.filter(workspace=workspace)}
        for project in projects:
            row = known.get(project.id)
            if row is None:
                _row(workspace, project.id, project.name)
            elif row.gone_at or row.project_name != project.name[:300]:
                HistoryRead.objects.filter(pk=row.pk).update(project_name=project.name[:300], gone_at=None)


def _row(workspace: Workspace, project_id: str, name: str = "") -> HistoryRead:
    first = {"project_name": name[:300], "next_read_at": timezone.now()}
    return HistoryRead.objects.get_or_create(workspace=workspace, project_id=project_id, defaults=first)[0]


def ask_now(workspace: Workspace, project_id: str = "") -> int:
    """A person wants it read at once: one project's history, or every one of the workspace. Gives how many are due now:
    none when nothing is known of it yet, or the project is gone. Unknown attempts are looked for as well.
    """
    now = timezone.now()
    reconcile.look_now(workspace, project_id)
    rows = HistoryRead.objects.filter(workspace=workspace, gone_at=None)
    rows = rows.filter(project_id=project_id) if project_id else rows
    return rows.update(asked_at=now, next_read_at=now)


# --- One turn ----------------------------------------------------------------------------------------------------------
def read_due() -> bool:
    """The duty: one turn for the history that has waited longest. False when none was due."""
    now = timezone.now()
    _after_an_outage(now)
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    due = HistoryRead.objects.filter(free, next_read_at__lte=now, gone_at=None).select_related("workspace")
    row = due.order_by("next_read_at").first()
    if row is None:
        return False
    mine = HistoryRead.objects.filter(pk=row.pk, lease_until=row.lease_until, next_read_at=row.next_read_at)
    if mine.update(lease_until=now + LEASE):
        row.lease_until = now + LEASE
        read(row)
    return True


def _after_an_outage(now: datetime) -> None:
    """What failed while Talkstack was away is due as soon as it has answered anybody, but no more often than when all is well."""
    waiting = HistoryRead.objects.filter(away=True, gone_at=None, next_read_at__gt=now, tried_at__lte=now - EVERY)
    back = waiting.filter(workspace__connection__last_ok_at__gt=F("tried_at"))
    if back.exists():
        back.update(next_read_at=now)


def read(row: HistoryRead) -> None:
    """One turn for a row whose lease is ours: what is due of it, in about QUESTIONS questions."""
    turn = Turn(row)
    try:
        turn.go()
    except Lost:
        log.info("a turn of reading a history ended early")
    except TalkstackError as error:
        _failed(turn, error)
    else:
        turn.done()


def _failed(turn: Turn, error: TalkstackError) -> None:
    """It waits and says so; the longer it lasts the longer it waits. A project that is gone is not asked about again."""
    row, now = turn.row, timezone.now()
    problem, away = error.cause[:300], isinstance(error, KeyRejected | NotAllowed | Unavailable)
    since = row.problem_at if row.problem_at and row.problem == problem else now
    pause = min(max(EVERY, now - since), LONGEST_PAUSE)
    changes: dict[str, Any] = {"problem": problem, "tried_at": now, "away": away}
    if isinstance(error, RateLimited):
        pause = timedelta(seconds=min(max(error.retry_after or 0, 5), 900))
        others = HistoryRead.objects.filter(workspace=row.workspace, next_read_at__lt=now + pause)
        others.update(next_read_at=now + pause, away=False)
    elif isinstance(error, NotFound | Refused) and _is_gone(row):
        changes = {"problem": "The project is no longer at Talkstack. Its calls stay here.", "gone_at": now}
    elif isinstance(error, ContractBroken) and turn.windows.asked > 1:
        changes["read_at"] = now  # its newest calls were taken
    try:
        turn.keep(problem_at=since, next_read_at=now + pause, lease_until=None, **changes)
    except Lost:
        log.info("a history that failed is in other hands: %s", error)


def _is_gone(row: HistoryRead) -> bool:
    try:
        Upstream(row.workspace).ask(lambda client: client.projects.get(row.project_id))
    except NotFound:
        return True
    except TalkstackError:
        pass
    return False


# --- What pages say of it -----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Told:
    """How far the histories of a workspace, or of one project, are in the ledger. `back_to` is the day from which on all of
    them are complete, but for the `gaps`; `begun`: nothing older exists.
    """

    read_at: datetime | None = None
    back_to: date | None = None
    begun: bool = False
    gaps: list[date] = field(default_factory=list)
    problem: str = ""
    problem_at: datetime | None = None
    tried_at: datetime | None = None
    due: bool = False
    gone: bool = False
    known: bool = False


def told(workspace: Workspace, project_id: str = "") -> Told:
    """For the lists of calls. One query."""
    rows = list(HistoryRead.objects.filter(workspace=workspace, **({"project_id": project_id} if project_id else {})))
    live = [row for row in rows if not row.gone_at]
    if not live:
        return Told(gone=bool(rows), known=bool(rows), problem=rows[0].problem if rows else "")
    troubled = [row for row in live if row.problem and row.problem_at]
    worst = max(
        troubled, key=lambda row: str(row.tried_at or row.problem_at), default=None
    )  # the newest word of Talkstack's
    days = [row.back_to for row in live if row.back_to]
    reads = [row.read_at for row in live if row.read_at]
    return Told(
        read_at=min(reads) if len(reads) == len(live) else None,
        back_to=max(days) if len(days) == len(live) else None,
        begun=all(row.begun_at for row in live),
        gaps=sorted({date.fromisoformat(day) for row in live for day in row.gaps}),
        problem=worst.problem if worst else "",
        problem_at=worst.problem_at if worst else None,
        tried_at=worst.tried_at if worst else None,
        due=any(row.asked_at and (row.read_at is None or row.asked_at > row.read_at) for row in live),
        known=True,
    )


def to_read(workspace: Workspace) -> list[registry.Waiting]:
    """For the background page: histories that are due, and those that are not read back to their beginning yet."""
    now = timezone.now()
    live = HistoryRead.objects.filter(workspace=workspace, gone_at=None).annotate(since=F("next_read_at"))
    late = live.filter(next_read_at__lt=now - EVERY).order_by("next_read_at")
    halfway = live.filter(begun_at=None).order_by("next_read_at")
    lines = ((late.count(), "to be read", late), (halfway.count(), "not yet read back to the beginning", halfway))
    return [
        registry.Waiting(
            f"call {'history' if many == 1 else 'histories'} {words}",
            many,
            rows.values_list("since", flat=True).first(),
        )
        for many, words, rows in lines
    ]
