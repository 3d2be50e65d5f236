"""A fresh password before what is dear: keys, roles, second factors, deletions.

Whoever signed in or typed their password within FRESH_PASSWORD_SECONDS goes on. Others get a page that asks for it, with
everything they had sent in hidden fields: with the right password the same request is done at once, nothing typed twice.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters

from dashboard.web.problems import retarget

from . import noted, sessions, signing
from .next_page import path_of, safe_path

View = Callable[..., HttpResponseBase]
FIELD, BACK = "fresh_password", "fresh_back"
_NOT_CARRIED = (FIELD, BACK, "csrfmiddlewaretoken", "api_key")


def fresh_password(view: View) -> View:
    """Guards the POST of a view, below `workspace_view` or `person_view`; other methods pass."""

    @wraps(view)
    @sensitive_post_parameters(FIELD)
    def guarded(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if request.method != "POST" or sessions.password_is_fresh(request):
            return view(request, *args, **kwargs)
        if FIELD not in request.POST:
            return _ask(request, 403)
        try:
            signing.prove(request, request.POST[FIELD])
        except signing.SignInRefused as refused:
            noted.wrong_proof(request, refused.words, soon=refused.retry_after is not None)
            return _ask(request, refused.status, refused.words)
        sessions.password_typed(request)
        return view(request, *args, **kwargs)

    guarded.asks_fresh_password = True  # type: ignore[attr-defined]
    return guarded


def _ask(request: Any, status: int, words: str = "") -> HttpResponse:
    pairs = [(name, value) for name, values in request.POST.lists() for value in values if name not in _NOT_CARRIED]
    context = {"pairs": pairs, "words": words, "field": FIELD, "path": request.get_full_path(), "back": _back(request)}
    template = "accounts/_fresh_dialog.html" if request.htmx else "accounts/fresh.html"
    answer = render(request, template, context, status=status)
    if request.htmx:
        retarget(answer)
    return answer


def _back(request: Any) -> str:
    """The page that the form was on: where "Cancel" leads, also after a wrong password."""
    came = request.POST.get(BACK) or request.headers.get("Referer", "")
    return safe_path(path_of(came), default=reverse("accounts:workspaces"))
