"""Tolerant readers: whatever JSON comes, they give text, numbers, times and lists, or nothing; they never raise."""

import json
import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from email.utils import parsedate_to_datetime
from typing import Any

MAX_DEPTH = 64
_UNSTORABLE = re.compile("[\ud800-\udfff\x00]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]+")
_PAGE = re.compile(r"<\s*(?:!doctype|html|head|body|script|style|center|pre|h1)\b", re.IGNORECASE)
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]{0,200}>")
_MESSAGE_KEYS = ("message", "error", "errors", "detail", "details", "msg", "reason", "title", "error_description")


class Unreadable(ValueError):
    """The bytes are not JSON that we accept."""


def loads(body: bytes) -> Any:
    """JSON from bytes. Raises Unreadable for anything else, for nesting deeper than 64, and for nothing at all.

    Invalid UTF-8 is replaced, NaN and Infinity become None, numbers too long for a database stay text, NUL is dropped
    and lone surrogates are replaced in strings, so that every value can be stored.
    """
    try:
        text = body.decode(json.detect_encoding(body), "replace").removeprefix("\ufeff")
        value = json.loads(text, strict=False, parse_int=_int, parse_float=_float, parse_constant=_nothing)
        return _clean(value, MAX_DEPTH)
    except (ValueError, RecursionError, LookupError, MemoryError) as error:
        raise Unreadable(type(error).__name__) from None


def _int(digits: str) -> Any:
    return int(digits) if len(digits) <= 18 else digits


def _float(digits: str) -> Any:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _nothing(_name: str) -> None:
    return None


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        return clean(value)
    if depth <= 0:
        raise Unreadable("too deep")
    if isinstance(value, list):
        return [_clean(item, depth - 1) for item in value] if value else value
    if isinstance(value, dict):
        return {clean(key): _clean(item, depth - 1) for key, item in value.items()}
    return value


def clean(text: str) -> str:
    """The same text, storable: without NUL, lone surrogates replaced by U+FFFD; every other character is kept."""
    if not _UNSTORABLE.search(text):
        return text
    return _UNSTORABLE.sub(lambda match: "" if match.group() == "\x00" else "\ufffd", text)


def as_text(value: Any) -> str:
    """Text of a string or a number; "" for null, booleans, lists and objects."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value)


def as_words(value: Any) -> str:
    """Any value as text for people: true and false as Yes and No, lists with commas, objects as "name: value; …"; "" for null."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):
        return "; ".join(f"{name}: {as_words(inner)}" for name, inner in value.items())
    if isinstance(value, list):
        return ", ".join(as_words(inner) for inner in value)
    return as_text(value)


def as_id(value: Any) -> str:
    """An id as text: strings are stripped, whole numbers written out; "" for anything else."""
    return as_text(value).strip()


def as_number(value: Any) -> float | None:
    """A finite number from a number or from text such as "63.4" or "1,234"; None otherwise."""
    text = as_text(value).strip().replace(",", "")
    if not text or len(text) > 60 or "_" in text:
        return None
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def as_seconds(value: Any) -> float | None:
    """A duration in seconds, not negative and below ten years; "1:23" and "63.4 s" are read too."""
    text = as_text(value).strip().lower().removesuffix("seconds").removesuffix("s").strip()
    number: float | None = None
    if re.fullmatch(r"\d{1,4}(:\d{1,2}){1,2}", text):
        number = 0.0
        for part in text.split(":"):
            number = number * 60 + int(part)
    else:
        number = as_number(text)
    return number if number is not None and 0 <= number < 3.2e8 else None


def as_cost(value: Any) -> Decimal | None:
    """An amount of money without its sign (Twilio's are negative); None for NaN, infinity, nonsense, or a billion."""
    text = as_text(value).strip().replace(",", "").lstrip("$€£ ")
    if not text or len(text) > 60 or "_" in text:
        return None
    try:
        amount = abs(Decimal(text))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() and amount < 10**9 else None


def as_time(value: Any) -> datetime | None:
    """An aware UTC time from ISO 8601 (no offset = UTC), RFC 2822, YYYY-MM-DD, or epoch seconds or milliseconds.

    None for years in which nothing of ours can happen: at the ends of the calendar nobody can reckon with a time.
    """
    if isinstance(value, bool) or value is None:
        return None
    number = as_number(value)
    if number is not None:
        return _epoch(number)
    text = as_text(value).strip()
    if not text or len(text) > 60:
        return None
    for reader in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = reader(text)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            return moment if 1970 <= moment.year < 2200 else None
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def _epoch(number: float) -> datetime | None:
    if number >= 1e11:
        number /= 1000
    if not 1e8 <= number < 4e9:  # 1973 to 2096; a bare year is not an epoch
        return None
    return datetime.fromtimestamp(number, UTC)


def as_dict(value: Any) -> dict[str, Any]:
    """The object itself, or an empty one."""
    return value if isinstance(value, dict) else {}


def first(raw: Any, *keys: str) -> Any:
    """The value of the first key that is there and neither null nor ""; None otherwise."""
    if isinstance(raw, dict):
        for key in keys:
            if raw.get(key) not in (None, ""):
                return raw[key]
    return None


def text_of(raw: Any, *keys: str) -> str:
    """The first of the keys that holds text (or a number, written out); "" otherwise."""
    if isinstance(raw, dict):
        for key in keys:
            if text := as_text(raw.get(key)):
                return text
    return ""


def id_of(raw: Any, *keys: str) -> str:
    """The first of the keys that holds an id; "" otherwise."""
    return text_of(raw, *keys).strip()


def find_object(raw: Any, keys: Iterable[str], marks: Iterable[str] = ()) -> dict[str, Any] | None:
    """The object under the first of `keys` (two envelopes deep, or the only item of a list), else `raw` itself.

    An object that has one of `marks` is not an envelope, whatever else it has.
    """
    marks = tuple(marks)
    keys = tuple(keys)
    found = raw
    for _ in range(3):
        if isinstance(found, list) and len(found) == 1:
            found = found[0]
        if isinstance(found, dict) and any(mark in found for mark in marks):
            break
        inner = next((found[key] for key in keys if _holds_object(found, key)), None)
        if inner is None:
            break
        found = inner
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return found if isinstance(found, dict) else None


def holds_nothing(raw: Any, keys: Iterable[str]) -> bool:
    """Whether an envelope says explicitly that there is none: one of `keys` is there and null or empty."""
    return isinstance(raw, dict) and any(key in raw and raw[key] in (None, "", [], {}) for key in keys)


def _holds_object(raw: Any, key: str) -> bool:
    if not isinstance(raw, dict):
        return False
    value = raw.get(key)
    return isinstance(value, dict) or (isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict))


def find_list(raw: Any, keys: Iterable[str], depth: int = 2) -> list[Any] | None:
    """The list itself, or the one under the first of `keys` (two envelopes deep); [] if such a key holds null."""
    if isinstance(raw, list):
        return raw
    if not isinstance(raw, dict) or depth < 0:
        return None
    keys = tuple(keys)
    lists: list[list[Any]] = [raw[key] for key in keys if isinstance(raw.get(key), list)]
    if lists:
        return next((items for items in lists if items), lists[0])
    for key in keys:
        if isinstance(raw.get(key), dict) and (inner := find_list(raw[key], keys, depth - 1)) is not None:
            return inner
    return [] if any(key in raw and raw[key] is None for key in keys) else None


def plain(text: str, limit: int = 300) -> str:
    """One line of plain text of at most `limit` characters, without control and direction characters and tags.

    "" for a page of HTML.
    """
    text = text[: limit * 8]
    if _PAGE.search(text):
        return ""
    text = " ".join(_CONTROL.sub(" ", clean(_MARKUP.sub(" ", text))).split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def error_words(body: bytes) -> tuple[str, dict[str, str]]:
    """What an error body says: (message, words per field). Any JSON shape, plain text; HTML gives ""."""
    try:
        raw = loads(body[:200_000])
    except Unreadable:
        text = body[:4000].decode("utf-8", "replace").strip()
        return ("" if text[:1] in "<{[" else plain(text)), {}
    fields = _fields(raw)
    message = plain(_message(raw))
    if not message and fields:
        message = plain("; ".join(f"{name}: {words}" for name, words in fields.items()))
    return message, fields


def _message(raw: Any, depth: int = 4) -> str:
    if isinstance(raw, str):
        return raw
    if depth <= 0:
        return ""
    if isinstance(raw, list):
        return "; ".join(words for item in raw[:10] if (words := _message(item, depth - 1)))
    if isinstance(raw, dict):
        for key in _MESSAGE_KEYS:
            if words := _message(raw.get(key), depth - 1):
                return words
    return ""


def _fields(raw: Any) -> dict[str, str]:
    fields: dict[str, str] = {}
    for key in ("errors", "fields", "error", "detail", "details", "message"):
        value = as_dict(raw).get(key)
        if isinstance(value, dict):
            pairs: Iterable[tuple[Any, Any]] = value.items()
        elif isinstance(value, list):
            pairs = [(first(item, "field", "path", "param", "property", "loc"), item) for item in value]
        else:
            continue
        for name, words in list(pairs)[:20]:
            name = name[-1] if isinstance(name, list) and name else name
            text = plain(_message(words))
            if isinstance(name, str) and name not in _MESSAGE_KEYS and text and len(name) <= 60:
                fields.setdefault(plain(name), text)
    return fields
