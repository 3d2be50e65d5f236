"""What can be done to agents. Every write goes through Upstream.write, so that it leaves a record with before and after."""

from dataclasses import dataclass
from typing import Any

from dashboard.accounts.models import User
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import Agent, Client, TalkstackError


@dataclass(frozen=True)
class Wish:
    """An agent as somebody wants it to be. `phone_number` is E.164 or "", and counts only when it is created."""

    name: str
    prompt: str
    voice_id: str
    phone_number: str = ""

    def matches(self, agent: Agent) -> bool:
        """Whether the agent is like this already."""
        return (agent.name, agent.prompt, agent.voice_id) == (self.name, self.prompt, self.voice_id)


def facts(thing: Agent | Wish) -> dict[str, Any]:
    """What the record keeps: the prompt in full."""
    kept = {"name": thing.name, "system_instruction": thing.prompt, "voice_id": thing.voice_id}
    return kept | ({"phone_number": thing.phone_number} if thing.phone_number else {})


def create(upstream: Upstream, actor: User, project_id: str, wish: Wish, known: set[str]) -> Agent:
    """Make an agent. `known` are the ids there were before: they tell the new one when Talkstack does not say its id.

    The id is "" when Talkstack said yes and the agent cannot be told from others. Raises TalkstackError.
    """

    def do(client: Client) -> Agent:
        made = client.agents.create(project_id, wish.name, wish.prompt, wish.voice_id, wish.phone_number)
        return made if made.id else _look_for(client, project_id, wish, known) or made

    return upstream.write(
        actor, "agent.create", do, kind="agent", thing_name=wish.name, after=facts(wish), project_id=project_id,
        named=lambda agent: (agent.id, agent.name),
    )  # fmt: skip


def _look_for(client: Client, project_id: str, wish: Wish, known: set[str]) -> Agent | None:
    """The deed is done, so a list that cannot be read is no error here."""
    try:
        return newcomer(client.agents.list(project_id), wish, known)
    except TalkstackError:
        return None


def newcomer(agents: list[Agent], wish: Wish, known: set[str]) -> Agent | None:
    """The one agent that was not there before and has this name and prompt; None when there is none, or more than one.

    A list may leave the prompts out.
    """
    like = [one for one in agents if one.name == wish.name and one.prompt in (wish.prompt, "") and one.id not in known]
    return like[0] if len(like) == 1 else None


def update(upstream: Upstream, actor: User, agent: Agent, wish: Wish) -> Agent:
    """Change an agent; name, prompt and voice are always sent together (API contract, 4.3). Raises TalkstackError."""
    return upstream.write(
        actor, "agent.update",
        lambda client: client.agents.update(agent.project_id, agent.id, wish.name, wish.prompt, wish.voice_id),
        kind="agent", thing_id=agent.id, thing_name=wish.name, before=facts(agent), after=facts(wish),
        project_id=agent.project_id,
    )  # fmt: skip


def delete(upstream: Upstream, actor: User, agent: Agent, numbers: list[str], was_active: bool) -> None:
    """Delete an agent. Its number stays in the project. Raises TalkstackError."""
    upstream.write(
        actor, "agent.delete", lambda client: client.agents.delete(agent.project_id, agent.id),
        kind="agent", thing_id=agent.id, thing_name=agent.name, project_id=agent.project_id,
        before=facts(agent) | {"numbers": numbers, "active_agent": was_active},
    )  # fmt: skip


def make_active(upstream: Upstream, actor: User, agent: Agent, before: str) -> None:
    """Make it the agent that answers for its project. `before` is the id of the one that did. Raises TalkstackError."""
    upstream.write(
        actor, "agent.active", lambda client: client.projects.set_active_agent(agent.project_id, agent.id),
        kind="agent", thing_id=agent.id, thing_name=agent.name, project_id=agent.project_id,
        before={"active_agent": before}, after={"active_agent": agent.id},
    )  # fmt: skip


def make_inactive(upstream: Upstream, actor: User, agent: Agent) -> None:
    """Let nobody answer for its project. Raises TalkstackError."""
    upstream.write(
        actor, "agent.inactive", lambda client: client.projects.remove_active_agent(agent.id),
        kind="agent", thing_id=agent.id, thing_name=agent.name, project_id=agent.project_id,
        before={"active_agent": agent.id}, after={"active_agent": ""},
    )  # fmt: skip
