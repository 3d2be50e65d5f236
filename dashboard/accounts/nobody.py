"""What somebody gets who is not signed in (any more): never a lost text, never a sign-in page inside a table."""

from typing import Any
from urllib.parse import quote

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from dashboard.web.problems import retarget
from dashboard.web.render import STOP_POLLING

from . import parking
from .forms import SignInForm
from .next_page import path_of, safe_path
from .polls import is_poll


def answer(request: Any) -> HttpResponse:
    """The answer to a request without a session, after the kind of request it is."""
    if not request.htmx:
        return _page(request)
    if is_poll(request):
        return _notice(request, "accounts/_signed_out.html", STOP_POLLING, _sign_in(_shown_page(request)))
    if request.method in ("GET", "HEAD"):
        gone = HttpResponse(status=401)
        gone["HX-Redirect"] = _sign_in(_shown_page(request))
        return gone
    return dialog(request)


def dialog(request: Any) -> HttpResponse:
    """The sign-in form over the page that asked, whatever it wanted to do."""
    return _notice(request, "accounts/_sign_in_dialog.html", 401, _sign_in(_shown_page(request)))


def again_form(data: Any = None) -> SignInForm:
    """The form of the dialog; its ids differ from those of any form on the page below it."""
    form = SignInForm(data, auto_id="again_%s")
    form.fields["email"].widget.attrs.pop("autofocus")  # a dialog puts the focus on its first field by itself
    return form


def _page(request: Any) -> HttpResponse:
    """To the sign-in page and back; a form's body waits on the server meanwhile, if we know whose it is.

    The sign-in page says that nothing was sent.
    """
    if request.method in ("GET", "HEAD"):
        return redirect(_sign_in(request.get_full_path()))
    parked = parking.park(request)
    return redirect(f"{_sign_in(parked or request.path)}&unsent={'kept' if parked else 'lost'}")


def _sign_in(back_to: str) -> str:
    return f"{reverse('accounts:sign_in')}?next={quote(back_to)}"


def _shown_page(request: Any) -> str:
    """The page in the browser's address bar: a fragment's own address is no place to come back to."""
    return safe_path(path_of(request.headers.get("HX-Current-URL", "")), default=reverse("accounts:workspaces"))


def _notice(request: Any, template: str, status: int, sign_in_url: str) -> HttpResponse:
    notice = render(request, template, {"sign_in_url": sign_in_url, "form": again_form()}, status=status)
    retarget(notice)
    return notice
