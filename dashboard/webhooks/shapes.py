"""What an event says, whatever its shape: JSON, a form, JSON inside a form, nested or not. Nothing here ever raises.

Talkstack documents no payload (API contract, 3.6), so everything that may be a call is read like one.
"""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from dashboard.talkstack import CallData, parse
from dashboard.talkstack.calldata import find_call

MOST_UNPACKED = 5_000_000
MOST_CALLS = 100  # that one event may name
_SMALL = 65_536
_EVENT_IDS = ("eventId", "event_id", "EventId")
_PROJECTS = ("projectId", "project_id", "ProjectId")
_TIMES = ("timestamp", "Timestamp", "sentAt", "sent_at", "eventTime", "event_time")
_NESTED = ("payload", "event", "body", "Body", "message", "object", "detail", "properties", "details")
_LISTS = ("calls", "events", "items", "results", "data", "payload", "object")
_ALIKE = {
    "CallSid": "sid", "CallStatus": "callStatus", "From": "from", "To": "to", "Direction": "direction",
    "CallDuration": "duration", "RecordingUrl": "recordingUrl", "call_sid": "sid", "Sid": "sid", "CallId": "call_id",
    "callState": "state", "call_state": "state", "Status": "status",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """What was understood. `call` is None when no call is named; `odd` then says why, for people. `others` are the calls
    that an event with a list names besides.

    `project_id` and `at` are "" and None when the event says nothing of them.
    """

    call: CallData | None
    project_id: str = ""
    at: datetime | None = None
    test: bool = False
    odd: str = ""
    others: tuple[CallData, ...] = ()


def read(body: bytes, content_type: str = "", content_encoding: str = "") -> Told:
    """What an event says."""
    plain = unpacked(body, content_encoding)
    if plain is None:
        return Told(None, odd="It is packed in a way that cannot be opened.")
    if not plain.strip():
        return Told(None, odd="It is empty.")
    raw = _value(plain, content_type)
    if raw is None:
        return Told(None, odd="It is neither JSON nor a form.")
    for found in _candidates(raw):
        call = CallData.parse(_alike(found))
        if call.id and len(call.id) <= 200:
            at = parse.as_time(_first(raw, found, _TIMES) or None)
            return Told(call, _first(raw, found, _PROJECTS), at, others=_others(raw, call))
    if isinstance(raw, dict) and raw.get("event") == "test":
        return Told(None, test=True)
    return Told(None, odd="It names no call.")


def _others(raw: Any, first: CallData) -> tuple[CallData, ...]:
    if isinstance(raw, dict):
        raw = next((raw[name] for name in _LISTS if isinstance(raw.get(name), list)), [])
    named = [next(_candidates(item), None) for item in raw[:MOST_CALLS]] if isinstance(raw, list) else []
    calls = {call.id: call for found in named if found and (call := CallData.parse(_alike(found))).id}
    return tuple(call for call in calls.values() if call.id != first.id and len(call.id) <= 200)


def event_id(body: bytes) -> str:
    """The id that the sender gave the event itself (not the call), "" if there is none."""
    if len(body) > _SMALL or b"vent" not in body:
        return ""
    try:
        return parse.id_of(parse.loads(body), *_EVENT_IDS)[:300]
    except parse.Unreadable:
        return ""


def unpacked(body: bytes, content_encoding: str) -> bytes | None:
    """The body without its packing; None when it cannot be opened or is a bomb."""
    kinds = [
        kind.strip().lower() for kind in content_encoding.split(",") if kind.strip().lower() not in ("", "identity")
    ]
    if not kinds:
        return body
    if kinds != ["gzip"] and kinds != ["x-gzip"]:
        return None
    try:
        with gzip.open(io.BytesIO(body)) as opened:
            plain = opened.read(MOST_UNPACKED + 1)
    except (OSError, EOFError, zlib.error):
        return None
    return plain if len(plain) <= MOST_UNPACKED else None


def text_of(body: bytes, content_encoding: str = "") -> str:
    """The body as text for reading: unpacked where that can be done."""
    plain = unpacked(body, content_encoding)
    return parse.clean((body if plain is None else plain).decode("utf-8", "replace"))


def leaves(body: bytes, content_type: str = "", content_encoding: str = "") -> Iterator[str]:
    """Every text that the event holds, as it is meant: the body itself, then each name and value in it."""
    yield text_of(body, content_encoding)
    plain = unpacked(body, content_encoding)
    todo = [_value(plain, content_type)] if plain else []
    while todo:
        item = todo.pop()
        if isinstance(item, dict):
            todo += [*item.keys(), *item.values()]
        elif isinstance(item, list):
            todo += item
        elif item is not None and not isinstance(item, bool):
            yield parse.as_text(item)


def _value(plain: bytes, content_type: str) -> Any:
    """JSON, whatever it is labelled; else the fields of a form, with JSON in them opened; else None."""
    try:
        return parse.loads(plain)
    except parse.Unreadable:
        pass
    form = "x-www-form-urlencoded" in content_type.lower()
    if not form and (plain.lstrip()[:1] in (b"{", b"[", b"<", b'"') or b"=" not in plain[:300]):
        return None
    try:
        pairs = parse_qsl(plain.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=1000)
    except ValueError:
        return None
    return {parse.clean(name): _opened(parse.clean(value)) for name, value in pairs} or None


def _opened(value: str) -> Any:
    if value[:1] not in ("{", "["):
        return value
    try:
        return parse.loads(value.encode("utf-8", "replace"))
    except parse.Unreadable:
        return value


def _candidates(raw: Any, depth: int = 5) -> Iterator[dict[str, Any]]:
    """Objects that may be the call, the likeliest first: the one found the usual way, then whatever is nested."""
    if depth <= 0:
        return
    if isinstance(raw, list):
        for item in raw[:3]:
            yield from _candidates(item, depth - 1)
        return
    if isinstance(raw, str):
        raw = _opened(raw)
    if not isinstance(raw, dict):
        return
    inner = [
        raw[name]
        for name in (*_NESTED, "data", "call", "result", *_LISTS[:4])
        if isinstance(raw.get(name), dict | list | str)
    ]
    found = find_call(_alike(raw))
    if found and _names_call(found):
        yield found
    for item in inner:
        yield from _candidates(item, depth - 1)


def _names_call(found: dict[str, Any]) -> bool:
    return any(parse.id_of(found, name) for name in ("sid", "callSid", "call_sid", "call_id", "callId", "id", "_id"))


def _alike(raw: dict[str, Any]) -> dict[str, Any]:
    """The same with the names that others use for the same things."""
    more = {ours: raw[theirs] for theirs, ours in _ALIKE.items() if theirs in raw and ours not in raw}
    return {**raw, **more} if more else raw


def _first(raw: Any, found: dict[str, Any], names: tuple[str, ...]) -> str:
    """The first of these names that holds text, in the call or around it."""
    return parse.id_of(found, *names) or parse.id_of(raw, *names)[:200]
