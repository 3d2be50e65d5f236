"""Passwords: forgotten, set anew with a link, changed."""

from typing import Any

from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dashboard.web.render import redirect, see

from . import carried, limits, lockout, passwords, signing
from .access import person_view
from .form_page import answer, check_pace, page
from .forms_password import ChangePasswordForm, ForgotForm, ResetForm
from .models import User
from .not_done import NotDone, wait_words
from .pace import no_sooner
from .sayings import Saying


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@no_sooner
def forgot(request: Any) -> HttpResponse:
    """/forgot/: ask for a link. The answer is the same whether there is such an account or not."""
    form = ForgotForm(request.POST if request.method == "POST" else None, initial={"email": carried.email(request)})
    if not form.is_valid():
        return page(request, "accounts/forgot.html", form)
    carried.remember(request, form.cleaned_data["email"])
    try:
        check_pace(request, "forgot", 20)
        passwords.forgot(form.cleaned_data["email"])
    except NotDone as not_done:
        return answer(request, "accounts/forgot.html", form, not_done)
    return redirect(request, f"{reverse('accounts:reset')}?sent=1")


@never_cache
@sensitive_post_parameters("token", "new_password")
@require_http_methods(["GET", "HEAD", "POST"])
@no_sooner
def reset(request: Any) -> HttpResponse:
    """/reset/: a new password, with the link from a mail or its token. A token in the address leaves it at once."""
    if "token" in request.GET:
        if not limits.spend(f"reset-link:{lockout.address_of(request)}", 60, 3600):
            carried.keep_token(request, request.GET["token"].strip())
        return redirect(request, "accounts:reset")
    context = {"sent": "sent" in request.GET}
    if request.method != "POST":
        return page(request, "accounts/reset.html", ResetForm(initial={"token": carried.token(request)}), context)
    form = ResetForm(request.POST)
    if not form.is_valid():
        return page(request, "accounts/reset.html", form)
    try:
        check_pace(request, "reset", 30)
        user = passwords.reset(form.cleaned_data["token"], form.cleaned_data["new_password"])
    except NotDone as not_done:
        return answer(request, "accounts/reset.html", form, not_done)
    carried.drop_token(request)
    return _was_reset(request, user)


def _was_reset(request: Any, user: User | None) -> HttpResponse:
    """On to signing in. Talkstack does not say whose password it was, so a session there may be goes on."""
    if user is None and request.user.is_authenticated:
        see(request, "The new password is set. Browsers that are signed in stay so: end those you do not know below.")
        return redirect(request, "accounts:account")
    if user is not None:
        if request.user == user:
            logout(request)
        carried.remember(request, user.email)
    else:
        carried.password_was_reset(request)
    see(request, "Your new password is set. Sign in with it.")
    return redirect(request, "accounts:sign_in")


@never_cache
@sensitive_post_parameters("old_password", "new_password")
@require_http_methods(["GET", "HEAD", "POST"])
@person_view
@no_sooner
def change_password(request: Any) -> HttpResponse:
    """/account/password/: a wrong old password is about what was typed, never about the session."""
    form = ChangePasswordForm(request.user, request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return page(request, "accounts/change_password.html", form)
    old, new = form.cleaned_data["old_password"], form.cleaned_data["new_password"]
    try:
        _guess(request)
        passwords.change(request.user, old, new, request.session.session_key)
    except NotDone as not_done:
        if not_done.saying is passwords.WRONG_OLD:
            lockout.failed(request, request.user.email)
        return answer(request, "accounts/change_password.html", form, not_done)
    update_session_auth_hash(request, request.user)
    see(request, "Your password was changed. All other browsers were signed out.")
    return redirect(request, "accounts:account")


def _guess(request: Any) -> None:
    """Whoever found a browser signed in must not guess the password there. Raises NotDone."""
    if wait := lockout.seconds_to_wait(request, request.user.email):
        words = signing.TOO_OFTEN.format(wait=wait_words(wait))
        raise NotDone(Saying(words, "old_password"), 429, "not_sent", retry_after=wait)
