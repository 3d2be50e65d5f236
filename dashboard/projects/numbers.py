"""Which numbers hang on a project, from every source that speaks of any: Talkstack may tell only some (API contract, 7.1)."""

from collections.abc import Iterable
from typing import Any

from dashboard.accounts.models import Workspace
from dashboard.talkstack import Agent, Number
from dashboard.web import registry


def together(told: Iterable[Number], agents: Iterable[Agent], here: Iterable[Any]) -> dict[str, str]:
    """E.164 → id of the agent behind it, "" for none; in the order of the numbers.

    `told` is what Talkstack says, whose word wins; `here` are dependents as other features registered them.
    """
    found: dict[str, str] = {}
    said = [(number.e164 or f"number {number.id}", number.agent_id) for number in told]
    said += [(agent.phone_number, agent.id) for agent in agents if agent.phone_number]
    for e164, agent_id in said:
        found[e164] = found.get(e164) or agent_id
    for one in here:
        if one.kind == "number":
            found.setdefault(one.id, one.agent_id)
    return dict(sorted(found.items()))


def known_here(workspace: Workspace, project_id: str) -> list[Any]:
    """What other features of the dashboard know to hang on the project (see registry.dependents)."""
    return [one for ask in registry.dependents_of("project") for one in ask(workspace, project_id)]


def of_agent(numbers: dict[str, str], agent_id: str) -> list[str]:
    """The numbers behind one agent."""
    return [e164 for e164, holder in numbers.items() if agent_id and holder == agent_id]
