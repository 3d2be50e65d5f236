"""Every odd payload of the contract, one by one, through the client."""

import json
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.talkstack import (
    Agent,
    CallData,
    ContractBroken,
    NotFound,
    Number,
    PlacedCall,
    Project,
    TalkstackError,
    Voice,
    parse,
)
from dashboard.talkstack.calls import Analysis
from tests.talkstack.stand_ins import client

PROJECT = {"id": "p1", "name": "Clinic", "user_id": "u", "status": "ACTIVE", "description": "", "is_deleted": False}
PROJECT |= {"call_status_webhook": None, "active_agent": None, "created_at": None, "updated_at": None}
AGENT = {"name": "John", "projectId": "p1", "id": "a1", "systemInstruction": "You are {{name}}."}
NUMBER = {"e164": "+14152148508", "id": "n1", "status": "AVAILABLE", "projectId": "p1", "agentId": "a1"}
VOICE = {"name": "Aria", "labels": {"accent": "American"}, "voice_id": "v1", "preview_url": "https://x/y.mp3"}
CALL = {
    "seconds": 23, "cost": 0.077, "status": "completed", "from": "+14152148508", "to": "+12068091239",
    "date": "Tue, 30 Jan 2024 13:39:53 +0000", "recordingUrls": ["https://api.twilio.com/x.mp3"],
    "phoneNumber": "+12068091239", "callSid": "CA26", "partnerId": "x", "data": {"employeeGoToWork": "false", "newDate": ""},
}  # fmt: skip
TWILIO = {
    "sid": "CA26", "accountSid": "AC1", "to": "+12068091239", "from": "+14152148508", "phoneNumberSid": "PN1",
    "status": "completed", "startTime": "2024-01-30T13:39:53.000Z", "endTime": "2024-01-30T13:40:16.000Z",
    "dateCreated": "2024-01-30T13:39:52.000Z", "duration": "23", "price": "-0.077", "priceUnit": "USD",
    "direction": "outbound-api", "subresourceUris": {"recordings": "/x"},
}  # fmt: skip


def enveloped(key: str, value: Any, status: str = "success") -> dict[str, Any]:
    return {"message": "added webhook url.", "status": status, key: value}


@pytest.mark.parametrize(
    "body",
    [
        enveloped("data", PROJECT, "succcess"),
        enveloped("project", PROJECT, "error"),
        enveloped("projectData", PROJECT),
        PROJECT,
        [PROJECT],
        enveloped("data", [PROJECT]),
        enveloped("data", {"project": PROJECT}),
        PROJECT | {"data": {"id": "other"}},
        PROJECT | {"data": None},
        enveloped("data", {"name": "Clinic", "status": "ACTIVE"}),
    ],
)
def test_project(table: Any, body: Any) -> None:
    table(lambda request: (200, body))
    project = client().projects.get("p1")
    assert (project.id, project.name, project.status, project.webhook, project.active_agent) == (
        "p1",
        "Clinic",
        "ACTIVE",
        "",
        "",
    )
    assert project.created_at is None and project.description == ""


@pytest.mark.parametrize(
    "body", [enveloped("data", None), enveloped("data", {}), enveloped("data", PROJECT | {"is_deleted": True})]
)
def test_a_project_that_is_gone(table: Any, body: Any) -> None:
    table(lambda request: (200, body))
    with pytest.raises(NotFound):
        client().projects.get("p1")


@pytest.mark.parametrize("status", [400, 404])
def test_a_project_that_does_not_exist_is_a_400(table: Any, status: int) -> None:
    table(lambda request: (status, {"message": "project does not exist"}))
    with pytest.raises(NotFound):
        client().projects.get("p1")
    with pytest.raises(NotFound):
        client().user.set_active_project("p1")


def test_ids_may_be_numbers(table: Any) -> None:
    assert Project.parse(PROJECT | {"id": 7, "active_agent": 12345678901234567890}).id == "7"
    assert Agent.parse(AGENT | {"id": 7.0}).id == "7"
    assert parse.loads(b'{"id": 123456789012345678901234567890}')["id"] == "123456789012345678901234567890"
    with pytest.raises(ContractBroken):
        Project.parse(PROJECT | {"id": True})


def test_create_and_update_project(table: Any) -> None:
    stand_in = table(lambda request: (200, enveloped("data", {"id": "p9"})))
    project = client().projects.create("New", "Words")
    assert (project.id, project.name, project.description) == ("p9", "New", "Words")
    assert stand_in.body() == {"name": "New", "description": "Words"}
    table(lambda request: (200, {"message": "ok", "status": "success"}))
    assert client().projects.update("p9", "Newer", "").name == "Newer"
    assert client().projects.update("p9", "Newer", "").status == ""


def test_writes_send_what_the_contract_says(table: Any) -> None:
    stand_in = table(lambda request: (200, {"message": "ok"}))
    asker = client()
    asker.projects.delete("p", cascade=True)
    asker.agents.delete("p", "a")
    asker.projects.remove_active_agent("a")
    asker.projects.set_active_agent("p", "a")
    asker.projects.set_webhook("p", "https://x")
    asker.agents.update("p", "a", "n", "s")
    asker.agents.update("p", "a", "n", "s", "v")
    asker.numbers.assign("+1", "a", "p")
    asker.auth.reset_password("t", "n")
    assert [(name, stand_in.body(place)) for place, name in enumerate(stand_in.names)] == [
        ("DELETE /project/p", {"cascade": True}),
        ("DELETE /agent", {"projectId": "p", "agentId": "a"}),
        ("PATCH /project/active-agent/a", {}),
        ("PATCH /project/active-agent", {"projectId": "p", "active_agent": "a"}),
        ("POST /project/call-status/add-webhookurl", {"projectId": "p", "webhookURL": "https://x"}),
        ("PUT /agent", {"projectId": "p", "agentId": "a", "name": "n", "systemInstruction": "s"}),
        ("PUT /agent", {"projectId": "p", "agentId": "a", "name": "n", "systemInstruction": "s", "voice_id": "v"}),
        ("POST /phone-number/add-number", {"e164": "+1", "agentId": "a", "projectId": "p"}),
        ("POST /auth/reset-password", {"token": "t", "newPassword": "n"}),
    ]


@pytest.mark.parametrize(
    ("status", "body", "agent"),
    [
        (200, enveloped("active_agent", "a1"), "a1"),
        (200, enveloped("active_agent", None), ""),
        (200, enveloped("active_agent", ""), ""),
        (200, enveloped("active_agent", {"id": "a1", "name": "x"}), "a1"),
        (200, enveloped("data", {"active_agent": "a1"}), "a1"),
        (200, enveloped("data", {"active_agent": None}), ""),
        (200, enveloped("data", "a1"), "a1"),
        (200, enveloped("data", None), ""),
        (200, enveloped("project", {"active_agent": 7}), "7"),
        (200, enveloped("agent", {"agentId": "a1"}), "a1"),
        (404, {"message": "no active agent"}, ""),
        (404, b"<html>", ""),
        (404, b"", ""),
    ],
)
def test_active_agent(table: Any, status: int, body: Any, agent: str) -> None:
    table(lambda request: (status, body))
    assert client().projects.active_agent("p1") == agent


@pytest.mark.parametrize(
    ("status", "body", "id_"),
    [
        (200, enveloped("projectData", PROJECT), "p1"),
        (200, enveloped("data", {"projectData": PROJECT}), "p1"),
        (200, PROJECT, "p1"),
        (200, enveloped("projectData", None), None),
        (200, enveloped("projectData", {}), None),
        (200, enveloped("active_project", "p1"), "p1"),
        (404, b"<html>", None),
    ],
)
def test_active_project(table: Any, status: int, body: Any, id_: str | None) -> None:
    table(lambda request: (status, body))
    project = client().user.get_active_project()
    assert (project.id if project else None) == id_


@pytest.mark.parametrize(
    "body",
    [
        [AGENT],
        enveloped("data", [AGENT]),
        enveloped("agents", [AGENT]),
        enveloped("data", {"agents": [AGENT]}),
        enveloped("data", [None, 3, "x", [], {"name": "no id"}, AGENT]),
        enveloped("agent", AGENT),
        [{"agentId": "a1", "name": "John", "system_instruction": "You are {{name}}."}],
        [{"_id": "a1", "name": "John", "prompt": "You are {{name}}.", "project_id": "p1", "extra": {"data": 1}}],
    ],
)
def test_agents(table: Any, body: Any) -> None:
    table(lambda request: (200, body))
    (agent,) = client().agents.list("p1")
    assert (agent.id, agent.name, agent.project_id, agent.prompt) == ("a1", "John", "p1", "You are {{name}}.")
    assert agent.voice_id == agent.phone_number == ""


@pytest.mark.parametrize(
    ("status", "body"), [(200, []), (200, enveloped("data", [])), (200, enveloped("agents", None)), (404, b"<p>")]
)
def test_no_agents(table: Any, status: int, body: Any) -> None:
    table(lambda request: (status, body))
    assert client().agents.list("p1") == []


@pytest.mark.parametrize(
    "body",
    [
        AGENT,
        enveloped("data", AGENT),
        enveloped("agent", AGENT),
        [AGENT],
        AGENT | {"data": {"x": 1}},
        AGENT | {"data": None},
        {**AGENT, "agentId": "a1"},
    ]
    + [{key: value for key, value in AGENT.items() if key not in ("id", "projectId")}],
)
def test_agent(table: Any, body: Any) -> None:
    stand_in = table(lambda request: (200, body))
    agent = client().agents.get("p1", "a1")
    assert (agent.id, agent.name, agent.project_id) == ("a1", "John", "p1") and stand_in.body() == {
        "projectId": "p1",
        "agentId": "a1",
    }


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (enveloped("data", None), NotFound),
        (enveloped("agent", {}), NotFound),
        (None, ContractBroken),
        ([], ContractBroken),
    ]
    + [({}, ContractBroken), ({"message": "hello"}, ContractBroken), ("x", ContractBroken)],
)
def test_an_agent_that_is_not_there(table: Any, body: Any, kind: type[TalkstackError]) -> None:
    table(lambda request: (200, body))
    with pytest.raises(kind):
        client().agents.get("p1", "a1")


def test_both_shapes_of_an_updated_agent_and_a_fresh_one_without_an_id(table: Any) -> None:
    flat = {"systemInstruction": "s", "name": "Jack", "projectId": "p", "agentId": "a", "voice_id": "v"}
    for body in (flat, enveloped("data", flat), {"message": "ok"}, b"OK"):
        table(lambda request, body=body: (200, body))
        assert client().agents.update("p", "a", "Jack", "s", "v").voice_id == "v"
        agent = client().agents.create("p", "Jack", "s", "v", "+14152148508")
        assert agent.id in ("a", "") and agent.name == "Jack" and agent.project_id == "p"


def test_a_prompt_keeps_every_character(table: Any) -> None:
    prompt = "\r\n\t {{ a }} </textarea> {% x %} \u202e\U0001f600 e\u0301 \u2028" + "x" * 1_000_000 + " "
    table(lambda request: (200, AGENT | {"systemInstruction": prompt}))
    assert client().agents.get("p1", "a1").prompt == prompt
    stand_in = table(lambda request: (200, {}))
    client().agents.update("p", "a", "n", prompt)
    assert stand_in.body()["systemInstruction"] == prompt


@pytest.mark.parametrize(
    "body",
    [
        enveloped("data", NUMBER, "error"),
        enveloped("data", [NUMBER]),
        enveloped("data", {"numbers": [NUMBER]}),
        enveloped("phoneNumbers", [NUMBER]),
        [NUMBER],
        NUMBER,
        enveloped("data", {"phoneNumber": "+1 (415) 214-8508", "id": "n1", "status": "AVAILABLE", "agentId": "a1"}),
        enveloped("data", [{"number": "14152148508", "_id": "n1", "status": "AVAILABLE", "agent_id": "a1"}, None, {}]),
    ],
)
def test_numbers(table: Any, body: Any) -> None:
    table(lambda request: (200, body))
    (number,) = client().numbers.by_project("p1")
    assert (number.e164, number.id, number.status, number.project_id, number.agent_id) == (
        "+14152148508",
        "n1",
        "AVAILABLE",
        "p1",
        "a1",
    )


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, b"<html>"),
        (404, {"message": "x"}),
        (200, enveloped("data", None)),
        (200, enveloped("data", [])),
        (200, enveloped("data", {})),
    ],
)
def test_no_numbers(table: Any, status: int, body: Any) -> None:
    table(lambda request: (status, body))
    for ask in (client().numbers.by_project, client().numbers.by_agent, client().numbers.by_id):
        assert ask("x") == []


def test_bare_numbers() -> None:
    assert Number.parse("+14152148508", project_id="p").e164 == "+14152148508"
    assert Number.parse({"e164": 14152148508}).e164 == "+14152148508"
    assert Number.parse(None).e164 == ""


@pytest.mark.parametrize(
    ("voice", "labels", "preview"),
    [
        (VOICE, {"accent": "American"}, "https://x/y.mp3"),
        (VOICE | {"labels": None, "preview_url": None}, {}, ""),
        ({"voice_id": "v1", "name": "Aria"}, {}, ""),
        ({"id": "v1", "name": "Aria", "labels": {"age": 30, "x": None, "y": [1]}}, {"age": "30"}, ""),
        (VOICE | {"labels": ["a"]}, {}, "https://x/y.mp3"),
    ],
)
def test_voices(table: Any, voice: Any, labels: dict[str, str], preview: str) -> None:
    for body in (
        enveloped("voices", [voice, {"name": "no id"}, "..."]),
        [voice],
        enveloped("data", {"voices": [voice]}),
    ):
        table(lambda request, body=body: (200, body))
        (read,) = client().voices.list()
        assert (read.id, read.name, read.labels, read.preview_url) == ("v1", "Aria", labels, preview)
    table(lambda request: (200, enveloped("voice", voice)))
    assert client().voices.get("v1") == read
    for status, body in ((404, b""), (400, {"message": "x"}), (200, enveloped("voice", None))):
        table(lambda request, status=status, body=body: (status, body))
        assert client().voices.get("v1") is None
    assert Voice.parse(voice).id == "v1"


ENDS = {"from": "+14152148508", "to": "+12068091239"}
STARTED = datetime(2024, 1, 30, 13, 39, 53, tzinfo=UTC)


@pytest.mark.parametrize(
    "item",
    [
        CALL,
        TWILIO,
        {**TWILIO, "callSid": TWILIO["sid"], "sid": None},
        {"call_id": "CA26", "status": "COMPLETED", **ENDS, "duration": "23.0", "cost": "0.077", "date": "2024-01-30T13:39:53Z"},
        {"id": "CA26", "callStatus": "completed", "status": "success", **ENDS, "seconds": "23", "duration": "", "price": "",
         "cost": "$0.077", "created_at": 1706621993},
        {"sid": "CA26", "state": "Completed", "from": ENDS["from"], "phoneNumber": ENDS["to"], "seconds": 23,
         "price": "-0.077", "start_time": "1706621993000"},
        {"sid": "CA26", "status": "completed", **ENDS, "seconds": 23, "cost": -0.077, "startTime": "2024-01-30T14:39:53+01:00"},
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    "wrap",
    [
        lambda item: [item],
        lambda item: enveloped("data", [item]),
        lambda item: enveloped("calls", [item]),
        lambda item: enveloped("callHistory", [item]),
        lambda item: enveloped("data", {"calls": [item], "total": 1}),
        lambda item: {"items": [item, None, 3, "x", []]},
    ],
)
def test_history(table: Any, item: Any, wrap: Any) -> None:
    table(lambda request: (200, wrap(item)))
    (call,) = client().calls.history("p1")
    assert (call.id, call.state, call.from_, call.to, call.seconds) == (
        "CA26",
        "completed",
        "+14152148508",
        "+12068091239",
        23,
    )
    assert call.cost == Decimal("0.077") and call.started_at == STARTED and call.final


def test_the_filters_of_history(table: Any) -> None:
    stand_in = table(lambda request: (200, []))
    client().calls.history(
        "p1", 50, to="+1206", from_="+1415", status="busy", start_after=date(2024, 1, 2), end_before=date(2024, 1, 3)
    )
    assert stand_in.names == [
        "POST /call/get-call-history?to=%2B1206&from=%2B1415&status=busy&startTimeAfter=2024-01-02&endTimeBefore=2024-01-03"
    ]
    assert stand_in.body() == {"projectId": "p1", "pageSize": 50}


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (200, [], []),
        (200, enveloped("data", None), []),
        (404, {"message": "no calls found"}, []),
        (404, {}, []),
        (404, b"<html>Cannot POST</html>", NotFound),
        (404, {"message": "Cannot POST /call/get-call-history"}, NotFound),
        (200, {"message": "hello"}, ContractBroken),
        (200, b"7", ContractBroken),
    ],
)
def test_a_history_without_calls(table: Any, status: int, body: Any, expected: Any) -> None:
    table(lambda request: (status, body))
    if expected == []:
        assert client().calls.history("p1") == []
    else:
        with pytest.raises(expected):
            client().calls.history("p1")


@pytest.mark.parametrize(
    ("status", "body", "state"),
    [
        (200, CALL, "completed"),
        (200, enveloped("data", CALL), "completed"),
        (200, enveloped("call", TWILIO), "completed"),
        (200, enveloped("callData", CALL | {"status": "sms_sent"}, "succcess"), "sms-sent"),
        (200, enveloped("data", [TWILIO | {"status": "Cancelled"}]), "canceled"),
        (200, CALL | {"status": "in_progress"}, "in-progress"),
        (200, CALL | {"status": "No Answer"}, "no-answer"),
        (200, CALL | {"status": None}, ""),
        (200, {"message": "fetched", **CALL, "status": "success"}, ""),
        (200, {"message": "fetched", **CALL, "status": "success", "callStatus": "busy"}, "busy"),
        (200, {"status": "ringing"}, "ringing"),
        (400, {"status": "ringing", "message": "not yet"}, "ringing"),
        (404, {"message": "x", "status": "in-progress", "callSid": "CA26"}, "in-progress"),
        (422, {"data": {"status": "queued", "callSid": "CA26"}}, "queued"),
    ],
)
def test_call_data(table: Any, status: int, body: Any, state: str) -> None:
    table(lambda request: (status, body))
    call = client().calls.get("CA26", "p1")
    assert (call.id, call.state) == ("CA26", state)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (404, {"message": "no details", "status": "failed"}),
        (400, {"status": "error"}),
        (200, {"message": "no details", "status": "failed"}),
    ]
    + [
        (200, {"message": "x", "status": "success"}),
        (200, []),
        (200, enveloped("data", None)),
        (401, {"status": "ringing"}),
    ],
)
def test_what_is_not_call_data(table: Any, status: int, body: Any) -> None:
    table(lambda request: (status, body))
    with pytest.raises(TalkstackError):
        client().calls.get("CA26", "p1")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": "false", "b": ""}, {"a": "false", "b": ""}),
        (
            [{"key": "a", "value": 1}, {"question": "b", "answer": None}, {"name": "c", "value": [1]}],
            {"a": 1, "b": None, "c": [1]},
        ),
        ([{"a": "x"}, "loose", None], {"a": "x", "2": "loose"}),
        ('{"a": "x"}', {"a": "x"}),
        ('[{"key": "a", "value": "x"}]', {"a": "x"}),
        ("{broken", {"data": "{broken"}),
        ("[" * 100_000, {"data": "[" * 100_000}),
        ("words", {"data": "words"}),
        (None, {}),
        ("", {}),
        (7, {"data": "7"}),
        (True, {}),
    ],
)
def test_what_a_call_found_out(value: Any, expected: dict[str, Any]) -> None:
    assert CallData.parse(CALL | {"data": value}).data == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"recordingUrls": ["a", "b", "a", None, 7]}, ("a", "b", "7")),
        ({"recordingUrls": "a"}, ("a",)),
        ({"recordingUrl": "a"}, ("a",)),
        ({"recordingUrls": None}, ()),
        ({"recordingUrls": []}, ()),
        ({"recordingUrls": {"url": "a"}}, ("a",)),
        ({"recordings": [{"url": "a"}, {}]}, ("a",)),
        ({"recordingUrls": ["x" * 3000]}, ()),
        ({"recordingUrls": ["u" + str(n) for n in range(500)]}, tuple("u" + str(n) for n in range(50))),
    ],
)
def test_recordings(fields: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert CallData.parse({"sid": "CA1", **fields}).recordings == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2025-03-10T05:20:39.831Z", datetime(2025, 3, 10, 5, 20, 39, 831000, tzinfo=UTC)),
        ("2025-03-10T05:20:39+02:00", datetime(2025, 3, 10, 3, 20, 39, tzinfo=UTC)),
        ("2025-03-10 05:20:39", datetime(2025, 3, 10, 5, 20, 39, tzinfo=UTC)),
        ("Tue, 30 Jan 2024 13:39:53 +0000", STARTED),
        ("Tue, 30 Jan 2024 13:39:53 GMT", STARTED),
        ("Tue, 30 Jan 2024 08:39:53 -0500", STARTED),
        ("2025-03-10", datetime(2025, 3, 10, tzinfo=UTC)),
        (1706621993, STARTED),
        (1706621993000, STARTED),
        ("1706621993", STARTED),
        (1706621993.0, STARTED),
    ]
    + [
        (value, None)
        for value in (None, "", "null", True, [], {}, "soon", -1, 0, 1e300, "1e999", float("nan"), float("inf"), 2024)
    ]
    + [
        ("9" * 400, None),
        ("0001-01-01T00:00:00+23:59", None),
        ("2009-0-06", None),
        ("0001-01-01", None),
        ("9999-12-31T23:59:59Z", None),
        ("x" * 100_000, None),
    ],
)
def test_times(value: Any, expected: datetime | None) -> None:
    assert parse.as_time(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [("-0.077", "0.077"), (-0.077, "0.077"), ("1,234.5", "1234.5"), (0, "0"), ("$3", "3")]
    + [
        (value, None)
        for value in (None, "", "NaN", "sNaN", "Infinity", "-inf", "1e400", "abc", True, [], "1_0", 1e15, "9" * 99)
    ],
)
def test_costs(value: Any, expected: str | None) -> None:
    assert parse.as_cost(value) == (None if expected is None else Decimal(expected))


@pytest.mark.parametrize(
    ("value", "expected"),
    [("63.4", 63.4), (23, 23), ("0", 0), ("1:23", 83), ("1:00:01", 3601), ("12 s", 12)]
    + [(value, None) for value in (None, "", -1, "NaN", "inf", 1e300, "abc", True, "१२x", "1:2:3:4")],
)
def test_durations(value: Any, expected: float | None) -> None:
    assert parse.as_seconds(value) == expected


@pytest.mark.parametrize(
    ("raw", "call_id", "sid"),
    [
        (enveloped("call", {"call_id": "c1", "to": "+1", "from": "+2"}), "c1", ""),
        (enveloped("data", {"callId": "c1"}), "c1", ""),
        (enveloped("data", {"call": {"call_id": "c1", "sid": "CA1"}}), "c1", "CA1"),
        ({"call_id": "c1"}, "c1", ""),
        (enveloped("call", {"sid": "CA1"}), "CA1", "CA1"),
        (enveloped("call", {"callSid": "CA1"}), "CA1", "CA1"),
        (enveloped("call", {"id": 77}), "77", ""),
        (enveloped("call_id", "c1"), "c1", ""),
        (enveloped("call", None), "", ""),
        (enveloped("call", []), "", ""),
        ([], "", ""),
        (None, "", ""),
    ],
)
def test_placed_calls(raw: Any, call_id: str, sid: str) -> None:
    placed = PlacedCall.parse(raw, to="+12065550123")
    assert (placed.call_id, placed.sid) == (call_id, sid) and placed.to


ASKED = [{"question": "Happy?", "type": "Boolean"}]


@pytest.mark.parametrize(
    ("raw", "answers", "summary", "extra"),
    [
        ([{"question": "Happy?", "answer": True, "type": "Boolean"}], [("Happy?", "Yes")], "", {}),
        ({"Happy?": "No"}, [("Happy?", "No")], "", {}),
        (enveloped("data", {"Happy?": 3, "summary": "Good", "mood": 1}), [("Happy?", "3")], "Good", {"mood": 1}),
        (
            enveloped("analysis", {"summary": "s", "custom_analysis": [{"question": "Q", "answer": "A"}]}),
            [("Q", "A")],
            "s",
            {},
        ),
        (enveloped("data", {"analysis": {"answers": {"Q": {"answer": "A", "type": "Text"}}}}), [("Q", "A")], "", {}),
        (enveloped("data", [{"question": "Q", "answer": None}]), [("Q", "")], "", {}),
        (None, [], "", {}),
        ([None, 3, {}], [], "", {}),
        ({"message": "m", "status": "success", "sentiment": "glad"}, [], "", {}),
    ],
)
def test_analyses(raw: Any, answers: list[Any], summary: str, extra: dict[str, Any]) -> None:
    analysis = Analysis.parse(raw, questions=ASKED)
    assert [(answer.question, answer.answer) for answer in analysis.answers] == answers
    assert (analysis.summary, analysis.extra) == (summary, extra)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'\xef\xbb\xbf{"a":1}', {"a": 1}),
        (b'{"a":1,"a":2}', {"a": 2}),
        (b'{"a":"x\xff"}', {"a": "x\ufffd"}),
        (b'{"a":"x\\u0000y\\ud800z\\ud83d\\ude00"}', {"a": "xy\ufffdz\U0001f600"}),
        (b'{"a\\u0000":1}', {"a": 1}),
        (b'{"a":"line\nbreak"}', {"a": "line\nbreak"}),
        (b'{"a":NaN,"b":Infinity,"c":1e999,"d":-Infinity}', {"a": None, "b": None, "c": "1e999", "d": None}),
        (b'{"a":' + b"9" * 10_000 + b"}", {"a": "9" * 10_000}),
        ('{"a":"ü"}'.encode("utf-16"), {"a": "ü"}),
    ],
)
def test_json_that_is_odd(body: bytes, value: Any) -> None:
    assert parse.loads(body) == value
    json.dumps(parse.loads(body), allow_nan=False).encode()


@pytest.mark.parametrize(
    "body", [b"", b" ", b"x", b"{", b"[" * 100_000, b'{"a":' * 100_000, b"[" * 65 + b"]" * 65, b"\x00", b"<a>"]
)
def test_json_that_is_not(body: bytes) -> None:
    with pytest.raises(parse.Unreadable):
        parse.loads(body)


KEYS = st.sampled_from(
    [*CALL, *TWILIO, *PROJECT, *AGENT, *NUMBER, *VOICE, "data", "call", "calls", "message", "agents", "x"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["", "NaN", "-1", "completed", "2024-01-30"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=6),
    max_leaves=20,
)


@settings(max_examples=300, deadline=None)
@given(VALUES)
def test_no_reader_raises_anything_else(raw: Any) -> None:
    for reader in (CallData.parse, PlacedCall.parse, Analysis.parse, Number.parse):
        reader(raw)
    for reader in (Project.parse, Agent.parse, Voice.parse):
        with suppress(ContractBroken):
            assert reader(raw).id


@settings(max_examples=300, deadline=None)
@given(
    VALUES.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200),
    st.sampled_from([200, 400, 404, 500]),
)
def test_the_client_raises_only_its_own_errors(body: bytes, status: int) -> None:
    from dashboard.talkstack import transport
    from tests.talkstack.stand_ins import URL, Table

    transport.mount(URL, Table(lambda request: (status, body)))
    asker = client()
    try:
        for act in (
            lambda: asker.projects.get("p"),
            lambda: asker.projects.list(),
            lambda: asker.projects.active_agent("p"),
            lambda: asker.user.get_active_project(),
            lambda: asker.user.generate_api_key(),
            lambda: asker.agents.list("p"),
            lambda: asker.agents.get("p", "a"),
            lambda: asker.agents.create("p", "n", "s"),
            lambda: asker.calls.make("+1", "p", "a", {}),
            lambda: asker.calls.get("s", "p"),
            lambda: asker.calls.history("p"),
            lambda: asker.calls.analysis("s", "p", ASKED),
            lambda: asker.voices.list(),
            lambda: asker.voices.get("v"),
            lambda: asker.numbers.by_agent("a"),
            lambda: asker.auth.login("a@b.c", "x"),
            lambda: asker.auth.signup("a@b.c", "x", "n"),
            lambda: asker.auth.verify_email("a@b.c", "1"),
            lambda: asker.auth.refresh("r"),
        ):
            try:
                act()
            except TalkstackError as error:
                assert error.sentence
    finally:
        transport.unmount(URL)
