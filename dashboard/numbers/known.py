"""Which numbers a project has and who answers them, put together from all that is said about it.

Talkstack may tell only some of a project's numbers (API contract, 7.1), so three sources count: what it says of the
project, what it says of each agent, and the assignments made here. Its word about the project wins over the others.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.accounts import queries
from dashboard.accounts.models import Workspace
from dashboard.accounts.reads import Reads
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import Agent, NotFound, Number

from .models import Assignment

ASKED_SINGLY = 25


@dataclass(frozen=True)
class Line:
    """A number of the project. `agent_id` "" means that no agent has it; `agent` is None when that id is not listed.

    `here_at` is set when only an assignment made here speaks of the number.
    """

    e164: str
    agent_id: str = ""
    agent: Agent | None = None
    here_at: datetime | None = None


@dataclass(frozen=True)
class Known:
    """A project's numbers and agents as far as they are known. `not_asked` counts agents that were not asked about."""

    lines: list[Line]
    agents: list[Agent]
    reads: Reads
    not_asked: int = 0

    def line(self, e164: str) -> Line | None:
        """The number, if the project has it."""
        return next((line for line in self.lines if line.e164 == e164), None)

    def numbers_of(self, agent_id: str) -> list[str]:
        """The numbers that ring this agent."""
        return [line.e164 for line in self.lines if agent_id and line.agent_id == agent_id]

    def agent(self, agent_id: str) -> Agent:
        """The agent. Raises KeyError when the project does not have it."""
        return {agent.id: agent for agent in self.agents}[agent_id]


def of_project(upstream: Upstream, project_id: str, how: Callable[..., Reads]) -> Known:
    """All that is known of a project's numbers; `how` reads: `upstream.read`, `upstream.fresh`, or one that chooses.

    Raises NotFound when there is no such project.
    """
    singly = _singly(upstream.kept(agents=queries.agents(project_id)).agents.value)
    lists = {"numbers": queries.numbers(project_id), "agents": queries.agents(project_id)}
    reads = how(project=queries.project(project_id), **lists, **singly)
    if isinstance(reads.project.error, NotFound):
        raise reads.project.error
    agents = reads.agents.value or []
    told = [number for name in singly for number in reads[name].value or []]
    if not singly and agents and not reads.error:
        told = [number for read in how(**_singly(agents)) for number in read.value or []]
    here = list(Assignment.objects.filter(workspace=upstream.workspace, project_id=project_id))
    lines = merge(reads.numbers.value or [], told, agents, here)
    return Known(lines, agents, reads, max(0, len(agents) - ASKED_SINGLY))


def merge(
    of_project: Iterable[Number], of_agents: Iterable[Number], agents: list[Agent], here: Iterable[Assignment]
) -> list[Line]:
    """One line for each number, in the order of the numbers."""
    by_id = {agent.id: agent for agent in agents}
    found: dict[str, Line] = {}
    told = [(number.e164, number.agent_id) for number in (*of_project, *of_agents)]
    told += [(agent.phone_number, agent.id) for agent in agents]
    for e164, agent_id in told:
        line = found.get(e164)
        if e164 and (line is None or not line.agent_id):
            found[e164] = Line(e164, agent_id)
    for made in here:
        found.setdefault(made.e164, Line(made.e164, made.agent_id, here_at=made.at))
    return [replace(found[e164], agent=by_id.get(found[e164].agent_id)) for e164 in sorted(found)]


@dataclass(frozen=True)
class Dependent:
    """Something that hangs on a project or an agent, for a page that deletes it."""

    kind: str
    id: str
    name: str
    project_id: str
    agent_id: str


def hangs_on_project(workspace: Workspace, project_id: str) -> list[Dependent]:
    """The numbers that were given to agents of this project here."""
    return _dependents(Assignment.objects.filter(workspace=workspace, project_id=project_id))


def hangs_on_agent(workspace: Workspace, agent_id: str) -> list[Dependent]:
    """The numbers that were given to this agent here."""
    return _dependents(Assignment.objects.filter(workspace=workspace, agent_id=agent_id))


def _dependents(rows: Iterable[Assignment]) -> list[Dependent]:
    return [Dependent("number", row.e164, row.e164, row.project_id, row.agent_id) for row in rows]


def _singly(agents: list[Agent] | None) -> dict[str, queries.Query[list[Number]]]:
    return {f"of {agent.id}": queries.agent_numbers(agent.id) for agent in (agents or [])[:ASKED_SINGLY]}
