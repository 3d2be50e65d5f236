"""Recordings and voice previews: a slice of sound from a server on the list, never with our credentials.

A host of the list is exact: "api.twilio.com", "media.example.com:8443" (https, public addresses only), or, for the
sandbox, an address with its scheme: "http://127.0.0.1:8010" (then plain http and a private address are as wanted).
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from dashboard.talkstack import transport
from dashboard.talkstack.deadline import Deadline, capped, running
from dashboard.talkstack.errors import MediaRefused, NotFound, Unavailable

LARGEST_SLICE = 1_000_000
LARGEST_FILE = 100_000_000
_PORTS = {"https": 443, "http": 80}
_ROUTE = "GET (media)"
_RANGE = re.compile(r"bytes\s+(\d{1,12})-(\d{1,12})/(\d{1,12}|\*)")
_NO_SOUND = "What is kept at this address is not sound, so it is not played."


@dataclass(frozen=True)
class Slice:
    """Bytes `start` to `end` (included) of a sound. `status` is 206, or 416 with no body when `start` is past its end.

    `total` is the size of the whole in bytes, None when the server did not say.
    """

    status: int
    content_type: str
    start: int
    end: int
    total: int | None
    body: bytes = field(repr=False)


def fetch(url: str, *, hosts: Collection[str], start: int = 0, end: int | None = None, seconds: float = 6.0) -> Slice:
    """At most 1 MB of the sound at `url`, from byte `start` to byte `end` (included; None = as far as a slice goes).

    Raises MediaRefused (a NotFound) for an address, a redirect or a kind of content that is not fetched, NotFound when
    it is gone or the server wants a password for it, Unavailable when the server cannot be reached or is too slow.
    """
    private = _check(url, hosts)
    start = max(0, start)
    last = start + LARGEST_SLICE - 1 if end is None else min(end, start + LARGEST_SLICE - 1)
    if last < start:
        return Slice(416, "", start, start, None, b"")
    headers = {"Range": f"bytes={start}-{last}", "Accept": "audio/*", "Accept-Encoding": "identity"}
    try:
        request = requests.Request("GET", url, headers=headers).prepare()
    except (requests.RequestException, ValueError):
        raise MediaRefused(route=_ROUTE, detail="address cannot be used") from None
    deadline = Deadline(capped(seconds))
    with running(deadline), transport.fresh_session(public_only=not private) as session:
        answer = _send(session, request, deadline)
        try:
            return _slice(answer, url, start, last, deadline)
        finally:
            answer.close()


def allowed(url: str, *, hosts: Collection[str]) -> bool:
    """Whether `fetch` would ask for this address at all: it is on one of `hosts` and nothing about it is odd."""
    try:
        _check(url, hosts)
    except MediaRefused:
        return False
    return True


def _send(session: requests.Session, request: requests.PreparedRequest, deadline: Deadline) -> requests.Response:
    limits = (max(0.001, min(2.0, deadline.left())), max(0.001, deadline.left()))
    try:
        return session.send(request, stream=True, timeout=limits, allow_redirects=False)
    except transport.BROKEN as error:
        trouble = transport.failure(error, deadline)
        said = "The recording cannot be reached."
        raise Unavailable(said, sent=trouble.sent, detail=trouble.detail, route=_ROUTE) from None


def _check(url: str, hosts: Collection[str]) -> bool:
    """Whether `url` is one of the addresses that may be private; MediaRefused when it is not on the list at all."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise MediaRefused(route=_ROUTE, detail="address cannot be read") from None
    host = (parts.hostname or "").lower()
    if (
        parts.username is not None
        or parts.password is not None
        or not host
        or "\\" in url
        or any(c <= " " for c in url)
    ):
        raise MediaRefused(route=_ROUTE, detail="address refused")
    wanted = (parts.scheme, host, port or _PORTS.get(parts.scheme))
    for entry in hosts:
        known = urlsplit(entry if "://" in entry else f"https://{entry}")
        known_port = known.port or _PORTS.get(known.scheme)
        if known.scheme in _PORTS and wanted == (known.scheme, (known.hostname or "").lower(), known_port):
            return known.scheme == "http"
    raise MediaRefused(route=_ROUTE, detail="host is not on the list")


def _slice(answer: requests.Response, url: str, start: int, last: int, deadline: Deadline) -> Slice:
    status, headers = answer.status_code, answer.headers
    if status == 416:
        told = re.search(r"/(\d{1,12})\s*$", str(headers.get("Content-Range", "")))
        return Slice(416, "", start, start, int(told.group(1)) if told else None, b"")
    if status in (401, 403, 404, 410):
        raise NotFound("The recording is not there, or its server does not give it to us.", status=status, route=_ROUTE)
    if 300 <= status < 400:
        raise MediaRefused(
            "The recording has moved to another address, which is not followed.", status=status, route=_ROUTE
        )
    if status not in (200, 206):
        raise Unavailable("The recording's server has a problem.", sent=True, status=status, route=_ROUTE)
    kind = _kind(str(headers.get("Content-Type", "")), url)
    total = _size(headers.get("Content-Length")) if status == 200 else None
    skip = start
    if status == 206:
        told = _RANGE.match(str(headers.get("Content-Range", "")))
        if told is None or int(told.group(1)) != start:
            raise Unavailable("The recording's server gave another part than was asked for.", sent=True, route=_ROUTE)
        skip, total = 0, _size(told.group(3))
    if (total or 0) > LARGEST_FILE:
        raise MediaRefused(
            "The recording is larger than 100 MB, so it is not played here.", status=status, route=_ROUTE
        )
    body = _read(answer, skip, last - start + 1, deadline)
    if not body:
        return Slice(416, kind, start, start, total, b"")
    return Slice(206, kind, start, start + len(body) - 1, total, body)


def _kind(content_type: str, url: str) -> str:
    kind = content_type.partition(";")[0].strip().lower()
    path = urlsplit(url).path.lower()
    if re.fullmatch(r"audio/[a-z0-9][a-z0-9.+-]{0,40}", kind):
        return kind
    if kind in ("application/octet-stream", "binary/octet-stream"):
        guessed = {".mp3": "audio/mpeg", ".wav": "audio/wav"}.get(path[-4:])
        if guessed:
            return guessed
    raise MediaRefused(_NO_SOUND, route=_ROUTE, detail="content type is not audio")


def _size(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"\d{1,12}", text) else None


def _read(answer: requests.Response, skip: int, want: int, deadline: Deadline) -> bytes:
    kept = bytearray()
    seen = 0
    try:
        for part in transport.parts(answer):
            if seen < skip:
                part, seen = part[skip - seen :], seen + len(part)
            kept += part
            if len(kept) >= want or seen > LARGEST_FILE or deadline.left() <= 0:
                break
    except transport.BROKEN as error:
        if not kept:
            detail = type(error).__name__
            raise Unavailable("The recording broke off.", sent=True, detail=detail, route=_ROUTE) from None
    return bytes(kept[:want])
