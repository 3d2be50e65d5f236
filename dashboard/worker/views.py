"""The page of the background: whether anything works for this workspace, what it does, and what waits."""

from dataclasses import replace

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.web import digest
from dashboard.web.registry import Waiting
from dashboard.web.render import page, unchanged

from . import state

POLL_SECONDS = 5


@workspace_view(role="admin")
@require_safe
def background(request: WorkspaceRequest) -> HttpResponse:
    """Processes, duties, what waits. With ?seen= (a poll): 204 when nothing changed."""
    processes = state.processes()
    running = [each for each in processes if each.state == "running"]
    duties, waiting = state.duties(bool(running)), state.waiting(request.workspace)
    seen = _seen(request, processes, duties, waiting)
    if request.htmx and request.GET.get("seen") == seen:
        return unchanged()
    context = {
        "processes": processes,
        "running": running,
        "ended": len(processes) - len(running) if running else 0,
        "duties": duties,
        "away": state.away(request.workspace),
        "failing": [duty for duty in duties if duty.problem],
        "waiting": waiting,
        "seen": seen,
        "poll_seconds": POLL_SECONDS,
    }
    return page(request, "worker/background.html", context, fragments=("background-now",))


def _seen(
    request: WorkspaceRequest, processes: list[state.Process], duties: list[state.Line], waiting: list[Waiting]
) -> str:
    """What the page shows, but for the beating of processes that run: their last sign of life is not shown."""
    steady = [replace(each, beat_at=each.started_at) if each.state == "running" else each for each in processes]
    link = request.workspace.connection
    return digest.of(steady, duties, waiting, link.failing, link.last_failure, link.refused_at)
