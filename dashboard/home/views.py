"""The first page of a workspace."""

from typing import Any

from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from dashboard.accounts import queries
from dashboard.accounts.access import workspace_view
from dashboard.calls.models import Call
from dashboard.calls.rows import rows
from dashboard.talkstack import Project
from dashboard.web.links import link
from dashboard.web.render import page

from . import facts
from .steps import steps

POLL_SECONDS = 5
PROJECTS_SHOWN = 8
NOW_SHOWN = 8
UNKNOWN_SHOWN = 5


@workspace_view(role="viewer")
@require_safe
def home(request: Any) -> HttpResponse:
    """Calls now, what needs a decision, the latest calls, the projects. With ?seen= (a poll): 204 when nothing changed."""
    now = facts.now(request.workspace)
    if request.htmx and request.GET.get("seen") == now.seen:
        unchanged = HttpResponse(status=204)
        patch_vary_headers(unchanged, ["HX-Request", "HX-Target"])
        return unchanged
    read = request.upstream.page(request, projects=queries.projects()).projects
    week, by_project = facts.week(request.workspace)
    listed = _projects(request, read.value or [], by_project)
    context = {
        "now": now,
        "open_rows": _rows(request, now.open[:NOW_SHOWN]),
        "unknown_rows": _rows(request, now.unknown[:UNKNOWN_SHOWN]),
        "check_rows": _rows(request, now.to_check[:UNKNOWN_SHOWN]),
        "poll_seconds": POLL_SECONDS,
        "week": week,
        "latest_rows": _rows(request, facts.latest(request.workspace, now.open[:NOW_SHOWN])),
        "read": read,
        "projects": listed[:PROJECTS_SHOWN],
        "projects_count": len(listed),
        "ask_again": read.stale and not request.GET.get("fresh"),
        "steps": steps(request, read.value, week.ever),
        "call_url": _call(request, read.value or []),
    }
    return page(request, "home/home.html", context, fragments=("home-now", "home-projects"))


def _rows(request: Any, calls: list[Call]) -> list[dict[str, Any]]:
    return rows(calls, request.workspace.slug)


def _projects(request: Any, projects: list[Project], by_project: dict[str, int]) -> list[dict[str, Any]]:
    """The projects, those with the most calls of the last days first."""
    slug = request.workspace.slug
    ordered = sorted(projects, key=lambda project: (-by_project.get(project.id, 0), project.name.casefold()))
    return [
        {
            "name": project.name or "Project without a name",
            "description": project.description,
            "calls": by_project.get(project.id, 0),
            "url": link("projects:detail", slug, project.id),
            "calls_url": link("calls:list", slug, project.id, query=f"?days={facts.DAYS}"),
        }
        for project in ordered
    ]


def _call(request: Any, projects: list[Project]) -> str:
    """Where a call is started: in the project last seen, or in the only one; "" when that is not clear."""
    last = request.sidebar_project.id if request.sidebar_project else ""
    if not last and len(projects) == 1:
        last = projects[0].id
    return link("calls:new", request.workspace.slug, last) if last else ""
