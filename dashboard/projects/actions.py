"""What can be done to projects. Every write goes through Upstream.write, so that it leaves a record with before and after."""

from collections.abc import Iterable
from typing import Any

from dashboard.accounts.models import User
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import Agent, Project

MOST_KEPT = 1_000_000  # characters of prompts that the record of one deletion holds


def facts(name: str, description: str) -> dict[str, Any]:
    """What the record keeps of a project that is made or changed."""
    return {"name": name, "description": description}


def create(upstream: Upstream, actor: User, name: str, description: str) -> Project:
    """Make a project; the description is always sent, also when it is empty (API contract, 3.1). Raises TalkstackError."""
    return upstream.write(
        actor, "project.create", lambda client: client.projects.create(name, description),
        kind="project", thing_name=name, after=facts(name, description),
        named=lambda project: (project.id, project.name),
    )  # fmt: skip


def update(upstream: Upstream, actor: User, project: Project, name: str, description: str) -> Project:
    """Change name and description, which are always sent together (API contract, 3.4). Raises TalkstackError."""
    return upstream.write(
        actor, "project.update", lambda client: client.projects.update(project.id, name, description),
        kind="project", thing_id=project.id, thing_name=name, project_id=project.id,
        before=facts(project.name, project.description), after=facts(name, description),
    )  # fmt: skip


def make_default(upstream: Upstream, actor: User, project: Project, before: str) -> None:
    """Make it the account's active project (API contract, 2.2). `before` is the id of the one that was. Raises TalkstackError."""
    upstream.write(
        actor, "project.default", lambda client: client.user.set_active_project(project.id),
        kind="project", thing_id=project.id, thing_name=project.name, project_id=project.id,
        before={"active_project": before}, after={"active_project": project.id},
    )  # fmt: skip


def delete(
    upstream: Upstream, actor: User, project: Project, agents: list[Agent], numbers: dict[str, str], cascade: bool
) -> None:
    """Delete a project; with `cascade` its agents and numbers go too (API contract, 3.5). Raises TalkstackError.

    `numbers` are E.164 with the id of their agent. All that goes is written into the record.
    """
    before = facts(project.name, project.description) | {
        "webhook_url": project.webhook,
        "active_agent": project.active_agent,
        "agents": remembered(agents),
        "numbers": [{"e164": e164, "agent_id": agent_id} for e164, agent_id in numbers.items()],
    }
    upstream.write(
        actor, "project.delete", lambda client: client.projects.delete(project.id, cascade),
        kind="project", thing_id=project.id, thing_name=project.name, project_id=project.id,
        before=before, after={"cascade": cascade},
    )  # fmt: skip


def prompts_fit(agents: Iterable[Agent]) -> bool:
    """Whether the record of a deletion keeps the prompts, or their agents' names alone."""
    return sum(len(agent.prompt) for agent in agents) <= MOST_KEPT


def remembered(agents: list[Agent]) -> list[dict[str, str]]:
    """What the record keeps of agents that go with their project."""
    if not prompts_fit(agents):
        return [{"id": agent.id, "name": agent.name} for agent in agents]
    return [{"id": agent.id, "name": agent.name, "system_instruction": agent.prompt} for agent in agents]
