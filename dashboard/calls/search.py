"""Searching calls: what is looked in, how it is kept, and how a term is found among a million of them.

CallText holds one line for every part of a call. Both databases index every three letters in a row of it: SQLite in TextIndex,
PostgreSQL with pg_trgm. Where a term is rare, the index says which calls have it; where it is common, the calls are walked in
the order of the list and looked at one by one, for the page is soon full.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, Lookup, OuterRef, Q, QuerySet, TextField

from dashboard.accounts.models import Workspace
from dashboard.calls.models import Answer, Call, CallText, TextIndex
from dashboard.web import registry

FEW = 10_000  # so many calls are taken from the index; of more, the list is walked
PORTION = 500
LONGEST_PART, LONGEST_TEXT = 2_000, 20_000  # characters
LONGEST_TERM, MOST_WORDS = 200, 8
_GRAM, _SAMPLE, _LOOKED_AT = 3, 200, 500
_LIKE_A_NUMBER = re.compile(r"[\s\d+().\-/\u2010-\u2015\u2212]+")
_SHORTEST_NUMBER, _TYPED_NUMBER = 7, 2  # digits: in a value, and in what is searched


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
    """Write anew what is searched of these calls: whenever numbers, agent, variables, data or answers changed.

    Runs in the caller's transaction, in four queries for every 500 calls; a call that says the same is not written.
    """
    wanted = list(call_pks)
    for start in range(0, len(wanted), PORTION):
        _renew(wanted[start : start + PORTION])


def _renew(pks: list[Any]) -> None:
    calls = list(
        Call.objects.filter(pk__in=pks).only("workspace", "number", "from_number", "agent_name", "variables", "data")
    )
    answers: dict[Any, list[str]] = {}
    for pk, value in Answer.objects.filter(call__in=pks).order_by("pk").values_list("call_id", "value"):
        answers.setdefault(pk, []).append(value)
    known = dict(CallText.objects.filter(call__in=pks).values_list("call_id", "text"))
    told = [
        CallText(workspace_id=call.workspace_id, call_id=call.pk, text=_text(call, answers.get(call.pk, ())))
        for call in calls
    ]
    changed = [each for each in told if known.get(each.call_id) != each.text]
    if changed:
        CallText.objects.bulk_create(
            changed, update_conflicts=True, unique_fields=["call"], update_fields=["text", "workspace"]
        )


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
    """What the index says of a search: the ids of the calls that have it, or None where they are many or not known.

    `common`: there are more than FEW, maybe in other workspaces. `said` is the condition that a CallText has to meet.
    """

    said: Q
    pks: list[Any] | None = None
    common: bool = False

    def among(self, calls: QuerySet[Call]) -> QuerySet[Call]:
        """Those of `calls` that have it."""
        if self.pks is not None:
            return calls.filter(pk__in=self.pks)
        return calls.filter(Exists(CallText.objects.filter(self.said, call=OuterRef("pk"))))


def look(typed: str, workspace: Workspace | None = None, wide: bool = False, few: int = FEW) -> Hits | None:
    """Find every word of `typed`; digits are found however they are grouped. None when nothing is searched.

    At most two queries. `wide`: the list goes back so far that it is not walked for a term too short for the index.
    """
    words = _words(typed)
    if not words:
        return None
    said, found = _said(words), CallText.objects.all()
    if workspace is not None:
        found = found.filter(workspace=workspace)
    long_enough = [ways for ways in words if min(map(len, ways)) >= _GRAM]
    if not long_enough and not wide:
        return Hits(said)
    if long_enough and connection.vendor == "sqlite":
        matching = TextIndex.objects.filter(words__match=_query(long_enough)).values_list("row", flat=True)
        rows = list(matching[: few + 1])
        if len(rows) > few and _mostly(rows, said):
            return Hits(said, common=True)
        found = found.filter(pk__in=rows if len(rows) <= few else matching)
    pks = list(found.filter(said).values_list("call_id", flat=True)[: few + 1])
    return Hits(said, common=True) if len(pks) > few else Hits(said, pks)


def _mostly(rows: list[int], said: Q) -> bool:
    """Whether texts that have all threes of a term mostly have the term: "000000" has one three, that many numbers have."""
    sample = rows[:: max(len(rows) // _SAMPLE, 1)]
    return CallText.objects.filter(said, pk__in=sample).count() > len(sample) / 4


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


def _said(words: list[list[str]]) -> Q:
    said = Q()
    for ways in words:
        either = Q()
        for way in ways:
            either |= Q(text__contains=way)
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
    missing = list(Call.objects.filter(words_row=None).values_list("pk", flat=True)[:PORTION])
    if missing:
        with transaction.atomic():
            renew(missing)
    return len(missing) == PORTION


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
