"""What goes in and comes out of the sandbox: a request, a response, a refusal. No sockets here."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


class Headers(dict[str, str]):
    """Header names in lower case, whatever way they were written."""

    def __init__(self, pairs: Mapping[str, str] | None = None) -> None:
        super().__init__({str(key).lower(): str(value) for key, value in (pairs or {}).items()})

    def one(self, name: str) -> str:
        return self.get(name.lower(), "")


@dataclass
class Request:
    """One HTTP request. ``path`` is decoded and has no query; ``query`` maps each name to its values."""

    method: str
    path: str
    query: dict[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __post_init__(self) -> None:
        self.method = self.method.upper()
        self.headers = Headers(self.headers)

    def header(self, name: str) -> str:
        return self.headers.get(name.lower(), "")

    def one(self, name: str) -> str:
        """The first value of a query parameter, "" if there is none."""
        return (self.query.get(name) or [""])[0]

    def copy(self) -> Request:
        return Request(self.method, self.path, {k: list(v) for k, v in self.query.items()}, self.headers, self.body)


@dataclass
class Response:
    """One HTTP response, with what the door has to do to the connection while it answers.

    ``wait``: seconds before the answer leaves. ``ending``: "" for a whole answer, "hang" (no byte ever, the connection
    stays open), "close" (no byte, closed), "cut" (half the body, closed), "unreachable", "dns", "connect-timeout" or
    "tls" (never reached). ``drip``: seconds between single bytes. ``hold``: the rule to wait for before answering.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    wait: float = 0.0
    ending: str = ""
    drip: float = 0.0
    hold: Any = None

    def json(self) -> Any:
        return json.loads(self.body)


class Refusal(Exception):
    """Talkstack says no: an HTTP status and its words. ``extra`` joins the envelope (loginStatus and the like)."""

    def __init__(self, status: int, message: str, *, headers: dict[str, str] | None = None, **extra: Any) -> None:
        super().__init__(message)
        self.status, self.message, self.extra = status, message, extra
        self.headers = headers or {}

    def response(self) -> Response:
        answer = as_json({"message": self.message, "status": "error", **self.extra}, self.status)
        answer.headers.update(self.headers)
        return answer


def as_json(value: Any, status: int = 200) -> Response:
    """A JSON answer, in the compact form a Node server writes."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    return Response(status, {"Content-Type": "application/json; charset=utf-8"}, body)


def ok(message: str, status_word: str = "success", **payload: Any) -> Response:
    """The usual envelope around a payload, always HTTP 200 (API contract, 1)."""
    return as_json({"message": message, "status": status_word, **payload})


def iso(at: float | None) -> str | None:
    """Seconds since 1970 as Talkstack writes most dates: ISO-8601, milliseconds, Z."""
    if at is None:
        return None
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def text(body: dict[str, Any], name: str) -> str:
    """A string field of a JSON body, trimmed; "" when absent, null or something else."""
    value = body.get(name)
    return value.strip() if isinstance(value, str) else ""
