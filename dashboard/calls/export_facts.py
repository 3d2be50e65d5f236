"""What is written of a call into a file: all of it for programs, and columns in plain words for spreadsheets."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from dashboard.activity.export import neutral
from dashboard.calls import said as words
from dashboard.calls import states
from dashboard.calls.answers import Cell
from dashboard.calls.filters import DIRECTIONS
from dashboard.calls.models import Analysis, Attempt, Call, Question, Source
from dashboard.web.links import link

MOST_COLUMNS = 60  # of variables, and of collected data
LONGEST_CELL = 32_000  # characters; of more than 32,767 Excel makes two rows
_E164 = re.compile(r"\+[1-9]\d{6,14}\Z", re.ASCII)
# Excel makes other numbers of these: without the zeros and the plus, of 12 digits and more only the first ones.
_ALTERED = re.compile(
    r"\s*(?:0\d+\.?\d*|\+?\d{12,}|\+[1-9]\d{6,14}|(?=(?:\d\.?){16})\d+\.\d+|\d+\.?\d*[eE][+-]?\d+)\s*\Z", re.ASCII
)
_LABELS: dict[str, str] = {str(value): str(label) for value, label in (*Attempt.choices, *Source.choices)}
Said = dict[UUID, tuple[dict[UUID, Cell], list[Analysis]]]


@dataclass(frozen=True)
class Sheet:
    """Whose file it is: the slug for addresses, the zone of its times, the questions that have columns.

    `variables` and `data` are the names that have a column each; what goes by other names stands in one more column, if `rest`.
    """

    slug: str
    zone: tzinfo
    questions: Sequence[Question] = ()
    variables: Sequence[str] = ()
    data: Sequence[str] = ()
    rest: bool = True
    zone_name: str = field(default_factory=timezone.get_current_timezone_name)
    _lists: dict[str, str] = field(default_factory=dict)

    def moment(self, at: datetime | None) -> str | None:
        """ISO 8601 with the offset: "2026-03-11T18:00:00+01:00"."""
        return at.astimezone(self.zone).isoformat(timespec="seconds") if at else None

    def page(self, call: Call) -> str:
        """The whole address of the page of a call; "" when the project's id cannot stand in one."""
        if call.project_id not in self._lists:
            path = link("calls:list", self.slug, call.project_id)
            self._lists[call.project_id] = path and settings.PUBLIC_URL + path
        listed = self._lists[call.project_id]
        return listed and f"{listed}{call.pk}/"

    def recordings(self, call: Call) -> list[str]:
        """Our own pages of its recordings: they open for members alone, and wherever the sound is."""
        page = self.page(call)
        return [f"{page}recording/{n}/" for n in range(1, len(call.recordings) + 1)] if page else []


# --- For programs ------------------------------------------------------------------------------------------------------
def whole(call: Call, sheet: Sheet, said: dict[UUID, Cell], besides: Sequence[Analysis] = ()) -> dict[str, Any]:
    """Everything that is known of a call, but Talkstack's answer as it came. Seconds and cost are numbers."""
    return {
        "type": "call",
        "id": str(call.pk),
        "url": sheet.page(call),
        "at": sheet.moment(call.at),
        "project": {"id": call.project_id, "name": call.project_name},
        "agent": {"id": call.agent_id, "name": call.agent_name},
        "number": call.number,
        "our_line": call.from_number,
        "direction": call.direction,
        "placed_by": call.placed_by_email or None,
        "attempt": call.attempt or None,
        "attempt_at": sheet.moment(call.attempt_at),
        "what_happened": states.badge(call.attempt, call.state).label,
        "reason": call.words,
        "state": call.state or None,
        "state_told_by": call.state_source or None,
        "state_told_at": sheet.moment(call.state_at),
        "started_at": sheet.moment(call.started_at),
        "ended_at": sheet.moment(call.ended_at),
        "seconds": call.seconds,
        "cost": None if call.cost is None else float(call.cost),
        "currency": call.currency,
        "variables": call.variables,
        "data": call.data,
        "answers": [_answer(question, said[question.pk]) for question in sheet.questions],
        "analyses": [_analysis(each, sheet) for each in besides],
        "recordings": sheet.recordings(call),
        "call_id": call.call_id,
        "sid": call.sid,
        "again_of": str(call.again_of_id) if call.again_of_id else None,
        "read_at": sheet.moment(call.read_at),
    }


def _answer(question: Question, cell: Cell) -> dict[str, Any]:
    value = {
        "answer": cell.text if cell.known else None,
        "number": cell.number,
        "without": None if cell.known else cell.text,
    }
    return {"question_id": str(question.pk), "question": question.text, **value}


def _analysis(told: Analysis, sheet: Sheet) -> dict[str, Any]:
    return {
        "question_set_id": str(told.question_set_id),
        "question_set": told.question_set.name,
        "answered_at": sheet.moment(told.answered_at),
        "summary": told.summary,
        "sentiment": told.sentiment,
        "also_said": told.extra,
    }


# --- For spreadsheets --------------------------------------------------------------------------------------------------
def _tel(number: str) -> str:
    return f"tel:{number}" if _E164.match(number) else number


_AS_IT_IS = ("Number", "Our line")  # beside them they stand as text
_PLAIN: dict[str, Callable[[Call, Sheet], Any]] = {
    "When": lambda call, sheet: sheet.moment(call.at),
    "Time zone": lambda call, sheet: sheet.zone_name,
    "What happened": lambda call, sheet: states.badge(call.attempt, call.state).label,
    "Reason": lambda call, sheet: call.words,
    "Number": lambda call, sheet: call.number,
    "Number as text": lambda call, sheet: _tel(call.number),
    "Direction": lambda call, sheet: DIRECTIONS.get(call.direction, call.direction),
    "Agent": lambda call, sheet: call.agent_name,
    "Project": lambda call, sheet: call.project_name,
    "Our line": lambda call, sheet: call.from_number,
    "Our line as text": lambda call, sheet: _tel(call.from_number),
    "Placed by": lambda call, sheet: call.placed_by_email or ("" if call.attempt else "Not placed here"),
    "Placing it": lambda call, sheet: _LABELS.get(call.attempt, call.attempt),
    "Talkstack's word": lambda call, sheet: call.state,
    "Told by": lambda call, sheet: _LABELS.get(call.state_source, call.state_source),
    "Started": lambda call, sheet: sheet.moment(call.started_at),
    "Ended": lambda call, sheet: sheet.moment(call.ended_at),
    "Seconds": lambda call, sheet: call.seconds,
    "Cost": lambda call, sheet: None if call.cost is None else f"{call.cost.normalize():f}",
    "Currency": lambda call, sheet: call.currency,
}
_BESIDES: dict[str, Callable[[Analysis], Any]] = {
    "Analysis: summary": lambda told: told.summary,
    "Analysis: sentiment": lambda told: told.sentiment,
    "Analysis: also said": lambda told: words.plain(told.extra),
}
_LINKS: dict[str, Callable[[Call, Sheet], Any]] = {
    "Recordings": lambda call, sheet: " ".join(sheet.recordings(call)),
    "Page of the call": lambda call, sheet: sheet.page(call),
    "Project id": lambda call, sheet: call.project_id,
    "Agent id": lambda call, sheet: call.agent_id,
    "Talkstack's call id": lambda call, sheet: call.call_id,
    "Talkstack's sid": lambda call, sheet: call.sid,
    "Id": lambda call, sheet: str(call.pk),
}


def names(values: Iterable[Any]) -> list[str]:
    """The names in dicts, those in most of them first: at most MOST_COLUMNS."""
    counted = Counter(name for each in values if isinstance(each, dict) for name in each)
    return [name for name, _ in counted.most_common(MOST_COLUMNS)]


def headings(sheet: Sheet) -> list[str]:
    """The first line. No name stands there twice."""
    told = [*_PLAIN, *(f"Variable: {name}" for name in sheet.variables)]
    told += ["Other variables"] if sheet.rest else []
    told += [f"Collected: {name}" for name in sheet.data] + (["Other collected data"] if sheet.rest else [])
    told += [*(question.text for question in sheet.questions), *_BESIDES, *_LINKS]
    seen: Counter[str] = Counter()
    for at, name in enumerate(told):
        seen[name] += 1
        told[at] = f"{name} ({seen[name]})" if seen[name] > 1 else name
    return [_text(name) for name in told]


def line(call: Call, sheet: Sheet, said: dict[UUID, Cell], besides: Sequence[Analysis] = ()) -> list[str]:
    """The cells of a call. What a spreadsheet would take for a formula or alter, and what begins with an apostrophe,
    begins with one more: without it the value is as it was.
    """
    told: list[Any] = []
    for values, known in ((call.variables, sheet.variables), (call.data, sheet.data)):
        told += [values.get(name) for name in known]
        if sheet.rest:
            others = {name: value for name, value in values.items() if name not in known}
            told.append(others or None)
    told += [said[question.pk].text for question in sheet.questions]
    told += [_of_all(besides, make) for make in _BESIDES.values()] + [make(call, sheet) for make in _LINKS.values()]
    plain = [_cell(make(call, sheet), name in _AS_IT_IS) for name, make in _PLAIN.items()]
    return plain + [_cell(value) for value in told]


def _of_all(besides: Sequence[Analysis], make: Callable[[Analysis], Any]) -> str:
    """What each set's analysis says, under the set's name if there are several."""
    told = [(each.question_set.name, make(each)) for each in besides if make(each)]
    return told[0][1] if len(told) == 1 else " / ".join(f"{name}: {said}" for name, said in told)


def _cell(value: Any, as_it_is: bool = False) -> str:
    """As text, no longer than a spreadsheet's cell may be; JSON lines have all of it."""
    text = neutral(value) if as_it_is else _text(value)
    more = len(text) - LONGEST_CELL
    return text if more <= 0 else f"{text[:LONGEST_CELL]} … [{more:,} characters more]"


def _text(value: Any) -> str:
    if value is None or (isinstance(value, str) and _harmless(value)):
        return value or ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, int | float):
        value = str(int(value)) if float(value).is_integer() else str(value)
        return f"'{value}" if _ALTERED.match(value) else value
    if isinstance(value, dict | list):
        return neutral(to_json(value, ascii_only=False))
    told = neutral(value)
    return f"'{told}" if _ALTERED.match(told) or (told[:1] == "'" and value[:1] == "'") else told


def _harmless(text: str) -> bool:
    return text.isascii() and text.isprintable() and text[:1].isalnum() and ";" not in text and not _ALTERED.match(text)


def to_json(value: Any, ascii_only: bool = True) -> str:
    """As JSON; what is written to be read keeps its letters."""
    return json.dumps(value, ensure_ascii=ascii_only, cls=DjangoJSONEncoder)
