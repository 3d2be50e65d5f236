"""Questions about one call: asked from its page, and what became of them, for polling and as a page of its own."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.analysis import actions, finding, sets
from dashboard.calls import answers
from dashboard.calls.forms import new_key
from dashboard.calls.models import Call
from dashboard.web.render import STOP_POLLING, page, redirect, see, unchanged


@workspace_view(role="viewer")
@require_safe
def call(request: WorkspaceRequest, project_id: str, call_id: UUID) -> HttpResponse:
    """The questions and answers of one call; with `?seen=` 204 when unchanged, 286 when nothing more comes by itself."""
    found = finding.call(request, project_id, call_id)
    context: dict[str, Any] = {"call": found, **answers.of_call(found)}
    of_call: answers.OfCall = context["analysis"]
    if request.GET.get("seen") == of_call.seen and of_call.under_way:
        return unchanged()
    part = request.htmx and request.headers.get("HX-Target") == "call-analysis"
    template = "calls/_analysis.html" if part else "analysis/call.html"
    over = "seen" in request.GET and not of_call.under_way
    return page(request, template, context, status=STOP_POLLING if over else 200)


@workspace_view(role="operator")
@require_POST
def ask(request: WorkspaceRequest, project_id: str, call_id: UUID) -> HttpResponse:
    """Have one set asked about this call; also again, for what is open or was lost. Twice pressed is once asked."""
    found = finding.call(request, project_id, call_id)
    offered = [each for each in sets.of_project(request.workspace, project_id) if each.retired_at is None]
    chosen = finding.named_set(request.POST, offered)
    if why := answers.why_not(found):
        see(request, f"Nothing was asked. {why}", "warning")
    elif chosen is None:
        see(request, "Nothing was asked: choose a question set first.", "warning")
    else:
        _ask(request, found, chosen)
    return redirect(request, "calls:detail", request.workspace.slug, project_id, found.pk)


def _ask(request: WorkspaceRequest, found: Call, chosen: Any) -> None:
    key = finding.request_key(request.POST) or new_key()
    try:
        actions.ask_one(request.workspace, request.user, chosen, found, request_key=key)
    except actions.NothingToAsk:
        see(request, f"“{chosen.name}” was asked about this call already.", "info")
    else:
        see(request, f"“{chosen.name}” is being asked. The answers appear on this page.")
