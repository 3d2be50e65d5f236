"""Section 6 of the API contract: making a call, its data, and the analysis afterwards."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from random import Random
from typing import Any

from . import lives
from .answers import analysis, outcome
from .ask import Ask
from .number_api import E164
from .store import Agent, AnalysisRequest, Call, Project, Ring
from .wire import Refusal, Response, as_json, ok, text

SLOW_ANSWER_SECONDS = 20.0
TYPES = ("Boolean", "Text", "Number", "Selector")


def make(ask: Ask) -> Response:
    """5.1. The call_id in the answer is the sid. Two stories are about the answer: slow and dropped."""
    number, project_id, agent_id = (text(ask.body, key) for key in ("number", "projectId", "agentId"))
    given = ask.body.get("dynamicVariables")
    variables = {str(key): as_text(value) for key, value in given.items()} if isinstance(given, dict) else {}
    try:
        if given is not None and not isinstance(given, dict):
            raise Refusal(400, "dynamicVariables must be an object.")
        call = place(ask, number, project_id, agent_id, variables)
    except Refusal:
        ring(ask, number, project_id, agent_id, variables)
        raise
    ring(ask, number, project_id, agent_id, variables, call.sid)
    answer = ok("call made successfully.", call={"call_id": call.sid, "to": call.to, "from": call.from_})
    if call.story == "slow":
        answer.wait = SLOW_ANSWER_SECONDS
    elif call.story == "dropped":
        answer.ending = "close"
    return answer


def ring(ask: Ask, number: str, project_id: str, agent_id: str, variables: dict[str, str], sid: str = "") -> None:
    ask.store.rings.append(Ring(number, project_id, agent_id, variables, ask.now, sid))
    del ask.store.rings[:-50_000]
    ask.store.touch()


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def place(ask: Ask, number: str, project_id: str, agent_id: str, variables: dict[str, str], delay: float = 0.0) -> Call:
    """Place one call now, or ``delay`` seconds later in the queue. Raises Refusal 400 for what cannot be called."""
    if not (number and project_id and agent_id):
        raise Refusal(400, "projectId, agentId or number is missing.")
    project = ask.project(project_id, 400, "project does not exist.")
    agent = ask.store.agent(project, agent_id)
    if agent is None:
        raise Refusal(400, "agent does not exist in the project.")
    if not E164.fullmatch(number):
        raise Refusal(400, f"The phone number you are attempting to call, {number[:40]}, is not valid.")
    origin = ask.store.number_of(agent.id)
    if origin is None:
        raise Refusal(400, "agent does not have a phone number.")
    story = lives.story_of(number)
    if story.name == "refused":
        raise Refusal(400, f"The number {number} is unverified. Trial accounts may only call verified numbers.")
    call = build(ask.chance, project, agent, number, (origin.id, origin.e164), variables, story.name, ask.now, delay)
    ask.store.add_call(call)
    ask.store.touch()
    return call


def build(
    chance: Random,
    project: Project,
    agent: Agent,
    to: str,
    origin: tuple[str, str],
    variables: dict[str, str],
    story: str,
    at: float,
    delay: float = 0.0,
    talk: float = 0.0,
) -> Call:
    """A call with its whole future drawn. ``origin`` is the id and the E.164 of the number it comes from."""
    stages, talked = lives.stages(story, chance, talk)
    if delay:
        stages = [stages[0], *([round(float(str(after)) + delay, 2), word] for after, word in stages[1:])]
    final = str(stages[-1][1])
    data = outcome(agent.prompt, variables, chance) if final == "completed" else {}
    sid = "CA" + chance.getrandbits(128).to_bytes(16, "big").hex()
    return Call(
        sid,
        project.account_id,
        project.id,
        agent.id,
        to,
        origin[1],
        origin[0],
        at,
        story,
        stages,
        talked,
        variables,
        data,
    )


def found(ask: Ask, sid: str, status: int = 404) -> Call:
    call = ask.store.calls.get(sid)
    if call is None or call.account_id != ask.account.id or ask.now - call.made_at < ask.lag:
        raise Refusal(status, "no details found for the given callSid.")
    return call


def get(ask: Ask) -> Response:
    """5.2. A bare object whose "status" is the call's. Recording and data arrive some seconds after the end."""
    sid = text(ask.body, "sid")
    if not sid:
        raise Refusal(400, "callSid is missing.")
    call = found(ask, sid)
    project_id = text(ask.body, "projectId")
    if project_id and project_id != call.project_id:
        raise Refusal(404, "no details found for the given callSid.")
    return as_json(details(call, ask.now, ask.base_url))


def details(call: Call, now: float, base_url: str) -> dict[str, Any]:
    recordings = [recording_url(base_url, call)] if lives.has_recording(call, now) else []
    return {
        "seconds": lives.seconds(call, now),
        "cost": lives.cost(call, now),
        "status": lives.state(call, now),
        "from": call.from_,
        "to": call.to,
        "date": format_datetime(datetime.fromtimestamp(call.made_at, UTC)),
        "recordingUrls": recordings,
        "phoneNumber": call.to,
        "callSid": call.sid,
        "data": dict(call.data) if lives.has_data(call, now) else {},
    }


def recording_url(base_url: str, call: Call) -> str:
    return f"{base_url}/media/recordings/{call.sid}.wav"


def analyse(ask: Ask) -> Response:
    """5.4. Only once the call has ended. The page shows no answer: summary, sentiment, status and typed answers."""
    sid, questions = text(ask.body, "sid"), ask.body.get("questions", [])
    words = (
        [text(item, "question") for item in questions if isinstance(item, dict)] if isinstance(questions, list) else []
    )
    try:
        data = _analysed(ask, sid, questions)
    except Refusal:
        ask.store.asked.append(AnalysisRequest(sid, words, ask.now))
        raise
    ask.store.asked.append(AnalysisRequest(sid, words, ask.now, done=True))
    return ok("call analysis fetched successfully.", data=data)


def _analysed(ask: Ask, sid: str, questions: Any) -> dict[str, Any]:
    if not sid:
        raise Refusal(400, "sid is missing.")
    questions = checked(questions)
    call = found(ask, sid)
    if not lives.ended(call, ask.now):
        raise Refusal(400, "call analysis is available only after the call has ended.")
    agent = ask.store.agents.get(call.agent_id)
    return analysis(call, lives.state(call, ask.now), agent.name if agent else "", questions)


def checked(questions: Any) -> list[dict[str, Any]]:
    if not isinstance(questions, list):
        raise Refusal(400, "questions must be an array.")
    for item in questions:
        if not isinstance(item, dict) or not text(item, "question"):
            raise Refusal(400, "question is missing.")
        if item.get("type") not in TYPES:
            raise Refusal(400, "type must be one of Boolean, Text, Number, Selector.")
        options = item.get("options")
        if item["type"] == "Selector" and not (isinstance(options, list) and options):
            raise Refusal(400, "options are missing for a Selector question.")
    return questions
