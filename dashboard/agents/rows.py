"""Agents as rows of a list: ready strings, made once, for the rows of one page only."""

from collections.abc import Iterable
from typing import Any

from dashboard.accounts import queries
from dashboard.accounts.reads import Reads
from dashboard.accounts.upstream import Upstream
from dashboard.agents.prompts import asks_for
from dashboard.agents.voicing import named
from dashboard.talkstack import Agent, Number
from dashboard.web.links import link

SORTS = {"name": "Name, A to Z", "-name": "Name, Z to A", "-calls": "Most calls first"}


def chosen(agents: Iterable[Agent], words: str, numbers: dict[str, list[str]]) -> list[Agent]:
    """The agents whose name, variables or number hold the words."""
    wanted = words.casefold()
    digits = "".join(letter for letter in words if letter.isdigit())
    by_number = bool(digits) and not any(letter.isalpha() for letter in words)

    def fits(agent: Agent) -> bool:
        if wanted in agent.name.casefold() or wanted in asks_for(agent.prompt, most=50).casefold():
            return True
        return by_number and any(digits in e164 for e164 in numbers.get(agent.id, []))

    return [agent for agent in agents if fits(agent)] if wanted else list(agents)


def in_order(agents: list[Agent], sort: str, calls: dict[str, int]) -> list[Agent]:
    """By name (whatever its case) or by calls; agents that are alike keep an order of their own."""
    by_name = sorted(agents, key=lambda agent: (agent.name.casefold(), agent.id), reverse=sort == "-name")
    return sorted(by_name, key=lambda agent: -calls.get(agent.id, 0)) if sort == "-calls" else by_name


def by_agent(numbers: Iterable[Number] | None) -> dict[str, list[str]]:
    """The numbers of each agent."""
    found: dict[str, list[str]] = {}
    for number in numbers or []:
        if number.agent_id and number.e164:
            found.setdefault(number.agent_id, []).append(number.e164)
    return found


def voices(upstream: Upstream, project_id: str, agents: list[Agent], reads: Reads) -> dict[str, str]:
    """The voice of each agent, as far as it is known without asking: from the list, else from the agent's kept page."""
    unsaid = [agent for agent in agents if not agent.voice_id]
    kept = upstream.kept(**{f"agent{n}": queries.agent(project_id, agent.id) for n, agent in enumerate(unsaid)})
    ids = {agent.id: agent.voice_id for agent in agents}
    ids |= {agent.id: read.value.voice_id for agent, read in zip(unsaid, kept, strict=True) if read.value}
    return {agent_id: named(reads.voices.value, voice_id) for agent_id, voice_id in ids.items() if voice_id}


def row(agent: Agent, slug: str, project_id: str, known: dict[str, Any]) -> dict[str, Any]:
    """One row; `known` holds numbers, voices, calls (each by agent id) and active (an id)."""
    numbers = known["numbers"].get(agent.id) or ([agent.phone_number] if agent.phone_number else [])
    return {
        "name": agent.name or "Agent without a name",
        "url": link("agents:detail", slug, project_id, agent.id),
        "asks": asks_for(agent.prompt),
        "active": bool(agent.id) and agent.id == known["active"],
        "voice": known["voices"].get(agent.id, ""),
        "numbers": numbers,
        "calls": known["calls"].get(agent.id, 0),
        "id": agent.id,
    }
