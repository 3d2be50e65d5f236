"""Entries as a file: CSV for spreadsheets, JSON lines for programs. Streamed, so that a million rows take no memory."""

import csv
import json
import re
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from . import rows
from .changes import plain
from .models import Entry

FORMATS = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/jsonl; charset=utf-8"}
CHUNK = 100
_E164 = re.compile(r"\+[1-9]\d{6,14}\Z", re.ASCII)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # also in full width
# A program may skip them.
_UNSEEN = " \x00\u00a0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\ufeff"
# A program that separates by semicolons or tabs starts a cell in the middle of ours. "- eggs" in a list of lines is none.
_INSIDE = re.compile(r"""([;\t\r\n]["'\s]{0,9})(?=[=@\uff1d\uff20]|[+\-\uff0b\uff0d][^;\t\r\n]*[|!(])""")
Seen = Callable[[Entry], bool]


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


def lines(entries: Iterable[Entry], kind: str, seen: Seen) -> Iterator[bytes]:
    """The file in pieces, UTF-8. `kind` is "csv" (RFC 4180, with a byte order mark for Excel) or "jsonl".

    `seen(entry)` says whether before and after of an entry may be read by whoever asks. Times are in UTC.
    """
    facts = (_facts(entry, seen(entry)) for entry in entries)
    return _csv(facts) if kind == "csv" else _jsonl(facts)


def filename(slug: str, kind: str, now: datetime) -> str:
    """Such as "activity-oak-care-2026-03-11.csv"; the day is the one in UTC."""
    return f"activity-{slug}-{now.astimezone(UTC):%Y-%m-%d}.{kind}"


def neutral(value: Any) -> str:
    """A cell that no spreadsheet takes for a formula; a phone number in E.164 stays as it is."""
    text = _INSIDE.sub(r"\1'", plain("" if value is None else str(value)))
    return f"'{text}" if text.lstrip(_UNSEEN).startswith(_FORMULA) and not _E164.match(text) else text


def _facts(entry: Entry, seen: bool) -> dict[str, Any]:
    outcome = rows.outcome_of(entry)
    return {
        "id": entry.pk,
        "at": _moment(entry.asked_at),
        "who": rows.who(entry),
        "email": entry.user_email,
        "what": rows.sentence(entry),
        "verb": entry.verb,
        "kind": entry.kind,
        "thing_id": rows.thing_of(entry),
        "thing_name": (outcome.thing_name if outcome else "") or entry.thing_name,
        "project_id": entry.project_id,
        "outcome": outcome.result if outcome else "",
        "words": outcome.words if outcome else "",
        "outcome_at": _moment(outcome.at) if outcome else "",
        "before": entry.before if seen else None,
        "after": entry.after if seen else None,
        "request_id": entry.request_id,
    }


COLUMNS = (
    "id", "at", "who", "email", "what", "verb", "kind", "thing_id", "thing_name", "project_id", "outcome", "words",
    "outcome_at", "before", "after", "request_id",
)  # fmt: skip


def _csv(facts: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield b"\xef\xbb\xbf" + str(writer.writerow(COLUMNS)).encode()
    for each in facts:
        each |= {side: "" if each[side] is None else _json(each[side], False) for side in ("before", "after")}
        yield str(writer.writerow([neutral(each[name]) for name in COLUMNS])).encode()


def _jsonl(facts: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    for each in facts:
        yield _json(each, True).encode() + b"\n"


def _json(value: Any, ascii_only: bool) -> str:
    return json.dumps(value, ensure_ascii=ascii_only, cls=DjangoJSONEncoder)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
