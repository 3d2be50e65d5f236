"""Short names for a state that a page has shown, so that its form can tell whether the world has moved since."""

import hashlib
import json
from typing import Any

from dashboard.talkstack import Agent


def of(*parts: Any) -> str:
    """A digest of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()[:32]


def of_agent(agent: Agent) -> str:
    """What the editor loaded: name, prompt and voice."""
    return of(agent.name, agent.prompt, agent.voice_id)
