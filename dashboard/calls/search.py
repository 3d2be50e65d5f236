"""Searching calls: how a term is found among a million of them.

Both databases index every three letters in a row of the texts (texts.py), whose ids are in the order of the calls' times.
So where a term is rare, the index says which calls have it; where it is common, it gives the newest of them, or those next
to a mark, a portion at a time.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, F, Lookup, OuterRef, Q, QuerySet, TextField, Value
from django.db.models.functions import Coalesce

from dashboard.accounts.models import Workspace
from dashboard.calls import texts
from dashboard.calls.models import Call, CallText, TextIndex

FEW, MANY = 1_100, 4_000  # so many calls are named at most; of more the newest are taken, or the list is walked
PORTIONS = (4_000, 4_000)  # so many at a time after them
NEAR = 120_000  # so many calls are looked at one by one before PostgreSQL asks its index, which cannot tell the newest first
SHALLOW = 50_000  # so many of the newest calls are looked at for words that are too short for the index
LONGEST_TERM, MOST_WORDS = 200, 8
_GRAM = 3
_DENSE, _LEAST = 8, 500  # texts for each one that has it: up to so many are looked at anew, for so many ids at least
_SLACK = timedelta(seconds=1)  # a place is a time without its microseconds
_PLAIN = Coalesce("text", Value(""), output_field=TextField())  # the text, where no index of it is to be used
_TYPED_NUMBER = 2  # digits


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


@dataclass(frozen=True)
class Portion:
    """Calls that have the words of a search, those of a while: their ids, and whether there are others beyond the end.

    `among` says the same as a condition where they are so dense that the database comes to them quickest by their time.
    """

    pks: list[Any]
    more: bool
    among: Q | None = None


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
        return calls.filter(Exists(CallText.objects.filter(call=OuterRef("pk")).filter(_said(self.words))))

    def portions(self, down: bool, start: datetime | None = None) -> Iterator[Portion]:
        """The calls that have it, in the order of time: PORTIONS, two queries each, on PostgreSQL up to four.

        From a moment on (in it), or from an end; to ever older ones, or not `down` to ever newer ones. All calls of a
        millisecond come together.
        """
        first, last = self.first, self.last
        if start:
            first, last = (first, min(last, texts.end(start))) if down else (max(first, texts.begin(start)), last)
        for many in PORTIONS if start or not down else (0, *PORTIONS):
            found = _find(self.words, self.workspace, first, last, down, many) if many else self.newest
            more = len(found) == many if many else self.common
            whole = (
                [(row, pk) for row, pk in found if row // texts.PER_MS != found[-1][0] // texts.PER_MS]
                if more
                else found
            )
            whole = whole or found
            dense = self._among(whole) if len(whole) > _LEAST else None
            yield Portion([pk for _, pk in whole], more, dense)
            if not more:
                return
            first, last = (first, whole[-1][0] - 1) if down else (whole[-1][0] + 1, last)

    def _among(self, found: list[Place]) -> Q | None:
        """That a call is one of these, by their time; None where many others lie between them. One query."""
        low, high = sorted((found[0][0], found[-1][0]))
        rows = _texts(self.workspace, low, high)
        if rows.order_by("pk").values_list("pk", flat=True)[_DENSE * len(found) :][:1]:
            return None
        told = Q(pk__in=rows.filter(_said(self.words)).values("call_id"))
        told &= Q(at__gte=texts.moment(low) - _SLACK) if low >= texts.PER_MS else Q()
        return told & Q(at__lte=texts.moment(high) + _SLACK) if high < texts.LATEST * texts.PER_MS else told


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
    first, last, reach = texts.begin(since) if since else 0, texts.end(until) if until else texts.LAST, None
    if not _long_enough(words):
        deep = (
            _texts(workspace, first, last).order_by("-pk").values_list("pk", flat=True)[shallow : shallow + 1].first()
        )
        first, reach = (deep + 1, texts.moment(deep)) if deep else (first, None)
    newest = _find(words, workspace, first, last, True, few + 1)
    return Hits(words, workspace, first, last, newest, len(newest) > few, reach)


def _find(
    words: list[list[str]], workspace: Workspace | None, first: int, last: int, down: bool, many: int
) -> list[Place]:
    """So many calls that have every word, in the order of their times. One query, on PostgreSQL up to three."""
    order, indexed = "-pk" if down else "pk", _long_enough(words)
    near = _texts(workspace, first, last)
    told: QuerySet[Any, Place] = near.filter(_said(words)).order_by(order).values_list("pk", "call_id")
    if indexed and connection.vendor == "sqlite":
        rows = TextIndex.objects.filter(words__match=_query(indexed), row_id__gte=first, row_id__lte=last)
        rows = rows.filter(row__workspace=workspace) if workspace is not None else rows
        told = rows.filter(_said(words, "row__text")).order_by(order).values_list("pk", "row__call_id")
    elif indexed and (end := near.order_by(order).values_list("pk", flat=True)[NEAR : NEAR + 1].first()):
        near = near.filter(**{"pk__gte" if down else "pk__lte": end}).alias(plain=_PLAIN)
        found = list(near.filter(_said(words, "plain")).order_by(order).values_list("pk", "call_id")[:many])
        if len(found) == many:
            return found
        told = told.order_by((F("pk") + 0).desc() if down else F("pk") + 0)  # an order that no index has
    return list(told[:many])


def _texts(workspace: Workspace | None, first: int, last: int) -> QuerySet[CallText]:
    between = CallText.objects.filter(pk__gte=first, pk__lte=last)
    return between if workspace is None else between.filter(workspace=workspace)


def _long_enough(words: list[list[str]]) -> list[list[str]]:
    """The words that the index knows."""
    return [ways for ways in words if min(map(len, ways)) >= _GRAM]


def narrow(calls: QuerySet[Call], typed: str, workspace: Workspace | None = None) -> QuerySet[Call]:
    """Those of `calls` in which every word of `typed` is found."""
    hits = look(typed, workspace)
    return hits.among(calls) if hits else calls


def _words(typed: str) -> list[list[str]]:
    """Every word of a search, each in the ways that it may stand in a text; a phone number is one word."""
    text = texts.fold(typed[:LONGEST_TERM])
    number = texts.digits_of(text)
    if len(number) >= _TYPED_NUMBER:
        return [list(dict.fromkeys([text, number]))]
    return [_ways(word) for word in text.split()[:MOST_WORDS]]


def _ways(word: str) -> list[str]:
    number = texts.digits_of(word)
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
