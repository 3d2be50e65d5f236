"""All that is kept of a workspace's projects, agents and numbers at once, for what looks over everything. Asks nobody.

Prompts can be long and answers many: each kept answer is read once, and what matters of it stays in this process's memory
until a newer one takes its place. Nothing is lost when it goes; it is read again.
"""

import json
import logging
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock
from typing import Any
from urllib.parse import unquote

from django.db.models import Q, QuerySet

from dashboard.talkstack import Agent, Number, TalkstackError, prompt

from . import queries
from .models import Snapshot, Workspace

REMEMBERED = 5000
_log = logging.getLogger(__name__)
_lock = Lock()
_read: OrderedDict[tuple[int, str], tuple[datetime, Any]] = OrderedDict()


@dataclass(frozen=True)
class KeptAgent:
    """An agent without the text of its prompt: its variables, and what looks like a mistake in it."""

    agent: Agent
    variables: tuple[str, ...]
    problems: tuple[str, ...]


@dataclass(frozen=True)
class KeptProject:
    """A project as it is kept. `agents` and `numbers` are None when nothing is known of them; `at`: the oldest answer."""

    id: str
    name: str
    agents: tuple[KeptAgent, ...] | None
    numbers: tuple[Number, ...] | None
    at: datetime


def of_workspace(workspace: Workspace) -> list[KeptProject]:
    """The projects that are kept, in their order. One query, another one when there are newer answers."""
    wanted = Q(key=queries.projects().key) | Q(key__startswith="agent") | Q(key__startswith="numbers:")
    rows = {key: (pk, at) for pk, key, at in _rows(workspace, wanted).values_list("pk", "key", "stored_at")}
    kept = _kept(workspace, rows)
    listed = rows.get(queries.projects().key)
    projects = kept.get(queries.projects().key) or []
    return [_project(one_id, name, kept, rows, listed[1]) for one_id, name in projects if listed]


def _rows(workspace: Workspace, wanted: Q) -> QuerySet[Snapshot]:
    return Snapshot.objects.filter(wanted, workspace=workspace)


def _kept(workspace: Workspace, rows: dict[str, tuple[int, datetime]]) -> dict[str, Any]:
    """What matters of each answer, by its key; read anew where it is not remembered."""
    with _lock:
        known = {
            key: _read[workspace.pk, key][1]
            for key, (_, at) in rows.items()
            if (workspace.pk, key) in _read and _read[workspace.pk, key][0] == at
        }
    missing = [pk for key, (pk, _) in rows.items() if key not in known]
    if missing:
        for key, payload, at in _rows(workspace, Q(pk__in=missing)).values_list("key", "payload", "stored_at"):
            known[key] = _outline(key, payload)
            _remember((workspace.pk, key), at, known[key])
    return known


def _remember(key: tuple[int, str], at: datetime, found: Any) -> None:
    with _lock:
        _read[key] = (at, found)
        _read.move_to_end(key)
        while len(_read) > REMEMBERED:
            _read.popitem(last=False)


def _outline(key: str, payload: str) -> Any:
    """What matters of one answer; None when it cannot be read."""
    kind, _, rest = key.partition(":")
    read: dict[str, Callable[[Any], Any]] = {
        "projects": lambda raw: [(one.id, one.name) for one in queries.projects().load(raw)],
        "agents": lambda raw: tuple(_agent(one) for one in queries.agents("").load(raw)),
        "agent": lambda raw: _agent(Agent.parse(raw, id="")),
        "numbers": lambda raw: _numbers(queries.numbers("").load(raw)),
        "agent_numbers": lambda raw: _numbers(queries.agent_numbers(unquote(rest)).load(raw)),
    }
    try:
        return read[kind](json.loads(payload)) if kind in read else None
    except (TalkstackError, ValueError, TypeError, AttributeError, KeyError):
        _log.exception("a kept answer cannot be read")
        return None


def _agent(agent: Agent) -> KeptAgent:
    told = tuple(f"Line {problem.line}: {problem.message}" for problem in prompt.problems(agent.prompt))
    return KeptAgent(replace(agent, prompt="", raw=None), tuple(prompt.variables(agent.prompt)), told)


def _numbers(numbers: list[Number]) -> tuple[Number, ...]:
    return tuple(replace(number, raw=None) for number in numbers)


def _project(
    project_id: str, name: str, kept: dict[str, Any], rows: dict[str, tuple[int, datetime]], at: datetime
) -> KeptProject:
    keys = {"agents": queries.agents(project_id).key, "numbers": queries.numbers(project_id).key}
    agents, numbers = kept.get(keys["agents"]), kept.get(keys["numbers"])
    if agents is not None:
        agents = tuple(_whole(project_id, one, kept) for one in agents)
    if agents is not None and numbers is not None:
        for one in agents:
            numbers += kept.get(queries.agent_numbers(one.agent.id).key) or ()
    told = [rows[key][1] for key in keys.values() if key in rows]
    return KeptProject(project_id, name, agents, numbers, min(told, default=at))


def _whole(project_id: str, one: KeptAgent, kept: dict[str, Any]) -> KeptAgent:
    """The agent as its own page was told, if that is kept: a list may leave its prompt out."""
    single = kept.get(queries.agent(project_id, one.agent.id).key)
    return replace(single, agent=one.agent) if single is not None else one
