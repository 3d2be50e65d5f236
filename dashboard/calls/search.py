"""Searching calls: what is looked in, how it is kept, and how a term is found among a million of them.

CallText holds one line for every part of a call. Both databases index every three letters in a row of it: SQLite in TextIndex,
PostgreSQL with pg_trgm. Its ids are in the order of the calls' times (`place`). So where a term is rare, the index says which
calls have it; where it is common, it gives the newest of them, or those next to a mark, a portion at a time.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Exists, F, Lookup, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce

from dashboard.accounts.models import Workspace
from dashboard.calls.models import Answer, Call, CallText, TextIndex
from dashboard.web import registry

FEW, MANY = 1_100, 4_000  # so many calls are named at most; of more the newest are taken, or the list is walked
PORTIONS = (4_000, 4_000)  # so many at a time after them
NEAR = 120_000  # so many calls are looked at one by one before PostgreSQL asks its index, which cannot tell the newest first
SHALLOW = 50_000  # so many of the newest calls are looked at for words that are too short for the index
PORTION = 500
FILLED = 100  # calls in one transaction: SQLite keeps all other writers waiting meanwhile
LONGEST_PART, LONGEST_TEXT = 2_000, 20_000  # characters
LONGEST_TERM, MOST_WORDS = 200, 8
_GRAM, _LOOKED_AT = 3, 500
_PER_MS = 1 << 20  # places for calls of the same millisecond
_LATEST = (1 << 43) - 1  # ms since 1970, in the year 2248: later ones would not fit into 63 bits
_LAST = (1 << 63) - 1
_PLAIN = Coalesce("text", Value(""), output_field=TextField())  # the text, where no index of it is to be used
_LIKE_A_NUMBER = re.compile(r"[\s\d+().\-/\u2010-\u2015\u2212]+")
_SHORTEST_NUMBER, _TYPED_NUMBER = 7, 2  # digits: in a value, and in what is searched


Place = tuple[int, Any]  # the id of a CallText, and of its call


@TextField.register_lookup
class Match(Lookup):  # type: ignore[type-arg]  # generic only for mypy
    """`words__match`: SQLite's full-text query on TextIndex."""

    lookup_name = "match"

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        """The condition, and what it takes."""
        left, told = self.process_lhs(compiler, connection)
        right, more = self.process_rhs(compiler, connection)
        return f"{left} MATCH {right}", (*told, *more)


# --- What is looked in -------------------------------------------------------------------------------------------------
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

    Runs in the caller's transaction, in five queries for every 500 calls; a call that says the same is not written.
    """
    wanted = list(call_pks)
    for start in range(0, len(wanted), PORTION):
        _renew(wanted[start : start + PORTION])


def _renew(pks: list[Any]) -> None:
    read = ("workspace", "number", "from_number", "agent_name", "variables", "data", "at")
    answers: dict[Any, list[str]] = {}
    for pk, value in Answer.objects.filter(call__in=pks).order_by("pk").values_list("call_id", "value"):
        answers.setdefault(pk, []).append(value)
    known = {pk: (row, text) for pk, row, text in _rows(call__in=pks).values_list("call_id", "pk", "text")}
    changed = []
    for call in Call.objects.filter(pk__in=pks).only(*read):
        told = CallText(workspace_id=call.workspace_id, call_id=call.pk, text=_text(call, answers.get(call.pk, ())))
        told.pk = place(call.at, call.pk)
        row, text = known.get(call.pk, (0, None))
        if text != told.text or row // _PER_MS != told.pk // _PER_MS:
            changed.append(told)
    _write(changed)


def _write(rows: list[CallText]) -> None:
    """In place of what was there. Where another process was quicker with a call that had no words yet, its words stay."""
    if not rows:
        return
    _rows(call__in=[row.call_id for row in rows]).delete()
    taken = set(_rows(pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    for row in rows:
        while row.pk in taken:
            row.pk += 1
        taken.add(row.pk)
    CallText.objects.bulk_create(rows, ignore_conflicts=True)


def _rows(**chosen: Any) -> QuerySet[CallText]:
    return CallText.objects.filter(**chosen)


def place(at: datetime, pk: UUID) -> int:
    """The id of a call's CallText: milliseconds since 1970, and for calls of the same one some bits of their own ids."""
    return _begin(at) + pk.int % _PER_MS


def _begin(at: datetime) -> int:
    """The first place of a millisecond."""
    return min(max(int(at.timestamp() * 1000), 0), _LATEST) * _PER_MS


def _end(at: datetime) -> int:
    """The last place of a millisecond."""
    return _begin(at) + _PER_MS - 1


def _moment(row: int) -> datetime:
    return datetime.fromtimestamp(row // _PER_MS / 1000, UTC)


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


# --- Looking -----------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Hits:
    """What the index says of a search: the ids of the calls that have it, or None where they are more than were asked for.

    `words` are those of the search, each in the ways that it may be written; `first` and `last` the places between which
    they were looked for, `newest` what was found: `common` says that there is more, which `portions` gives. `since`: older
    calls were not looked at, because the words are too short for the index.
    """

    words: list[list[str]]
    workspace: Workspace | None
    first: int
    last: int
    newest: list[Place]
    common: bool = False
    since: datetime | None = None

    @property
    def pks(self) -> list[Any] | None:
        """The ids of the calls, where they are few."""
        return None if self.common else [pk for _, pk in self.newest]

    def among(self, calls: QuerySet[Call]) -> QuerySet[Call]:
        """Those of `calls` that have it."""
        if not self.common:
            return calls.filter(pk__in=self.pks or [])
        return calls.filter(Exists(_rows(call=OuterRef("pk")).filter(_said(self.words))))

    def portions(self, down: bool, start: datetime | None = None) -> Iterator[tuple[list[Any], bool]]:
        """Ids of the calls that have it, and whether there are more: PORTIONS, one query each, each in the order of time.

        From a moment on (in it), or from an end; to ever older ones, or not `down` to ever newer ones. All calls of a
        millisecond come together.
        """
        first, last = self.first, self.last
        if start:
            first, last = (first, min(last, _end(start))) if down else (max(first, _begin(start)), last)
        for many in PORTIONS if start or not down else (0, *PORTIONS):
            found = _find(self.words, self.workspace, first, last, down, many) if many else self.newest
            more = len(found) == many if many else self.common
            whole = [(row, pk) for row, pk in found if row // _PER_MS != found[-1][0] // _PER_MS] if more else found
            whole = whole or found
            yield [pk for _, pk in whole], more
            if not more:
                return
            first, last = (first, whole[-1][0] - 1) if down else (whole[-1][0] + 1, last)


def look(
    typed: str,
    workspace: Workspace | None = None,
    ends: tuple[datetime | None, datetime | None] = (None, None),
    few: int = FEW,
    shallow: int = SHALLOW,
) -> Hits | None:
    """Find every word of `typed`; digits are found however they are grouped. None when nothing is searched.

    Only calls between two moments (both in it, None = no end) are looked at, and only the `shallow` newest of them where
    no word is long enough for the index. At most `few` are named. One query, two for short words.
    """
    words = _words(typed)
    if not words:
        return None
    since, until = ends
    first, last, reach = _begin(since) if since else 0, _end(until) if until else _LAST, None
    if not _long_enough(words):
        deep = (
            _texts(workspace, first, last).order_by("-pk").values_list("pk", flat=True)[shallow : shallow + 1].first()
        )
        first, reach = (deep + 1, _moment(deep)) if deep else (first, None)
    newest = _find(words, workspace, first, last, True, few + 1)
    return Hits(words, workspace, first, last, newest, len(newest) > few, reach)


def _find(
    words: list[list[str]], workspace: Workspace | None, first: int, last: int, down: bool, many: int
) -> list[Place]:
    """So many calls that have every word, in the order of their times. One query, on PostgreSQL up to three."""
    order, indexed = "-pk" if down else "pk", _long_enough(words)
    texts = _texts(workspace, first, last)
    told: QuerySet[Any, Place] = texts.filter(_said(words)).order_by(order).values_list("pk", "call_id")
    if indexed and connection.vendor == "sqlite":
        rows = TextIndex.objects.filter(words__match=_query(indexed), row_id__gte=first, row_id__lte=last)
        rows = rows.filter(row__workspace=workspace) if workspace is not None else rows
        told = rows.filter(_said(words, "row__text")).order_by(order).values_list("pk", "row__call_id")
    elif indexed and (end := texts.order_by(order).values_list("pk", flat=True)[NEAR : NEAR + 1].first()):
        near = texts.filter(**{"pk__gte" if down else "pk__lte": end}).alias(plain=_PLAIN)
        found = list(near.filter(_said(words, "plain")).order_by(order).values_list("pk", "call_id")[:many])
        if len(found) == many:
            return found
        told = told.order_by((F("pk") + 0).desc() if down else F("pk") + 0)  # an order that no index has
    return list(told[:many])


def _texts(workspace: Workspace | None, first: int, last: int) -> QuerySet[CallText]:
    texts = _rows(pk__gte=first, pk__lte=last)
    return texts if workspace is None else texts.filter(workspace=workspace)


def _long_enough(words: list[list[str]]) -> list[list[str]]:
    """The words that the index knows."""
    return [ways for ways in words if min(map(len, ways)) >= _GRAM]


def narrow(calls: QuerySet[Call], typed: str, workspace: Workspace | None = None) -> QuerySet[Call]:
    """Those of `calls` in which every word of `typed` is found."""
    hits = look(typed, workspace)
    return hits.among(calls) if hits else calls


def _words(typed: str) -> list[list[str]]:
    """Every word of a search, each in the ways that it may stand in a text; a phone number is one word."""
    text = fold(typed[:LONGEST_TERM])
    number = digits_of(text)
    if len(number) >= _TYPED_NUMBER:
        return [list(dict.fromkeys([text, number]))]
    return [_ways(word) for word in text.split()[:MOST_WORDS]]


def _ways(word: str) -> list[str]:
    number = digits_of(word)
    return list(dict.fromkeys([word, number])) if len(number) >= _TYPED_NUMBER else [word]


def _said(words: list[list[str]], text: str = "text") -> Q:
    """The condition that every word stands in a text; `text` is what leads to it."""
    said = Q()
    for ways in words:
        either = Q()
        for way in ways:
            either |= Q(**{f"{text}__contains": way})
        said &= either
    return said


def _query(words: list[list[str]]) -> str:
    """What TextIndex is asked: the threes of letters of every word, each quoted, so that nothing in them is a command."""
    return " AND ".join(f"({' OR '.join(f'({_threes(way)})' for way in ways)})" for ways in words)


def _threes(word: str) -> str:
    threes = dict.fromkeys(word[at : at + _GRAM] for at in range(len(word) - _GRAM + 1))
    return " AND ".join('"{}"'.format(three.replace('"', '""')) for three in threes)


# --- Keeping it --------------------------------------------------------------------------------------------------------
def fill() -> bool:
    """The duty: calls that are not in the search yet come into it, a portion each. True when more wait."""
    with transaction.atomic():
        waiting = Call.objects.filter(words_row=None).select_for_update(of=("self",), skip_locked=True)
        missing = list(waiting.values_list("pk", flat=True)[:FILLED])
        renew(missing)
    return len(missing) == FILLED


def to_fill(workspace: Workspace) -> list[registry.Waiting]:
    """How many of the newest calls are not in the search yet."""
    newest = Call.objects.filter(workspace=workspace).order_by("-at", "-id").values_list("pk", "at")[:_LOOKED_AT]
    at = dict(newest)
    known = set(CallText.objects.filter(call__in=list(at)).values_list("call_id", flat=True))
    missing = [moment for pk, moment in at.items() if pk not in known]
    return [registry.Waiting("calls to be put into the search", len(missing), min(missing))] if missing else []


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
