"""One call: its page, its live status, its recording, and what a person may decide about it."""

import json
from datetime import timedelta
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import redirect as see_other
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts import sound
from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.calls import dialing, keeping, phrases, reconcile, states
from dashboard.calls.models import Attempt, Call, Moved
from dashboard.web import phone, registry
from dashboard.web.render import page, redirect, see

STOP_POLLING = 286
UNCHANGED = 204


def _call(request: WorkspaceRequest, project_id: str, call_id: Any) -> Call:
    call = Call.objects.filter(workspace=request.workspace, project_id=project_id, pk=call_id).first()
    if call is None:
        raise Http404
    call.workspace = request.workspace
    return call


@workspace_view(role="viewer")
@require_safe
def detail(request: WorkspaceRequest, project_id: str, call_id: Any) -> HttpResponse:
    """The call's page. Reads our database only; a call placed elsewhere is put on the worker's list to be read."""
    if moved := Moved.objects.filter(workspace=request.workspace, old_id=call_id).select_related("call").first():
        return see_other("calls:detail", request.workspace.slug, moved.call.project_id, moved.call.pk)
    call = _call(request, project_id, call_id)
    if call.sid and call.read_at is None and call.next_read_at is None:
        Call.objects.filter(pk=call.pk).update(next_read_at=timezone.now())
        call.next_read_at = timezone.now()
    return page(request, "calls/detail.html", _context(request, call) | _around(request, call))


@workspace_view(role="viewer")
@require_safe
def status(request: WorkspaceRequest, project_id: str, call_id: Any) -> HttpResponse:
    """The live part, for polling with `?seen=<version>`: 204 when unchanged, 286 when nothing more will come."""
    call = _call(request, project_id, call_id)
    done = settled(call)
    if request.GET.get("seen") == _seen(call) and not done:
        return _unchanged(call)
    context = _context(request, call) | _around(request, call)
    return page(request, "calls/detail.html", context, fragments=("call-live",), status=STOP_POLLING if done else 200)


def _unchanged(call: Call) -> HttpResponse:
    """Nothing to show, but Talkstack was asked meanwhile: the age on the page starts again from there."""
    answer = HttpResponse(status=UNCHANGED)
    answer["Vary"] = "HX-Request, HX-Target"
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
    waiting = call.attempt in (Attempt.RESERVED, Attempt.SENDING) or call.next_read_at is not None
    if not waiting:
        return False
    if not hasattr(call, "worker_alive"):
        call.worker_alive = registry.worker_alive()  # type: ignore[attr-defined]  # asked once for this answer
    return call.worker_alive is False  # type: ignore[attr-defined]


def _context(request: WorkspaceRequest, call: Call) -> dict[str, Any]:
    now = timezone.now()
    done = settled(call)
    return {
        "call": call,
        "told": phrases.told(call),
        "badge": states.badge(call.attempt, call.state),
        "attempt_badge": states.badge(call.attempt, "") if call.attempt and call.state else None,
        "steps": _steps(call),
        "seen": _seen(call),
        "poll_seconds": 0 if done else (10 if call.attempt == Attempt.UNKNOWN else 2),
        "worker_silent": _waits_for_worker(call),
        "waits_for_check": dialing.waits_for_check(call, now),
        "may_cancel": call.attempt == Attempt.RESERVED,
        "may_decide": reconcile.may_decide(call),
        "there": phone.local_time(call.number, now),
        "recordings": [
            {"n": n, "allowed": sound.allowed(url, call.workspace)} for n, url in enumerate(call.recordings, start=1)
        ],
        "data": _data(call),
        "data_expected": bool(call.state) and not done,
        "values_gone": keeping.values_gone(call),
        "raw_text": _raw(call),
        "zone_name": timezone.get_current_timezone_name(),
    }


def _raw(call: Call) -> str:
    """Talkstack's answer as it came."""
    if not call.raw:
        return "no longer kept" if keeping.values_gone(call) else "none yet"
    return json.dumps(call.raw, indent=1, ensure_ascii=False)[:20_000]


def _steps(call: Call) -> list[dict[str, Any]]:
    """The timeline. What a second source says in the same words joins the line of the first."""
    observed: list[Any] = []
    for item in call.observations.all():
        if observed and item.state == observed[-1].state and item.source != observed[-1].source and not item.words:
            observed[-1].also = f", then {item.get_source_display()}"
        else:
            observed.append(item)
    return [
        {
            "at": item.at or item.seen_at,
            "words": phrases.step(item.source, item.state),
            "source": f"{item.get_source_display()}{getattr(item, 'also', '')}",
            "by": call.placed_by_email if item.state == Attempt.RESERVED else "",
            "note": item.words,
            "last": item is observed[-1],
        }
        for item in observed
    ]


def _data(call: Call) -> list[tuple[str, str]]:
    """What the call brought, as label and text; whatever its shape, nothing is left out."""
    return [(_label(name), _plain(value)) for name, value in call.data.items()]


def _label(name: str) -> str:
    words = (
        "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in str(name)).replace("_", " ").split()
    )
    return " ".join(words).capitalize() or str(name)


def _plain(value: Any) -> str:
    if isinstance(value, bool) or (isinstance(value, str) and value.lower() in ("true", "false")):
        return "Yes" if str(value).lower() == "true" else "No"
    if isinstance(value, dict):
        return "; ".join(f"{_label(key)}: {_plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(_plain(item) for item in value)
    return "" if value is None else str(value)


def _around(request: WorkspaceRequest, call: Call) -> dict[str, Any]:
    """What else is known: other calls with this number in 30 days, and calls made again from this one."""
    since = timezone.now() - timedelta(days=30)
    same = Call.objects.filter(workspace=request.workspace, number=call.number, at__gte=since)
    times = same.filter(Q(attempt="") | Q(attempt__in=[Attempt.PLACED, Attempt.UNKNOWN])).values_list(
        "state", flat=True
    )
    listed = list(times[:1000])
    return {"times": len(listed), "answered": listed.count("completed"), "again": call.again.order_by("at").first()}


@workspace_view(role="operator")
@require_POST
def cancel(request: WorkspaceRequest, project_id: str, call_id: Any) -> HttpResponse:
    """Take a reservation back."""
    call = _call(request, project_id, call_id)
    if dialing.cancel(call, request.user):
        see(request, "Cancelled. Nobody was called.")
    else:
        see(request, "Too late to cancel: the call is no longer waiting. Talkstack cannot hang up.", "warning")
    return redirect(request, "calls:detail", request.workspace.slug, project_id, call.pk)


@workspace_view(role="operator")
@require_POST
def release(request: WorkspaceRequest, project_id: str, call_id: Any) -> HttpResponse:
    """Let an old reservation go after all."""
    call = _call(request, project_id, call_id)
    if dialing.release(call, request.user):
        see(request, "The call goes now.")
    else:
        see(request, "This call is no longer waiting for that decision.", "warning")
    return redirect(request, "calls:detail", request.workspace.slug, project_id, call.pk)


@workspace_view(role="operator")
@require_POST
def decide(request: WorkspaceRequest, project_id: str, call_id: Any) -> HttpResponse:
    """A person decides about an unknown attempt: `candidate` = which call it was, or `not_called`."""
    call = _call(request, project_id, call_id)
    candidate = request.POST.get("candidate", "")
    if candidate:
        done = reconcile.choose(call, candidate, request.user)
    else:
        done = reconcile.may_decide(call) and dialing.say_not_called(call, request.user)
    if done:
        see(request, "Your decision is kept. If the call turns up after all, the page will say so.")
    else:
        see(request, "Nothing was changed: there is no such decision to make about this call now.", "warning")
    return redirect(request, "calls:detail", request.workspace.slug, project_id, call.pk)


@workspace_view(role="viewer")
@require_safe
def recording(request: WorkspaceRequest, project_id: str, call_id: Any, n: int) -> HttpResponse:
    """The n-th recording (from 1), streamed through us."""
    call = _call(request, project_id, call_id)
    if not 1 <= n <= len(call.recordings):
        raise Http404
    return sound.answer(request, call.workspace, call.recordings[n - 1])
