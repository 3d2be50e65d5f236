"""Five things to try, with the way to each. Links lead into a project that is known; without one, to making one."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from dashboard.accounts import queries
from dashboard.web.links import link

ANSWERED = """Call +1 206 555 0100, and watch it ring, talk and end. After some seconds its recording and what it brought
are there."""
VOICEMAIL = "Call +1 206 555 0113. The last two digits of a number choose what happens."
LOST = """Call +1 206 555 0119. The phone rings, but the answer is lost: the call is unknown, is looked for in the history,
and is never dialled again by itself."""
MOVED = "The step names the agent that loses it, and asks first."
AWAY = """Switch on “Talkstack is away” on this page, then look at the projects: they show what was last known, and say how
old it is."""


@dataclass(frozen=True)
class Task:
    """Something to try. `role` is who may do it."""

    icon: str
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
    assign = link("numbers:assign", slug, project)
    call = link("calls:new", slug, project, query="?number=%2B120655501")
    return [
        Task("phone", "Start a call that is answered", ANSWERED, "Start a call", f"{call}00" if call else listed),
        Task(
            "voicemail",
            "See what a voicemail looks like",
            VOICEMAIL,
            "Call a voicemail",
            f"{call}13" if call else listed,
        ),
        Task("unplug", "Lose an answer", LOST, "Call it", f"{call}19" if call else listed),
        Task("hash", "Move a number to another agent", MOVED, "Assign a number", assign or listed, "admin"),
        Task("cloud-off", "Take Talkstack away", AWAY, "Look at the projects", listed, "admin"),
    ]


def _first_project(request: Any) -> str:
    kept = request.upstream.kept(projects=queries.projects()).projects.value or []
    return str(kept[0].id) if kept else ""
