"""Numbers as rows of a list: what happens if somebody calls each of them now. Never asks Talkstack."""

from typing import Any
from urllib.parse import urlencode

from dashboard.accounts import queries
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import Agent, prompt
from dashboard.web.links import link

from .known import Known, Line

OPENING = 120


def rows(known: Known, upstream: Upstream, project_id: str, slug: str) -> list[dict[str, Any]]:
    """One dict per number: e164, state, agent, url, voice, opening, here_at, assign. One query for what is kept."""
    answering = {line.agent_id: line.agent for line in known.lines if line.agent}
    singly = {f"agent {one}": queries.agent(project_id, one) for one in answering}
    kept = upstream.kept(voices=queries.voices(), **singly)
    voices = {voice.id: voice for voice in kept.voices.value or []}
    whole = {one: kept[f"agent {one}"].value or agent for one, agent in answering.items()}
    return [_row(line, whole.get(line.agent_id), voices, project_id, slug) for line in known.lines]


def _row(line: Line, agent: Agent | None, voices: dict[str, Any], project_id: str, slug: str) -> dict[str, Any]:
    words = agent.prompt or (line.agent.prompt if line.agent else "") if agent else ""
    return {
        "e164": line.e164,
        "state": "rings" if agent else "elsewhere" if line.agent_id else "nobody",
        "agent": line.agent.name if line.agent else "",
        "agent_id": line.agent_id,
        "url": link("agents:detail", slug, project_id, line.agent_id) if agent else "",
        "voice": _voice(voices.get(agent.voice_id), agent.voice_id) if agent else "",
        "opening": prompt.opening(words, OPENING),
        "here_at": line.here_at,
        "assign": link("numbers:assign", slug, project_id, query=f"?{urlencode({'e164': line.e164})}"),
    }


def _voice(voice: Any, voice_id: str) -> str:
    """Name and two labels of a voice, "" when it is not known which one it is."""
    if voice is None:
        return "one that is not in the catalogue" if voice_id else ""
    told = [voice.labels.get(name, "") for name in ("accent", "description")]
    return ", ".join(text for text in (voice.name or "a voice without a name", *told) if text)
