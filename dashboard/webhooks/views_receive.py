"""The public address that Talkstack sends events to. No session, no cookie, no form: whoever has the secret may deliver."""

import logging

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from dashboard.talkstack import parse
from dashboard.webhooks import addresses, receiving, shapes, together

log = logging.getLogger(__name__)
_ID_HEADERS = ("Webhook-Id", "X-Webhook-Id", "X-Event-Id", "Idempotency-Key", "I-Twilio-Idempotency-Token")
_PATIENCE_MS = 5000


@csrf_exempt  # Talkstack has no session and no form of ours: the secret in the address is what lets it in
@require_POST
def receive(request: HttpRequest, token: str) -> HttpResponse:
    """Size, secret, stored, answered. 2xx only once the event is in the database."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length[:20]) > receiving.LARGEST:
        return _say(413, "An event may have 1 MB at most.")
    try:
        with together.patience(_PATIENCE_MS / 1000):  # the sender waits too, and can come again
            return _take(request, token)
    except DatabaseError:
        log.exception("an event could not be stored; its sender is asked to try again")
        return _say(503, "The event could not be stored. Send it again.", wait=10)


def _take(request: HttpRequest, token: str) -> HttpResponse:
    secret = addresses.find(token)
    if secret is None:
        return _say(401, "This address is not known, or its secret no longer counts.")
    body = _body(request)
    if body is None:
        return _say(413, "An event may have 1 MB at most.")
    wait = receiving.take(secret, _delivery(request, body))
    return _say(429, "That was too much at once. Send it again later.", wait) if wait else _say(200, "Received.")


def _body(request: HttpRequest) -> bytes | None:
    """The bytes as they came; None when there are too many. Chunked ones have no length, and Django would read none."""
    stream = request
    if "chunked" in request.headers.get("Transfer-Encoding", "").lower() and request.META.get("wsgi.input_terminated"):
        stream = request.META["wsgi.input"]
    try:
        body: bytes = stream.read(receiving.LARGEST + 1)
    except OSError:
        return b""
    return None if len(body) > receiving.LARGEST else body


def _delivery(request: HttpRequest, body: bytes) -> receiving.Delivery:
    told = next((found for name in _ID_HEADERS if (found := request.headers.get(name, "").strip())), "")
    encoding = request.headers.get("Content-Encoding", "")[:40]
    return receiving.Delivery(
        body=body,
        content_type=parse.clean(request.headers.get("Content-Type", ""))[:200],
        content_encoding=parse.clean(encoding),
        address=str(request.META.get("REMOTE_ADDR", ""))[:45],
        event_id=parse.clean(told)[:300] or ("" if encoding else shapes.event_id(body)),
    )


def _say(status: int, words: str, wait: int = 0) -> HttpResponse:
    answer = JsonResponse({"message": words}, status=status)
    if wait:
        answer["Retry-After"] = str(wait)
    return answer
