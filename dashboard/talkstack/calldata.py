"""One reader for a call: as call data (5.2), as a line of the history (5.3, Twilio's names), or by webhook."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from dashboard.talkstack import parse

CALL_IDS = ("sid", "callSid", "call_sid", "call_id", "callId", "id", "_id")
OPEN_STATES = ("queued", "initiated", "ringing", "in-progress")
FINAL_STATES = ("completed", "busy", "failed", "no-answer", "voicemail", "silence", "canceled")
_ENVELOPES = ("call", "callData", "call_data", "data", "result")
_MARKS = (
    "sid", "callSid", "call_sid", "call_id", "callId", "callStatus", "call_status", "duration", "seconds",
    "recordingUrls", "recordingUrl", "recording_url", "CallSid", "CallStatus",
    "startTime", "start_time", "direction", "from", "to",
)  # fmt: skip
_STARTED = (
    "startTime", "start_time", "startedAt", "started_at", "dateCreated", "date_created", "date", "created_at", "createdAt",
)  # fmt: skip
_ENVELOPE_WORDS = ("success", "succcess", "error", "ok", "fail")
_SPELT = {
    "cancelled": "canceled",
    "inprogress": "in-progress",
    "noanswer": "no-answer",
    "unanswered": "no-answer",
    "in-call": "in-progress",
}


@dataclass(frozen=True)
class CallData:
    """A call as Talkstack tells it. Everything may be "", None or empty; an unknown `state` is kept as text."""

    id: str
    sid: str
    call_id: str
    state: str
    from_: str
    to: str
    seconds: float | None
    cost: Decimal | None
    currency: str
    started_at: datetime | None
    ended_at: datetime | None
    direction: str
    recordings: tuple[str, ...]
    data: dict[str, Any]
    agent_id: str
    raw: Any = field(repr=False, compare=False, default=None)
    day_only: bool = False

    @property
    def moment(self) -> datetime | None:
        """`started_at` if it says more than the day."""
        return None if self.day_only else self.started_at

    @property
    def known(self) -> bool:
        """Whether the state is one that the contract names."""
        return self.state in OPEN_STATES or self.state in FINAL_STATES

    @property
    def final(self) -> bool:
        """Whether the call is over, as far as its state says."""
        return self.state in FINAL_STATES

    @classmethod
    def parse(cls, raw: Any, **context: Any) -> "CallData":
        """Reads a call, bare or enveloped; `context` may hold the `sid` that was asked for. Never raises."""
        found = find_call(raw) or parse.as_dict(raw)
        sid = parse.id_of(found, "sid", "callSid", "call_sid", "CallSid")
        call_id = parse.id_of(found, "call_id", "callId")
        own = parse.id_of(found, "id", "_id")
        asked = parse.as_id(context.get("sid"))
        return cls(
            id=sid or call_id or own or asked,
            sid=sid or (asked if not (call_id or own) else ""),
            call_id=call_id,
            state=_state(raw, found),
            from_=_number(parse.text_of(found, "from", "fromNumber", "from_number", "From")),
            to=_number(parse.text_of(found, "to", "toNumber", "to_number", "To", "phoneNumber", "number")),
            seconds=parse.as_seconds(parse.first(found, "duration", "seconds", "callDuration", "CallDuration")),
            cost=parse.as_cost(parse.first(found, "price", "cost")),
            currency=parse.text_of(found, "priceUnit", "price_unit", "currency").strip().upper()[:10],
            started_at=_time(found, *_STARTED),
            ended_at=_time(found, "endTime", "end_time", "endedAt", "ended_at"),
            direction=parse.text_of(found, "direction", "Direction"),
            recordings=_recordings(found),
            data=_answers(found.get("data")),
            agent_id=parse.id_of(found, "agentId", "agent_id"),
            raw=raw,
            day_only=_says_day(found),
        )


def looks_like_call(raw: Any) -> bool:
    """Whether an object has at least one key that only calls have."""
    return isinstance(raw, dict) and any(key in raw for key in _MARKS)


def find_call(raw: Any) -> dict[str, Any] | None:
    """The object that is the call: the bare one, else the one inside an envelope; None when there is none.

    A bare call has a `data` of its own (what the agent found out): only what is not a call itself is opened.
    """
    for _ in range(4):
        if isinstance(raw, list) and len(raw) == 1:
            raw = raw[0]
        if not isinstance(raw, dict):
            return None
        if looks_like_call(raw):
            return raw
        inner = next((raw[key] for key in _ENVELOPES if isinstance(raw.get(key), dict | list) and raw[key]), None)
        if inner is None or not _call_below(inner):
            return raw if says_state(raw) else None
        raw = inner
    return None


def says_state(raw: dict[str, Any]) -> bool:
    """Whether an object without any key of a call tells a call's state ("failed" beside a message is the request's)."""
    word = state_word(raw.get("status")) or state_word(raw.get("state"))
    return word in OPEN_STATES + FINAL_STATES and not (word in ("failed", "completed") and "message" in raw)


def _call_below(inner: Any) -> bool:
    if isinstance(inner, list):
        return len(inner) == 1 and _call_below(inner[0])
    if not isinstance(inner, dict):
        return False
    known = OPEN_STATES + FINAL_STATES
    nested = any(isinstance(inner.get(key), dict) for key in _ENVELOPES)
    return looks_like_call(inner) or nested or state_word(inner.get("status")) in known or "id" in inner


def state_word(value: Any) -> str:
    """A call state in one spelling: lower case, "-" for "_", "canceled"; unknown ones kept (40 characters)."""
    word = re.sub(r"[\s_]+", "-", parse.plain(parse.as_text(value), 40).lower())
    return _SPELT.get(word, word)


def _state(raw: Any, found: dict[str, Any]) -> str:
    for key in ("callStatus", "call_status", "CallStatus", "state"):
        if word := state_word(found.get(key)):
            return word
    word = state_word(found.get("status"))
    enveloped = found is not raw or "message" in found
    if word in _ENVELOPE_WORDS and (enveloped or any(isinstance(found.get(key), dict) for key in ("call", "callData"))):
        return ""
    return word


def _time(found: dict[str, Any], *keys: str) -> datetime | None:
    return next((moment for key in keys if (moment := parse.as_time(found.get(key))) is not None), None)


def _says_day(found: dict[str, Any]) -> bool:
    told = next((text for key in _STARTED if parse.as_time(text := parse.as_text(found.get(key))) is not None), "")
    return re.fullmatch(r"\d{4}-\d\d-\d\d", told.strip()) is not None


def _number(text: str) -> str:
    """E.164 also where the plus is left out; anything else as it is."""
    text = text.strip()
    return f"+{text}" if re.fullmatch(r"[1-9][0-9]{10,14}", text) else text


def _recordings(found: dict[str, Any]) -> tuple[str, ...]:
    urls: list[str] = []
    for key in ("recordingUrls", "recording_urls", "recordings", "recordingUrl", "recording_url", "RecordingUrl"):
        value = found.get(key)
        for item in value if isinstance(value, list) else [value]:
            url = parse.text_of(item, "url", "recordingUrl", "uri") if isinstance(item, dict) else parse.as_text(item)
            url = url.strip()
            if url and len(url) <= 2000 and url not in urls:
                urls.append(url)
    return tuple(urls[:50])


def _answers(value: Any) -> dict[str, Any]:
    """What the agent found out: an object, a list of {key, value}, or either of them as JSON text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = parse.loads(value.encode("utf-8", "replace"))
        except parse.Unreadable:
            return {"data": value}
    if isinstance(value, dict):
        return value
    if isinstance(value, list):
        return dict(_pairs(value))
    text = parse.as_text(value)
    return {"data": text} if text else {}


def _pairs(items: list[Any]) -> Iterable[tuple[str, Any]]:
    for place, item in enumerate(items, 1):
        name = parse.text_of(item, "key", "name", "question", "label", "field")
        if name:
            yield name, next((item[key] for key in ("value", "answer", "result", "response") if key in item), None)
        elif isinstance(item, dict) and len(item) == 1:
            yield from item.items()
        elif item not in (None, ""):
            yield str(place), item
