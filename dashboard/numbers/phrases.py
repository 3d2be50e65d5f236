"""What is said about a number that goes to an agent: before the deed, and after it."""

from dashboard.talkstack import Agent
from dashboard.web.phone import display

from .actions import Holder


def moves(held: Holder, project_id: str) -> bool:
    """Whether somebody loses the number: an agent, or another project."""
    return bool(held.agent_id) or held.project_id != project_id


def asking(e164: str, held: Holder, agent: Agent, project_id: str) -> str:
    """Who loses the number and who gets it."""
    number, to = display(e164), name(agent)
    where = f"the project {held.project_name}" if held.project_name else "another project"
    if not held.agent_id:
        return f"{number} belongs to {where}, where no agent has it; it will ring {to}, in this project."
    loser = held.agent_name or "an agent that is not listed"
    inside = "" if held.project_id == project_id else f" in {where}"
    return f"{number} rings {loser}{inside} now; it will ring {to}."


def done(e164: str, agent: Agent, held: Holder | None) -> str:
    """Who rings now, and who does not any more."""
    lost = f" It no longer rings {held.agent_name}." if held and held.agent_name else ""
    return f"{display(e164)} rings {name(agent)} now.{lost}"


def left_over(numbers: list[str], e164: str) -> str:
    """What to know about the numbers that the agent had before."""
    had = [display(other) for other in numbers if other != e164]
    return f" Before, this agent had {', '.join(had)}: the list below shows what became of it." if had else ""


def name(agent: Agent) -> str:
    """The agent's name, or words for having none."""
    return agent.name or "an agent without a name"
