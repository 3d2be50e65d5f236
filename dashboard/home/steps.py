"""The three first steps of a new workspace, and which of them are done."""

from dataclasses import dataclass

from dashboard.accounts import queries
from dashboard.accounts.http import WorkspaceRequest
from dashboard.talkstack import Project
from dashboard.web.links import link

LOOKED_INTO = 5


@dataclass(frozen=True)
class Step:
    """Something to do first. `url` "" means that it has to wait for the one before it; `role` is who may do it."""

    title: str
    words: str
    link: str
    url: str
    done: bool
    role: str


def steps(request: WorkspaceRequest, projects: list[Project] | None, ever: bool) -> list[Step]:
    """The steps until there `ever` was a call; [] after that, or when the projects are not known."""
    if ever or projects is None:
        return []
    slug = request.workspace.slug
    project, with_agent = _first(request, projects)
    agents = link("agents:new", slug, project) if project else ""
    call = link("calls:new", slug, with_agent) if with_agent else ""
    return [
        Step("Create a project", "It holds agents, their numbers and their calls: a customer, a clinic, a campaign.",
             "Create a project", link("projects:new", slug), bool(projects), "admin"),
        Step("Create an agent", "Who speaks on the phone: a prompt and a voice.", "Create an agent", agents,
             bool(with_agent), "admin"),
        Step("Start a call", "Choose the agent, type a number, and follow the call live.", "Start a call", call,
             False, "operator"),
    ]  # fmt: skip


def _first(request: WorkspaceRequest, projects: list[Project]) -> tuple[str, str]:
    """The first project, and the first one that has an agent; "" for none."""
    some = projects[:LOOKED_INTO]
    if not some:
        return "", ""
    reads = request.upstream.read(**{project.id: queries.agents(project.id) for project in some})
    full = [project.id for project in some if reads[project.id].value]
    return (full or [some[0].id])[0], (full or [""])[0]
