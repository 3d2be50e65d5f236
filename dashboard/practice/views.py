"""The practice room: what each number does, what goes wrong on purpose, and the mails that were never sent."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpResponse
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts.access import workspace_view
from dashboard.talkstack import Unavailable
from dashboard.web.render import page, redirect, see

from . import actions, faults, people, room
from .faults import BY_NAME, TIMES, FaultForm
from .tasks import tasks

View = Callable[..., HttpResponse]


def practice_only(view: View) -> View:
    """In a live workspace there is no such page."""

    @wraps(view)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.workspace.practice:
            raise Http404("Only practice workspaces have a practice room.")
        return view(request, *args, **kwargs)

    return guarded


@workspace_view(role="viewer")
@practice_only
@require_safe
def the_room(request: Any) -> HttpResponse:
    """What each number does, the faults, and things to try."""
    return _room(request, FaultForm())


@workspace_view(role="operator")
@practice_only
@require_safe
def outbox(request: Any) -> HttpResponse:
    """The mails that a real server would have sent, with their codes and links."""
    try:
        mails, problem = people.visible(room.outbox(), request.membership), ""
    except Unavailable as error:
        mails, problem = [], error.sentence
    return page(request, "practice/outbox.html", {"mails": mails, "problem": problem}, fragments=("practice-mails",))


@workspace_view(role="admin")
@practice_only
@require_POST
def switch(request: Any) -> HttpResponse:
    """Switch a fault on (`fault`, `times`), or off (`clear`: its id, or "all")."""
    if "clear" in request.POST:
        return _off(request, request.POST["clear"])
    form = FaultForm(request.POST)
    if not form.is_valid():
        return _room(request, form, 422)
    wanted, times = BY_NAME[form.cleaned_data["fault"]], form.cleaned_data["times"]
    try:
        actions.switch_on(request.workspace, request.user, wanted, int(times))
    except Unavailable as error:
        return _room(request, form, 502, error.sentence)
    see(request, f"On: {wanted.label}, {TIMES[times]}.", "warning")
    return redirect(request, "practice:room", request.workspace.slug)


def _off(request: Any, which: str) -> HttpResponse:
    fault_id = int(which) if which.isdecimal() and len(which) < 10 else None
    if fault_id is None and which != "all":
        return _room(request, FaultForm(), 422, "There is no such fault. Nothing was switched off.")
    try:
        known = {one.id: faults.in_words(one) for one in room.overview().faults}
        label = "all faults" if fault_id is None else known.get(fault_id, "a fault that was over already")
        actions.switch_off(request.workspace, request.user, fault_id, label)
    except Unavailable as error:
        return _room(request, FaultForm(), 502, error.sentence)
    see(request, f"Off: {label}.")
    return redirect(request, "practice:room", request.workspace.slug)


def _room(request: Any, form: FaultForm, status: int = 200, trouble: str = "") -> HttpResponse:
    try:
        seen, away = room.overview(), ""
    except Unavailable as error:
        seen, away = None, error.sentence
    context = {
        "seen": seen,
        "away": away,
        "trouble": "" if trouble == away else trouble,
        "on": [(one, faults.in_words(one)) for one in seen.faults] if seen else [],
        "form": form,
        "switches": faults.SWITCHES,
        "tasks": tasks(request),
    }
    return page(request, "practice/room.html", context, fragments=("practice-faults",), status=status)
