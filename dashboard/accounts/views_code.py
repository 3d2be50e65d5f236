"""The second step of signing in: a code of the authenticator app, or a recovery code."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from . import lockout, nobody, noted, second_factor, signing
from .forms_factor import CodeForm
from .not_done import wait_words
from .pace import no_sooner
from .views import signed_in

WRONG_CODE = (
    "This code is not right, or was used already. Take the next one that your app shows, or another recovery code. If none is "
    "taken, look whether your phone's clock is right."
)
TOO_MANY = "There were too many wrong codes. Wait {wait}, then try again."
OVER = "Type your password again: the code was not entered in time. Nothing was done."


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(["GET", "HEAD", "POST"])
@no_sooner
def code(request: Any) -> HttpResponse:
    """/sign-in/code/: only for a browser in which the right password was typed within the last ten minutes."""
    waiting = signing.waits_for_code(request)
    if waiting is None:
        return _from_the_start(request)
    form = CodeForm(request.POST if request.method == "POST" else None)
    status = 200 if request.method != "POST" else 422
    if form.is_valid():
        found, words, status = _check(request, waiting["user"], form.cleaned_data["code"])
        if found:
            return _in(request, waiting, found)
        form.add_error("code", words)
        noted.refused(request, waiting["user"], words, soon=status == 429)
    template = "accounts/_code_dialog.html" if request.htmx else "accounts/code.html"
    return render(request, template, {"form": form, "email": waiting["user"].email}, status=status)


def _from_the_start(request: Any) -> HttpResponse:
    """Nobody waits for a code here (any more): the password again; in the dialog, over the page whose text is still there."""
    if request.htmx:
        return nobody.dialog(request)
    if request.method == "POST":
        messages.warning(request, OVER)
    return redirect("accounts:sign_in")


def _check(request: Any, user: Any, typed: str) -> tuple[str, str, int]:
    """What kind of code it is ("" for none), the words about it, and the status of the answer."""
    try:
        found = second_factor.check(user, typed, lockout.origin(request, user.email))
    except second_factor.TooManyCodes as error:
        return "", TOO_MANY.format(wait=wait_words(error.seconds)), 429
    return found, WRONG_CODE, 422


def _in(request: Any, waiting: dict[str, Any], found: str) -> HttpResponse:
    user = waiting["user"]
    signing.begin(request, user, waiting["zone"], factor=found)
    if found == "recovery":
        left = f"{second_factor.codes_left(user)} of {second_factor.RECOVERY_CODES}"
        messages.warning(request, f"You used a recovery code; {left} are left. You can make new ones in your account.")
    return signed_in(request, user, waiting["next"])
