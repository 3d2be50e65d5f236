"""The client: credentials, budgets, one request at a time. The sections of the API hang on it."""

import logging
import random
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from dashboard.talkstack import replies, transport
from dashboard.talkstack.deadline import Deadline
from dashboard.talkstack.errors import KeyRejected, OutcomeUnknown, TalkstackError, Unavailable
from dashboard.talkstack.paths import Kind, Route
from dashboard.talkstack.transport import Reply

if TYPE_CHECKING:
    from dashboard.talkstack.agents import Agents
    from dashboard.talkstack.auth import Auth
    from dashboard.talkstack.calls import Calls
    from dashboard.talkstack.numbers import Numbers
    from dashboard.talkstack.projects import Projects
    from dashboard.talkstack.user import User
    from dashboard.talkstack.voices import Voices

log = logging.getLogger(__name__)
_KEY = re.compile(r"[\x21-\x7e]{1,8000}")
_AGAIN = (502, 503, 504)


@dataclass(frozen=True)
class Servers:
    """Base addresses without a trailing slash; `list_projects_path` "": found at first use (API contract, 3.3)."""

    api_url: str
    calls_url: str
    list_projects_path: str = ""


@dataclass(frozen=True)
class Credentials:
    """A bearer token, an API key, or both (then the key is used, except where only the bearer is accepted)."""

    bearer: str = field(default="", repr=False)
    api_key: str = field(default="", repr=False)


@dataclass(frozen=True)
class Budgets:
    """Seconds. `connect` is part of the others, which are totals of one exchange."""

    connect: float = 2.0
    read: float = 6.0
    write: float = 8.0
    ring: float = 15.0
    analysis: float = 90.0

    def of(self, kind: Kind) -> float:
        """The total for a kind of request."""
        return float(getattr(self, kind.value))


class Client:
    """Cheap: make one per request of ours. Its connections are shared by the process and safe between threads."""

    def __init__(
        self,
        servers: Servers,
        credentials: Credentials | None = None,
        budgets: Budgets | None = None,
        request_id: str = "",
    ) -> None:
        self.servers = servers
        self.credentials = credentials or Credentials()
        self.budgets = budgets or Budgets()
        self.request_id = request_id
        self._until: Deadline | None = None

    def __repr__(self) -> str:
        return f"Client({self.servers.api_url!r})"

    def within(self, seconds: float) -> "Client":
        """The same client, whose reads, rings and analyses end within `seconds` from now (or its own budget, if that is sooner)."""
        limit = seconds if self._until is None else min(seconds, self._until.left())
        other = Client(self.servers, self.credentials, self.budgets, self.request_id)
        other._until = Deadline(limit)
        return other

    @cached_property
    def auth(self) -> "Auth":
        """Section 1."""
        from dashboard.talkstack.auth import Auth

        return Auth(self)

    @cached_property
    def user(self) -> "User":
        """Section 2."""
        from dashboard.talkstack.user import User

        return User(self)

    @cached_property
    def projects(self) -> "Projects":
        """Section 3."""
        from dashboard.talkstack.projects import Projects

        return Projects(self)

    @cached_property
    def agents(self) -> "Agents":
        """Section 4."""
        from dashboard.talkstack.agents import Agents

        return Agents(self)

    @cached_property
    def calls(self) -> "Calls":
        """Section 5."""
        from dashboard.talkstack.calls import Calls

        return Calls(self)

    @cached_property
    def voices(self) -> "Voices":
        """Section 6."""
        from dashboard.talkstack.voices import Voices

        return Voices(self)

    @cached_property
    def numbers(self) -> "Numbers":
        """Section 7."""
        from dashboard.talkstack.numbers import Numbers

        return Numbers(self)

    def seconds(self, kind: Kind) -> float:
        """What a request of this kind may take, starting now."""
        budget = self.budgets.of(kind)
        return budget if self._until is None or kind is Kind.WRITE else min(budget, self._until.left())

    def json(self, route: Route, *ids: str, **request: Any) -> Any:
        """The JSON of a 2xx answer; raises the TalkstackError for anything else. Takes what `reply` takes."""
        reply = self.reply(route, *ids, **request)
        if not 200 <= reply.status < 300:
            raise replies.error(route, reply)
        return replies.content(route, reply)

    def reply(
        self,
        route: Route,
        *ids: str,
        body: Any = None,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, Any] | None = None,
        cap: int = transport.CAP,
        seconds: float | None = None,
    ) -> Reply:
        """One answer of any status. A GET that reads is tried twice within its deadline. Raises what `lost` gives."""
        base = self.servers.calls_url if route.host == "calls" else self.servers.api_url
        url = base.rstrip("/") + route.path(*ids) + (f"?{urlencode(query)}" if query else "")
        headers = {"Accept": "application/json", **self._authorization(route)}
        if files is None:
            headers["Content-Type"] = "application/json"
        deadline = Deadline(self.seconds(route.kind) if seconds is None else seconds)
        options = {"headers": headers, "json": body, "data": form, "files": files, "cap": cap}
        pause = random.uniform(0.02, 0.2) * min(1.0, deadline.left() / 2)  # noqa: S311  # jitter, not a secret
        try:
            reply = self._once(route, url, deadline, options)
            if not route.retried or reply.status not in _AGAIN or pause >= deadline.left() / 2:
                return reply
        except Unavailable:
            if not route.retried or pause >= deadline.left() / 2:
                raise
        time.sleep(pause)
        return self._once(route, url, deadline, options)

    def _once(self, route: Route, url: str, deadline: Deadline, options: dict[str, Any]) -> Reply:
        started = time.perf_counter()
        status: int | str = "none"
        try:
            options = {**options, "connect": self.budgets.connect, "fresh": route.kind is Kind.RING}
            reply = transport.exchange(route.method, url, seconds=deadline.left(), **options)
            status = reply.status
            return self._without_secrets(reply)
        except Unavailable as error:
            raise lost(route, error) from None
        finally:
            took = (time.perf_counter() - started) * 1000
            log.info("%s %s %.0f ms", route.name, status, took, extra={"request_id": self.request_id})

    def _without_secrets(self, reply: Reply) -> Reply:
        """An error that repeats our key must not carry it into a message or a log."""
        body = reply.body
        if not 200 <= reply.status < 300:
            for secret in (self.credentials.bearer, self.credentials.api_key):
                body = body.replace(secret.encode(), b"***") if len(secret) > 7 else body
        return reply if body is reply.body else replace(reply, body=body)

    def _authorization(self, route: Route) -> dict[str, str]:
        bearer, key = self.credentials.bearer, self.credentials.api_key
        if route.auth == "none":
            return {}
        if key and route.auth == "any":
            name, secret, value = "x-api-key", key, key
        else:
            name, secret, value = "Authorization", bearer, f"Bearer {bearer}"
        if not _KEY.fullmatch(secret):  # also: a line break in a header would end up in an exception's text
            said = "There is no usable key for Talkstack in this workspace. Nothing was sent. Renew the connection."
            raise KeyRejected(said, detail="no usable key stored", route=route.name)
        return {name: value}


def lost(route: Route, error: Unavailable) -> TalkstackError:
    """What a lost exchange means for this route: OutcomeUnknown once something that changes or rings was sent."""
    if error.sent and route.changes:
        return OutcomeUnknown(reason=error.sentence, detail=error.detail, route=route.name)
    return Unavailable(error.sentence, sent=error.sent, detail=error.detail, route=route.name)
