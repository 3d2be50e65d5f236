"""Signing in and out, and the list of workspaces."""

import json
import time
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.activity import record

from . import carried, nobody, signing
from .access import person_view
from .forms import SignInForm
from .models import Membership
from .next_page import safe_path
from .sayings import STEPS


@require_safe
def root(request: HttpRequest) -> HttpResponse:
    """/: to the workspaces."""
    return redirect("accounts:workspaces")


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: Any) -> HttpResponse:
    """The one form for everybody; under htmx it is the dialog that appears when a session has ended."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return redirect(_next(request.GET.get("next", "")))
        form = SignInForm(initial={"next": request.GET.get("next", ""), "email": carried.email(request)})
        return render(request, "accounts/sign_in.html", {"form": form, "practice": signing.practice_here()})
    began = time.monotonic()
    form = nobody.again_form(request.POST) if request.htmx else SignInForm(request.POST)
    status = 422
    steps: tuple[str, ...] = ()
    if form.is_valid():
        try:
            user = signing.authenticate(form.cleaned_data["email"], form.cleaned_data["password"])
        except signing.SignInRefused as refused:
            signing.note_refusal(request, refused.user, refused.words)
            form.add_error(None, refused.words)
            status, steps = refused.status, refused.steps
            if steps:  # those pages have the address filled in; other failures leave no session behind
                carried.remember(request, form.cleaned_data["email"])
        else:
            signing.begin(request, user, form.cleaned_data["tz"])
            return _signed_in(request, form.cleaned_data["next"])
    time.sleep(max(0.0, settings.SIGN_IN_FLOOR_SECONDS - (time.monotonic() - began)))
    return _sign_in_again(request, form, status, steps)


def _signed_in(request: Any, next_path: str) -> HttpResponse:
    """Onward; to the dialog, a word to the page: here is the new token for your forms."""
    if not request.htmx:
        return redirect(_next(next_path))
    answer = render(request, "accounts/_signed_in.html")
    answer["HX-Trigger"] = json.dumps({"signed-in": {"token": get_token(request)}})
    return answer


def _sign_in_again(request: Any, form: SignInForm, status: int, names: tuple[str, ...]) -> HttpResponse:
    steps = [(reverse(name), STEPS[name]) for name in names]
    if request.htmx:
        context = {
            "form": form,
            "steps": steps,
            "sign_in_url": f"{reverse('accounts:sign_in')}?next={quote(_next(form['next'].value()))}",
        }
        return render(request, "accounts/_sign_in_dialog.html", context, status=status)
    context = {"form": form, "steps": steps, "practice": signing.practice_here()}
    return render(request, "accounts/sign_in.html", context, status=status)


def _next(path: str | None) -> str:
    return safe_path(path or "", default=reverse("accounts:workspaces"))


@require_POST
def sign_out(request: Any) -> HttpResponse:
    """End this session, here and on the server. The workspace's connection to Talkstack goes on."""
    if request.user.is_authenticated:
        record.note(
            workspace=None, user=request.user, verb="sign_out", kind="person", thing_id=str(request.user.pk),
            thing_name=request.user.email,
        )  # fmt: skip
    logout(request)
    sign_in_url = reverse("accounts:sign_in")
    answer = HttpResponse(headers={"HX-Redirect": sign_in_url}) if request.htmx else redirect(sign_in_url)
    answer["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@require_safe
@person_view
def workspaces(request: Any) -> HttpResponse:
    """/w/: the workspaces one belongs to; straight into it when there is only one, unless the address says ?all=1."""
    memberships = list(
        Membership.objects.filter(user=request.user).select_related("workspace").order_by("workspace__name", "pk")
    )
    if len(memberships) == 1 and "all" not in request.GET:
        return redirect(f"/w/{memberships[0].workspace.slug}/")
    return render(request, "accounts/workspaces.html", {"memberships": memberships})
