"""A person's own pages: their account, their sessions, and a form that waited for them."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth import logout
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.activity import record

from . import parking, second_factor, sessions, tries
from .access import person_view
from .forms import AccountForm
from .models import Session


@require_http_methods(["GET", "HEAD", "POST"])
@person_view
def account(request: Any) -> HttpResponse:
    """/account/: one's name, time zone and sessions."""
    form = AccountForm(request.POST if request.method == "POST" else None, instance=request.user)
    if form.is_valid():
        before = {name: form.initial[name] for name in form.changed_data}
        with transaction.atomic():
            form.save()
            if before:
                after = {name: form.cleaned_data[name] for name in before}
                record.note(**_mine(request, "person.update"), before=before, after=after)
        messages.success(request, "Your details were saved.")
        return redirect("accounts:account")
    context = {
        "form": form,
        "sessions": sessions.alive(request.user).order_by("-last_seen"),
        "current": request.session.session_key,
        "factor": second_factor.of(request.user),
        "tries": tries.since_last_time(request),
    }
    return render(request, "accounts/account.html", context, status=422 if form.is_bound else 200)


@require_POST
@person_view
def session_end(request: Any, public_id: UUID) -> HttpResponse:
    """End one of one's own sessions, wherever it is; one's present one is signing out."""
    row = sessions.alive(request.user).filter(public_id=public_id).first()
    if row is None:
        raise Http404("No such session.")
    _end(request, [row])
    if row.session_key == request.session.session_key:
        logout(request)
        return redirect("accounts:sign_in")
    messages.success(request, "That session was ended.")
    return redirect("accounts:account")


@require_POST
@person_view
def sessions_end_others(request: Any) -> HttpResponse:
    """End all of one's own sessions but this one."""
    others = list(sessions.alive(request.user).exclude(session_key=request.session.session_key))
    _end(request, others)
    messages.success(request, "All other sessions were ended.")
    return redirect("accounts:account")


@never_cache
@require_safe
@person_view
def parked(request: Any, parked_id: UUID) -> HttpResponse:
    """What somebody had typed when their session ended: shown to them again, sent only by their own hand."""
    found = parking.find(request.user, parked_id)
    if found is None:
        messages.warning(request, "What you had typed was kept for 15 minutes and is no longer here. Nothing was sent.")
        return redirect("accounts:workspaces")
    form, pairs = found
    fields = [parking.Field(*pair) for pair in pairs]
    context = {"parked": form, "typed": [each for each in fields if not each.technical]}
    context["carried"] = [each for each in fields if each.technical]
    return render(request, "accounts/parked.html", context)


def _end(request: Any, rows: list[Session]) -> None:
    with transaction.atomic():
        for row in rows:
            record.note(**_mine(request, "session.end"), before={"address": row.address, "agent": row.agent})
        sessions.end(Session.objects.filter(pk__in=[row.pk for row in rows]))


def _mine(request: Any, verb: str) -> dict[str, Any]:
    person = request.user
    return {
        "workspace": None, "user": person, "verb": verb, "kind": "person", "thing_id": str(person.pk),
        "thing_name": person.email,
    }  # fmt: skip
