"""Sound through us: recordings and voice previews in slices, from known hosts only, never with our credentials.

A browser's player asks for a range; it gets at most 1 MB of it as 206 and asks again. Few at a time per process, so
that players never take all the threads.
"""

import re
from threading import BoundedSemaphore
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from dashboard.talkstack import NotFound, TalkstackError, media

from .models import Workspace

SLICE = 1_000_000
_AT_ONCE = 4
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
_seats = BoundedSemaphore(_AT_ONCE)


def hosts(workspace: Workspace) -> list[str]:
    """Where sound may come from: MEDIA_HOSTS, and the workspace's own servers, exactly as they are set up."""
    own = [settings.SANDBOX_URL] if workspace.practice else [settings.TALKSTACK_API_URL, settings.TALKSTACK_CALLS_URL]
    return [*settings.MEDIA_HOSTS, *(url for url in own if url)]


def allowed(url: str, workspace: Workspace) -> bool:
    """Whether the sound at `url` is on a server that it may be fetched from."""
    return media.allowed(url, hosts=hosts(workspace))


def answer(request: Any, workspace: Workspace, url: str) -> HttpResponse:
    """The asked-for slice of the sound at `url`, or words: 404 not there, 502 not to be had, 503 too many at once."""
    start, end = asked_range(request.headers.get("Range", ""))
    if not _seats.acquire(blocking=False):
        busy = _words(503, "Too many recordings are being played just now. Try again in a moment.")
        busy["Retry-After"] = "2"
        return busy
    try:
        slice_ = media.fetch(url, hosts=hosts(workspace), start=start, end=end, seconds=settings.BUDGETS["read"])
    except NotFound as error:
        return _words(404, error.sentence)
    except TalkstackError as error:
        return _words(502, error.sentence)
    finally:
        _seats.release()
    return _past_the_end(slice_) if slice_.status == 416 else _partial(slice_)


def asked_range(header: str) -> tuple[int, int]:
    """First and last byte to fetch for a Range header: at most SLICE of them; anything unclear means from the start."""
    match = _RANGE.fullmatch(header.strip())
    start = int(match[1]) if match else 0
    last = start + SLICE - 1
    if match and match[2] and int(match[2]) >= start:
        last = min(last, int(match[2]))
    return start, last


def _partial(slice_: Any) -> HttpResponse:
    """206 with its place in the whole, which is what makes a player ask for the rest."""
    total = "*" if slice_.total is None else slice_.total
    response = HttpResponse(slice_.body, status=206, content_type=slice_.content_type)
    response["Content-Range"] = f"bytes {slice_.start}-{slice_.end}/{total}"
    response["Accept-Ranges"] = "bytes"
    response["Content-Length"] = str(len(slice_.body))
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _past_the_end(slice_: Any) -> HttpResponse:
    response = _words(416, "The recording ends before that place.")
    response["Content-Range"] = f"bytes */{'*' if slice_.total is None else slice_.total}"
    return response


def _words(status: int, sentence: str) -> HttpResponse:
    return HttpResponse(sentence, status=status, content_type="text/plain; charset=utf-8")
