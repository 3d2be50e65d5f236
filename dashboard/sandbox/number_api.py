"""Section 8 of the API contract: phone numbers."""

from __future__ import annotations

import re
from typing import Any

from .ask import Ask
from .store import Number, Project
from .wire import Refusal, Response, ok, text

E164 = re.compile(r"\+[1-9][0-9]{6,14}")
NOT_FOUND = "Phone number details not found."


def get(ask: Ask) -> Response:
    """7.1. By number id, agent or project, in this order; "status" is "error" on success. By project: an array."""
    wanted = {name: text(ask.body, name) for name in ("phoneNumberId", "agentId", "projectId")}
    if not any(wanted.values()):
        raise Refusal(400, "phoneNumberId, agentId or projectId is required.")
    own = [row for row in ask.store.numbers.values() if row.account_id == ask.account.id]
    found: Any
    if wanted["phoneNumberId"]:
        found = [row for row in own if row.id == wanted["phoneNumberId"]]
    elif wanted["agentId"]:
        found = [row for row in own if row.agent_id == wanted["agentId"]]
    else:
        project = ask.store.project(ask.account, wanted["projectId"])
        found = [row for row in own if project and row.project_id == project.id]
    if not found:
        raise Refusal(404, NOT_FOUND)
    several = not wanted["phoneNumberId"] and not wanted["agentId"]
    data = [shown(row) for row in found]
    return ok("Phone number details fetched successfully.", "error", data=data if several else data[0])


def shown(row: Number) -> dict[str, Any]:
    """AVAILABLE is the only status ever shown, also for a number in use."""
    return {
        "e164": row.e164,
        "id": row.id,
        "status": "AVAILABLE",
        "projectId": row.project_id,
        "agentId": row.agent_id,
    }


def assign(ask: Ask) -> Response:
    """7.2. Its refusals speak of creating an agent."""
    message = "projectId, name, systemInstruction, or phoneNumber missing."
    e164, agent_id, project_id = ask.need(message, "e164", "agentId", "projectId")
    if not E164.fullmatch(e164):
        raise Refusal(400, "e164 is not a valid phone number.")
    project = ask.project(project_id, 400, "project does not exist.")
    if ask.store.agent(project, agent_id) is None:
        raise Refusal(400, "agent does not exist in the project.")
    place(ask, e164, project, agent_id)
    ask.store.touch()
    return ok("PhoneNumber assigned successfully.")


def place(ask: Ask, e164: str, project: Project, agent_id: str) -> Number:
    """Give the agent this number: it moves here from wherever it was; the agent's former number becomes free.

    Raises Refusal 400 when the number belongs to another account.
    """
    row = ask.store.numbers.get(e164)
    if row and row.account_id != ask.account.id:
        raise Refusal(400, "phone number is not verified in or purchased from Twilio by this account.")
    former = ask.store.number_of(agent_id)
    if former:
        former.agent_id = None
    if row is None:
        row = Number(ask.new_id(), e164, ask.account.id)
        ask.store.numbers[e164] = row
    row.project_id, row.agent_id = project.id, agent_id
    return row
