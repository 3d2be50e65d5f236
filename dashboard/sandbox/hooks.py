"""Webhooks: what a project's address would be told about its calls. Only addresses on this machine are ever told."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from .store import Call
from .wire import iso

if TYPE_CHECKING:
    from .app import Sandbox


@dataclass(frozen=True)
class Manner:
    """How the stand-in delivers. ``copies`` of each event, in any order if ``shuffled``, ``late`` by so many seconds.

    ``form``: as a form instead of JSON. ``names``: "own", "twilio" (CallSid, CallStatus …) or "nested" (inside data.call).
    ``never``: not at all.
    """

    copies: int = 1
    shuffled: bool = False
    late: float = 0.0
    form: bool = False
    names: str = "own"
    never: bool = False

    def __post_init__(self) -> None:
        fits = isinstance(self.copies, int) and 0 < self.copies <= 20 and 0 <= self.late <= 86400
        if not fits or self.names not in ("own", "twilio", "nested"):
            raise ValueError("copies: 1 to 20, late: 0 to 86400, names: own, twilio or nested.")


_TWILIO = {"callSid": "CallSid", "status": "CallStatus", "from": "From", "to": "To", "timestamp": "Timestamp"}


@dataclass(frozen=True)
class Event:
    """One change of state to be told: where to, and what. ``form``: as a form instead of JSON."""

    url: str
    payload: dict[str, Any]
    form: bool = False

    @property
    def content_type(self) -> str:
        return "application/x-www-form-urlencoded" if self.form else "application/json"

    @property
    def body(self) -> bytes:
        """What is sent."""
        if not self.form:
            return json.dumps(self.payload).encode()
        flat = {key: json.dumps(value) if isinstance(value, dict) else value for key, value in self.payload.items()}
        return urlencode(flat).encode()


class Hooks:
    """Works out the due events; sending them is the door's business (its thread calls ``deliver``)."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.manner = Manner()

    def due(self) -> list[Event]:
        """The changes of state since the last question, oldest first. Each is given once, unless the manner is another."""
        sandbox, events, manner = self._sandbox, [], self.manner
        with sandbox.store.lock:
            now = sandbox.now() - manner.late
            for call in list(sandbox.store.live.values()):
                while call.told < len(call.stages) and now - call.made_at >= call.stages[call.told][0]:
                    events.append((call, call.told))
                    call.told += 1
                    sandbox.store.touch()
                if call.told >= len(call.stages):
                    del sandbox.store.live[call.sid]
            events.sort(key=lambda pair: pair[0].made_at + pair[0].stages[pair[1]][0])
            told = [event for call, place in events if (event := self._event(call, place))] * manner.copies
        if manner.shuffled:
            sandbox.chance.shuffle(told)
        return [] if manner.never else told

    def _event(self, call: Call, place: int) -> Event | None:
        project = self._sandbox.store.projects.get(call.project_id)
        if project is None or project.is_deleted or not project.webhook:
            return None
        after, word = call.stages[place]
        payload = {
            "callSid": call.sid,
            "status": word,
            "from": call.from_,
            "to": call.to,
            "projectId": call.project_id,
            "timestamp": iso(call.made_at + after),
        }
        if self.manner.names == "twilio":
            payload = {_TWILIO.get(name, name): value for name, value in payload.items()}
        elif self.manner.names == "nested":
            payload = {"type": f"call.{word}", "data": {"call": payload}}
        return Event(project.webhook, payload, self.manner.form)

    def deliver(self, send: Callable[[Event], int] | None = None) -> list[dict[str, Any]]:
        """Send what is due and keep what came of it; ``send`` gives an HTTP status. Never more than one try."""
        told = []
        for event in self.due():
            told.append({"url": event.url, **event.payload, "result": self._send(event, send or post)})
        self._sandbox.store.hooks.extend(told)
        self._sandbox.save()
        return told

    def _send(self, event: Event, send: Callable[[Event], int]) -> str:
        if not is_loopback(event.url):
            return "not delivered: not loopback"
        try:
            return f"answered {send(event)}"
        except (OSError, URLError, ValueError) as error:
            return f"not delivered: {type(error).__name__}"


def is_loopback(url: str) -> bool:
    """Whether an address is http(s) on this machine, by name or literally; nothing is looked up."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    if parts.scheme not in ("http", "https"):
        return False
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _NoRedirect(HTTPRedirectHandler):
    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


def post(event: Event) -> int:
    """One POST without proxies and redirects, three seconds at most. Gives the status, 4xx and 5xx too."""
    opener = build_opener(ProxyHandler({}), _NoRedirect())
    request = Request(event.url, data=event.body, headers={"Content-Type": event.content_type})  # noqa: S310
    try:
        with opener.open(request, timeout=3) as answer:
            return int(answer.status)
    except URLError as error:
        code = getattr(error, "code", None)
        if code is None:
            raise
        return int(code)
