"""Calls as a file: CSV for spreadsheets, JSON lines for programs. Streamed, so that a million rows take no memory.

A file is read in portions that go on from the last row seen: no transaction and no cursor stays open, however slow the reader.
Whoever comes meanwhile is in it or not, but nobody is in it twice or pushed out. When something breaks midway the last line
says so and the connection is cut, so that neither a person nor a browser takes the file for a whole one; JSON lines end with
a line that counts the calls.
"""

import csv
import logging
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls import answers, export_facts, lists
from dashboard.calls.export_facts import Said, Sheet
from dashboard.calls.filters import SORTS, Filters
from dashboard.calls.lists import Page
from dashboard.calls.models import Call
from dashboard.calls.states import UNSETTLED

FORMATS = {"csv": "text/csv; charset=utf-8; header=present", "jsonl": "application/jsonl; charset=utf-8"}
BATCH = 1_000
PIECE = 100  # calls that are sent at once
BROKEN_OFF = "This file is not complete: the export broke off here. Take it once more."
_MOST_MOVING = 5_000
_LONG_AGO = timedelta(hours=24)
_DIGITS = re.compile(r"\+?\d[\d\s().\-]{5,}(?=\d\d)")
_UNSAFE = re.compile(r"[^\w\- ]+")
log = logging.getLogger(__name__)


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, text: str) -> str:
        return text


@dataclass(frozen=True)
class Export:
    """What is exported: the calls that the filters find, the first of them already read, and how many there are."""

    workspace: Workspace
    filters: Filters
    first: Page
    moving: frozenset[Any]
    begun: datetime

    @property
    def count(self) -> str:
        """How many calls: "312", "1,000+"."""
        return self.first.count


def begin(workspace: Workspace, filters: Filters) -> Export:
    """Read the first portion. A few queries."""
    moving = frozenset() if filters.by_time else _moving(workspace)
    return Export(workspace, filters, lists.page(workspace, filters, size=BATCH), moving, timezone.now())


def refusal(filters: Filters, kind: str, typed: Mapping[str, str]) -> str:
    """Why nothing is exported, for people; "" when everything in the address could be taken."""
    if kind not in FORMATS:
        return "There is no such kind of file. Choose CSV or JSON lines on the list."
    wrong = list(filters.errors.values())
    if typed.get("sort") and typed["sort"] not in SORTS:
        wrong.append("There is no such order.")
    if sum(name.startswith("a_") and bool(typed[name]) for name in typed) > len(filters.answers):
        wrong.append("One of the answers to filter by cannot be read.")
    return " ".join(wrong)


def lines(export: Export, kind: str, sheet: Sheet) -> Iterator[bytes]:
    """The file in pieces, UTF-8. `kind` is "csv" (RFC 4180, with a byte order mark for Excel) or "jsonl".

    Raises whatever the database raises, after a line that says so.
    """
    make = _csv if kind == "csv" else _jsonl
    try:
        yield from make(export, sheet)
    except Exception:
        log.exception("an export of calls broke off")
        told = export_facts.to_json({"type": "broken", "words": BROKEN_OFF})
        yield (f'"{BROKEN_OFF}"\r\n' if kind == "csv" else f"{told}\n").encode()
        raise


def filename(parts: Sequence[str], kind: str, now: datetime) -> str:
    """Such as "calls-oak-care-Northgate Clinics-2026-03-11.csv"; the day is the viewer's."""
    named = [" ".join(_UNSAFE.sub(" ", part).split())[:80] for part in parts]
    return "-".join(["calls", *(part for part in named if part), f"{timezone.localtime(now):%Y-%m-%d}"]) + f".{kind}"


def without_numbers(words: Iterable[str]) -> list[str]:
    """Filters in words as they are kept: of phone numbers only the last two digits."""
    return [_DIGITS.sub("…", each) for each in words]


# --- Which calls -------------------------------------------------------------------------------------------------------
def _moving(workspace: Workspace) -> frozenset[Any]:
    """Calls that have no final length and cost yet: sorted by those they would wander. They come last."""
    unsettled = Q(next_read_at__isnull=False) | Q(attempt__in=UNSETTLED)
    calls = Call.objects.filter(unsettled, workspace=workspace, at__gte=timezone.now() - _LONG_AGO)
    return frozenset(calls.order_by("-at").values_list("pk", flat=True)[:_MOST_MOVING])


def _batches(export: Export) -> Iterator[list[Call]]:
    """All calls in the order of the filters, in portions of at most BATCH."""
    by_time = export.filters.by_time
    page, found = export.first, None
    while True:
        yield [call for call in page.calls if by_time or (call.at <= export.begun and call.pk not in export.moving)]
        if not page.older:
            break
        if found is None:
            found = export.filters.find(export.workspace, walk=True).defer("raw", "candidates")
        page = lists.slice_of(found, export.filters.sort, page.older, size=BATCH)
    if export.moving:
        late = replace(export.filters, sort="-at").apply(Call.objects.filter(workspace=export.workspace))
        waiting = list(export.moving)
        for start in range(0, len(waiting), BATCH):
            yield list(late.filter(pk__in=waiting[start : start + BATCH], **_project(export.filters)))


def _project(filters: Filters) -> dict[str, str]:
    return {"project_id": filters.project_id} if filters.project_id else {}


def _portions(export: Export, sheet: Sheet) -> Iterator[tuple[list[Call], Said]]:
    """Calls with what was answered about them, as many as are sent at once."""
    for batch in _batches(export):
        cells, besides = answers.cells(batch, sheet.questions), answers.besides(batch)
        said = {call.pk: (cells[call.pk], besides.get(call.pk, [])) for call in batch}
        for start in range(0, len(batch), PIECE):
            yield batch[start : start + PIECE], said


# --- As text -----------------------------------------------------------------------------------------------------------
def _csv(export: Export, sheet: Sheet) -> Iterator[bytes]:
    """Names of variables that the first portion has are columns; later ones have one column together."""
    calls, more = export.first.calls, bool(export.first.older or export.moving)
    variables = export_facts.names(call.variables for call in calls)
    data = export_facts.names(call.data for call in calls)
    sheet = replace(sheet, rest=more, variables=variables, data=data)
    writer = csv.writer(_Echo(), lineterminator="\r\n")
    yield b"\xef\xbb\xbf" + str(writer.writerow(export_facts.headings(sheet))).encode()
    for portion, said in _portions(export, sheet):
        rows = (export_facts.line(call, sheet, *said[call.pk]) for call in portion)
        yield "".join(str(writer.writerow(row)) for row in rows).encode()


def _jsonl(export: Export, sheet: Sheet) -> Iterator[bytes]:
    many = 0
    for portion, said in _portions(export, sheet):
        told = (export_facts.to_json(export_facts.whole(call, sheet, *said[call.pk])) for call in portion)
        yield "".join(f"{each}\n" for each in told).encode()
        many += len(portion)
    yield export_facts.to_json({"type": "end", "calls": many}).encode() + b"\n"
