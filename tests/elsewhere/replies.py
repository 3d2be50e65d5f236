"""How the stand-in says things: envelopes, and refusals in the manner of the dialect."""

import json
from dataclasses import dataclass
from typing import Any

from .dialects import Dialect

HTML = "<!DOCTYPE html><html><head><title>Upstream trouble</title></head><body><h1>nginx says no: {}</h1></body></html>"
EXTRA = {"__v": 0, "tenant": {"plan": "<i>gold</i>", "seats": [1, None]}, "deletedAt": None, "flags": []}


@dataclass
class Answer:
    """A reply before it is written to the socket."""

    status: int
    body: bytes = b""
    kind: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(Exception):
    """Raised by a handler: the request is refused with these words."""

    def __init__(self, status: int, words: str, **more: Any) -> None:
        super().__init__(words)
        self.status, self.words, self.more = status, words, more


def say(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode())


def within(path: str, value: Any, **words: Any) -> Any:
    """`value` under the dotted path, with an envelope around it; the bare value for ""."""
    if not path:
        return value
    if path == "message":
        return words
    for key in reversed(path.split(".")):
        value = {key: value}
    return words | value


def refused(dialect: Dialect, refusal: Refusal) -> Answer:
    """The refusal as this server words it."""
    status, words = refusal.status, refusal.words
    if refusal.more:
        return say({"message": words} | refusal.more, status)
    if dialect.errors == "html":
        return Answer(status, HTML.format(words).encode(), "text/html; charset=utf-8")
    if dialect.errors == "empty":
        return Answer(status)
    if dialect.errors == "text":
        return Answer(status, words.encode(), "text/plain")
    if dialect.errors == "error":
        return say({"error": {"message": words, "code": status}}, status)
    if dialect.errors == "errors":
        return say({"errors": [{"msg": words, "location": "body"}]}, status)
    if dialect.errors == "ok" and status == 400:
        return say({"status": "error", "message": words})
    return say({"message": words, "status": "error"}, status)
