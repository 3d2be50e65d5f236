"""Five things to try, with the way to each. Links lead into a project that is known; without one, to making one."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from dashboard.accounts import queries
from dashboard.web.links import link


@dataclass(frozen=True)
class Task:
    """Something to try. `role` is who may do it."""

    title: str
    words: str
    link: str
    url: str
    role: str = "operator"


def tasks(request: Any) -> list[Task]:
    """The list for this workspace; makes one look at what is kept, and asks Talkstack nothing."""
    slug = request.workspace.slug
    project = request.sidebar_project.id if request.sidebar_project else _first_project(request)
    listed = reverse("projects:list", args=[slug])
    call = link("calls:new", slug, project, query="?number=%2B120655501")
    return [
        Task("Start a call that is answered", "Call +1 206 555 0100, and watch it ring, talk and end. After some seconds "
             "its recording and what it brought are there.", "Start a call", f"{call}00" if call else listed),
        Task("See what a voicemail looks like", "Call +1 206 555 0113. The last two digits of a number choose what happens.",
             "Call a voicemail", f"{call}13" if call else listed),
        Task("Lose an answer", "Call +1 206 555 0119. The phone rings, but the answer is lost: the call is unknown, is "
             "looked for in the history, and is never dialled again by itself.", "Call it", f"{call}19" if call else listed),
        Task("Move a number to another agent", "The step names the agent that loses it, and asks first.",
             "Assign a number", link("numbers:assign", slug, project) or listed, "admin"),
        Task("Take Talkstack away", "Switch on “Talkstack is away” on this page, then look at the projects: they show what "
             "was last known, and say how old it is.", "Look at the projects", listed, "admin"),
    ]  # fmt: skip


def _first_project(request: Any) -> str:
    kept = request.upstream.kept(projects=queries.projects()).projects.value or []
    return str(kept[0].id) if kept else ""
