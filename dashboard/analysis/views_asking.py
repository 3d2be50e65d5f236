"""How far one asking is: a page that can be left and come back to, its polling, stopping it, and asking again."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.analysis import actions, finding, progress, unanswered
from dashboard.analysis.unanswered import Offer
from dashboard.calls.answers import BADGES
from dashboard.calls.models import Analysis, Asking, AskingState
from dashboard.web import phone
from dashboard.web.forms import INCOMPLETE
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


@workspace_view(role="operator")
@require_POST
def again(request: WorkspaceRequest, project_id: str, asking_id: UUID) -> HttpResponse:
    """Ask again about the calls that were lost, or failed, as many as the page said; once per request key."""
    found = finding.asking(request, project_id, asking_id)
    if earlier := finding.sent_before(request, project_id):
        return redirect(request, "analysis:asking", request.workspace.slug, project_id, earlier.pk)
    now = progress.of(found)
    offers = unanswered.of(found, now)
    offer = next((each for each in offers if each.state == request.POST.get("state")), None)
    if offer is not None and (wrong := _wrong(request, offer)):
        typed = request.POST.get("confirm_count", "")
        offers = [replace(each, wrong=wrong, typed=typed) if each is offer else each for each in offers]
        return page(request, "analysis/asking.html", _context(request, found, now, offers), status=422)
    try:
        asking = _ask_again(request, found, offer)
    except actions.NothingToAsk:
        see(request, "Nothing was asked: none of these calls can be asked about again now.", "info")
        return redirect(request, "analysis:asking", request.workspace.slug, project_id, found.pk)
    see(request, "It is written down: Talkstack is asked again about one call at a time.")
    return redirect(request, "analysis:asking", request.workspace.slug, project_id, asking.pk)


def _ask_again(request: WorkspaceRequest, found: Asking, offer: Offer | None) -> Asking:
    if offer is None:
        raise actions.NothingToAsk
    key = finding.request_key(request.POST)
    return actions.ask_again(found, request.user, offer.state, request_key=key, most=offer.count)


def _wrong(request: WorkspaceRequest, offer: Offer) -> str:
    """What keeps this from being written down, "" when nothing does."""
    if not finding.request_key(request.POST):
        return INCOMPLETE
    return finding.not_confirmed(request.POST, offer.count, again=True)


def _context(
    request: WorkspaceRequest, found: Asking, now: progress.Progress, offers: list[Offer] | None = None
) -> dict[str, Any]:
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
        "offers": unanswered.of(found, now) if offers is None else offers,
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
