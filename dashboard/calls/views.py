"""One call: its page, its live status, its recording, and what a person may decide about it."""

import json
from datetime import timedelta
from typing import Any

from django.db.models import Count, OuterRef, Q, Subquery
from django.http import Http404, HttpResponse
from django.shortcuts import redirect as see_other
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts import sound
from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.models import Workspace
from dashboard.calls import (
    advice,
    answers,
    dialing,
    keeping,
    ledger,
    phrases,
    reconcile,
    ringing,
    said,
    states,
    timeline,
)
from dashboard.calls.models import Attempt, Call, Moved
from dashboard.calls.views_unknown import about
from dashboard.web import phone, registry
from dashboard.web.render import STOP_POLLING, page, redirect, see, unchanged

SPEEDS = [("0.75", "0.75×"), ("1", "1×"), ("1.25", "1.25×"), ("1.5", "1.5×"), ("2", "2×")]


def _call(request: WorkspaceRequest, project_id: str, call_id: Any, *, around: bool = False) -> Call:
    """The call, or 404; `around` adds what only its page shows (_around) and neither a quiet poll nor a decision needs."""
    calls = Call.objects.filter(workspace=request.workspace, project_id=project_id, pk=call_id)
    call = (calls.annotate(**_around(request.workspace)) if around else calls).first()
    if call is None:
        raise Http404
    call.workspace = request.workspace
    return call


def _around(workspace: Workspace) -> dict[str, Subquery]:
    """What a call's page says of other calls: `again_pk`, the first one made again from this one; how many `times` its
    number was called in 30 days, and how many of those were `answered`.
    """
    again = Call.objects.filter(again_of=OuterRef("pk")).order_by("at").values("pk")[:1]
    made = Q(attempt="") | Q(attempt__in=[Attempt.PLACED, Attempt.UNKNOWN])
    since = timezone.now() - timedelta(days=30)
    same = Call.objects.filter(made, workspace=workspace, number=OuterRef("number"), at__gte=since).order_by()
    counts = same.values("number")
    times = counts.annotate(n=Count("pk")).values("n")
    answered = counts.annotate(n=Count("pk", filter=Q(state="completed"))).values("n")
    return {"again_pk": Subquery(again), "times": Subquery(times), "answered": Subquery(answered)}


@workspace_view(role="viewer")
@require_safe
def detail(request: WorkspaceRequest, project_id: str, call_id: Any) -> HttpResponse:
    """The call's page. Reads our database only; a call placed elsewhere is put on the worker's list to be read."""
    try:
        call = _call(request, project_id, call_id, around=True)
    except Http404:
        moved = Moved.objects.filter(workspace=request.workspace, old_id=call_id).select_related("call").first()
        if moved is None:
            raise
        return see_other("calls:detail", request.workspace.slug, moved.call.project_id, moved.call.pk)
    if call.sid and call.read_at is None and call.next_read_at is None:
        Call.objects.filter(pk=call.pk).update(next_read_at=timezone.now())
        call.next_read_at = timezone.now()
    context = _context(request, call) | answers.of_call(call)
    return page(request, "calls/detail.html", context)


@workspace_view(role="viewer")
@require_safe
def status(request: WorkspaceRequest, project_id: str, call_id: Any) -> HttpResponse:
    """The live part, for polling with `?seen=<version>`: 204 when unchanged, 286 when nothing more will come."""
    call = _call(request, project_id, call_id)
    if request.GET.get("seen") == _seen(call) and not settled(call):
        return _unchanged(call)
    call = _call(request, project_id, call_id, around=True)
    done = settled(call)
    context = _context(request, call)
    return page(request, "calls/detail.html", context, fragments=("call-live",), status=STOP_POLLING if done else 200)


def _unchanged(call: Call) -> HttpResponse:
    """Nothing to show, but Talkstack was asked meanwhile: the age on the page starts again from there."""
    answer = unchanged()
    if call.state_at:
        answer["HX-Trigger"] = json.dumps({"told": int((timezone.now() - call.state_at).total_seconds())})
    return answer


def settled(call: Call) -> bool:
    """Whether nothing more will come by itself: it is over, and recording and data are in or no longer expected."""
    return states.over(call) and call.next_read_at is None


def _seen(call: Call) -> str:
    """What the page showed: the row's version, and whether the background process was running."""
    return f"{call.version}{'' if _waits_for_worker(call) else 'w'}"


def _waits_for_worker(call: Call) -> bool:
    sought = call.attempt == Attempt.UNKNOWN and call.next_look_at is not None
    waiting = sought or call.attempt in (Attempt.RESERVED, Attempt.SENDING) or call.next_read_at is not None
    if not waiting:
        return False
    if not hasattr(call, "worker_alive"):
        call.worker_alive = registry.worker_alive()  # type: ignore[attr-defined]  # asked once for this answer
    return call.worker_alive is False  # type: ignore[attr-defined]


def _context(request: WorkspaceRequest, call: Call) -> dict[str, Any]:
    now = timezone.now()
    done = settled(call)
    observed = list(call.observations.all())
    unconfirmed, silent = ledger.unconfirmed(call, observed), _waits_for_worker(call)
    return {
        "call": call,
        "told": phrases.told(call, worker_silent=silent, rang=ringing.seconds(call, observed)),
        "badge": states.badge(call.attempt, call.state),
        "attempt_badge": states.badge(call.attempt, "") if call.attempt and call.state else None,
        "steps": timeline.steps(call, observed),
        "to_confirm": advice.not_yet_confirmed(unconfirmed, call) if unconfirmed else "",
        "next": advice.next_step(call),
        "seen": _seen(call),
        "poll_seconds": 0 if done else (10 if call.attempt == Attempt.UNKNOWN else 2),
        "trouble": "" if call.state and not states.over(call) else call.read_problem,  # the sentence on top says it
        "worker_silent": silent,
        "waits_for_check": dialing.waits_for_check(call, now),
        "may_cancel": call.attempt == Attempt.RESERVED,
        "decision": about(call) if call.attempt == Attempt.UNKNOWN else None,
        "why_waiting": advice.why_waiting(call),
        "there": phone.local_time(call.number, now),
        "recordings": _recordings(request, call),
        "speeds": SPEEDS,
        "data": said.pairs(call.data),
        "data_expected": advice.still_to_come(call, now) if call.state and not done else "",
        "values_gone": keeping.values_gone(call),
        "raw_text": _raw(call),
        "zone_name": timezone.get_current_timezone_name(),
    }


def _raw(call: Call) -> str:
    """Talkstack's answer as it came."""
    if not call.raw:
        return "no longer kept" if keeping.values_gone(call) else "none yet"
    return json.dumps(call.raw, indent=1, ensure_ascii=False)[:20_000]


def _recordings(request: WorkspaceRequest, call: Call) -> list[dict[str, Any]]:
    """Each with its address; `?t=83&r=2` has the second one begin at 83 s, so that a place can be sent to somebody."""
    second, which = (_number(request.GET.get(name, "")) for name in ("t", "r"))
    found: list[dict[str, Any]] = []
    for n, url in enumerate(call.recordings, start=1):
        begins = second if n == (which or 1) else None
        src = reverse("calls:recording", args=[request.workspace.slug, call.project_id, call.pk, n])
        src += f"#t={begins}" if begins else ""
        found.append({"n": n, "allowed": sound.allowed(url, call.workspace), "src": src, "from": begins})
    return found


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and text.isascii() and len(text) <= 5 else None


@workspace_view(role="operator")
@require_POST
def cancel(request: WorkspaceRequest, project_id: str, call_id: Any) -> HttpResponse:
    """Take a reservation back."""
    call = _call(request, project_id, call_id)
    if dialing.cancel(call, request.user):
        see(request, "Cancelled. Nobody was called.")
    else:
        see(request, "Too late to cancel: the call is no longer waiting. Talkstack cannot hang up.", "warning")
    return _back(request, call)


@workspace_view(role="operator")
@require_POST
def release(request: WorkspaceRequest, project_id: str, call_id: Any) -> HttpResponse:
    """Let an old reservation go after all."""
    call = _call(request, project_id, call_id)
    if dialing.release(call, request.user):
        see(request, "The call goes now.")
    else:
        see(request, "This call is no longer waiting for that decision.", "warning")
    return _back(request, call)


@workspace_view(role="operator")
@require_POST
def decide(request: WorkspaceRequest, project_id: str, call_id: Any) -> HttpResponse:
    """A person decides about an unknown attempt: `candidate` = which call it was, `none` of them, or nobody was called.

    `here=unknown` leads back to the list of what waits.
    """
    call = _call(request, project_id, call_id)
    candidate = request.POST.get("candidate", "")
    if request.POST.get("none"):
        done = reconcile.rule_out(call, request.user)
        what = "none of these was it. They are not offered again for this call."
    elif candidate:
        done = reconcile.choose(call, candidate, request.user)
        what = "it was that call. What Talkstack says of it stands on this call's page from now on."
    else:
        done = reconcile.may_decide(call) and dialing.say_not_called(call, request.user)
        what = "nobody was called. If the call turns up after all, its page will say so."
    if done:
        see(request, f"Your decision is kept: {what}")
    else:
        see(request, "Nothing was changed: there is no such decision to make about this call now.", "warning")
    return _back(request, call)


def _back(request: WorkspaceRequest, call: Call) -> HttpResponse:
    if request.POST.get("here") == "unknown":
        return redirect(request, "calls:unknown", request.workspace.slug)
    return redirect(request, "calls:detail", request.workspace.slug, call.project_id, call.pk)


@workspace_view(role="viewer")
@require_safe
def recording(request: WorkspaceRequest, project_id: str, call_id: Any, n: int) -> HttpResponse:
    """The n-th recording (from 1), streamed through us."""
    call = _call(request, project_id, call_id)
    if not 1 <= n <= len(call.recordings):
        raise Http404
    return sound.answer(request, call.workspace, call.recordings[n - 1])
