"""One project at a glance: its agents as rows, who answers whoever calls in, and what the figures count."""

from dataclasses import dataclass
from typing import Any

from dashboard.accounts import queries
from dashboard.accounts.reads import Reads
from dashboard.accounts.upstream import Upstream
from dashboard.projects import numbers
from dashboard.projects.figures import Figures
from dashboard.talkstack import Agent, Voice, prompt
from dashboard.web.links import link

SHOWN = 8
_LABELS = ("accent", "description")


@dataclass(frozen=True)
class Answering:
    """Who answers when somebody calls in. `voice` is "" when it was not read yet, `words` how its prompt begins."""

    name: str
    url: str
    voice: str
    words: str


def asking(project_id: str) -> dict[str, queries.Query[Any]]:
    """Everything the page asks Talkstack, at once."""
    return {
        "project": queries.project(project_id),
        "agents": queries.agents(project_id),
        "numbers": queries.numbers(project_id),
        "active": queries.active_agent(project_id),
        "voices": queries.voices(),
    }


def facts(upstream: Upstream, project_id: str, reads: Reads, figures: Figures) -> dict[str, Any]:
    """What the template shows of agents and numbers."""
    agents: list[Agent] = reads.agents.value or []
    active: str = reads.active.value or ""
    shown = sorted(
        agents, key=lambda one: (one.id != active, -figures.by_agent.get(one.id, 0), one.name.casefold(), one.id)
    )[:SHOWN]
    here = numbers.known_here(upstream.workspace, project_id)
    known = numbers.together(reads.numbers.value or [], agents, here)
    voices = _voice_ids(upstream, project_id, shown)
    slug = upstream.workspace.slug
    return {
        "agents": [_row(agent, slug, project_id, known, voices, reads, figures) for agent in shown],
        "agent_count": len(agents),
        "number_count": len(known),
        "without_agent": sum(1 for agent_id in known.values() if not agent_id),
        "answering": _answering(agents, active, slug, project_id, voices, reads),
    }


def _voice_ids(upstream: Upstream, project_id: str, agents: list[Agent]) -> dict[str, str]:
    """The voice of each agent as far as it is known without asking: the list may not tell, a kept page does."""
    unsaid = [agent for agent in agents if not agent.voice_id]
    ids = {agent.id: agent.voice_id for agent in agents}
    if unsaid:
        kept = upstream.kept(**{f"agent{n}": queries.agent(project_id, one.id) for n, one in enumerate(unsaid)})
        ids |= {one.id: read.value.voice_id for one, read in zip(unsaid, kept, strict=True) if read.value}
    return ids


def _row(
    agent: Agent,
    slug: str,
    project_id: str,
    known: dict[str, str],
    voices: dict[str, str],
    reads: Reads,
    figures: Figures,
) -> dict[str, Any]:
    voice_id = voices.get(agent.id, "")
    voice = _voice(reads.voices.value, voice_id)
    return {
        "id": agent.id,
        "name": agent.name or "Agent without a name",
        "url": link("agents:detail", slug, project_id, agent.id),
        "asks": asks_for(agent.prompt),
        "active": bool(agent.id) and agent.id == reads.active.value,
        "voice": voice.name if voice else voice_id,
        "numbers": numbers.of_agent(known, agent.id),
        "calls": figures.by_agent.get(agent.id, 0),
    }


def _answering(
    agents: list[Agent], active: str, slug: str, project_id: str, voices: dict[str, str], reads: Reads
) -> Answering | None:
    """The active agent; one that is not in the list has no name that is known."""
    if not active:
        return None
    agent = next((one for one in agents if one.id == active), None)
    voice_id = voices.get(active, "")
    voice = _voice(reads.voices.value, voice_id)
    labels = [voice.labels[name] for name in _LABELS if voice.labels.get(name)] if voice else []
    return Answering(
        name=(agent.name or "An agent without a name") if agent else "An agent that is not in the list",
        url=link("agents:detail", slug, project_id, active),
        voice=", ".join([voice.name, *labels]) if voice else voice_id,
        words=prompt.opening(agent.prompt, 160) if agent else "",
    )


def _voice(voices: list[Voice] | None, voice_id: str) -> Voice | None:
    return next((one for one in voices or [] if voice_id and one.id == voice_id), None)


def asks_for(text: str, most: int = 6) -> str:
    """For a row of a list: "asks for name, clinic and 2 more", or "no variables"."""
    names = [name if len(name) <= 40 else f"{name[:39]}…" for name in prompt.variables(text)]
    if not names:
        return "no variables"
    return f"asks for {', '.join(names[:most])}" + (f" and {len(names) - most} more" if len(names) > most else "")
