"""From a reply to its JSON, or to the error that says what certainly happened, did not happen, or is not known."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from dashboard.talkstack import parse
from dashboard.talkstack.errors import (
    Conflict,
    ContractBroken,
    KeyRejected,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    TalkstackError,
    Unavailable,
)
from dashboard.talkstack.paths import Route
from dashboard.talkstack.transport import Reply

LONGEST_WAIT = 86_400.0
_NO_ROUTE = re.compile(r"cannot (get|post)|/|\broute\b|\burl\b|\bpath\b|\bpage\b|endpoint", re.IGNORECASE)
_UNREADABLE = "Talkstack's answer could not be understood."
_REFUSED = (400, 402, 405, 413, 415, 422)
_SECRETS = re.compile(rb"[A-Za-z0-9_\-./+=]{24,}|\+?\d[\d ().\-]{5,}\d|[^\s\"<>@]+@[^\s\"<>@]+")


def detail(body: bytes) -> str:
    """The first 200 bytes for the log; long runs (tokens, ids), phone numbers and e-mail addresses are masked."""
    # Masked before it is cut: a token that the cut shortens would no longer look like one.
    return _SECRETS.sub(b"***", body[:2000])[:200].decode("utf-8", "replace")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait from a Retry-After header (seconds or a date), between 0 and one day; None if absent or junk."""
    text = str(headers.get("Retry-After", "")).strip()
    seconds = parse.as_number(text)
    if seconds is None and (moment := parse.as_time(text)) is not None:
        seconds = (moment - datetime.now(UTC)).total_seconds()
        return min(max(0.0, seconds), LONGEST_WAIT)
    if seconds is None or seconds < 0:
        return None
    return min(seconds, LONGEST_WAIT)


def error(route: Route, reply: Reply) -> TalkstackError:
    """The error for a reply that is not 2xx (API contract, 1; the table is in the docstring of `errors`)."""
    status, name, seen = reply.status, route.name, detail(reply.body)
    if status in _REFUSED or status == 409:
        message, fields = parse.error_words(reply.body)
        kind = Conflict if status == 409 else Refused
        sentence = f"Talkstack refused this: {message}" if message else ""
        return kind(sentence, message=message, fields=fields, status=status, detail=seen, route=name)
    if status == 401:
        return KeyRejected(status=status, detail=seen, route=name)
    if status == 403:
        return NotAllowed(status=status, detail=seen, route=name)
    if status == 404:
        return NotFound(status=status, detail=seen, route=name)
    if status == 429:
        return RateLimited(retry_after=retry_after(reply.headers), status=status, detail=seen, route=name)
    return no_answer(route, status=status, seen=seen)


def no_answer(route: Route, *, status: int | None = None, seen: str = "") -> TalkstackError:
    """What a reply without meaning is: nothing lost for a read, an unknown outcome for what changes or rings."""
    if not route.changes:
        sentence = "Talkstack has a problem at the moment and gave no usable answer. Nothing was changed."
        return Unavailable(sentence, sent=True, status=status, detail=seen, route=route.name)
    reason = "Talkstack had a problem of its own." if status and status >= 500 else _UNREADABLE
    return OutcomeUnknown(reason=reason, status=status, detail=seen, route=route.name)


def content(route: Route, reply: Reply) -> Any:
    """The JSON of a 2xx; None for an empty or plain-text answer to a write. Raises ContractBroken or OutcomeUnknown."""
    try:
        return parse.loads(reply.body)
    except parse.Unreadable:
        start = reply.body.lstrip()[:1]
        if not route.changes or start in (b"<", b"{", b"["):
            raise broken(route, reply.status, detail(reply.body)) from None
        return None


def broken(route: Route, status: int | None = None, seen: str = "") -> TalkstackError:
    """A 2xx that cannot be understood: ContractBroken for a read, OutcomeUnknown for everything else."""
    if not route.changes:
        return ContractBroken(status=status, detail=seen, route=route.name)
    return OutcomeUnknown(reason=_UNREADABLE, status=status, detail=seen, route=route.name)


def says_none(reply: Reply) -> bool:
    """Whether an error is an answer of the API (in JSON, and not about a wrong address), so that it can mean "none"."""
    try:
        parse.loads(reply.body)
    except parse.Unreadable:
        return False
    return not _NO_ROUTE.search(parse.error_words(reply.body)[0])
