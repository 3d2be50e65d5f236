"""Section 4 of the API contract: projects, their webhook and their active agent."""

from __future__ import annotations

from typing import Any

from .ask import Ask
from .store import Project
from .wire import Refusal, Response, iso, ok, text

GONE = "project does not exist."


def short(project: Project) -> dict[str, Any]:
    """The project as the user endpoints show it: without active agent and dates."""
    return {
        "name": project.name,
        "user_id": project.account_id,
        "status": "ACTIVE",
        "description": project.description,
        "call_status_webhook": project.webhook,
        "id": project.id,
    }


def full(project: Project) -> dict[str, Any]:
    return short(project) | {
        "is_deleted": project.is_deleted,
        "active_agent": project.active_agent,
        "created_at": iso(project.created_at),
        "updated_at": iso(project.updated_at),
    }


def create(ask: Ask) -> Response:
    """3.1. The answer has null dates, which are there on the next reading. Description may be empty but not absent."""
    name, description = text(ask.body, "name"), ask.body.get("description")
    if not name or not isinstance(description, str):
        raise Refusal(400, "name or description is missing.")
    _refuse_taken(ask, name)
    row = Project(ask.new_id(), ask.account.id, name, description)
    shown = full(row)
    del shown["is_deleted"]
    row.created_at = row.updated_at = ask.now
    ask.store.projects[row.id] = row
    ask.store.touch()
    return ok("successfully created project.", data=shown)


def _refuse_taken(ask: Ask, name: str, but: str = "") -> None:
    for row in ask.store.projects.values():
        if row.account_id == ask.account.id and not row.is_deleted and row.name == name and row.id != but:
            raise Refusal(400, "project with this name already exists.")


def listing(ask: Ask) -> Response:
    """3.3. Newest first; deleted ones are left out."""
    own = [row for row in ask.store.projects.values() if row.account_id == ask.account.id and not row.is_deleted]
    own.sort(key=lambda row: row.created_at or 0, reverse=True)
    return ok("successfully fetched projects.", data=[full(row) for row in own])


def get(ask: Ask) -> Response:
    """3.2. "succcess" has three c; an unknown project is a 400."""
    project = ask.project(ask.args["projectId"], 400, GONE)
    return ok("successfully fetched project data.", "succcess", data=full(project))


def update(ask: Ask) -> Response:
    """3.4. webhookUrl is accepted and not stored; an unknown project is a 404 here."""
    name, description = text(ask.body, "name"), ask.body.get("description")
    if not name and not isinstance(description, str):
        raise Refusal(400, "both name and description are not missing.")
    project = ask.project(ask.args["projectId"], 404, "project not found.")
    if name:
        _refuse_taken(ask, name, but=project.id)
        project.name = name
    if isinstance(description, str):
        project.description = description
    project.updated_at = ask.now
    ask.store.touch()
    return ok("successfully updated project info.", data=full(project))


def delete(ask: Ask) -> Response:
    """3.5. Without cascade it is refused while agents or numbers hang on it. The row stays, marked deleted."""
    project = ask.project(ask.args["projectId"], 404, "project not found.")
    agents, numbers = ask.store.agents_of(project.id), ask.store.numbers_of(project.id)
    if (agents or numbers) and ask.body.get("cascade") is not True:
        raise Refusal(400, "project has agents or phone numbers. remove them first or set cascade to true.")
    for agent in agents:
        ask.store.drop_agent(agent)
    for number in numbers:
        number.project_id = number.agent_id = None
    project.is_deleted, project.updated_at, project.active_agent = True, ask.now, None
    if ask.account.active_project == project.id:
        ask.account.active_project = None
    ask.store.touch()
    return ok("successfully deleted project.")


def add_webhook(ask: Ask) -> Response:
    """3.6. Any text is stored: nobody checks that it is an address."""
    message = "projectId or webhookURL is missing."
    project_id, url = ask.need(message, "projectId", "webhookURL")
    project = ask.project(project_id, 400, GONE)
    project.webhook, project.updated_at = url, ask.now
    ask.store.touch()
    return ok("added webhook url.")


def get_active_agent(ask: Ask) -> Response:
    """3.7. A POST that reads; its message speaks of webhooks. 404 is the normal answer for none."""
    (project_id,) = ask.need("projectId and active_agent are not in the request body.", "projectId")
    project = ask.store.project(ask.account, project_id)
    if project is None or not project.active_agent:
        raise Refusal(404, "no active agent found for the project.")
    return ok("added webhook url.", active_agent=project.active_agent)


def set_active_agent(ask: Ask) -> Response:
    """3.8. The answer's project has neither id nor status."""
    message = "projectId and active_agent are not in the request body."
    project_id, agent_id = ask.need(message, "projectId", "active_agent")
    project = ask.project(project_id, 400, GONE)
    if ask.store.agent(project, agent_id) is None:
        raise Refusal(400, "agent does not exist in the project.")
    project.active_agent, project.updated_at = agent_id, ask.now
    ask.store.touch()
    shown = {
        "name": project.name,
        "description": project.description,
        "active_agent": project.active_agent,
        "created_at": iso(project.created_at),
        "call_status_webhook": project.webhook,
        "user_id": project.account_id,
    }
    return ok("updated active agent successfully.", project=shown)


def remove_active_agent(ask: Ask) -> Response:
    """3.9. The path names the agent. Only 401 and 500 are documented, so an unknown agent is a 500."""
    agent = ask.store.agents.get(ask.args["agentId"])
    project = ask.store.project(ask.account, agent.project_id) if agent else None
    if agent is None or project is None:
        raise Refusal(500, "error while removing active agent.")
    if project.active_agent == agent.id:
        project.active_agent, project.updated_at = None, ask.now
        ask.store.touch()
    return ok("Removed active agent from project successfully.")
