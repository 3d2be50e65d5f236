"""Webhooks: what a project's address would be told about its calls. Only addresses on this machine are ever told."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from .store import Call
from .wire import iso

if TYPE_CHECKING:
    from .app import Sandbox


@dataclass(frozen=True)
class Event:
    """One change of state to be told: where to, and what."""

    url: str
    payload: dict[str, Any]


class Hooks:
    """Works out the due events; sending them is the door's business (its thread calls ``deliver``)."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def due(self) -> list[Event]:
        """The changes of state since the last question, oldest first. Each is given once."""
        sandbox, events = self._sandbox, []
        with sandbox.store.lock:
            now = sandbox.now()
            for call in list(sandbox.store.live.values()):
                while call.told < len(call.stages) and now - call.made_at >= call.stages[call.told][0]:
                    events.append((call, call.told))
                    call.told += 1
                    sandbox.store.touch()
                if call.told >= len(call.stages):
                    del sandbox.store.live[call.sid]
            events.sort(key=lambda pair: pair[0].made_at + pair[0].stages[pair[1]][0])
            return [event for call, place in events if (event := self._event(call, place))]

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
        return Event(project.webhook, payload)

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
    body = json.dumps(event.payload).encode()
    request = Request(event.url, data=body, headers={"Content-Type": "application/json"})  # noqa: S310
    try:
        with opener.open(request, timeout=3) as answer:
            return int(answer.status)
    except URLError as error:
        code = getattr(error, "code", None)
        if code is None:
            raise
        return int(code)
