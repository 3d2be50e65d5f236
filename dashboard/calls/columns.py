"""The columns of a list of calls: which there are, which are shown, and every cell as a ready string."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from dashboard.accounts.models import Workspace
from dashboard.calls import answers
from dashboard.calls.filters import DIRECTIONS, SORTS, Filters
from dashboard.calls.models import Call, Question
from dashboard.calls.rows import rows
from dashboard.web import phone
from dashboard.web.templatetags.ui import duration
from dashboard.web.words import count_of

LABELS = {
    "to": "To",
    "what": "What happened",
    "agent": "Agent",
    "project": "Project",
    "when": "When",
    "length": "Length",
    "cost": "Cost",
    "direction": "Direction",
    "by": "Placed by",
    "line": "Our line",
    "variables": "Variables",
}
ALWAYS = ("to", "what")
USUAL = ("to", "what", "agent", "project", "when", "cost")
_SORTED = {"when": "at", "length": "seconds", "cost": "cost"}
_AT_THE_END = {"when", "length", "cost"}
# What they are is plain without a word, also where a row is a block.
_PLAIN = {*ALWAYS, "agent", "project", "when", "cost"}
_LONGEST, _SHOWN = 200, 80  # characters of a value, and of a name
Make = Callable[[Call, dict[str, Any], Filters], dict[str, Any]]


@dataclass(frozen=True)
class Column:
    """One column. `turn` is the address that sorts by it ("" = it does not sort); `aria` how it is sorted now."""

    key: str
    label: str
    end: bool = False
    turn: str = ""
    aria: str = ""
    question: Question | None = None


def columns(filters: Filters, questions: Sequence[Question]) -> list[Column]:
    """Those that are shown, in the order of LABELS and of the questions; what the list is sorted by is shown too."""
    wanted = {*ALWAYS, *(filters.columns or USUAL)}
    wanted |= {key for key, column in _SORTED.items() if filters.sort.lstrip("-") == column and filters.sort != "-at"}
    if filters.project_id:
        wanted.discard("project")
    told = [_column(key, label, filters) for key, label in LABELS.items() if key in wanted]
    asked = [question for question in questions if f"a_{question.pk}" in wanted]
    return told + [Column(f"a_{each.pk}", each.text, question=each) for each in asked]


def choices(filters: Filters, questions: Sequence[Question]) -> list[tuple[str, str, bool]]:
    """What may be chosen: name, label, whether it is shown now."""
    shown = {column.key for column in columns(filters, questions)}
    plain = [
        (key, label)
        for key, label in LABELS.items()
        if key not in ALWAYS and not (key == "project" and filters.project_id)
    ]
    asked = [(f"a_{question.pk}", question.text) for question in questions]
    return [(key, label, key in shown) for key, label in [*plain, *asked]]


def arrangement(filters: Filters) -> list[str]:
    """The order and the chosen columns in words, as far as they are not the usual ones."""
    told = [SORTS[filters.sort]] if filters.sort != "-at" else []
    if filters.columns:
        answered = sum(key.startswith("a_") for key in filters.columns)
        names = [label for key, label in LABELS.items() if key in filters.columns and key not in ALWAYS]
        names += [count_of(answered, "answer")] if answered else []
        told.append(f"Columns: {', '.join(names)}")
    return told


def _column(key: str, label: str, filters: Filters) -> Column:
    by = _SORTED.get(key, "")
    if not by:
        return Column(key, label, key in _AT_THE_END)
    now = filters.sort if filters.sort.lstrip("-") == by else ""
    turned = by if now == f"-{by}" else f"-{by}"
    query = urlencode([*filters.pairs(without=["sort"]), ("sort", turned)])
    return Column(key, label, True, query, {f"-{by}": "descending", by: "ascending"}.get(now, ""))


def table(
    workspace: Workspace, calls: Sequence[Call], shown: Sequence[Column], filters: Filters
) -> list[list[dict[str, Any]]]:
    """A line of cells for every call. Two queries when questions are shown, else none.

    A cell has `kind`: "text", "number", "what" or "when", and what the template of that kind takes; `label` ("": it needs
    none) says what it is where a row is shown as a block.
    """
    questions = [column.question for column in shown if column.question]
    said = answers.cells(calls, questions) if questions else {}
    keys = {column.key for column in shown}
    made = []
    for call, row in zip(calls, rows(calls, workspace.slug), strict=True):
        row["sub_in_agent"] = "" if "variables" in keys else row["variables"]
        made.append([_cell(call, row, column, filters, said) for column in shown])
    return made


def _cell(call: Call, row: dict[str, Any], column: Column, filters: Filters, said: Any) -> dict[str, Any]:
    if column.question:
        told = said[call.pk][column.question.pk]
        return {"kind": "text", "text": told.text[:_LONGEST], "soft": not told.known, "label": column.label}
    label = "" if column.key in _PLAIN else column.label
    return _MADE[column.key](call, row, filters) | {"end": column.end, "key": column.key, "label": label}


def _to(call: Call, row: dict[str, Any], filters: Filters) -> dict[str, Any]:
    same = "" if filters.number or not call.number.startswith("+") else _with(filters, "number", call.number)
    return {"kind": "number", "text": row["number"], "url": row["url"], "inbound": row["inbound"], "same": same}


def _agent(call: Call, row: dict[str, Any], filters: Filters) -> dict[str, Any]:
    query = _with(filters, "agent", call.agent_id) if call.agent_id and not filters.agent else ""
    text = row["agent"] or (f"from {row['from']}" if row["from"] else "–")
    return {
        "kind": "text",
        "text": text[:_SHOWN],
        "query": query if row["agent"] else "",
        "sub": row["sub_in_agent"],
        "soft": not row["agent"],
    }


def _variables(call: Call, row: dict[str, Any], filters: Filters) -> dict[str, Any]:
    told = ", ".join(f"{name} {value}" for name, value in list(call.variables.items())[:12] if value)
    return {"kind": "text", "text": told[:_LONGEST] or "–"}


def _by(call: Call, row: dict[str, Any], filters: Filters) -> dict[str, Any]:
    words = call.placed_by_email or ("Somebody" if call.attempt else "Not placed here")
    return {"kind": "text", "text": words, "soft": not call.placed_by_email}


def _with(filters: Filters, name: str, value: str) -> str:
    return urlencode([*filters.pairs(without=[name]), (name, value)])


_MADE: dict[str, Make] = {
    "to": _to,
    "what": lambda call, row, filters: {"kind": "what", "row": row},
    "agent": _agent,
    "project": lambda call, row, filters: {"kind": "text", "text": row["project"][:_SHOWN] or "–"},
    "when": lambda call, row, filters: {"kind": "when", "at": call.at},
    "length": lambda call, row, filters: {"kind": "text", "text": duration(call.seconds) or "–"},
    "cost": lambda call, row, filters: {"kind": "text", "text": row["cost"]},
    "direction": lambda call, row, filters: {"kind": "text", "text": DIRECTIONS.get(call.direction, call.direction)},
    "by": _by,
    "line": lambda call, row, filters: {"kind": "text", "text": phone.display(call.from_number) or "–"},
    "variables": _variables,
}
