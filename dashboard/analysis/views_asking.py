"""How far one asking is: a page that can be left and come back to, its polling, and stopping it."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.analysis import actions, finding, progress
from dashboard.calls.answers import BADGES
from dashboard.calls.models import Analysis, Asking, AskingState
from dashboard.web import phone
from dashboard.web.links import link
from dashboard.web.render import STOP_POLLING, page, redirect, see, unchanged

PAGE_SIZE = 50


@workspace_view(role="viewer")
@require_safe
def asking(request: WorkspaceRequest, project_id: str, asking_id: UUID) -> HttpResponse:
    """The progress, and the calls, of one state if the address names one."""
    found = finding.asking(request, project_id, asking_id)
    return page(request, "analysis/asking.html", _context(request, found, progress.of(found)))


@workspace_view(role="viewer")
@require_safe
def status(request: WorkspaceRequest, project_id: str, asking_id: UUID) -> HttpResponse:
    """The live part, for polling with `?seen=`: 204 when unchanged, 286 when nothing more comes by itself."""
    found = finding.asking(request, project_id, asking_id)
    now = progress.of(found)
    if request.GET.get("seen") == now.seen and not now.over:
        return unchanged()
    return page(
        request, "analysis/asking.html", _context(request, found, now), fragments=("asking-live",),
        status=STOP_POLLING if now.over else 200,
    )  # fmt: skip


@workspace_view(role="operator")
@require_POST
def stop(request: WorkspaceRequest, project_id: str, asking_id: UUID) -> HttpResponse:
    """What is not sent yet stops; the call that is being asked about now is finished."""
    found = finding.asking(request, project_id, asking_id)
    if actions.stop(found, request.user):
        see(request, "Stopped. What was being asked at that moment still gets its answer; nothing else is sent.")
    else:
        see(request, "Nothing of it was waiting any more, so there was nothing to stop.", "info")
    return redirect(request, "analysis:asking", request.workspace.slug, project_id, found.pk)


def _context(request: WorkspaceRequest, found: Asking, now: progress.Progress) -> dict[str, Any]:
    state = request.GET.get("state", "")
    state = state if state in AskingState.values else ""
    start = _start(request.GET.get("after", ""))
    rows = Analysis.objects.filter(asking=found).select_related("call").defer("raw", "extra", "summary")
    rows = rows.filter(state=state) if state else rows
    listed = list(rows.order_by("pk").filter(pk__gt=start)[: PAGE_SIZE + 1])
    return {
        "project_id": found.project_id,
        "asking": found,
        "set": found.question_set,
        "progress": now,
        "state": state,
        "state_label": BADGES[AskingState(state)].label if state else "",
        "rows": [_row(request, each) for each in listed[:PAGE_SIZE]],
        "more": listed[PAGE_SIZE - 1].pk if len(listed) > PAGE_SIZE else "",
        "is_first": not start,
    }


def _row(request: WorkspaceRequest, analysis: Analysis) -> dict[str, Any]:
    call = analysis.call
    return {
        "url": link("calls:detail", request.workspace.slug, call.project_id, str(call.pk)),
        "number": phone.display(call.number) or "number not given",
        "at": call.at,
        "badge": BADGES[AskingState(analysis.state)],
        "words": analysis.words,
        "answered_at": analysis.answered_at,
    }


def _start(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 19 else 0
