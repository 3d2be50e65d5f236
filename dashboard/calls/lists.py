"""Pages of a list of calls, and what its filters offer: each costs the same, however many calls there are.

A page goes on from the last row that was seen (its mark), so a deep one is as quick as the first and skips nothing new.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from dashboard.accounts.models import Workspace
from dashboard.calls import ledger
from dashboard.calls.filters import ELSEWHERE, Filters
from dashboard.calls.models import Call, Question
from dashboard.web import marks

PAGE_SIZE = 50
COUNT_UP_TO = 1000
FEWER = 200  # counted of a common term over a long time, where every call has to be looked at
_LOOKED_AT = 500
_KINDS: dict[str, Any] = {"seconds": float, "cost": Decimal}
Keys = list[tuple[str, bool]]  # columns of an order, and whether the greatest comes first


@dataclass(frozen=True)
class Page:
    """Calls of one page; `older` and `newer` are the marks of its neighbours, "" without one.

    `count` is how many calls fit, "1,000+" when they are more.
    """

    calls: list[Call]
    older: str = ""
    newer: str = ""
    count: str = ""


def page(workspace: Workspace, filters: Filters, before: str = "", after: str = "", size: int = PAGE_SIZE) -> Page:
    """The page after the mark `before`, or the one that ends ahead of the mark `after`; without a readable one the first.

    First as many ids as are counted: few calls are sorted, of many the order is walked until the page is full. Two
    queries, one more where calls without a length or a cost begin; those of the search and of filters by answers besides.
    """
    if filters.hits and filters.hits.common and filters.by_time:
        told = _page_of_common(workspace, filters, before, after, size)
        if told is not None:
            return told
    limit = FEWER if filters.hits and filters.hits.common and filters.period.wide else COUNT_UP_TO
    pks = list(filters.find(workspace).values_list("pk", flat=True)[: limit + 1])
    if not pks:
        return Page([], count="0")
    few = len(pks) <= limit
    found = Call.objects.filter(pk__in=pks) if few else filters.find(workspace, walk=True)
    told = slice_of(found, filters.sort, before, after, size)
    return replace(told, count=f"{len(pks):,}" if few else f"{limit:,}+")


def _page_of_common(workspace: Workspace, filters: Filters, before: str, after: str, size: int) -> Page | None:
    """A page of calls that have common words, out of what the search gives in order, from the mark on.

    None where so little of it fits the other filters that walking the calls is quicker. At most 16 queries.
    """
    down, mark = filters.sort == "-at", _values(before or after, "at")
    counted = near = _gather(workspace, filters, down, None, max(COUNT_UP_TO, size) + 1)
    if mark:
        near = _gather(workspace, filters, down if before else not down, mark, size + 1)
        if after and near.whole and len(near.pks) <= size:  # it would not fill the page before: that is the first one
            after, near = "", counted
    if not near.whole and len(near.pks) <= size:
        return None
    told = slice_of(Call.objects.filter(pk__in=near.pks[: size + 1]), filters.sort, before, after, size)
    exact = counted.whole and len(counted.pks) <= COUNT_UP_TO
    return replace(told, count=f"{len(counted.pks):,}" if exact else f"{min(len(counted.pks), COUNT_UP_TO):,}+")


@dataclass(frozen=True)
class _Near:
    """Ids of calls that fit, in order, from a mark on or from the beginning; `whole`: there are no others."""

    pks: list[Any]
    whole: bool


def _gather(workspace: Workspace, filters: Filters, down: bool, mark: dict[str, Any] | None, enough: int) -> _Near:
    """What fits of the next hits of common words: until it is enough, or as many were looked at as is worth it."""
    assert filters.hits is not None
    keys = [("at", down), ("id", down)]
    beyond = _beyond(keys, mark, False) if mark else Q()
    pks: list[Any] = []
    whole = True
    for portion in filters.hits.portions(down, mark["at"] if mark else None):
        whole = not portion.more
        fitting = filters.find(workspace, portion=portion).filter(beyond)
        pks += fitting.order_by(*(f"{'-' if down else ''}{name}" for name, _ in keys)).values_list("pk", flat=True)
        if len(pks) >= enough:
            break
    return _Near(pks, whole)


def slice_of(found: QuerySet[Call], sort: str, before: str = "", after: str = "", size: int = PAGE_SIZE) -> Page:
    """The page of `found` at a mark, in the order of `sort` (filters.SORTS); it counts nothing."""
    column, down = sort.removeprefix("-"), sort.startswith("-")
    back = _values(after, column) if not before else None
    start = back or _values(before, column)
    taken = _take(found, _parts(column, down), start, bool(back), size + 1)
    more, calls = len(taken) > size, taken[:size]
    if back:
        calls.reverse()
        if not more:
            return slice_of(found, sort, size=size)
    older = _mark(calls[-1], column) if calls and (more or back) else ""
    newer = _mark(calls[0], column) if calls and start else ""
    return Page(calls, older, newer)


def _parts(column: str, down: bool) -> list[tuple[Q, Keys]]:
    """The list in its one or two parts: calls without a value come last, whatever the direction."""
    newest: Keys = [("at", True), ("id", True)]
    if column == "at":
        return [(Q(), [("at", down), ("id", down)])]
    return [(Q(**{f"{column}__isnull": False}), [(column, down), *newest]), (Q(**{f"{column}__isnull": True}), newest)]


def _take(
    found: QuerySet[Call], parts: list[tuple[Q, Keys]], start: dict[str, Any] | None, back: bool, many: int
) -> list[Call]:
    begin = 0
    if start and len(parts) == 2 and parts[0][1][0][0] not in start:
        begin = 1
    order = range(begin, -1, -1) if back else range(begin, len(parts))
    taken: list[Call] = []
    for place in order:
        where, keys = parts[place]
        calls = found.filter(where)
        if start and place == begin:
            calls = calls.filter(_beyond(keys, start, back))
        turned = [f"{'-' if down != back else ''}{name}" for name, down in keys]
        taken += calls.order_by(*turned)[: many - len(taken)]
        if len(taken) >= many:
            break
    return taken


def _beyond(keys: Keys, values: dict[str, Any], back: bool) -> Q:
    """What comes after these values in the order; the first column alone bounds it, so that an index leads there."""
    name, down = keys[0]
    bound = Q(**{f"{name}__{'lte' if down != back else 'gte'}": values[name]})
    told, equal = Q(), Q()
    for name, down in keys:
        told |= equal & Q(**{f"{name}__{'lt' if down != back else 'gt'}": values[name]})
        equal &= Q(**{name: values[name]})
    return bound & told


def _mark(call: Call, column: str) -> str:
    ends = [call.at.isoformat(), str(call.pk)]
    if column == "at":
        return "~".join(ends)
    value = getattr(call, column)
    return "~".join(["" if value is None else str(value), *ends])


def _values(mark: str, column: str) -> dict[str, Any] | None:
    parts = mark.split("~")
    if len(parts) != (2 if column == "at" else 3):
        return None
    try:
        at, pk = marks.moment(parts[-2]), UUID(parts[-1])
        value = {} if column == "at" or not parts[0] else {column: _KINDS[column](parts[0])}
        finite = all(abs(number) < 10**9 for number in value.values())
    except (ValueError, ArithmeticError):
        return None
    return {**value, "at": at, "id": pk} if at and finite else None


# --- What filters offer ------------------------------------------------------------------------------------------------
def offered(workspace: Workspace, filters: Filters) -> dict[str, Any]:
    """Agents, lines and people to choose from: those of the newest calls in these days, and what is chosen.

    One query over a few hundred calls: an agent that has called long ago is chosen by a click on its name.
    """
    calls = ledger.of_workspace(workspace, filters.project_id).filter(filters.period.condition())
    rows = calls.values_list("agent_id", "agent_name", "from_number", "placed_by_email")[:_LOOKED_AT]
    agents: dict[str, str] = {}
    lines: set[str] = {filters.line}
    people: set[str] = {filters.by}
    for agent_id, name, line, email in rows:
        agents.setdefault(agent_id, name)
        lines.add(line)
        people.add(email)
    if filters.agent and filters.agent not in agents:
        agents[filters.agent] = _agent_name(workspace, filters.agent)
    named = sorted(((pk, name) for pk, name in agents.items() if pk), key=lambda pair: pair[1].casefold())
    return {
        "agents": [(pk, name or "An agent without a name") for pk, name in named],
        "lines": sorted(lines - {""}),
        "people": sorted(people - {"", ELSEWHERE}),
    }


def names_of(workspace: Workspace, filters: Filters) -> dict[str, str]:
    """The names that Filters.words and .chips need: of the agent and the questions filtered by, by id. At most two queries."""
    told = {filters.agent: _agent_name(workspace, filters.agent)} if filters.agent else {}
    if filters.answers:
        asked = Question.objects.filter(question_set__workspace=workspace, pk__in=[pk for pk, _ in filters.answers])
        told |= {str(question.pk): question.text for question in asked}
    return told


def _agent_name(workspace: Workspace, agent_id: str) -> str:
    named = (
        Call.objects.filter(workspace=workspace, agent_id=agent_id).order_by("-at").values_list("agent_name", flat=True)
    )
    return named.first() or "one that is not known here"
