"""What the editor of an agent was made from, as a short name."""

from dashboard.talkstack import Agent
from dashboard.web import digest


def of_agent(agent: Agent) -> str:
    """What the editor loaded: name, prompt and voice."""
    return digest.of(agent.name, agent.prompt, agent.voice_id)
