"""What an event says, in every shape that a sender may give it."""

import gzip
import json
from urllib.parse import urlencode

import pytest

from dashboard.webhooks import shapes

CALL = {"callSid": "CA1", "status": "completed", "from": "+14155550132", "to": "+12065550121"}
NESTED = [
    CALL,
    {"call": CALL},
    {"type": "call.completed", "data": CALL},
    {"type": "call.completed", "data": {"call": CALL}},
    {"event": "x", "payload": CALL},
    {"event": CALL},
    {"id": "evt_1", "body": json.dumps(CALL)},
    {"id": "evt_1", "status": "delivered", "message": {"call": CALL}},
    [CALL],
    {"events": 1, "object": [CALL]},
    {"sid": "CA1", "callStatus": "completed", "from": "+14155550132", "to": "+12065550121"},
    {"call_id": "CA1", "state": "COMPLETED", "from_number": "+14155550132", "to_number": "+12065550121"},
    {"CallSid": "CA1", "CallStatus": "completed", "From": "+14155550132", "To": "+12065550121"},
]
FORMS = [
    b"CallSid=CA1&CallStatus=completed&From=%2B14155550132&To=%2B12065550121",
    b"callSid=CA1&status=completed&from=14155550132&to=12065550121",
    urlencode({"payload": json.dumps(CALL)}).encode(),
]  # fmt: skip


def fits(told: shapes.Told) -> None:
    assert told.call is not None
    assert (told.call.id, told.call.state, told.call.from_, told.call.to) == (
        "CA1", "completed", "+14155550132", "+12065550121",
    )  # fmt: skip


@pytest.mark.parametrize("raw", NESTED)
def test_json(raw):
    fits(shapes.read(json.dumps(raw).encode(), "application/json"))
    fits(shapes.read(json.dumps(raw).encode(), "text/plain"))
    fits(shapes.read(gzip.compress(json.dumps(raw).encode()), "", "gzip"))
    fits(shapes.read(json.dumps(raw).encode("utf-16"), ""))


@pytest.mark.parametrize("wrap", [list, lambda calls: {"type": "x", "events": [{"data": call} for call in calls]}])
def test_a_list_of_calls(wrap):
    calls = [CALL, {**CALL, "callSid": "CA2"}, CALL, {"nothing": 1}, {**CALL, "callSid": "CA3"}]
    told = shapes.read(json.dumps(wrap(calls)).encode())
    fits(told)
    assert [call.id for call in told.others] == ["CA2", "CA3"]


@pytest.mark.parametrize("body", FORMS)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded; charset=utf-8", "", "text/plain"])
def test_forms(body, kind):
    fits(shapes.read(body, kind))


ODD = {
    b"": "empty",
    b"  \n": "empty",
    b"hello": "neither JSON nor a form",
    b"<xml>callSid=CA1</xml>": "neither JSON nor a form",
    b"null": "neither JSON nor a form",
    b"5": "names no call",
    b'"CA1"': "names no call",
    b"[]": "names no call",
    b"{}": "names no call",
    b'{"status": "completed"}': "names no call",
    b'{"from": "+14155550132", "to": "+12065550121"}': "names no call",
    b'{"callSid": null}': "names no call",
    b'{"callSid": {"a": 1}}': "names no call",
    b'{"callSid": "' + b"x" * 300 + b'"}': "names no call",
    b"[" * 100_000: "neither JSON nor a form",
    b"[" * 100_000 + b"]" * 100_000: "neither JSON nor a form",
    b'{"a":' * 50 + b"1" + b"}" * 50: "names no call",
    b"&".join(b"a=1" for _ in range(5000)): "neither JSON nor a form",
    bytes(range(256)): "names no call",
}


@pytest.mark.parametrize("body", ODD, ids=range(len(ODD)))
def test_what_is_not_understood_is_said(body):
    told = shapes.read(body, "application/json")
    assert told.call is None and ODD[body] in told.odd
    shapes.read(body, "application/x-www-form-urlencoded")
    list(shapes.leaves(body, "", ""))


def test_odd_values_in_a_call():
    for raw, sid in (
        (b'{"callSid": "CA1", "callSid": "CA2", "status": "busy"}', "CA2"),
        (b'{"callSid": ' + b"9" * 30 + b', "status": "busy"}', "9" * 30),
        (b'{"callSid": "CA\\u0000\\ud8001", "status": "busy"}', "CA\ufffd1"),
        (b'{"callSid": "CA\xff", "status": "busy"}', "CA\ufffd"),
    ):
        told = shapes.read(raw).call
        assert told is not None and told.id == sid and told.state == "busy"


@pytest.mark.parametrize("kind", ["br", "deflate", "gzip, gzip", "zstd"])
def test_packings_that_are_not_opened(kind):
    assert "cannot be opened" in shapes.read(b"\x1f\x8b", "", kind).odd


def test_bombs_and_broken_packings():
    assert "cannot be opened" in shapes.read(gzip.compress(b" " * 20_000_000), "", "gzip").odd
    packed = gzip.compress(json.dumps(CALL).encode())
    for broken in (packed[:-4], packed[:20], b"not packed", packed[:12] + b"\xff" * 20):
        assert "cannot be opened" in shapes.read(broken, "", "gzip").odd


def test_projects_times_and_tests():
    told = shapes.read(json.dumps({"projectId": "p1", "timestamp": "2026-03-11T17:00:00Z", "data": CALL}).encode())
    assert told.project_id == "p1" and told.at is not None and told.at.hour == 17
    assert shapes.read(b'{"event": "test", "projectId": "p1"}').test
    assert not shapes.read(json.dumps(CALL | {"event": "test"}).encode()).test


def test_the_senders_id():
    assert shapes.event_id(b'{"eventId": "e1"}') == shapes.event_id(b'{"event_id": "e1"}') == "e1"
    for body in (
        b'{"id": "CA1"}',
        b'{"data": {"eventId": "e1"}}',
        b"eventId",
        b'{"eventId": ["e1"]}',
        b"[" * 1000 + b"event",
    ):
        assert shapes.event_id(body) == ""
