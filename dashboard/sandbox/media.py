"""Recordings and voice previews, served without credentials and in slices (Range)."""

from __future__ import annotations

import re

from . import lives, sound
from .ask import Ask
from .voice_api import CATALOGUE, UNHEARD
from .wire import Refusal, Response

RANGE = re.compile(r"bytes=(\d*)-(\d*)")


def recording(ask: Ask) -> Response:
    call = ask.store.calls.get(ask.args["file"].removesuffix(".wav"))
    if call is None or not lives.has_recording(call, ask.now):
        raise Refusal(404, "recording not found.")
    return sliced(sound.recording(call.sid, round(call.talk)), ask.request.header("range"))


def voice(ask: Ask) -> Response:
    voice_id = ask.args["file"].removesuffix(".wav")
    if voice_id == UNHEARD or all(row[1] != voice_id for row in CATALOGUE):
        raise Refusal(404, "preview not found.")
    return sliced(sound.preview(voice_id), ask.request.header("range"))


def sliced(body: bytes, wanted: str) -> Response:
    """The whole sound, or 206 with one range of it, or 416."""
    headers = {"Content-Type": "audio/wav", "Accept-Ranges": "bytes"}
    match = RANGE.fullmatch(wanted.strip())
    if not match or not (match[1] or match[2]):
        return Response(200, headers, body)
    total = len(body)
    if match[1]:
        start, stop = int(match[1]), min(int(match[2]) if match[2] else total - 1, total - 1)
    else:
        start, stop = max(total - int(match[2]), 0), total - 1
    if start > stop:
        return Response(416, headers | {"Content-Range": f"bytes */{total}"}, b"")
    headers["Content-Range"] = f"bytes {start}-{stop}/{total}"
    return Response(206, headers, body[start : stop + 1])
