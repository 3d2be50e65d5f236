"""What hangs on a project as lines of the deletion page: by name up to a limit, then counted."""

from typing import Any

from dashboard.projects.impact import LISTED, Impact
from dashboard.web.links import link


def agents(found: Impact, slug: str) -> list[dict[str, Any]]:
    """The first agents: name, addresses of their page and of their own deletion, calls of the last 7 days."""
    return [
        {
            "name": agent.name or "Agent without a name",
            "url": link("agents:detail", slug, found.project.id, agent.id),
            "remove": link("agents:delete", slug, found.project.id, agent.id),
            "active": bool(agent.id) and agent.id == found.active,
            "calls": found.figures.by_agent.get(agent.id, 0),
        }
        for agent in found.agents[:LISTED]
    ]


def numbers(found: Impact, slug: str) -> list[dict[str, Any]]:
    """As many numbers as the limit leaves: the number, whom it rings, and where it can be given to somebody else."""
    names = {agent.id: agent.name or "an agent without a name" for agent in found.agents}
    listed = list(found.numbers.items())[: max(LISTED - len(found.agents), 3)]
    return [
        {
            "e164": e164,
            "agent": names.get(agent_id, "an agent that is not listed") if agent_id else "",
            "url": link("numbers:list", slug, found.project.id),
        }
        for e164, agent_id in listed
    ]


def others(found: Impact) -> list[dict[str, Any]]:
    """What other features know of: kind and name."""
    return [{"kind": one.kind, "name": one.name} for one in found.others[:LISTED]]


def more(found: Impact) -> str:
    """What is only counted: "and 3 more agents, 2 more numbers"; "" when everything is listed."""
    rest = {
        "agent": len(found.agents) - len(agents(found, "")),
        "number": len(found.numbers) - len(numbers(found, "")),
        "other thing": len(found.others) - len(others(found)),
    }
    counted = [f"{count:,} more {word}{'' if count == 1 else 's'}" for word, count in rest.items() if count > 0]
    return f"and {', '.join(counted)}" if counted else ""
