"""A person's own second factor: set up, new recovery codes, take away."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.web.forms import put_value

from . import second_factor, sessions
from .access import person_view
from .forms_factor import FirstCodeForm
from .fresh import fresh_password
from .models import Membership
from .next_page import safe_path
from .roles import at_least

WRONG_FIRST = (
    "This is not the code that the app shows now. Look whether your phone's clock is right, and type the newest one."
)


@require_safe
@person_view
def factor(request: Any) -> HttpResponse:
    """/account/second-factor/: whether there is one, and what can be done about it."""
    found = second_factor.of(request.user)
    context = {
        "factor": found,
        "left": second_factor.codes_left(request.user) if found else 0,
        "demanding": _demanding(request.user),
        "next": safe_path(request.GET.get("next", ""), default=""),
    }
    return render(request, "accounts/factor.html", context)


@require_POST
@person_view
@fresh_password
def start(request: Any) -> HttpResponse:
    """A new secret, if there is no second factor yet."""
    second_factor.start(request.user)
    request.session[_NEXT] = safe_path(request.POST.get("next", ""), default="")
    return redirect("accounts:factor_confirm")


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@person_view
@fresh_password
def confirm(request: Any) -> HttpResponse:
    """The QR code, and the first code that shows that the app has it; then the recovery codes, once."""
    waiting = second_factor.waiting(request.user)
    if waiting is None or not sessions.password_is_fresh(request):  # the page shows the secret
        return redirect("accounts:factor")
    form = FirstCodeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        codes = second_factor.confirm(request.user, form.cleaned_data["code"])
        if codes is not None:
            request.session[second_factor.PASSED] = True
            sessions.end_others(request.user, request.session.session_key)
            return _codes(request, codes, "Your second factor is set up. All other browsers were signed out.")
        form.add_error("code", WRONG_FIRST)
        put_value(form, "code", "")  # the next code is another one
    key = second_factor.key_of(waiting)
    path, side = second_factor.qr_path(request.user, key)
    context = {
        "form": form,
        "key": " ".join(key[at : at + 4] for at in range(0, len(key), 4)),
        "path": path,
        "side": side,
    }
    return render(request, "accounts/factor_confirm.html", context, status=422 if form.is_bound else 200)


@never_cache
@require_POST
@person_view
@fresh_password
def new_codes(request: Any) -> HttpResponse:
    """New recovery codes, shown once; the old ones no longer work."""
    if second_factor.of(request.user) is None:
        return redirect("accounts:factor")
    return _codes(request, second_factor.renew_codes(request.user), "The old recovery codes no longer work.")


@require_POST
@person_view
@fresh_password
def remove(request: Any) -> HttpResponse:
    """Take it away; workspaces that demand one ask for a new one at once."""
    if second_factor.remove(request.user):
        request.session.pop(second_factor.PASSED, None)
        sessions.end_others(request.user, request.session.session_key)
        messages.success(
            request,
            "Your second factor was removed. Your password alone signs you in; all other browsers were signed out.",
        )
    return redirect("accounts:factor")


_NEXT = "second_factor_next"


def _codes(request: Any, codes: list[str], words: str) -> HttpResponse:
    context = {"codes": codes, "words": words, "next": request.session.pop(_NEXT, "")}
    return render(request, "accounts/recovery_codes.html", context)


def _demanding(user: Any) -> list[str]:
    """The names of the workspaces that demand a second factor of this person."""
    mine = Membership.objects.filter(user=user).exclude(workspace__second_factor="").select_related("workspace")
    return [each.workspace.name for each in mine if at_least(each.role, each.workspace.second_factor)]
