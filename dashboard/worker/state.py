"""What the page of the background says: which processes run, what each duty does, and what waits in one workspace.

Processes and duties are those of the whole installation; what waits is this workspace's alone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from dashboard.web import registry
from dashboard.worker.heartbeat import SILENT_AFTER
from dashboard.worker.models import DutyRun, Heartbeat

LONG_TURN = timedelta(minutes=1)
PROCESSES_SHOWN = 20
_LANE = re.compile(r" \d+\Z")


@dataclass(frozen=True)
class Process:
    """A background process. `state` is "running", "silent" (no sign of life, no good-bye) or "stopped"."""

    name: str
    state: str
    started_at: datetime
    beat_at: datetime
    stopped_at: datetime | None


@dataclass(frozen=True)
class Line:
    """A duty, all its lanes together: when it last had a turn, when it last had something to do, and its trouble.

    `busy_since` is set while a turn lasts longer than a minute; `asks_talkstack` when it gets nowhere without Talkstack.
    """

    name: str
    about: str
    lanes: int
    every_seconds: float
    ran_at: datetime | None = None
    did_at: datetime | None = None
    busy_since: datetime | None = None
    problem: str = ""
    problem_at: datetime | None = None
    failures: int = 0
    asks_talkstack: bool = False


@dataclass(frozen=True)
class Away:
    """Talkstack does not answer a workspace, or, with `refused`, does not accept its key.

    `since` is when it last answered, or first refused; None when it has never answered.
    """

    refused: bool
    since: datetime | None


def processes() -> list[Process]:
    """Those that were alive within the last day, the newest sign of life first. One query."""
    now = timezone.now()
    return [
        Process(row.name, _state(row, now), row.started_at, row.beat_at, row.stopped_at)
        for row in Heartbeat.objects.all()[:PROCESSES_SHOWN]
    ]


def _state(row: Heartbeat, now: datetime) -> str:
    if row.stopped_at:
        return "stopped"
    return "running" if now - row.beat_at < SILENT_AFTER else "silent"


def duties(alive: bool) -> list[Line]:
    """Every duty of the registry in its order, with what the living processes, or else the last one, said of it. One query."""
    runs = DutyRun.objects.select_related("heartbeat")
    now = timezone.now()
    if alive:
        runs = runs.filter(heartbeat__beat_at__gt=now - SILENT_AFTER, heartbeat__stopped_at=None)
    told: dict[str, list[DutyRun]] = {}
    for run in runs:
        told.setdefault(_LANE.sub("", run.duty), []).append(run)
    lanes: dict[str, list[registry.Duty]] = {}
    for duty in registry.duties():
        lanes.setdefault(_LANE.sub("", duty.name), []).append(duty)
    return [_line(name, same, told.get(name, []), now if alive else None) for name, same in lanes.items()]


def _line(name: str, same: list[registry.Duty], runs: list[DutyRun], now: datetime | None) -> Line:
    failing = [run for run in runs if run.problem]
    worst = max(failing, key=lambda run: run.failures, default=None)
    return Line(
        name,
        same[0].about,
        len(same),
        same[0].every_seconds,
        ran_at=max((run.finished_at for run in runs if run.finished_at), default=None),
        did_at=max((run.did_at for run in runs if run.did_at), default=None),
        busy_since=min((run.started_at for run in runs if now and _lasts(run, now)), default=None),
        problem=worst.problem if worst else "",
        problem_at=worst.problem_at if worst else None,
        failures=worst.failures if worst else 0,
        asks_talkstack=any(duty.asks_talkstack for duty in same),
    )


def _lasts(run: DutyRun, now: datetime) -> bool:
    under_way = run.finished_at is None or run.started_at > run.finished_at
    return under_way and now - run.started_at > LONG_TURN


def away(workspace: Any) -> Away | None:
    """Why what needs Talkstack waits in this workspace; None when nothing keeps it. No query."""
    link = workspace.connection
    if link.refused_at:
        return Away(True, link.refused_at)
    return Away(False, link.last_ok_at) if link.failing else None


def waiting(workspace: Any) -> list[registry.Waiting]:
    """What waits in this workspace, each line once, also when several duties tell it."""
    asked: dict[Any, Iterable[registry.Waiting]] = {}
    for duty in registry.duties():
        if duty.waiting is not None and duty.waiting not in asked:
            asked[duty.waiting] = list(duty.waiting(workspace))
    lines = [line for told in asked.values() for line in told if line.count]
    return list({(line.words, line.url): line for line in lines}.values())
