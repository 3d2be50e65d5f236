"""A new Talkstack account: sign up, verify the e-mail address, have another code sent."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.talkstack import SignUpStatus, VerificationStatus
from dashboard.web.render import redirect, see

from . import carried, joining, last_session, signing
from .form_page import answer, check_pace, page
from .forms_join import ResendForm, SignUpForm, VerifyForm
from .not_done import NotDone
from .pace import no_sooner
from .sayings import SIGNING_UP, VERIFYING


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
@no_sooner
def sign_up(request: Any) -> HttpResponse:
    """/sign-up/: name, e-mail address, password; then the code."""
    if request.user.is_authenticated:
        return redirect(request, "accounts:workspaces")
    form = SignUpForm(request.POST if request.method == "POST" else None, initial={"email": carried.email(request)})
    if not form.is_valid():
        return page(request, "accounts/sign_up.html", form)
    email = form.cleaned_data["email"]
    carried.remember(request, email)
    try:
        check_pace(request, "sign-up", 20)
        user = joining.sign_up(email, form.cleaned_data["password"], form.cleaned_data["name"])
    except NotDone as not_done:
        return answer(request, "accounts/sign_up.html", form, not_done)
    if user is not None:
        signing.begin(request, user)
        onward = redirect(request, "accounts:workspaces")
        last_session.mark(request, onward)
        return onward
    carried.code_sent(request, email)
    see(request, SIGNING_UP[SignUpStatus.SUCCESS].words)
    return redirect(request, "accounts:verify")


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@no_sooner
def verify(request: Any) -> HttpResponse:
    """/verify/: the code from the mail; then signing in."""
    if request.method != "POST":
        return _verify_page(request, VerifyForm(initial={"email": carried.email(request)}))
    form = VerifyForm(request.POST)
    if not form.is_valid():
        return _verify_page(request, form)
    carried.remember(request, form.cleaned_data["email"])
    try:
        check_pace(request, "verify", 30, minutes=10)
        joining.verify(form.cleaned_data["email"], form.cleaned_data["code"])
    except NotDone as not_done:
        return _verify_page(request, form, not_done)
    see(request, VERIFYING[VerificationStatus.SUCCESS].words)
    return redirect(request, "accounts:sign_in")


@never_cache
@sensitive_post_parameters("code")
@require_POST
@no_sooner
def resend(request: Any) -> HttpResponse:
    """/verify/resend/: another code, at most once a minute."""
    form = ResendForm(request.POST)
    if not form.is_valid():
        return _verify_page(request, form)
    email = form.cleaned_data["email"]
    carried.remember(request, email)
    try:
        if wait := carried.code_wait(request, email):
            raise joining.too_soon(wait)
        check_pace(request, "resend", 20)
        joining.resend(email)
    except NotDone as not_done:
        if not_done.retry_after:
            carried.code_sent(request, email, not_done.retry_after)
        return _verify_page(request, form, not_done)
    carried.code_sent(request, email)
    see(request, f"Another code is on its way to {email}. The earlier one no longer counts.")
    return redirect(request, "accounts:verify")


def _verify_page(request: Any, form: VerifyForm, not_done: NotDone | None = None) -> HttpResponse:
    context = {"wait": carried.code_wait(request, str(form["email"].value() or ""))}
    form.fields["code"].required = True  # also after another one was asked for: it is what the page is for
    if not_done is not None:
        return answer(request, "accounts/verify.html", form, not_done, context)
    return page(request, "accounts/verify.html", form, context)
