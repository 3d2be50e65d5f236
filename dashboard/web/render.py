"""Answers of views: a whole page, or the one fragment of it that htmx asked for and the view allows."""

from collections.abc import Collection, Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render, resolve_url
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect

STOP_POLLING = 286  # htmx takes such an answer and does not ask again
_VARY = ["HX-Request", "HX-Target"]
_LEVELS = {
    "success": messages.SUCCESS,
    "info": messages.INFO,
    "warning": messages.WARNING,
    "error": messages.ERROR,
}


def page(
    request: Any,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    fragments: Collection[str] | Mapping[str, str] = (),
    status: int = 200,
) -> HttpResponse:
    """The template, or the partial of it that HX-Target asks for when `fragments` allows that. Sets Vary.

    `fragments` names the partials, each called like its element's id; a mapping says which partial goes into which element.
    """
    target = request.headers.get("HX-Target", "")
    whole = not request.htmx or request.htmx.boosted or request.htmx.history_restore_request
    partial = fragments.get(target, target) if isinstance(fragments, Mapping) else target
    name = template if whole or target not in fragments else f"{template}#{partial}"
    response = render(request, name, context, status=status)
    if name != template and list(messages.get_messages(request)):
        response.write(render(request, "ui/_messages_oob.html").content.decode())
    patch_vary_headers(response, _VARY)
    return response


def unchanged() -> HttpResponse:
    """The answer to a poll that finds nothing new: htmx leaves the page as it is and asks again. Sets Vary."""
    response = HttpResponse(status=204)
    patch_vary_headers(response, _VARY)
    return response


def redirect(request: Any, to: Any, *args: Any, **kwargs: Any) -> HttpResponse:
    """See-other to a URL name or address; under htmx the browser is told to go there as a whole."""
    url = resolve_url(to, *args, **kwargs)
    if request.htmx:
        return HttpResponseClientRedirect(url)
    response = HttpResponseRedirect(url)
    response.status_code = 303
    return response


def see(request: HttpRequest, message: str, level: str = "success") -> None:
    """Leave a message that the next page shows."""
    messages.add_message(request, _LEVELS[level], message)
