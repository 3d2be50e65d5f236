"""HTTP, and nothing of Talkstack: one deadline, one size cap, no redirects, no cookies, no proxy from the environment.

Everything that leaves this process for Talkstack leaves through `exchange`.
"""

import json as json_module
import logging
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from dashboard.talkstack.deadline import Deadline, capped, running
from dashboard.talkstack.errors import Unavailable
from dashboard.talkstack.sockets import DeadlineAdapter

CAP = 5_000_000
_CHUNK = 65_536
_FRAMED = {"content-length", "transfer-encoding"}
BROKEN = (requests.RequestException, HTTPError, OSError, ValueError)  # what sending and reading may raise
_mounted: dict[str, BaseAdapter] = {}
_lock = threading.Lock()
_pooled: "_Session | None" = None

# urllib3 writes whole paths (with ids) at DEBUG, and into some of its warnings.
logging.getLogger("urllib3").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Reply:
    """An answer. `whole` is False when the body of an answer that is not 2xx broke off: its status is still certain."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    whole: bool = True


class _Session(requests.Session):
    def __init__(self, *, public_only: bool = False, size: int = 32) -> None:
        super().__init__()
        self.trust_env = False
        self.max_redirects = 0
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = DeadlineAdapter(public_only=public_only, size=size)
        self.mount("https://", adapter)
        self.mount("http://", adapter)

    def get_redirect_target(self, resp: Any) -> None:
        """Never: looking for it would make requests read the whole body of the redirect."""
        return


def mount(url_prefix: str, requests_adapter: BaseAdapter) -> None:
    """Answer everything under `url_prefix` (scheme, host, port) by `requests_adapter`, on fresh connections too."""
    prefix = url_prefix.rstrip("/") + "/"
    with _lock:
        _mounted[prefix] = requests_adapter
        if _pooled is not None:
            _pooled.mount(prefix, requests_adapter)


def unmount(url_prefix: str) -> None:
    """Undo `mount`; nothing happens when it was not mounted."""
    prefix = url_prefix.rstrip("/") + "/"
    with _lock:
        _mounted.pop(prefix, None)
        if _pooled is not None:
            _pooled.adapters.pop(prefix, None)


def _session() -> _Session:
    global _pooled
    with _lock:
        if _pooled is None:
            _pooled = _Session()
            for prefix, adapter in _mounted.items():
                _pooled.mount(prefix, adapter)
        return _pooled


def _forget() -> None:
    # A child process must not share sockets, nor a lock that another thread held while it was forked.
    global _pooled, _lock
    _pooled, _lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)


@contextmanager
def fresh_session(*, public_only: bool = False) -> Iterator[requests.Session]:
    """A session whose connections nobody used before and nobody will use again; mounted adapters apply."""
    session = _Session(public_only=public_only, size=1)
    with _lock:
        mounted = dict(_mounted)
    for prefix, adapter in mounted.items():
        session.mount(prefix, adapter)
    try:
        yield session
    finally:
        for prefix in mounted:  # closing the session would close adapters that are not its own
            session.adapters.pop(prefix, None)
        session.close()


def exchange(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    json: Any = None,
    seconds: float = 6.0,
    cap: int = CAP,
    connect: float = 2.0,
    data: Mapping[str, str] | None = None,
    files: Mapping[str, Any] | None = None,
    fresh: bool = False,
) -> Reply:
    """Send one request, once, and read its whole answer within `seconds` (a total, connecting included).

    Takes `cap` in bytes (after decompression), `connect` in seconds, `data` and `files` as requests does for a
    multipart form, `fresh` for a connection of its own. Gives a Reply of any status, 3xx too. Raises Unavailable:
    `.sent` False when it is certain that the server saw nothing (no name, refused, connect timeout, TLS).
    """
    deadline = Deadline(capped(seconds))
    if deadline.left() <= 0:
        raise Unavailable(
            "There was no time left to ask Talkstack. Nothing was changed.", sent=False, detail="no time left"
        )
    request = _prepare(method, url, headers, json, data, files)
    with running(deadline):
        if not fresh:
            return perform(_session(), request, deadline, cap=cap, connect=connect)
        with fresh_session() as session:
            return perform(session, request, deadline, cap=cap, connect=connect)


def _prepare(
    method: str,
    url: str,
    headers: Mapping[str, str] | None,
    json: Any,
    data: Mapping[str, str] | None,
    files: Mapping[str, Any] | None,
) -> requests.PreparedRequest:
    sent = {"Accept-Encoding": "identity", "User-Agent": "talkstack-dashboard", **(headers or {})}
    body: Any = data
    if json is not None:
        body = json_module.dumps(json).encode("ascii")
        sent["Content-Type"] = "application/json"
    try:
        return requests.Request(method, url, headers=sent, data=body, files=files).prepare()
    except (requests.RequestException, ValueError) as error:  # its text may hold a header, that is, a key
        raise Unavailable(sent=False, detail=f"request could not be built: {type(error).__name__}") from None


def perform(
    session: requests.Session, request: requests.PreparedRequest, deadline: Deadline, *, cap: int, connect: float
) -> Reply:
    """Send a prepared request and read the answer. For `exchange` and `media`; the deadline must be running."""
    try:
        timeout = (max(0.001, min(connect, deadline.left())), max(0.001, deadline.left()))
        answer = session.send(request, stream=True, timeout=timeout, allow_redirects=False)
    except BROKEN as error:
        raise failure(error, deadline) from None
    try:
        return _read(answer, deadline, cap)
    finally:
        answer.close()


def _read(answer: requests.Response, deadline: Deadline, cap: int) -> Reply:
    kept: list[bytes] = []
    size, trouble = 0, ""
    try:
        for part in parts(answer):
            size += len(part)
            if size > cap:
                trouble = f"answer larger than {cap} bytes"
                break
            kept.append(part)
            if deadline.left() <= 0:
                trouble = "deadline passed while reading"
                break
    except BROKEN as error:
        trouble = f"answer broke off: {type(error).__name__}"
    if (
        not size
        and deadline.ours
        and answer.status_code != 204
        and not _FRAMED & {name.lower() for name in answer.headers}
    ):
        trouble = trouble or "headers broke off"  # http.client takes that for an empty answer
    if trouble and 200 <= answer.status_code < 300:
        raise Unavailable("Talkstack's answer could not be read to its end.", sent=True, detail=trouble)
    return Reply(answer.status_code, answer.headers, b"".join(kept), whole=not trouble)


def parts(answer: requests.Response) -> Iterator[bytes]:
    """The body as it comes in, decompressed: whatever has arrived is handed on, so that its reader can look at the clock.

    `iter_content` would wait for a full chunk, and with a mounted adapter no socket of ours ends that wait.
    """
    raw = answer.raw
    if not hasattr(getattr(raw, "_fp", None), "read1"):
        yield from answer.iter_content(_CHUNK)
        return
    while part := raw.read1(_CHUNK, decode_content=True):
        yield part


def failure(error: Exception, deadline: Deadline) -> Unavailable:
    """The Unavailable for what a session raised; never repeats its text, which holds paths and may hold keys."""
    sent = deadline.sent if deadline.ours else not _certainly_unsent(error)
    causes = list(_causes(error))
    detail = " < ".join(type(cause).__name__ for cause in causes)[:200]
    if sent:
        late = deadline.left() <= 0 or any(isinstance(cause, requests.Timeout | TimeoutError) for cause in causes)
        said = "Talkstack did not answer in time." if late else "The connection broke off before Talkstack answered."
        return Unavailable(said, sent=True, detail=detail)
    return Unavailable(sent=False, detail=detail)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: list[BaseException] = []
    todo: list[Any] = [error]
    while todo and len(seen) < 10:
        item = todo.pop(0)
        if isinstance(item, BaseException) and item not in seen:
            seen.append(item)
            yield item
            todo += [*item.args, getattr(item, "reason", None), item.__cause__, item.__context__]


def _certainly_unsent(error: Exception) -> bool:
    if isinstance(error, requests.exceptions.ConnectTimeout | requests.exceptions.SSLError):
        return True
    certain = (NewConnectionError, ConnectTimeoutError, ConnectionRefusedError)
    invalid = (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema)
    return isinstance(error, invalid) or any(isinstance(cause, certain) for cause in _causes(error))
