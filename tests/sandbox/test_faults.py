"""Each fault: what the caller meets, and whether the deed was done."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
import requests
from urllib3.exceptions import NameResolutionError, NewConnectionError

from dashboard.sandbox import Sandbox
from dashboard.sandbox.faults import KINDS
from dashboard.sandbox.spoil import SHAPES

from .conftest import Api


@pytest.fixture
def ring(api: Api, northgate: str, reminder: str) -> Any:
    body = {"number": "+12065550121", "projectId": northgate, "agentId": reminder}

    def place(**options: Any) -> requests.Response:
        return api("POST", "/call/makeCall", body, **options)

    return place


ERRORS = [
    ("lost", requests.ReadTimeout, 1),
    ("lost-hang", requests.ReadTimeout, 1),
    ("lost-close", requests.ConnectionError, 1),
    ("cut", requests.exceptions.ChunkedEncodingError, 1),
    ("cut-close", requests.exceptions.ChunkedEncodingError, 1),
    ("late", requests.ReadTimeout, 1),
    ("slow", requests.ReadTimeout, 1),
    ("hang", requests.ReadTimeout, 0),
    ("close", requests.ConnectionError, 0),
    ("down", requests.ConnectionError, 0),
    ("refused", requests.ConnectionError, 0),
    ("dns", requests.ConnectionError, 0),
    ("connect-timeout", requests.ConnectTimeout, 0),
    ("tls", requests.exceptions.SSLError, 0),
]


@pytest.mark.parametrize(("kind", "error", "rings"), ERRORS)
def test_no_answer(sandbox: Sandbox, ring: Any, kind: str, error: type[Exception], rings: int) -> None:
    sandbox.faults.add(kind, path="/call/makeCall")
    started = time.monotonic()
    with pytest.raises(error):
        ring()
    assert time.monotonic() - started < 0.5
    assert len(sandbox.rings) == rings
    assert ring().status_code == 200


@pytest.mark.parametrize(("kind", "reason"), [("down", NewConnectionError), ("dns", NameResolutionError)])
def test_not_reached_says_so(sandbox: Sandbox, ring: Any, kind: str, reason: type[Exception]) -> None:
    sandbox.faults.add(kind)
    with pytest.raises(requests.ConnectionError) as caught:
        ring()
    assert isinstance(caught.value.args[0].reason, reason)


def test_a_streamed_answer_that_is_cut_breaks_while_it_is_read(sandbox: Sandbox, api: Api) -> None:
    sandbox.faults.add("cut")
    answer = api("GET", "/voices", stream=True)
    assert answer.status_code == 200
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        b"".join(answer.iter_content(100))
    whole = api("GET", "/voices", stream=True)
    assert whole.raw.read(10) == b'{"message"'


STATUSES = ["400", "401", "402", "403", "404", "405", "409", "413", "415", "422", "429", "500", "502", "503", "504"]


@pytest.mark.parametrize("kind", STATUSES)
def test_a_status_without_the_deed(sandbox: Sandbox, ring: Any, kind: str) -> None:
    sandbox.faults.add(kind, message="Words of the server")
    answer = ring()
    assert (answer.status_code, answer.json()["message"]) == (int(kind), "Words of the server")
    assert sandbox.rings == []


def test_options_of_a_status(sandbox: Sandbox, ring: Any) -> None:
    sandbox.faults.add("429", headers={"Retry-After": "7"})
    assert ring().headers["Retry-After"] == "7"
    sandbox.faults.add("500", status=418, body="I am a teapot", deed="before")
    answer = ring()
    assert (answer.status_code, answer.text, len(sandbox.rings)) == (418, "I am a teapot", 1)


WRONG = [
    ("html", 500, "text/html; charset=utf-8", 0),
    ("redirect", 302, "", 0),
    ("lost-500", 500, "application/json; charset=utf-8", 1),
    ("lost-html", 500, "text/html; charset=utf-8", 1),
    ("html-200", 200, "text/html; charset=utf-8", 1),
    ("text", 200, "text/plain; charset=utf-8", 1),
    ("truncated", 200, "application/json; charset=utf-8", 1),
    ("empty", 200, "application/json; charset=utf-8", 1),
    ("null", 200, "application/json; charset=utf-8", 1),
    ("list", 200, "application/json; charset=utf-8", 1),
    ("huge", 200, "application/json; charset=utf-8", 1),
    ("twice", 200, "application/json; charset=utf-8", 2),
    ("twice-at-once", 200, "application/json; charset=utf-8", 2),
]


@pytest.mark.parametrize(("kind", "status", "content_type", "rings"), WRONG)
def test_a_wrong_answer(sandbox: Sandbox, ring: Any, kind: str, status: int, content_type: str, rings: int) -> None:
    sandbox.faults.add(kind)
    answer = ring()
    assert (answer.status_code, answer.headers.get("Content-Type", "")) == (status, content_type)
    assert len(sandbox.rings) == rings
    if kind == "huge":
        assert len(answer.content) > 10_000_000
    if kind == "redirect":
        assert answer.headers["Location"]
    if kind in ("html-200", "text", "truncated", "empty"):
        with pytest.raises(ValueError):
            answer.json()


@pytest.mark.parametrize("key", ["name", "voices.*.name", "voices.0.name"])
def test_keys_are_changed_and_taken_away(sandbox: Sandbox, api: Api, key: str) -> None:
    sandbox.faults.add("set", key=key, value=[1])
    assert api.get("/voices")["voices"][0]["name"] == [1]
    sandbox.faults.add("remove", key=key)
    assert "name" not in api.get("/voices")["voices"][0]


def test_a_drip_takes_real_time(sandbox: Sandbox, api: Api) -> None:
    sandbox.faults.add("drip", seconds=0.01)
    started, got = time.monotonic(), b""
    answer = api("GET", "/user/get-active-project", stream=True)
    while len(got) < 10:
        got += answer.raw.read1(100)
    assert got == b'{"message"'
    assert 0.09 < time.monotonic() - started < 2


def test_late_and_slow_within_patience_just_answer(sandbox: Sandbox, ring: Any) -> None:
    sandbox.faults.add("late", seconds=5)
    sandbox.faults.add("slow", seconds=5, skip=1)
    assert ring(timeout=6).status_code == 200
    assert ring(timeout=6).status_code == 200


@pytest.mark.parametrize("stage", ["before", "after"])
def test_a_held_request_goes_on_when_it_is_released(sandbox: Sandbox, ring: Any, stage: str) -> None:
    rule = sandbox.faults.add("hold", stage=stage)
    answers: list[int] = []
    thread = threading.Thread(target=lambda: answers.append(ring(timeout=10).status_code))
    thread.start()
    assert rule.held.wait(5)
    assert len(sandbox.rings) == (1 if stage == "after" else 0)
    sandbox.faults.release()
    thread.join(5)
    assert answers == [200]
    assert len(sandbox.rings) == 1


def test_a_request_given_up_while_held_is_done_at_its_release(sandbox: Sandbox, ring: Any) -> None:
    sandbox.faults.add("hold")
    with pytest.raises(requests.ReadTimeout):
        ring(timeout=0.01)
    assert sandbox.rings == []
    sandbox.faults.release()
    assert len(sandbox.rings) == 1


def test_a_call_may_be_late_in_the_books(sandbox: Sandbox, api: Api, northgate: str, call: Any) -> None:
    sandbox.faults.add("lag", seconds=30)
    sid = call("+12065550121")
    assert api("POST", "/call", {"sid": sid}).status_code == 404
    assert api.post("/call/get-call-history", {"projectId": northgate})["data"][0]["sid"] != sid
    sandbox.tick(31)
    assert api.post("/call", {"sid": sid})["callSid"] == sid
    assert api.post("/call/get-call-history", {"projectId": northgate})["data"][0]["sid"] == sid


def test_which_requests_a_rule_means(sandbox: Sandbox, api: Api, northgate: str) -> None:
    sandbox.faults.add("503", method="get", path="/project/:id", times=2, skip=1)
    codes = [api("GET", f"/project/{northgate}").status_code for _ in range(4)]
    assert codes == [200, 503, 503, 200]
    sandbox.faults.clear()
    sandbox.faults.add("503", path="/project/:id", times=0)
    assert api("GET", "/project").status_code == 200
    assert [api("GET", f"/project/{northgate}").status_code for _ in range(3)] == [503] * 3
    sandbox.faults.clear()
    sandbox.faults.add("400", request="Only this", times=0)
    assert api("POST", "/agent", {"projectId": "Only this", "agentId": "x"}).status_code == 400
    assert api("POST", "/agent", {"projectId": "that", "agentId": "x"}).status_code == 404


def test_rules_are_checked(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="no fault called 'nonsense'"):
        sandbox.faults.add("nonsense")
    with pytest.raises(ValueError, match="cannot be read"):
        sandbox.faults.add("500", request="(")


@pytest.mark.parametrize("shape", sorted(SHAPES))
def test_an_analysis_in_every_shape(sandbox: Sandbox, api: Api, call: Any, shape: str) -> None:
    sid = call("+12065550120")
    sandbox.tick(120)
    asked = {"sid": sid, "questions": [{"question": "Will they come?", "type": "Boolean"}]}
    plain = api.post("/call/analysis", asked)["data"]["custom_analysis_data"][0]["answer"]
    sandbox.faults.add("shape", path="/call/analysis", shape=shape)
    body = json.dumps(api("POST", "/call/analysis", asked).json())
    assert (plain in body) == (shape != "none") and sandbox.asked[-1].done and len(sandbox.asked) == 2
    sandbox.faults.add("shape", path="/project")
    assert isinstance(api.get("/project"), dict)


def test_every_kind_is_tried_here() -> None:
    tried = {row[0] for row in (*ERRORS, *WRONG)} | {
        *STATUSES,
        "set",
        "remove",
        "shape",
        "drip",
        "hold",
        "lag",
        "history",
    }
    assert tried == KINDS


def test_no_fault_reaches_the_controls(sandbox: Sandbox, nobody: Api) -> None:
    sandbox.faults.add("down", times=0)
    assert nobody.get("/_sandbox/faults")["faults"][0]["kind"] == "down"
    assert nobody("GET", "/healthz").status_code == 200


def test_the_adapter_never_plays_a_real_host(sandbox: Sandbox) -> None:
    api = Api(sandbox)
    for host in ("api.talkstackai.com", "10.0.0.1", "example.com"):
        with pytest.raises(requests.exceptions.InvalidURL):
            api.session.get(f"http://{host}/voices")
    assert api.session.get("http://127.0.0.1:9/healthz").status_code == 200
