"""What of a call is searched, and how it is kept: one CallText for each, with one line for every part of the call.

Both databases index every three letters in a row of it: SQLite in TextIndex, PostgreSQL with pg_trgm. Its ids are in the
order of the calls' times (`place`), so that both can give the newest of what they find (search.py).
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from dashboard.accounts.models import Workspace
from dashboard.calls.models import Analysis, Answer, Call, CallText
from dashboard.web import registry
from dashboard.web.words import plural

LONGEST_PART, LONGEST_TEXT = 2_000, 20_000  # characters
LAST = (1 << 63) - 1  # no place is greater
PER_MS = 1 << 20  # places for calls of the same millisecond
LATEST = (1 << 43) - 1  # ms since 1970, in the year 2248: later ones would not fit into 63 bits
PORTION = 500
FILLED = 100  # calls in one transaction: SQLite keeps all other writers waiting meanwhile
_LOOKED_AT, _STEP = 500, 2_000
_LIKE_A_NUMBER = re.compile(r"[\s\d+().\-/\u2010-\u2015\u2212]+")
_SHORTEST_NUMBER = 7  # digits
_BESIDES = ("summary", "sentiment", "extra")  # what an analysis says besides its answers
_come_to: UUID | None = None  # how far this process has looked for calls without a text; without it it begins anew


def fold(text: str) -> str:
    """Text as it is compared: one form of every letter, no capitals, no invisible characters, single spaces."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    seen = (" " if letter.isspace() else letter for letter in plain if letter.isspace() or letter.isprintable())
    return " ".join("".join(seen).split())


def digits_of(text: str) -> str:
    """The digits of something written like a phone number, "(206) 555-0123" as "2065550123"; "" for other texts."""
    if not _LIKE_A_NUMBER.fullmatch(text):
        return ""
    return "".join(str(unicodedata.digit(letter)) for letter in text if letter.isdigit())


def renew(call_pks: Iterable[Any]) -> None:
    """Write anew what is searched of these calls: whenever numbers, agent, variables, data, answers or the time changed.

    Runs in the caller's transaction, in six queries for every 500 calls; a call that says the same is not written.
    """
    wanted = list(call_pks)
    for start in range(0, len(wanted), PORTION):
        _renew(wanted[start : start + PORTION])


def _renew(pks: list[Any]) -> None:
    read = ("workspace", "number", "from_number", "agent_name", "variables", "data", "at")
    answers: dict[Any, list[str]] = {}
    for pk, value in Answer.objects.filter(call__in=pks).order_by("pk").values_list("call_id", "value"):
        answers.setdefault(pk, []).append(value)
    for pk, *told in Analysis.objects.filter(call__in=pks).order_by("pk").values_list("call_id", *_BESIDES):
        answers.setdefault(pk, []).extend(_leaves(told))
    known = {
        pk: (row, text) for pk, row, text in CallText.objects.filter(call__in=pks).values_list("call_id", "pk", "text")
    }
    changed = []
    for call in Call.objects.filter(pk__in=pks).only(*read):
        told = CallText(workspace_id=call.workspace_id, call_id=call.pk, text=_text(call, answers.get(call.pk, ())))
        told.pk = place(call.at, call.pk)
        row, text = known.get(call.pk, (0, None))
        if text != told.text or row // PER_MS != told.pk // PER_MS:
            changed.append(told)
    _write(changed)


def _write(rows: list[CallText]) -> None:
    """In place of what was there. Where another process was quicker with a call that had no words yet, its words stay."""
    if not rows:
        return
    CallText.objects.filter(call__in=[row.call_id for row in rows]).delete()
    taken = set(CallText.objects.filter(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    for row in rows:
        while row.pk in taken:
            row.pk += 1
        taken.add(row.pk)
    CallText.objects.bulk_create(rows, ignore_conflicts=True)


def place(at: datetime, pk: UUID) -> int:
    """The id of a call's CallText: milliseconds since 1970, and for calls of the same one some bits of their own ids."""
    return begin(at) + pk.int % PER_MS


def begin(at: datetime) -> int:
    """The first place of a millisecond."""
    return min(max(int(at.timestamp() * 1000), 0), LATEST) * PER_MS


def end(at: datetime) -> int:
    """The last place of a millisecond."""
    return begin(at) + PER_MS - 1


def moment(row: int) -> datetime:
    """The time of a place, without its microseconds."""
    return datetime.fromtimestamp(row // PER_MS / 1000, UTC)


def _text(call: Call, answers: Iterable[str]) -> str:
    """All parts of a call, one on each line."""
    parts = dict.fromkeys([_plain(call.number), _plain(call.from_number), fold(call.agent_name)])
    for value in (*_leaves(call.variables), *_leaves(call.data), *answers):
        cut = value[:LONGEST_PART]
        parts[fold(cut)] = None
        if len(number := digits_of(cut)) >= _SHORTEST_NUMBER:
            parts[number] = None
    return "\n".join(part for part in parts if part)[:LONGEST_TEXT]


def _plain(number: str) -> str:
    return digits_of(number) or fold(number)


def _leaves(value: Any) -> Iterator[str]:
    """Everything that is said in a JSON value, without the names of its members."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)


def fill() -> bool:
    """The duty: calls that have no text yet get one, a step of them each time. True when there are more to look at.

    Looking at them all holds no lock; whether any are missing is counted first.
    """
    global _come_to
    if _come_to is None and Call.objects.count() == CallText.objects.count():
        return False
    calls = Call.objects.order_by("pk").values_list("pk", flat=True)
    step = list((calls.filter(pk__gt=_come_to) if _come_to else calls)[:_STEP])
    known = set(CallText.objects.filter(call__in=step).values_list("call_id", flat=True))
    missing = [pk for pk in step if pk not in known]
    for start in range(0, len(missing), FILLED):
        with transaction.atomic():
            waiting = Call.objects.filter(pk__in=missing[start : start + FILLED], words_row=None)
            renew(list(waiting.select_for_update(of=("self",), skip_locked=True).values_list("pk", flat=True)))
    _come_to = step[-1] if len(step) == _STEP else None
    return _come_to is not None


def to_fill(workspace: Workspace) -> list[registry.Waiting]:
    """How many of the newest calls are not in the search yet."""
    newest = Call.objects.filter(workspace=workspace).order_by("-at", "-id").values_list("pk", "at")[:_LOOKED_AT]
    at = dict(newest)
    known = set(CallText.objects.filter(call__in=list(at)).values_list("call_id", flat=True))
    missing = [moment for pk, moment in at.items() if pk not in known]
    words = f"{plural(len(missing), 'call')} to be put into the search"
    return [registry.Waiting(words, len(missing), min(missing))] if missing else []


def tidy() -> bool:
    """The duty: what was deleted leaves SQLite's index for good, in steps of well under a second. True while there is more.

    Until then the index only marks it as deleted, and its threes of letters could still be read from the file.
    """
    if connection.vendor != "sqlite":
        return False
    with transaction.atomic(), connection.cursor() as cursor:
        before = connection.connection.total_changes
        cursor.execute("INSERT INTO calls_textindex(calls_textindex, rank) VALUES ('merge', -200)")
        return bool(connection.connection.total_changes - before >= 2)  # as SQLite's manual tells it
