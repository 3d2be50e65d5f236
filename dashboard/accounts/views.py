"""Signing in and out, and the list of workspaces."""

import json
import time
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from dashboard.activity import record

from . import carried, last_session, lockout, nobody, noted, second_factor, signing, tries
from .access import person_view
from .forms import SignInForm
from .forms_factor import CodeForm
from .models import Membership, User
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
        ended = bool(request.COOKIES.get(settings.SESSION_COOKIE_NAME)) and not request.session.session_key
        context = {
            "form": form,
            "practice": signing.practice_here(),
            "ended": ended,
            "unsent": request.GET.get("unsent"),
        }
        return render(request, "accounts/sign_in.html", context)
    began = time.monotonic()
    form = nobody.again_form(request.POST) if request.htmx else SignInForm(request.POST)
    status, wait = 422, None
    steps: tuple[str, ...] = ()
    if form.is_valid():
        try:
            user = signing.try_to_sign_in(request, form.cleaned_data["email"], form.cleaned_data["password"])
        except signing.SignInRefused as refused:
            noted.refused(request, refused.user, refused.words, soon=refused.retry_after is not None)
            form.add_error(None, refused.words)
            status, steps, wait = refused.status, refused.steps, refused.retry_after
            if steps:  # those pages have the address filled in; other failures leave no session behind
                carried.remember(request, form.cleaned_data["email"])
        else:
            return _password_was_right(request, user, form.cleaned_data["tz"], form.cleaned_data["next"])
    if (
        form.is_bound and "email" in form.cleaned_data and wait is None
    ):  # the others tell nothing, and waiting costs a thread
        time.sleep(max(0.0, settings.SIGN_IN_FLOOR_SECONDS - (time.monotonic() - began)))
    answer = _sign_in_again(request, form, status, steps)
    if wait:
        answer["Retry-After"] = str(wait)
    return answer


def _password_was_right(request: Any, user: User, zone: str, next_path: str) -> HttpResponse:
    """On to the code of those who have a second factor; the others are in."""
    if second_factor.of(user) is None:
        signing.begin(request, user, zone)
        return signed_in(request, user, next_path)
    signing.wait_for_code(request, user, zone, next_path)
    if request.htmx:
        return render(request, "accounts/_code_dialog.html", {"form": CodeForm()})
    return redirect("accounts:code")


def signed_in(request: Any, user: User, next_path: str) -> HttpResponse:
    """Onward; to the dialog, a word to the page: here is the new token for your forms. This browser is known from now on."""
    if told := tries.warning(request):
        messages.warning(request, told)
    if request.htmx:
        answer = render(request, "accounts/_signed_in.html")
        answer["HX-Trigger"] = json.dumps({"signed-in": {"token": get_token(request)}})
    else:
        answer = redirect(_next(next_path or carried.goes_on(request)))
    lockout.know_device(request, answer, user.email)
    last_session.mark(request, answer)
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
