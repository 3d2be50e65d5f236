"""Giving a number to an agent."""

from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from dashboard.accounts.models import User
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import Agent

from .models import Assignment


@dataclass(frozen=True)
class Holder:
    """Who has a number now. `agent_name` and `agent_id` are "" when it is in a project without an agent."""

    project_id: str
    project_name: str = ""
    agent_id: str = ""
    agent_name: str = ""

    @property
    def key(self) -> str:
        """What a confirmation must have spoken of."""
        return f"{self.project_id}/{self.agent_id}"[:200]


def assign(upstream: Upstream, user: User, project_id: str, e164: str, agent: Agent, holder: Holder | None) -> None:
    """Give the number to the agent, at Talkstack and in our own records. Raises the TalkstackError if it may not have been."""
    upstream.write(
        user,
        "number.assign",
        lambda client: client.numbers.assign(e164, agent.id, project_id),
        kind="number",
        thing_id=e164,
        thing_name=e164,
        before=_side(holder.project_id, holder.agent_id, holder.agent_name) if holder else None,
        after=_side(project_id, agent.id, agent.name),
        project_id=project_id,
    )
    remember(upstream, project_id, e164, agent.id)


def remember(upstream: Upstream, project_id: str, e164: str, agent_id: str) -> None:
    """Keep that this number was given to this agent here."""
    now = {"project_id": project_id[:200], "agent_id": agent_id[:200], "at": timezone.now()}
    Assignment.objects.update_or_create(workspace=upstream.workspace, e164=e164, defaults=now)


def _side(project_id: str, agent_id: str, agent_name: str) -> dict[str, Any]:
    return {"project_id": project_id, "agent_id": agent_id, "agent": agent_name or None}
