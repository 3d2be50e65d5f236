"""The filters of lists of calls: read from an address, applied to calls, and said in words. Exports and saved views use them too.

Whatever stands in an address is taken as far as it can be; what cannot is in `errors`, by name, and narrows nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.http import QueryDict

from dashboard.accounts.models import Workspace
from dashboard.calls import answers, hours, ledger, periods, search, states, typed_in
from dashboard.calls.models import Attempt, Call
from dashboard.calls.periods import Period
from dashboard.web import phone
from dashboard.web.templatetags.ui import duration, money

STATES = {
    "open": "Happening now",
    "completed": "Answered",
    "no-answer": "No answer",
    "busy": "Busy",
    "voicemail": "Voicemail",
    "silence": "Silence",
    "failed": "Failed",
    "canceled": "Cancelled by Talkstack",
    "unknown": "Unknown",
    "refused": "Refused or not sent",
    "not-called": "Cancelled, or nobody called",
}
_ATTEMPTS = {
    "unknown": [Attempt.UNKNOWN],
    "refused": [Attempt.REFUSED, Attempt.NOT_SENT],
    "not-called": [Attempt.CANCELLED, Attempt.NOT_CALLED],
}
DIRECTIONS = {"outbound": "Outgoing", "inbound": "Incoming"}
ELSEWHERE = "elsewhere"  # placed by nobody here
SORTS = {
    "-at": "Newest first",
    "at": "Oldest first",
    "-seconds": "Longest first",
    "seconds": "Shortest first",
    "-cost": "Dearest first",
    "cost": "Cheapest first",
}
_ENDS = ("min_seconds", "max_seconds", "min_cost", "max_cost")


@dataclass(frozen=True)
class Chip:
    """One filter in words. `query` is the address without it."""

    words: str
    query: str


@dataclass(frozen=True)
class Filters:
    """What a list of calls is narrowed to; "" and None are no filter. Lengths are in seconds, costs as Talkstack reports them.

    `answers` are pairs of a question's id and a value (answers.narrow), `columns` the chosen ones ("" = the usual ones).
    `errors` says by name what could not be taken, `typed` what stood there.
    """

    q: str = ""
    period: Period = field(default_factory=lambda: Period(periods.DEFAULT))
    state: str = ""
    hour: str = ""
    direction: str = ""
    agent: str = ""
    number: str = ""
    line: str = ""
    min_seconds: Decimal | None = None
    max_seconds: Decimal | None = None
    min_cost: Decimal | None = None
    max_cost: Decimal | None = None
    by: str = ""
    answers: tuple[tuple[str, str], ...] = ()
    sort: str = "-at"
    columns: tuple[str, ...] = ()
    workspace: Workspace | None = None
    project_id: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    typed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, query: QueryDict, project_id: str = "", workspace: Workspace | None = None) -> "Filters":
        """The filters of an address. Searching looks only among the calls of `workspace` when it is given."""
        return _read(query, project_id, workspace)

    # --- As conditions -------------------------------------------------------------------------------------------------
    def apply(self, calls: QuerySet[Call]) -> QuerySet[Call]:
        """Those of `calls`, in order. With `q` it asks the search at once; each answer costs a query for its question."""
        calls = self._answered(calls.filter(self.condition()))
        return (self.hits.among(calls) if self.hits else calls).order_by(*self.order())

    def find(self, workspace: Workspace, walk: bool = False, portion: search.Portion | None = None) -> QuerySet[Call]:
        """The calls of a workspace (and of the project) that fit, in no order. `portion`: of these, which the search found.

        `walk`: they are many, and will be looked at in their order: that is what SQLite's planner does not know.
        """
        hits, ours = self.hits, ledger.of_workspace(workspace, self.project_id).order_by()
        if portion and portion.among:
            return self._answered(ours.filter(self.condition(), portion.among))
        pks = portion.pks if portion else hits.pks if hits and self.workspace is not None else None
        if pks is not None:
            # All of this workspace; naming it leads SQLite away from the ids.
            calls = Call.objects.filter(pk__in=pks)
            calls = calls.filter(project_id=self.project_id) if self.project_id else calls
            return self._answered(calls.filter(self.condition()))
        calls = ours.filter(self.condition(walk))
        return self._answered(hits.among(calls) if hits else calls)

    @cached_property
    def hits(self) -> search.Hits | None:
        """What the index of the search says, asked once; None without a search."""
        few = search.FEW if self.by_time else search.MANY
        return search.look(self.q, self.workspace, (self.period.since, self.period.until), few) if self.q else None

    @property
    def by_time(self) -> bool:
        """Whether the list is in the order of the calls' times, one way or the other."""
        return self.sort in ("at", "-at")

    def _answered(self, calls: QuerySet[Call]) -> QuerySet[Call]:
        for question, value in self.answers:
            calls = answers.narrow(calls, question, value)
        return calls

    def condition(self, walk: bool = False) -> Q:
        """All filters but those for answers and the search."""
        walk = walk and connection.vendor == "sqlite"
        told = self.period.condition(hidden=walk and self.period.wide and not self.by_time) & self._state()
        equal = {"direction": self.direction, "agent_id": self.agent, "number": self.number, "from_number": self.line}
        told &= Q(**{name: value for name, value in equal.items() if value}) & hours.condition(self.hour, self.period)
        for name in _ENDS:
            if (end := getattr(self, name)) is not None:
                side, _, column = name.partition("_")
                told &= periods.bound(column, side == "min", end, hidden=walk and self.by_time)
        if self.by:
            told &= Q(attempt="") if self.by == ELSEWHERE else Q(placed_by_email=self.by)
        return told

    def _state(self) -> Q:
        if self.state == "open":
            return ledger.happening()
        if self.state in _ATTEMPTS:
            known = _ATTEMPTS[self.state]
            return Q(attempt__in=known) if len(known) > 1 else Q(attempt=known[0])
        return Q(state=self.state) if self.state else Q()

    def order(self) -> list[Any]:
        """The order, always a whole one: calls without a length or a cost come last both ways, the newest of them first."""
        down, column = self.sort.startswith("-"), self.sort.removeprefix("-")
        if column == "at":
            return ["-at", "-id"] if down else ["at", "id"]
        first = F(column).desc(nulls_last=True) if down else F(column).asc(nulls_last=True)
        return [first, "-at", "-id"]

    # --- As an address -------------------------------------------------------------------------------------------------
    def pairs(self, *, without: Iterable[str] = ()) -> list[tuple[str, str]]:
        """Names and values of the address, always in the same order; the days stand there always."""
        plain = ("q", "state", "hour", "direction", "agent", "number", "line", *_ENDS, "by")
        told = [*self.period.pairs(), *((name, typed_in.plain(getattr(self, name))) for name in plain)]
        told += [(f"a_{question}", value) for question, value in self.answers]
        told += [("sort", self.sort if self.sort != "-at" else ""), ("columns", ",".join(self.columns))]
        return [(name, value) for name, value in told if value and name not in without]

    def query(self) -> str:
        """The filters as a query string, without "?": "days=7&state=voicemail"."""
        return urlencode(self.pairs())

    def any(self) -> bool:
        """Whether anything but the days narrows the list."""
        return any(name not in ("days", "from", "to", "sort", "columns") for name, _ in self.pairs())

    @property
    def steps(self) -> tuple[str, str, str]:
        """What leads to the first page, to the one before and to the next, in words."""
        if self.sort == "-at":
            return "Newest", "Newer", "Older"
        return ("Oldest", "Older", "Newer") if self.sort == "at" else ("First", "Back", "Next")

    # --- In words ------------------------------------------------------------------------------------------------------
    def words(self, names: Mapping[str, str] | None = None) -> list[str]:
        """Every filter in plain words, the days first. `names` are those of agents and questions, by id (lists.names_of)."""
        return [self.period.words, *(chip.words for chip in self.chips(names))]

    def chips(self, names: Mapping[str, str] | None = None) -> list[Chip]:
        """Every filter but the days, with the address that is left without it."""
        told = [(name, words) for name, value in self.pairs() if (words := self._words_of(name, value, names or {}))]
        return [Chip(words, urlencode(self.pairs(without=[name]))) for name, words in told]

    def _words_of(self, name: str, value: str, names: Mapping[str, str]) -> str:
        if name.startswith("a_"):
            return f"{names.get(name[2:], 'Answer')}: {_ANSWERS.get(value, value.removeprefix('='))}"
        say = {
            "q": lambda: f"“{value}”",
            "state": lambda: STATES.get(value) or states.state_badge(value).label,
            "hour": lambda: hours.words(value),
            "direction": lambda: DIRECTIONS[value],
            "agent": lambda: f"Agent: {names.get(value, 'one that is not known here')}",
            "number": lambda: f"Number: {phone.display(value)}",
            "line": lambda: f"Our line: {phone.display(value)}",
            "min_seconds": lambda: f"At least {duration(value) or '0 s'}",
            "max_seconds": lambda: f"At most {duration(value) or '0 s'}",
            "min_cost": lambda: f"Cost {money(value)} or more",
            "max_cost": lambda: f"Cost {money(value)} or less",
            "by": lambda: "Not placed here" if value == ELSEWHERE else f"Placed by {value}",
        }.get(name)
        return say() if say else ""


_ANSWERS = {"any": "some answer", "none": "without an answer"}


# --- Reading an address ------------------------------------------------------------------------------------------------
def _read(query: QueryDict, project_id: str, workspace: Workspace | None) -> Filters:
    typed = {name: typed_in.clean(query.get(name, "")) for name in query if name != "columns"}
    errors: dict[str, str] = {}
    state = typed_in.one_of(typed, "state", errors)
    period = periods.read(typed, periods.ANY if state in ("open", "unknown") else periods.DEFAULT)
    ends = {name: typed_in.amount(typed, name, errors) for name in _ENDS}
    for unit in ("seconds", "cost"):
        low, high = ends[f"min_{unit}"], ends[f"max_{unit}"]
        if low is not None and high is not None and low > high:
            errors[f"max_{unit}"] = "This is less than the least."
            ends[f"min_{unit}"] = ends[f"max_{unit}"] = None
    sort = typed.get("sort", "")
    return Filters(
        q=typed.get("q", "")[: search.LONGEST_TERM],
        period=period,
        state=state,
        hour=hours.read(typed.get("hour", "")),
        direction=typed_in.one_of(typed, "direction", errors, DIRECTIONS),
        agent=typed.get("agent", "")[:200],
        number=typed_in.number(typed, "number", errors),
        line=typed_in.number(typed, "line", errors),
        by=typed.get("by", "")[:254],
        answers=typed_in.answers_of(typed),
        sort=sort if sort in SORTS else "-at",
        columns=typed_in.columns_of(query),
        workspace=workspace,
        project_id=project_id,
        errors=errors | period.errors,
        typed=typed,
        **ends,
    )
