"""One request as the API's sections see it: who asks, what for, and the store, clock and chance they work with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID

from .store import Account, Mail, Project, Store
from .wire import Refusal, Request, Response, text


@dataclass
class Ask:
    """``account`` is set wherever the route asks for one; ``args`` are the parts of the path."""

    request: Request
    store: Store
    now: float
    chance: Random
    base_url: str
    lag: float = 0.0
    history: Callable[[], dict[str, Any]] = dict
    args: dict[str, str] = field(default_factory=dict)
    who: Account | None = None
    by_key: bool = False
    _body: dict[str, Any] | None = None

    @property
    def account(self) -> Account:
        if self.who is None:
            raise Refusal(401, "Unauthorized")
        return self.who

    @property
    def body(self) -> dict[str, Any]:
        """The JSON body as an object, {} when there is none."""
        if self._body is None:
            self._body = read_json(self.request)
        return self._body

    def need(self, message: str, *names: str) -> list[str]:
        """These string fields of the body, or a 400 with ``message`` when one is missing or empty."""
        values = [text(self.body, name) for name in names]
        if not all(values):
            raise Refusal(400, message)
        return values

    def project(self, project_id: str, status: int, message: str) -> Project:
        """The asker's own project, or the refusal that this endpoint gives for an unknown one."""
        project = self.store.project(self.account, project_id)
        if project is None:
            raise Refusal(status, message)
        return project

    def new_id(self) -> str:
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    def secret(self, size: int = 32) -> str:
        return self.chance.getrandbits(size * 8).to_bytes(size, "big").hex()

    def mail(self, to: str, subject: str, words: str, *, code: str = "", link: str = "") -> None:
        self.store.outbox.append(Mail(to, subject, words, self.now, code, link))
        del self.store.outbox[:-500]
        self.store.touch()


Handler = Callable[[Ask], Response]


def read_json(request: Request) -> dict[str, Any]:
    """The body as an object; 400 for what Express would refuse."""
    if not request.body.strip():
        return {}
    if "json" not in request.header("content-type"):
        return {}
    try:
        value = json.loads(request.body)
    except (ValueError, RecursionError):
        raise Refusal(400, "Unexpected token in JSON") from None
    return value if isinstance(value, dict) else {}


def digest(secret: str) -> str:
    """What is kept of a token: never the token itself."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def identify(store: Store, request: Request, now: float) -> tuple[Account | None, bool]:
    """Who sent this request: by API key if there is one, else by bearer (API contract, 1). And whether by key."""
    key = request.header("x-api-key").strip()
    if key:
        wanted = digest(key)
        return next((row for row in store.accounts.values() if row.api_key and row.api_key == wanted), None), True
    scheme, _, token = request.header("authorization").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        return None, False
    row = store.tokens.get(digest(token.strip()))
    if row is None or row.kind != "bearer" or row.expires_at <= now:
        return None, False
    return store.accounts.get(row.account_id), False
