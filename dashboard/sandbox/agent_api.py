"""Section 5 of the API contract: agents."""

from __future__ import annotations

from typing import Any

from .ask import Ask
from .number_api import E164, place
from .store import Agent
from .wire import Refusal, Response, as_json, ok, text

NOT_FOUND = "agent not found."


def create(ask: Ask) -> Response:
    """4.1. The page shows no answer: an envelope is chosen. phoneNumber is optional, and assigned when given."""
    message = "projectId, name, systemInstruction, or phoneNumber missing."
    project_id, name = ask.need(message, "projectId", "name")
    prompt = ask.body.get("systemInstruction")
    if not isinstance(prompt, str) or not prompt.strip():
        raise Refusal(400, message)
    project = ask.project(project_id, 400, "project does not exist.")
    phone = text(ask.body, "phoneNumber")
    if phone and not E164.fullmatch(phone):
        raise Refusal(400, "phoneNumber is not a valid E.164 number.")
    row = Agent(ask.new_id(), project.id, name, prompt, text(ask.body, "voice_id"))
    if phone:
        place(ask, phone, project, row.id)
    ask.store.add_agent(row)
    ask.store.touch()
    return ok("agent created successfully.", data=_shown(row) | ({"phoneNumber": phone} if phone else {}))


def _shown(agent: Agent) -> dict[str, Any]:
    shown = {
        "name": agent.name,
        "projectId": agent.project_id,
        "id": agent.id,
        "systemInstruction": agent.prompt,
    }
    return shown | {"voice_id": agent.voice_id} if agent.voice_id else shown


def get(ask: Ask) -> Response:
    """4.2. A read by POST, answered with the bare object, without its number."""
    return as_json(_shown(_named(ask)))


def _named(ask: Ask) -> Agent:
    project_id, agent_id = ask.need("projectId or agentId is missing.", "projectId", "agentId")
    agent = ask.store.agent(ask.store.project(ask.account, project_id), agent_id)
    if agent is None:
        raise Refusal(404, NOT_FOUND)
    return agent


def update(ask: Ask) -> Response:
    """4.3. Name or prompt must be there, so a change of voice alone has to send the name again."""
    ask.need("projectId or agentId is missing.", "projectId", "agentId")
    name, prompt = text(ask.body, "name"), ask.body.get("systemInstruction")
    has_prompt = isinstance(prompt, str) and bool(prompt.strip())
    if not name and not has_prompt:
        raise Refusal(400, "both name and systemInstruction are missing.")
    agent = _named(ask)
    agent.name = name or agent.name
    if isinstance(prompt, str) and has_prompt:
        agent.prompt = prompt
    agent.voice_id = text(ask.body, "voice_id") or agent.voice_id
    ask.store.touch()
    data = {
        "projectId": agent.project_id,
        "agentId": agent.id,
        "name": agent.name,
        "systemInstruction": agent.prompt,
        "voice_id": agent.voice_id,
    }
    return ok("agent data updated successfully.", data=data)


def delete(ask: Ask) -> Response:
    """4.4. A DELETE with a body. The number stays in the project, without an agent."""
    ask.store.drop_agent(_named(ask))
    ask.store.touch()
    return ok("Agent Deleted")


def listing(ask: Ask) -> Response:
    """4.5. A bare array without voices; 404 when there are none."""
    project = ask.store.project(ask.account, ask.args["projectId"])
    agents = ask.store.agents_of(project.id) if project else []
    if not agents:
        raise Refusal(404, "no active agents found.")
    return as_json(
        [
            {"name": row.name, "projectId": row.project_id, "systemInstruction": row.prompt, "id": row.id}
            for row in agents
        ]
    )
