"""How calls live by the clock, one story after the other."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from dashboard.sandbox import STORIES, Sandbox

from .conftest import Api

OPEN = ["queued", "initiated", "ringing", "in-progress"]


def life(sandbox: Sandbox, api: Api, sid: str, step: float = 0.5, steps: int = 300) -> list[tuple[str, float]]:
    """The states that a call goes through, each with the seconds it lasted."""
    seen: list[tuple[str, float]] = []
    for _ in range(steps):
        word = api.post("/call", {"sid": sid})["status"]
        if not seen or seen[-1][0] != word:
            seen.append((word, 0.0))
        seen[-1] = (word, seen[-1][1] + step)
        sandbox.tick(step)
    return seen


ENDS = [
    ("11", [*OPEN[:3], "busy"]),
    ("12", [*OPEN[:3], "no-answer"]),
    ("13", [*OPEN, "voicemail"]),
    ("14", [*OPEN, "silence"]),
    ("15", [*OPEN[:2], "failed"]),
    ("17", [*OPEN, "completed"]),
    ("18", [*OPEN, "completed"]),
    ("20", [*OPEN, "completed"]),
]


@pytest.mark.parametrize(("digits", "states"), ENDS)
def test_a_story(sandbox: Sandbox, api: Api, call: Any, digits: str, states: list[str]) -> None:
    sid = call(f"+120655501{digits}")
    seen = life(sandbox, api, sid)
    assert [word for word, _ in seen] == states
    data = api.post("/call", {"sid": sid})
    answered = "in-progress" in states
    assert bool(data["recordingUrls"]) is answered
    assert (data["seconds"] > 0, data["cost"] > 0) == (answered, answered)
    assert bool(data["data"]) is (states[-1] == "completed")


def test_how_long_things_last(sandbox: Sandbox, api: Api, call: Any) -> None:
    lasted = dict(life(sandbox, api, call("+12065550120")))
    assert 1 <= lasted["queued"] <= 2.5
    assert 4 <= lasted["ringing"] <= 8.5
    assert 15 <= lasted["in-progress"] <= 41
    assert dict(life(sandbox, api, call("+12065550112")))["ringing"] == pytest.approx(25, abs=1)
    assert dict(life(sandbox, api, call("+12065550118")))["in-progress"] == pytest.approx(100, abs=1)


def test_refused_numbers_are_counted_and_not_called(sandbox: Sandbox, api: Api, northgate: str, reminder: str) -> None:
    body = {"number": "+12065550116", "projectId": northgate, "agentId": reminder}
    status, message = api.refused("POST", "/call/makeCall", body)
    assert (status, "unverified" in message) == (400, True)
    assert [ring.sid for ring in sandbox.rings] == [""]


@pytest.mark.parametrize(("digits", "error"), [("17", requests.ReadTimeout), ("19", requests.ConnectionError)])
def test_slow_and_dropped_do_ring(
    sandbox: Sandbox, api: Api, northgate: str, reminder: str, digits: str, error: type[Exception]
) -> None:
    body = {"number": f"+120655501{digits}", "projectId": northgate, "agentId": reminder}
    with pytest.raises(error):
        api("POST", "/call/makeCall", body)
    assert [ring.number for ring in sandbox.rings] == [body["number"]]
    query = {"to": body["number"]}
    found = api.post("/call/get-call-history", {"projectId": northgate}, params=query)["data"]
    assert found[0]["sid"] == sandbox.rings[0].sid


def test_slow_is_only_slow(api: Api, northgate: str, reminder: str) -> None:
    body = {"number": "+12065550117", "projectId": northgate, "agentId": reminder}
    assert api("POST", "/call/makeCall", body, timeout=21).status_code == 200


def test_recording_and_data_come_a_little_later(sandbox: Sandbox, api: Api, call: Any) -> None:
    sid = call("+12065550120", name="Alex Sample")
    while api.post("/call", {"sid": sid})["status"] != "completed":
        sandbox.tick(0.25)
    data = api.post("/call", {"sid": sid})
    assert (data["recordingUrls"], data["data"]) == ([], {})
    sandbox.tick(4.25)
    data = api.post("/call", {"sid": sid})
    assert data["recordingUrls"]
    assert data["data"] == {}
    sandbox.tick(2)
    assert "Alex Sample" in api.post("/call", {"sid": sid})["data"]["reason"]


def test_history_speaks_twilio(sandbox: Sandbox, api: Api, northgate: str, call: Any) -> None:
    sid = call("+12065550113")
    row = api.post("/call/get-call-history", {"projectId": northgate, "pageSize": 1})["data"][0]
    assert (row["sid"], row["status"], row["startTime"], row["duration"]) == (sid, "queued", None, None)
    sandbox.tick(60)
    row = api.post("/call/get-call-history", {"projectId": northgate, "pageSize": 1})["data"][0]
    assert row["status"] == "completed"
    assert row["direction"] == "outbound-api"
    assert isinstance(row["duration"], str)
    assert row["price"].startswith("-0.0")
    assert api.post("/call", {"sid": sid})["status"] == "voicemail"


def test_analysis_waits_for_the_end_and_keeps_to_the_types(sandbox: Sandbox, api: Api, call: Any) -> None:
    sid = call("+12065550120")
    questions = [
        {"question": "Will they come?", "type": "Boolean"},
        {"question": "How was it?", "type": "Text"},
        {"question": "How many?", "type": "Number"},
        {"question": "Why?", "type": "Selector", "options": ["price", "time"]},
    ]
    assert api.refused("POST", "/call/analysis", {"sid": sid, "questions": questions})[0] == 400
    sandbox.tick(120)
    data = api.post("/call/analysis", {"sid": sid, "questions": questions})["data"]
    given = [row["answer"] for row in data["custom_analysis_data"]]
    assert given[0] in ("Yes", "No")
    assert isinstance(given[1], str)
    assert isinstance(given[2], int)
    assert given[3] in ("price", "time")
    assert data == api.post("/call/analysis", {"sid": sid, "questions": questions})["data"]
    for wrong in ({"question": "x", "type": "Date"}, {"question": "x", "type": "Selector"}, {"type": "Text"}):
        assert api("POST", "/call/analysis", {"sid": sid, "questions": [wrong]}).status_code == 400


def test_speed_makes_time_run(now: list[float]) -> None:
    fast = Sandbox(clock=lambda: now[0], speed=10)
    start = fast.now()
    now[0] += 6
    assert fast.now() - start == pytest.approx(60)


def test_each_story_of_the_list_is_told() -> None:
    digits = [story.digits for story in STORIES]
    assert digits == ["11", "12", "13", "14", "15", "16", "17", "18", "19", ""]
    assert all(story.label and story.description for story in STORIES)
