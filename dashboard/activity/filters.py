"""Which entries a page or an export shows: read from the address, turned into conditions. Knows no request."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.db.models import Case, Exists, F, JSONField, OuterRef, Q, QuerySet, TextField, Value, When
from django.db.models.functions import Cast, Coalesce, Length
from django.utils import timezone

from dashboard.web import marks

from .models import Entry, Outcome, Result
from .phrases import KINDS, PHRASES

UNRECORDED_AFTER = timedelta(seconds=60)
PERIODS = {"1": "Today", "7": "Last 7 days", "30": "Last 30 days", "": "Any time"}
NONE = "none"
OUTCOMES = {**dict(Result.choices), NONE: "Outcome not recorded"}
NOBODY = "-"  # as a person: the dashboard itself
COUNT_UP_TO = 1000
FEW = 900  # outcomes of one sort that are named one by one
SMALL = 20_000  # characters of before and after together that a row of a list reads
_LONGEST = 300


@dataclass(frozen=True)
class Chosen:
    """The filters of an address; "" is no filter.

    `q` is looked for in names, ids, e-mail addresses and reasons; `person` is an e-mail address, or "-" for the
    dashboard itself; `kind` and `thing` are what it was done to; `request` is the id of one step.
    """

    q: str = ""
    person: str = ""
    kind: str = ""
    thing: str = ""
    verb: str = ""
    outcome: str = ""
    days: str = ""
    project: str = ""
    request: str = ""

    def given(self) -> dict[str, str]:
        """Only what is filtered by."""
        return {name: value for name, value in asdict(self).items() if value}


def read(query: Mapping[str, Any]) -> Chosen:
    """The filters in a query string; words that no list offers are no filter."""
    told = {name: str(query.get(name, "")).replace("\x00", "").strip()[:_LONGEST] for name in asdict(Chosen())}
    for name, known in (("kind", KINDS), ("verb", PHRASES), ("outcome", OUTCOMES), ("days", PERIODS)):
        told[name] = told[name] if told[name] in known else ""
    return Chosen(**told)


@dataclass(frozen=True)
class Found:
    """Every entry that fits, newest first: those of the workspace, and its people's own (signing in and out).

    They are asked for side by side, each along its own index, and merged: none waits for another's size.
    """

    books: tuple[QuerySet[Entry], ...]

    def page(self, mark: str, size: int, light: bool = False) -> list[Entry]:
        """At most `size` entries after the mark, with their outcome and person. Two queries at most.

        `light` leaves large changes in the database: `before_short` and `after_short` are the small ones.
        """
        whole = _light if light else _whole
        books = [_after(book, mark) for book in self.books]
        if len(books) == 1:
            return list(whole(books[0])[:size])
        first, *others = (book.order_by().values_list("pk", "asked_at") for book in books)
        wanted = [pk for pk, _ in first.union(*others, all=True).order_by("-asked_at", "-pk")[:size]]
        return list(whole(Entry.objects.filter(pk__in=wanted)))

    def count(self) -> str:
        """How many there are: exact to 1,000, "1,000+" beyond. One query."""
        first, *others = (book.order_by().values("pk") for book in self.books)
        counted = (first.union(*others, all=True) if others else first)[: COUNT_UP_TO + 1].count()
        return f"{COUNT_UP_TO:,}+" if counted > COUNT_UP_TO else f"{counted:,}"

    def all(self, chunk: int) -> Iterator[Entry]:
        """Every one of them, in pages: nothing is held in memory, no query stays open, whatever the pace of the reader."""
        mark = ""
        while listed := self.page(mark, chunk):
            yield from listed
            mark = mark_of(listed[-1])


def find(workspace: Any, chosen: Chosen, until: datetime | None = None) -> Found:
    """The entries of `workspace` that fit, up to a moment. One query if a thing is chosen, else none yet."""
    conditions = _conditions(chosen)
    if until is not None:
        conditions &= Q(asked_at__lte=until)
    ours: QuerySet[Entry] = Entry.objects.filter(conditions, workspace=workspace)
    if chosen.kind and chosen.thing:
        books = [ours.filter(thing_id=chosen.thing)]
        if made := _made(chosen.thing):
            books.append(ours.filter(pk__in=made).exclude(thing_id=chosen.thing))
    else:
        books = [ours]
        if chosen.kind in ("", "person") and not chosen.project:
            books += [book.filter(conditions) for book in _own(workspace)]
    return Found(tuple(books))


def one(workspace: Any, entry_id: int) -> Entry | None:
    """An entry that this workspace may see, with its outcome and person; None for any other. At most three queries."""
    for book in (Entry.objects.filter(workspace=workspace), *_own(workspace)):
        if found := book.select_related("outcome", "user").filter(pk=entry_id).first():
            return found
    return None


def mark_of(entry: Entry) -> str:
    """Where the next page begins."""
    return f"{entry.asked_at.isoformat()}~{entry.pk}"


def _own(workspace: Any) -> tuple[QuerySet[Entry], QuerySet[Entry]]:
    """What concerns a person alone: done by members since they are, and by those who went while they were here."""
    alone = Entry.objects.filter(workspace=None)
    members = alone.filter(user__memberships__workspace=workspace, user__memberships__created_at__lte=F("asked_at"))
    gone = alone.filter(
        user__former_memberships__workspace=workspace,
        user__former_memberships__since__lte=F("asked_at"),
        user__former_memberships__until__gte=F("asked_at"),
    )
    return members, gone


def _whole(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    return entries.select_related("outcome", "user").order_by("-asked_at", "-pk")


def _light(entries: QuerySet[Entry]) -> QuerySet[Entry]:
    """Like `_whole`, with `before_short` and `after_short` in place of the two, None when they are `large`."""
    size = sum((Coalesce(Length(Cast(side, TextField())), 0) for side in ("before", "after")), start=Value(0))
    small = {
        f"{side}_short": Case(When(size__lte=SMALL, then=F(side)), default=None, output_field=JSONField())
        for side in ("before", "after")
    }
    large = Case(When(size__gt=SMALL, then=True), default=False)
    return _whole(entries.annotate(size=size).annotate(large=large, **small).defer("before", "after"))


def _conditions(chosen: Chosen) -> Q:
    found = Q()
    if chosen.q:
        found &= _search(chosen.q)
    if chosen.person:
        found &= Q(user_email="" if chosen.person == NOBODY else chosen.person)
    if chosen.kind:
        found &= Q(kind=chosen.kind)
    if chosen.verb:
        found &= Q(verb=chosen.verb)
    if chosen.outcome:
        found &= _outcome(chosen.outcome)
    if chosen.days:
        found &= Q(asked_at__gte=_since(int(chosen.days)))
    if chosen.project:
        found &= Q(project_id=chosen.project) | Q(kind="project", pk__in=_made(chosen.project))
    if chosen.request:
        found &= Q(request_id=chosen.request)
    return found


def _made(thing: str) -> list[int]:
    """Entries that may be of a thing's making: it got its id by it, so the outcome has the id. One query."""
    return list(Outcome.objects.filter(thing_id=thing).order_by().values_list("entry_id", flat=True)[:100])


def _search(words: str) -> Q:
    fields = (
        "thing_name", "thing_id", "user_email", "outcome__thing_name", "outcome__thing_id", "outcome__words",
    )  # fmt: skip
    found = Q(user__in=get_user_model().objects.filter(name__icontains=words))
    for field in fields:
        found |= Q(**{f"{field}__icontains": words})
    digits = "".join(letter for letter in words if letter.isdigit())
    if len(digits) >= 4 and not any(letter.isalpha() for letter in words):
        found |= Q(thing_name__contains=digits)  # a number as it is grouped for reading
    return found


def _outcome(result: str) -> Q:
    """As a question to each entry, so that the entries lead the way: a join may begin at a million outcomes. One query."""
    few = list(Outcome.objects.filter(result=result).order_by().values_list("entry_id", flat=True)[: FEW + 1])
    if 0 < len(few) <= FEW:
        return Q(pk__in=few)
    mine = Outcome.objects.filter(entry=OuterRef("pk"))
    if result == NONE:
        return ~Q(Exists(mine)) & Q(asked_at__lt=timezone.now() - UNRECORDED_AFTER)
    return Q(Exists(mine.filter(result=result)))


def _since(days: int) -> datetime:
    """The midnight at which the last so many days began, in the viewer's zone; today is one of them."""
    return timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=days - 1)


def _after(entries: QuerySet[Entry], mark: str) -> QuerySet[Entry]:
    """Entries after the mark of the last one seen: pages stay cheap however deep, and skip nothing new."""
    at, _, pk = mark.partition("~")
    moment = marks.moment(at)
    if moment is None or not (pk.isascii() and pk.isdigit() and len(pk) < 19):
        return entries
    return entries.filter(Q(asked_at__lt=moment) | Q(pk__lt=int(pk)), asked_at__lte=moment)
