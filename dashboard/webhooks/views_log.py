"""The log of a project's webhook: what came, what became of it, and doing it again. Reads our own database only."""

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts import queries
from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.limits import at_most
from dashboard.web import registry
from dashboard.web.render import page, redirect, see
from dashboard.webhooks import actions, addresses, rows, shapes, trouble
from dashboard.webhooks.models import Event, Outcome, Relay

SHOWN = 20_000  # characters of a body


@workspace_view(role="viewer")
@require_safe
def events(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """Every event of the project, newest first."""
    request.upstream.kept(project=queries.project(project_id))
    endpoint = addresses.of_project(request.workspace, project_id)
    chosen = rows.read(request.GET)
    listed = list(rows.of_endpoint(endpoint, chosen)[: rows.PAGE_SIZE + 1]) if endpoint else []
    shown, more = listed[: rows.PAGE_SIZE], len(listed) > rows.PAGE_SIZE
    context = {
        "endpoint": endpoint,
        "project_id": project_id,
        "rows": rows.rows(request.workspace, shown),
        "chosen": chosen,
        "next": rows.mark_of(shown[-1]) if more else "",
        "outcomes": Outcome.choices,
        "relays": [choice for choice in Relay.choices if choice[0]],
        "trouble": trouble.of(endpoint),
        "elsewhere": addresses.elsewhere(endpoint),
    }
    return page(request, "webhooks/events.html", context, fragments=("events-table",))


@workspace_view(role="viewer")
@require_safe
def event(request: WorkspaceRequest, project_id: str, event_id: str) -> HttpResponse:
    """One event: what it said, what came of it, every try to pass it on. What it holds is shown to admins."""
    found = _event(request, project_id, event_id)
    body = ""
    if request.may.admin and not found.forgotten:
        body = shapes.text_of(bytes(found.body), found.content_encoding)
    busy = found.outcome == Outcome.WAITING or (found.relay == Relay.WAITING and not found.relay_tries)
    context = {
        "row": rows.row(request.workspace, found),
        "event": found,
        "project_id": project_id,
        "passes": list(found.passes.all()) if found.relay else [],
        "trouble": trouble.of(found.endpoint) if found.relay == Relay.WAITING else None,
        "busy": busy,
        "worker_silent": busy and registry.worker_alive() is False,
        "body": body[:SHOWN],
        "cut": len(body) > SHOWN,
    }
    return page(request, "webhooks/event.html", context, fragments=("event-state",))


@workspace_view(role="admin")
@at_most("webhook replay", 60, 60)
@require_POST
def replay(request: WorkspaceRequest, project_id: str, event_id: str) -> HttpResponse:
    """Have an event handled again, or passed on again."""
    found = _event(request, project_id, event_id)
    what = request.POST.getlist("what")
    done = actions.replay(found, request.user, handle="handle" in what, pass_on="pass_on" in what)
    if done:
        see(request, f"The event is {' and '.join(done)} by the background process, within a few seconds.")
    else:
        see(request, "Nothing was done: there is nothing of this event to do again.", "warning")
    return redirect(request, "webhooks:event", request.workspace.slug, project_id, found.pk)


def _event(request: WorkspaceRequest, project_id: str, event_id: str) -> Event:
    mine = Event.objects.filter(endpoint__workspace=request.workspace, endpoint__project_id=project_id, pk=event_id)
    found = mine.select_related("endpoint__workspace", "call").first()
    if found is None:
        raise Http404("No such event.")
    return found
