"""Section 5 of the API: calls. `make` and `batch` ring phones: nothing in here sends anything twice."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from dashboard.talkstack import parse, paths, replies
from dashboard.talkstack.calldata import CALL_IDS, CallData, find_call, says_state
from dashboard.talkstack.transport import Reply

if TYPE_CHECKING:
    from dashboard.talkstack.client import Client

_LISTS = ("data", "calls", "callHistory", "call_history", "history", "items", "results", "result", "records", "rows")

_MAY_BE_A_STATE = (400, 404, 409, 422, 425)  # the states are documented under "Error Responses" (5.2)


@dataclass(frozen=True)
class PlacedCall:
    """What Talkstack says of a call it has taken on. `sid` is "" unless it was told apart from `call_id`."""

    call_id: str
    sid: str
    to: str
    from_: str
    raw: Any = field(repr=False, compare=False, default=None)

    @classmethod
    def parse(cls, raw: Any, **context: Any) -> "PlacedCall":
        """Reads a make-call answer; ids are "" when there are none."""
        found = parse.find_object(raw, ("call", "data", "callData", "result")) or {}
        if not parse.id_of(found, "call_id", *CALL_IDS):
            found = parse.as_dict(raw)
        sid = parse.id_of(found, "sid", "callSid", "call_sid")
        return cls(
            call_id=parse.id_of(found, "call_id", "callId") or sid or parse.id_of(found, "id", "_id"),
            sid=sid,
            to=parse.text_of(found, "to") or parse.as_text(context.get("to")),
            from_=parse.text_of(found, "from"),
            raw=raw,
        )


@dataclass(frozen=True)
class Answer:
    """One question of an analysis with its answer, as text."""

    question: str
    answer: str
    type: str = ""


_ENVELOPES = ("analysis", "data", "result", "callAnalysis")
QUESTION_NAMES, ANSWER_NAMES = ("question", "name", "key", "label"), ("answer", "value", "result", "response")
_KNOWN = frozenset({*QUESTION_NAMES, *ANSWER_NAMES, "type", "options"})


@dataclass(frozen=True)
class Analysis:
    """What the analysis of a call gave; `extra` holds everything else it said, by its own names."""

    answers: tuple[Answer, ...]
    summary: str
    sentiment: str
    extra: dict[str, Any]
    raw: Any = field(repr=False, compare=False, default=None)

    @classmethod
    def parse(cls, raw: Any, **context: Any) -> "Analysis":
        """Reads a list of {question, answer}, an object of question → answer, or an enveloped analysis (5.4)."""
        found, rest = _analysis(raw)
        groups: list[Any] = [found] if isinstance(found, list) else []
        for key in ("custom_analysis", "custom_analysis_data", "answers", "questions", "customAnalysis", "results"):
            groups += [rest.pop(key)] if isinstance(rest.get(key), list | dict) else []
        asked = {parse.text_of(item, "question") for item in context.get("questions", ())}
        groups.append({key: rest.pop(key) for key in list(rest) if key in asked})
        summary, sentiment = parse.as_words(rest.pop("summary", "")), parse.as_words(rest.pop("sentiment", ""))
        for group in groups:
            rest = _besides(group) | rest
        return cls(tuple(answer for group in groups for answer in _answers(group)), summary, sentiment, rest, raw)


def _analysis(raw: Any) -> tuple[Any, dict[str, Any]]:
    """What is inside all envelopes, and every name with its value, also of what stood beside it; the inner ones win."""
    beside: dict[str, Any] = {}
    for depth in range(4):
        key = (
            next((key for key in _ENVELOPES if isinstance(parse.first(raw, key), dict | list)), "") if depth < 3 else ""
        )
        here = {name: value for name, value in parse.as_dict(raw).items() if name != key}
        if key or not depth:
            here = {name: value for name, value in here.items() if name not in ("message", "status")}
        beside |= here
        if not key:
            break
        raw = raw[key]
    return raw, beside


def _answers(value: Any) -> list[Answer]:
    if isinstance(value, dict):
        return [
            Answer(question, parse.as_words(_inner(answer)), parse.text_of(answer, "type"))
            for question, answer in value.items()
        ]
    found = []
    for item in value if isinstance(value, list) else []:
        question = parse.text_of(item, *QUESTION_NAMES)
        if question:
            found.append(
                Answer(question, parse.as_words(parse.first(item, *ANSWER_NAMES)), parse.text_of(item, "type"))
            )
    return found


def _inner(answer: Any) -> Any:
    """What was answered; an object that says so by no name we know is the answer itself."""
    named = isinstance(answer, dict) and any(key in answer for key in ANSWER_NAMES)
    return parse.first(answer, *ANSWER_NAMES) if named else answer


def _besides(value: Any) -> dict[str, Any]:
    """What an answer says besides its question, its kind and what was answered, such as how sure it is."""
    rows = value.items() if isinstance(value, dict) else [("", item) for item in value]
    found: dict[str, Any] = {}
    for name, item in rows:
        if isinstance(item, dict) and any(key in item for key in ANSWER_NAMES):
            question = name or parse.text_of(item, *QUESTION_NAMES)
            more = {key: said for key, said in item.items() if key not in _KNOWN and said not in (None, "")}
            found |= {f"{question}: {key}" if question else key: said for key, said in more.items()}
    return found


class Calls:
    """`client.calls`."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def make(self, number: str, project_id: str, agent_id: str, variables: Mapping[str, str]) -> PlacedCall:
        """5.1: RINGS A PHONE, once, on a fresh connection. For `calls.dialing` alone. Takes `number` in E.164.

        Raises OutcomeUnknown for everything that may have rung (a 2xx without an id too); Refused, NotFound,
        KeyRejected, NotAllowed, RateLimited when it certainly did not; Unavailable when nothing was sent.
        """
        body = {"number": number, "projectId": project_id, "agentId": agent_id, "dynamicVariables": dict(variables)}
        raw = self._client.json(paths.MAKE_CALL, body=body)
        placed = PlacedCall.parse(raw, to=number)
        if not placed.call_id:
            raise replies.broken(paths.MAKE_CALL, seen="no call id in the answer")
        return placed

    def get(self, sid: str, project_id: str) -> CallData:
        """5.2. Raises NotFound. An error status whose body is a call in some state counts as the call."""
        reply = self._client.reply(paths.GET_CALL, body={"sid": sid, "projectId": project_id})
        if not 200 <= reply.status < 300:
            call = _running(reply.body, sid) if reply.status in _MAY_BE_A_STATE else None
            if call is None:
                raise replies.error(paths.GET_CALL, reply)
            return call
        raw = replies.content(paths.GET_CALL, reply)
        found = find_call(raw)
        if found is None:
            raise replies.broken(paths.GET_CALL, reply.status, "no call in the answer")
        return CallData.parse(raw, sid=sid)

    def history(
        self,
        project_id: str,
        page_size: int = 20,
        *,
        to: str = "",
        from_: str = "",
        status: str = "",
        start_on: date | None = None,
        start_after: date | None = None,
        start_before: date | None = None,
        end_on: date | None = None,
        end_after: date | None = None,
        end_before: date | None = None,
        seconds: float | None = None,
    ) -> list[CallData]:
        """5.3: the newest calls of a project. Dates are days in UTC, bounds included; there are no further pages.

        `seconds` replaces the read budget. Raises ContractBroken when the answer holds no list.
        """
        days = {"startTime": start_on, "startTimeAfter": start_after, "startTimeBefore": start_before}
        days |= {"endTime": end_on, "endTimeAfter": end_after, "endTimeBefore": end_before}
        query = {key: value for key, value in {"to": to, "from": from_, "status": status}.items() if value}
        query |= {key: day.isoformat() for key, day in days.items() if day}
        body = {"projectId": project_id, "pageSize": page_size}
        reply = self._client.reply(paths.CALL_HISTORY, body=body, query=query, seconds=seconds)
        return _history(reply)

    def analysis(self, sid: str, project_id: str, questions: Sequence[Mapping[str, Any]]) -> Analysis:
        """5.4: slow, possibly billed: never by itself. Questions are {question, type, options}, types capitalised."""
        body = {"sid": sid, "projectId": project_id, "questions": [dict(question) for question in questions]}
        raw = self._client.json(paths.CALL_ANALYSIS, body=body)
        return Analysis.parse(raw, questions=questions)

    def batch(self, project_id: str, agent_id: str, filename: str, content: bytes) -> dict[str, Any]:
        """5.5: RINGS EVERY NUMBER of a CSV or Excel file. Gives whatever Talkstack answers; {} if nothing readable."""
        form = {"projectId": project_id, "agentId": agent_id}
        kind = "text/csv" if filename.lower().endswith(".csv") else "application/octet-stream"
        raw = self._client.json(paths.BATCH_CALL, form=form, files={"file": (filename, content, kind)})
        return parse.as_dict(raw)


def _history(reply: Reply) -> list[CallData]:
    route = paths.CALL_HISTORY
    if reply.status == 404 and replies.says_none(reply):
        return []
    if not 200 <= reply.status < 300:
        raise replies.error(route, reply)
    raw = replies.content(route, reply)
    items = parse.find_list(raw, _LISTS)
    if items is None and (one := find_call(raw)):
        items = [one]
    if items is None:
        raise replies.broken(route, seen="no list in the answer")
    return [CallData.parse(item) for item in items if isinstance(item, dict)]


def _running(body: bytes, sid: str) -> CallData | None:
    try:
        raw = parse.loads(body)
    except parse.Unreadable:
        return None
    return CallData.parse(raw, sid=sid) if find_call(raw) and says_state(find_call(raw) or {}) else None
