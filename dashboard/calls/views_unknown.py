"""What of the calls waits for a person: unknown ones and old reservations; and reading the histories on demand."""

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.calls import advice, candidates, dialing, history, ledger, reconcile
from dashboard.calls.models import Attempt, Call
from dashboard.web import digest, phone, registry
from dashboard.web.render import page, redirect, see, unchanged

MOST = 100
POLL_SECONDS = 5


@workspace_view(role="viewer")
@require_safe
def unknown(request: WorkspaceRequest) -> HttpResponse:
    """Attempts of which nobody knows whether they rang, and reservations that wait for a check: decided here.

    With ?seen= (a poll): 204 when nothing changed.
    """
    unclear = ledger.of_workspace(request.workspace).filter(attempt=Attempt.UNKNOWN)
    reserved = ledger.of_workspace(request.workspace).filter(attempt=Attempt.RESERVED)
    calls, waiting = list(unclear[: MOST + 1]), list(reserved[:MOST])
    for call in [*calls, *waiting]:
        call.workspace = request.workspace
    to_check = [call for call in waiting if dialing.waits_for_check(call)]
    worker_silent = registry.worker_alive() is False
    seen = digest.of(worker_silent, [[call.pk, call.version, call.next_look_at] for call in [*calls, *to_check]])
    if request.htmx and request.GET.get("seen") == seen:
        return unchanged()
    context = {
        "unknown": [about(call) for call in calls[:MOST]],
        "more": len(calls) > MOST,
        "to_check": [_reserved(call) for call in to_check],
        "here": "unknown",
        "worker_silent": worker_silent,
        "seen": seen,
        "poll_seconds": POLL_SECONDS,
    }
    return page(request, "calls/unknown.html", context, fragments=("unknown-now",))


def about(call: Call) -> dict[str, Any]:
    """What a person needs to decide about an unknown attempt. No query."""
    return {
        "call": call,
        "candidates": candidates.of(call),
        "may_decide": reconcile.may_decide(call),
        "why": candidates.why(call) or advice.why_undecided(call, reconcile.ENOUGH_LOOKS),
        "looked": advice.looked(call),
        "trouble": call.read_problem,
    }


def _reserved(call: Call) -> dict[str, Any]:
    now = timezone.now()
    return {"call": call, "why": advice.why_waiting(call), "there": phone.local_time(call.number, now)}


@workspace_view(role="viewer")
@require_POST
def read_history(request: WorkspaceRequest, project_id: str = "") -> HttpResponse:
    """Have the worker read Talkstack's call history at once, of one project or of all."""
    if history.ask_now(request.workspace, project_id):
        see(request, "Talkstack's call history is read now. New calls show up here as it goes.")
    else:
        see(request, "There is no call history to read yet. A new project is found within two minutes.", "warning")
    where = ("calls:list", request.workspace.slug, project_id) if project_id else ("calls:all", request.workspace.slug)
    return redirect(request, *where)
