"""Which agents speak with which voice. Talkstack's lists of agents leave the voice out, so every agent is read singly, by
the background process; a page looks only at what was kept, and says how complete and how old that is."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

from dashboard.accounts import queries
from dashboard.accounts.models import Snapshot, Workspace
from dashboard.talkstack import Agent, TalkstackError

MOST_ROWS = 5000


@dataclass(frozen=True)
class Use:
    """An agent that speaks with a voice."""

    project_id: str
    project_name: str
    agent_id: str
    agent_name: str


@dataclass(frozen=True)
class Uses:
    """Agents by voice id. `known` of `listed` agents were read singly, the longest ago at `oldest`."""

    by_voice: dict[str, list[Use]] = field(default_factory=dict)
    known: int = 0
    listed: int = 0
    oldest: datetime | None = None

    @property
    def complete(self) -> bool:
        """Whether every agent that is listed was read."""
        return self.known == self.listed


def of_workspace(workspace: Workspace) -> Uses:
    """What is kept about the agents of a workspace, in one query. Agents and projects that are gone do not count."""
    rows = Snapshot.objects.filter(
        Q(key="projects") | Q(key__startswith="agents:") | Q(key__startswith="agent:"), workspace=workspace
    )
    kept = {
        key: (payload, at)
        for key, payload, at in rows.order_by("-key").values_list("key", "payload", "stored_at")[:MOST_ROWS]
    }
    by_voice: dict[str, list[Use]] = {}
    known, times = 0, []
    agents = list(_listed(kept))
    for project, agent in agents:
        row = kept.get(queries.agent(project.id, agent.id).key)
        whole = _agent(row[0], project.id) if row else None
        if row is None or whole is None:
            continue
        known += 1
        times.append(row[1])
        if whole.voice_id:
            use = Use(project.id, project.name, agent.id, whole.name or agent.name)
            by_voice.setdefault(whole.voice_id, []).append(use)
    return Uses(by_voice, known, len(agents), min(times, default=None))


def _listed(kept: dict[str, tuple[str, datetime]]) -> Iterable[tuple[Any, Agent]]:
    """Every agent on the kept lists of the kept projects, with its project."""
    for project in _load(kept, queries.projects()):
        for agent in _load(kept, queries.agents(project.id)):
            yield project, agent


def _load(kept: dict[str, tuple[str, datetime]], query: queries.Query[Any]) -> list[Any]:
    if query.key not in kept:
        return []
    try:
        return list(query.load(json.loads(kept[query.key][0])))
    except (TalkstackError, ValueError, TypeError, AttributeError):
        return []


def _agent(payload: str, project_id: str) -> Agent | None:
    try:
        return Agent.parse(json.loads(payload), project_id=project_id)
    except (TalkstackError, ValueError, TypeError, AttributeError):
        return None
