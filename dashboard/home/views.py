"""The first page of a workspace."""

from typing import Any

from django.http import HttpResponse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from dashboard.accounts import queries
from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.roles import at_least
from dashboard.calls import history
from dashboard.calls.filters import STATES
from dashboard.calls.models import Call
from dashboard.calls.rows import rows
from dashboard.talkstack import Project
from dashboard.web.links import link
from dashboard.web.render import page, unchanged

from . import facts, visits
from . import questions as charts
from .steps import steps

POLL_SECONDS = 5
PROJECTS_SHOWN = 8
NOW_SHOWN = 8
UNKNOWN_SHOWN = 5


@workspace_view(role="viewer")
@require_safe
def home(request: WorkspaceRequest) -> HttpResponse:
    """What needs a decision, calls now, the last days, the projects. With ?seen= (a poll): 204 when nothing changed.

    What only the whole page shows is looked up when the template comes to it: a fragment does not pay for it.
    """
    now = facts.now(request.workspace)
    if request.htmx and request.GET.get("seen") == now.seen:
        return unchanged()
    return page(request, "home/home.html", _context(request, now), fragments=("home-now", "home-projects"))


def _context(request: WorkspaceRequest, now: facts.Now) -> dict[str, Any]:
    read = request.upstream.page(request, projects=queries.projects()).projects
    week, by_project = facts.week(request.workspace)
    latest = facts.latest(request.workspace, now.open[:NOW_SHOWN])
    ever = bool(week.calls or latest or now.open or now.unknown)
    listed = _projects(request, read.value or [], by_project)
    first = steps(request, read.value, ever)
    return {
        "now": now,
        "open_rows": _rows(request, now.open[:NOW_SHOWN]),
        "unknown_rows": _rows(request, now.unknown[:UNKNOWN_SHOWN]),
        "check_rows": _rows(request, now.to_check[:UNKNOWN_SHOWN]),
        "others": [{"it": each, "may": at_least(request.membership.role, each.role)} for each in now.others],
        "poll_seconds": POLL_SECONDS,
        "week": week,
        "ended": [(state, STATES[state], number) for state, number in week.ended.items()],
        "ever": ever,
        "latest_rows": _rows(request, latest),
        "read": read,
        "projects": listed[:PROJECTS_SHOWN],
        "projects_count": len(listed),
        "ask_again": read.stale and not request.GET.get("fresh"),
        "steps": first,
        "call_url": _call(request, listed) or next((step.url for step in first if step.role == "operator"), ""),
        "since": lambda: _since(request),
        **_known(request, ever, listed),
    }


def _known(request: WorkspaceRequest, ever: bool, listed: list[dict[str, Any]]) -> dict[str, Any]:
    """How far the ledger goes that everything is counted in, and the charts; each is asked for only where it is shown."""
    unread: Any = SimpleLazyObject(lambda: charts.unread(request.workspace))
    told: Any = SimpleLazyObject(lambda: history.told(request.workspace))
    return {
        "unread": unread,
        "history": told,
        "listed_but_unread": not ever and bool(listed) and told.read_at is None,
        "questions": lambda: charts.questions(request.workspace, charts.not_compared(unread, told)),
    }


def _since(request: WorkspaceRequest) -> visits.Since | None:
    """What others changed since this person was last here; that they are here now is noted."""
    return visits.since(request.workspace, request.user, visits.note(request.membership))


def _rows(request: WorkspaceRequest, calls: list[Call]) -> list[dict[str, Any]]:
    return rows(calls, request.workspace.slug)


def _projects(request: WorkspaceRequest, projects: list[Project], by_project: dict[str, int]) -> list[dict[str, Any]]:
    """The projects, those with the most calls of the last days first."""
    slug = request.workspace.slug
    ordered = sorted(projects, key=lambda project: (-by_project.get(project.id, 0), project.name.casefold()))
    return [
        {
            "id": project.id,
            "name": project.name or "Project without a name",
            "description": project.description,
            "calls": by_project.get(project.id, 0),
            "url": link("projects:detail", slug, project.id),
            "calls_url": link("calls:list", slug, project.id, query=f"?days={facts.DAYS}"),
        }
        for project in ordered
    ]


def _call(request: WorkspaceRequest, listed: list[dict[str, Any]]) -> str:
    """Where a call is started: in the project last seen, in the only one, or in the one with the most calls lately."""
    last = request.sidebar_project.id if request.sidebar_project else ""
    if not last and listed and (len(listed) == 1 or listed[0]["calls"]):
        last = listed[0]["id"]
    return link("calls:new", request.workspace.slug, last) if last else ""
