"""Short names for a state that a page has shown, so that its form can tell whether the world has moved since."""

import hashlib
import json
from typing import Any

from dashboard.talkstack import Project


def of(*parts: Any) -> str:
    """A digest of anything that JSON can hold."""
    return hashlib.sha256(json.dumps(parts, ensure_ascii=True).encode()).hexdigest()[:32]


def of_project(project: Project) -> str:
    """What the form for a project loaded: its name and description."""
    return of(project.name, project.description)
