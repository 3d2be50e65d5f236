"""What the form of a project was made from, as a short name."""

from dashboard.talkstack import Project
from dashboard.web import digest


def of_project(project: Project) -> str:
    """What the form for a project loaded: its name and description."""
    return digest.of(project.name, project.description)
