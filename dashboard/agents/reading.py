"""What the views of agents read from Talkstack, with the ids of the address and not those of an answer."""

from dataclasses import replace
from typing import Any

from dashboard.accounts import queries
from dashboard.accounts.reads import Read
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import Agent, NotFound, Number


def certain(read: Read, project_id: str, agent_id: str) -> Agent:
    """The agent as it is at this moment; raises the error when it could not be asked for just now."""
    if read.error is not None:
        raise read.error
    return own(read, project_id, agent_id)


def own(read: Read, project_id: str, agent_id: str) -> Agent:
    """The agent of the address, however old; raises the error when there is none."""
    agent: Agent = read.must()
    return replace(agent, id=agent_id, project_id=project_id)


def called(agent: Agent) -> str:
    """The agent's name for a sentence."""
    return " ".join(agent.name.split()) or "This agent"


def exists(read: Read) -> None:
    """Raises NotFound when Talkstack says that there is no such project (its list of agents would just be empty)."""
    if isinstance(read.error, NotFound):
        raise read.error


def numbers_of(agent_id: str, *reads: Read) -> list[str]:
    """The numbers behind an agent in E.164, from every answer that tells of any, each once.

    A number that any answer gives to another agent is not among them.
    """
    told: list[Number] = [number for read in reads for number in read.value or []]
    moved = {number.e164 for number in told if number.agent_id and number.agent_id != agent_id}
    mine = [number.e164 for number in told if number.agent_id == agent_id and number.e164]
    return [e164 for e164 in dict.fromkeys(mine) if e164 not in moved]


def ask_again(request: Any, *reads: Read) -> bool:
    """Whether the page should ask for newer answers by itself: it is old, and that was not what was just tried."""
    return any(read.stale and read.error is None for read in reads) and not request.GET.get("fresh")


def active_now(upstream: Upstream, project_id: str) -> Read:
    """Which agent answers for the project, asked anew."""
    return upstream.fresh(active=queries.active_agent(project_id)).active
