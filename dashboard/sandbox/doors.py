"""The door for tests: an adapter for requests that hands each request to a sandbox in the same process.

It fails the way a network fails, with the exceptions that requests raises in real life, and (but for "drip" and "hold")
at once: where a wait is longer than the caller's timeout, the timeout comes without the wait.
"""

from __future__ import annotations

import io
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from http.client import RemoteDisconnected
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPResponse
from urllib3.connection import HTTPConnection
from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)
from urllib3.util import Timeout

from .app import Sandbox
from .faults import Rule
from .wire import Request, Response

NEVER = 1e9
OURS = (".test", ".localhost", ".example")


def adapter(sandbox: Sandbox) -> BaseAdapter:
    """An adapter to mount on a requests session under any made-up or loopback address, such as http://sandbox.test."""
    return SandboxAdapter(sandbox)


class SandboxAdapter(BaseAdapter):
    """See ``adapter``."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__()
        self.sandbox = sandbox
        self._builder = HTTPAdapter()

    def close(self) -> None:
        self._builder.close()

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: bool | str = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """Answer a prepared request, or raise what requests would raise."""
        line = Line(request, read_seconds(timeout))
        answer = self.sandbox.handle(translated(request), line.pause)
        line.fail(answer)
        if answer.hold is not None:
            line.pause(answer.hold, None)
        built = self._builder.build_response(request, raw(answer, request.method or "GET"))
        built.connection = cast(HTTPAdapter, self)
        return built


def translated(request: requests.PreparedRequest) -> Request:
    """Our form of a prepared request. Refuses to play Talkstack for a host on the internet."""
    parts = urlsplit(str(request.url))
    if not made_up(parts.hostname or ""):
        raise requests.exceptions.InvalidURL(f"The sandbox does not answer for {parts.hostname}.", request=request)
    headers = {str(key): str(value) for key, value in (request.headers or {}).items()}
    headers.setdefault("Host", parts.netloc)
    return Request(
        str(request.method),
        unquote(parts.path) or "/",
        parse_qs(parts.query, keep_blank_values=True),
        headers,
        body_bytes(request.body),
    )


def made_up(host: str) -> bool:
    """Whether a host is of this machine or of a name that is never real."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "testserver") or host.endswith(OURS)


def body_bytes(body: Any) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, bytes):
        return body
    if hasattr(body, "read"):
        return body_bytes(body.read())
    return b"".join(body)


def read_seconds(timeout: Any) -> float:
    """The read timeout in seconds, whatever form requests was given."""
    if isinstance(timeout, tuple):
        timeout = timeout[1]
    if isinstance(timeout, Timeout):
        timeout = timeout.read_timeout
    return float(timeout) if isinstance(timeout, int | float) else NEVER


class Line:
    """The pretended connection of one request: how long it has waited, and how it breaks."""

    def __init__(self, request: requests.PreparedRequest, seconds: float) -> None:
        self.request, self.seconds = request, seconds
        parts = urlsplit(str(request.url))
        self.host, self.port = parts.hostname or "", parts.port or 80

    def pause(self, rule: Rule, do: Callable[[], Response] | None) -> None:
        """Wait for a "slow" or a "hold". When the caller's patience ends first, the deed is done all the same."""
        if rule.kind == "slow":
            if rule.seconds > self.seconds:
                if do:
                    do()
                raise self.timed_out()
            return
        rule.held.set()
        if rule.released.wait(min(self.seconds, 60.0)):
            return
        if do:
            rule.afterwards.append(do)
        raise self.timed_out()

    def fail(self, answer: Response) -> None:
        """Raise for an answer that never comes, or comes too late."""
        if answer.ending == "hang" or (answer.wait > self.seconds and answer.ending in ("", "cut")):
            raise self.timed_out()
        if answer.ending == "close":
            gone = RemoteDisconnected("Remote end closed connection without response")
            raise requests.exceptions.ConnectionError(ProtocolError("Connection aborted.", gone), request=self.request)
        if answer.ending in UNREACHED:
            raise UNREACHED[answer.ending](self)

    def pool(self) -> HTTPConnectionPool:
        return HTTPConnectionPool(self.host, self.port)

    def timed_out(self) -> requests.exceptions.ReadTimeout:
        words = f"Read timed out. (read timeout={self.seconds})"
        error = ReadTimeoutError(self.pool(), str(self.request.path_url), words)
        return requests.exceptions.ReadTimeout(error, request=self.request)

    def tried(self, reason: Exception) -> MaxRetryError:
        return MaxRetryError(self.pool(), str(self.request.path_url), reason)


def _refused(line: Line) -> Exception:
    words = "Failed to establish a new connection: [Errno 111] Connection refused"
    reason = NewConnectionError(HTTPConnection(line.host, line.port), words)
    return requests.exceptions.ConnectionError(line.tried(reason), request=line.request)


def _dns(line: Line) -> Exception:
    unknown = socket.gaierror(-2, "Name or service not known")
    reason = NameResolutionError(line.host, HTTPConnection(line.host, line.port), unknown)
    return requests.exceptions.ConnectionError(line.tried(reason), request=line.request)


def _connect_timeout(line: Line) -> Exception:
    reason = ConnectTimeoutError(HTTPConnection(line.host, line.port), f"Connection to {line.host} timed out.")
    return requests.exceptions.ConnectTimeout(line.tried(reason), request=line.request)


def _tls(line: Line) -> Exception:
    reason = ssl.SSLCertVerificationError(1, "certificate verify failed: self-signed certificate")
    return requests.exceptions.SSLError(line.tried(reason), request=line.request)


UNREACHED: dict[str, Callable[[Line], Exception]] = {
    "unreachable": _refused,
    "dns": _dns,
    "connect-timeout": _connect_timeout,
    "tls": _tls,
}


class Drip(io.RawIOBase):
    """A body that comes byte by byte, in real time: a read of n bytes waits for all of them, as a socket does."""

    def __init__(self, body: bytes, seconds: float) -> None:
        super().__init__()
        self._body, self._seconds, self._at = body, seconds, 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.closed or self._at >= len(self._body):
            return 0
        time.sleep(self._seconds)
        buffer[:1] = self._body[self._at : self._at + 1]
        self._at += 1
        return 1

    def read(self, size: int | None = -1) -> bytes:
        left = len(self._body) - self._at
        wanted = left if size is None or size < 0 else min(size, left)
        return b"".join(super(Drip, self).read(1) or b"" for _ in range(wanted) if not self.closed)

    def read1(self, size: int = -1) -> bytes:
        return self.read(1)


def raw(answer: Response, method: str) -> HTTPResponse:
    """The answer as urllib3 would hold it: streamable, and short of its Content-Length when it was cut."""
    headers = dict(answer.headers)
    body = b"" if method == "HEAD" else answer.body
    headers.setdefault("Content-Length", str(len(answer.body)))
    if answer.ending == "cut":
        body = body[: len(body) // 2]
    stream: Any = Drip(body, answer.drip) if answer.drip else io.BytesIO(body)
    return HTTPResponse(
        body=cast(Any, stream),
        headers=headers,
        status=answer.status,
        version=11,
        version_string="HTTP/1.1",
        reason=REASONS.get(answer.status, ""),
        preload_content=False,
        request_method=method,
    )


REASONS = {200: "OK", 206: "Partial Content", 302: "Found", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}
