"""Ringing, call data and history, as this server answers them."""

import json
import secrets
import time
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from .replies import Answer, Refusal, say, within
from .things import GOOD
from .world import World, iso, need

Body = dict[str, Any]
OVER = {"completed", "voicemail", "sms_sent", "busy", "no-answer", "failed"}
DATA = {"employeeGoToWork": "true", "newDate": "Tuesday <em>at ten</em>"}


def ring(world: World, body: Body) -> Body:
    """Place the call: from here on somebody's telephone rings."""
    need(body, "number", "projectId", "agentId")
    agent = world.agent(body["agentId"], body["projectId"])
    numbers = world.numbers_of("agentId", agent["id"])
    if not numbers:
        raise Refusal(400, "this agent has no phone number")
    call = {"sid": "CA" + secrets.token_hex(16), "to": body["number"], "from": numbers[0]["e164"], "at": time.time()}
    call |= {"projectId": agent["projectId"], "agentId": agent["id"], "variables": body.get("dynamicVariables")}
    call["given"] = secrets.token_hex(12) if world.dialect.other_sid else call["sid"]
    world.calls.append(call)
    return call


def made(world: World, call: Body) -> Answer:
    before, _, key = ("." + world.dialect.made).rpartition(".")
    item = {key: call["given"], "to": call["to"], "from": call["from"]} | world.more()
    return say(
        GOOD if key == "message" else within(before.strip("."), item, **GOOD) | ({} if before.strip(".") else GOOD)
    )


def state(world: World, call: Body) -> str:
    gone = time.time() - call["at"]
    return [word for start, word in world.dialect.life if gone >= start][-1]


def ended(world: World, call: Body) -> float | None:
    return call["at"] + world.dialect.life[-1][0] if state(world, call) in OVER else None


def written(world: World, at: float, how: str) -> str | None:
    moment = datetime.fromtimestamp(int(at), UTC)
    return {"rfc": format_datetime(moment), "iso": iso(at), "day": moment.date().isoformat()}[how]


def call_data(world: World, body: Body) -> Answer:
    need(body, "sid")
    call = next((each for each in world.calls if each["sid"] == body["sid"]), None)
    if call is None:
        raise Refusal(world.dialect.unknown_sid, "no details for this callSid")
    if ended(world, call) is None and world.dialect.running != "ok":
        if world.dialect.running == "202":
            return Answer(202)
        raise Refusal(int(world.dialect.running), "the call is under way", status=state(world, call))
    return say(data_shape(world, call))


def data_shape(world: World, call: Body) -> Body:
    end = ended(world, call)
    seconds = 0 if end is None else world.dialect.life[-1][0] - 12
    body: Body = {"status": state(world, call), "from": call["from"], "to": call["to"], "phoneNumber": call["to"]}
    body |= {"callSid": call["sid"], "date": written(world, call["at"], world.dialect.dates)}
    body["seconds"] = str(seconds) if world.dialect.seconds == "string" else seconds
    body["cost"] = {"number": 0.077, "negative": -0.077, "string": "0.077", "null": None}[world.dialect.cost]
    if end is not None:
        body["data"] = {"object": DATA, "null": None, "string": json.dumps(DATA)}.get(
            world.dialect.data, [{"key": key, "value": value} for key, value in DATA.items()]
        )
        body |= recordings(world, call, time.time() - end)
    return body | world.more()


def recordings(world: World, call: Body, since: float) -> Body:
    url = f"http://127.0.0.1:{world.port}/sound/{call['sid']}.mp3"
    if world.dialect.recordings == "null":
        return {"recordingUrls": None}
    if world.dialect.recordings == "late" and since < 12:
        return {}
    return {"recordingUrls": url if world.dialect.recordings == "string" else [url]}


def history(world: World, body: Body, query: dict[str, str]) -> Answer:
    need(body, "projectId")
    world.project(body["projectId"])
    size = min(int(body.get("pageSize") or 20), world.dialect.history_cap)
    known = [each for each in world.calls if time.time() - each["at"] >= world.dialect.history_lag]
    found = [each for each in reversed(known) if str(each["projectId"]) == str(body["projectId"])]
    if world.dialect.filters == "honoured":
        found = [each for each in found if chosen(world, each, query)]
    shape = {"twilio": twilio, "snake": snake, "calldata": data_shape}[world.dialect.history]
    return say(within(world.dialect.history_under, [shape(world, each) for each in found[:size]], **GOOD))


def chosen(world: World, call: Body, query: dict[str, str]) -> bool:
    day = datetime.fromtimestamp(call["at"], UTC).date().isoformat()
    return (
        query.get("to", call["to"]) == call["to"]
        and query.get("from", call["from"]) == call["from"]
        and query.get("status", state(world, call)) == state(world, call)
        and query.get("startTime", day) == day
        and query.get("startTimeAfter", day) <= day <= query.get("startTimeBefore", day)
    )


def twilio(world: World, call: Body) -> Body:
    end = ended(world, call)
    start = call["at"] + 1
    if world.dialect.start_when_answered and state(world, call) not in OVER | {"in-progress"}:
        start = None
    to, from_ = call["to"], call["from"]
    if world.dialect.plain_numbers:
        to, from_ = to.lstrip("+"), from_.lstrip("+")
    body = {"sid": call["sid"], "to": to, "toFormatted": "(206) 555-0121", "from": from_}
    body |= {"status": {"voicemail": "completed"}.get(state(world, call), state(world, call))}
    body |= {"startTime": iso(start), "endTime": iso(end), "dateCreated": iso(call["at"]), "direction": "outbound-api"}
    body |= {"duration": "28" if end else None, "price": "-0.077" if end else None, "priceUnit": "USD"}
    return body | {"accountSid": "AC1", "answeredBy": None, "subresourceUris": {}} | world.more()


def snake(world: World, call: Body) -> Body:
    rest = twilio(world, call)
    body = {"sid": rest["sid"], "to": rest["to"], "from": rest["from"], "status": rest["status"]}
    body |= {"start_time": rest["startTime"], "end_time": rest["endTime"], "duration": rest["duration"]}
    body |= {"date_created": rest["dateCreated"], "price": rest["price"], "price_unit": "USD"}
    return body | {"direction": "outbound-api", "from_formatted": rest["from"]} | world.more()
