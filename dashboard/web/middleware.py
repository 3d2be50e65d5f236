"""Around every request: an id, the security headers, the viewer's time zone, and words for what Talkstack did not do."""

import logging
import uuid
import zoneinfo
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from dashboard.talkstack.errors import TalkstackError
from dashboard.web import problems
from dashboard.web.logs import request_id

log = logging.getLogger(__name__)
Answer = Callable[[HttpRequest], HttpResponse]

CSP = "; ".join(
    [
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect", "media", "manifest")),
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
    ]
)
PROBES = ("/healthz", "/readyz")  # they must answer when nothing else does
HEADERS = {
    "Content-Security-Policy": CSP,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), display-capture=(), browsing-topics=()",
}


class ClientAddress:
    """Behind the proxies named in TRUSTED_PROXIES: who really asks, as the nearest of them says. Nobody else is believed."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        trusted = settings.TRUSTED_PROXIES
        if trusted and request.META.get("REMOTE_ADDR") in trusted:
            told = [each.strip() for each in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
            real = next((each for each in reversed(told) if each and each not in trusted), "")
            request.META["REMOTE_ADDR"] = real[:45] or request.META["REMOTE_ADDR"]
        return self.get_response(request)


class RequestId:
    """Gives every request an id that its log lines carry and its answer names."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.id = uuid.uuid4().hex[:16]  # type: ignore[attr-defined]
        token = request_id.set(request.id)  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            request_id.reset(token)
        response["X-Request-ID"] = request.id  # type: ignore[attr-defined]
        return response


class SecurityHeaders:
    """The same strict headers on every answer; pages of signed-in people are never stored."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response[name] = value
        if not request.path.startswith("/static/") and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store"
        return response


class ViewerZone:
    """Shows every time in the zone the viewer chose, or the one their browser named, else in UTC."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            zone = _zone(request)
        except OperationalError:
            log.exception("the database did not answer")
            return problems.answer(request, problems.BUSY)
        with timezone.override(zone):
            return self.get_response(request)


def _zone(request: HttpRequest) -> Any:
    if request.path in PROBES:
        return zoneinfo.ZoneInfo("UTC")
    name = getattr(request.user, "time_zone", "") or request.session.get("time_zone", "")
    try:
        return zoneinfo.ZoneInfo(name) if name else zoneinfo.ZoneInfo("UTC")
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zoneinfo.ZoneInfo("UTC")


class UpstreamErrors:
    """Turns what a view could not get from Talkstack, or from the database, into a page or a notice in words."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """The answer for a TalkstackError or a busy database; None for everything else."""
        if isinstance(error, TalkstackError):
            log.warning("%s: %s %s", type(error).__name__, error.route, error.detail)
            return problems.answer(request, problems.of_upstream(error))
        if isinstance(error, OperationalError):
            log.exception("the database did not answer")
            return problems.answer(request, problems.BUSY)
        return None
