"""The world at the start, the sounds, the mails, the webhooks, and that all of it outlives a restart."""

from __future__ import annotations

import io
import json
import re
import wave
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

import pytest

from dashboard.sandbox import Sandbox, state
from dashboard.sandbox.hooks import is_loopback

from .conftest import NOON, OWNER, PASSWORD, Api, agent, project

FICTIONAL = re.compile(r"\+1\d{3}55501\d{2}")


def test_the_demo_team(sandbox: Sandbox, api: Api) -> None:
    projects = api.get("/project")["data"]
    assert len(projects) == 3
    assert all(row["active_agent"] for row in projects)
    assert any(row["created_at"] is None for row in projects)
    agents = [row for item in projects for row in api.get(f"/agent/{item['id']}")]
    assert len(agents) == 8
    assert sum("{{" not in row["systemInstruction"] for row in agents) == 1
    numbers = [row for item in projects for row in api.post("/phone-number", {"projectId": item["id"]})["data"]]
    assert len(numbers) == 6
    assert sum(row["agentId"] is None for row in numbers) == 1
    assert api.get("/user/get-active-project")["projectData"]["name"] == "Northgate Clinics"


def test_three_weeks_of_calls(sandbox: Sandbox) -> None:
    calls = list(sandbox.store.calls.values())
    assert len(calls) == 250
    assert all(FICTIONAL.fullmatch(call.to) and FICTIONAL.fullmatch(call.from_) for call in calls)
    assert {call.stages[-1][1] for call in calls} == {
        "completed", "busy", "failed", "no-answer", "voicemail", "silence",
    }  # fmt: skip
    assert all(NOON - 22 * 86400 < call.made_at < NOON for call in calls)
    assert all(datetime.fromtimestamp(call.made_at, UTC).weekday() != 6 for call in calls)
    made = [call.made_at for call in calls]
    assert made == sorted(made)
    done = [call for call in calls if call.stages[-1][1] == "completed"]
    assert all(call.data for call in done)


def test_a_seed_and_a_clock_make_one_world() -> None:
    first, second = (Sandbox(clock=lambda: NOON, chance=Random(5)) for _ in range(2))
    assert state.dump(first.store, 0) == state.dump(second.store, 0)


def test_recordings_are_sound_and_come_in_slices(sandbox: Sandbox, api: Api, call: Any) -> None:
    sid = call("+12065550118")
    path = f"/media/recordings/{sid}.wav"
    assert api("GET", path).status_code == 404
    sandbox.tick(200)
    whole = Api(sandbox)("GET", path)
    assert whole.headers["Content-Type"] == "audio/wav"
    assert len(whole.content) <= 1_000_000
    with wave.open(io.BytesIO(whole.content)) as sound:
        assert sound.getnframes() / sound.getframerate() == 100
    part = api("GET", path, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert part.headers["Content-Range"] == f"bytes 10-19/{len(whole.content)}"
    assert api("GET", path, headers={"Range": "bytes=-4"}).content == whole.content[-4:]
    assert api("GET", path, headers={"Range": "bytes=99999999-"}).status_code == 416
    assert api("GET", path, headers={"Range": "lines=1-2"}).status_code == 200
    assert api("GET", path).content == whole.content
    assert api("HEAD", path).content == b""


def test_each_voice_has_its_own_tune(api: Api) -> None:
    previews = [row["preview_url"] for row in api.get("/voices")["voices"] if row["preview_url"]]
    sounds = [api.session.get(url).content for url in previews]
    assert len(set(sounds)) == len(previews) == 11
    with wave.open(io.BytesIO(sounds[0])) as sound:
        assert 1.5 < sound.getnframes() / sound.getframerate() < 3
    assert api("GET", "/media/voices/none.wav").status_code == 404


def test_addresses_follow_the_request_or_the_setting(api: Api, sandbox: Sandbox) -> None:
    assert api.get("/voices")["voices"][0]["preview_url"].startswith("http://sandbox.test/media/voices/")
    sandbox.base_url = "http://127.0.0.1:8010"
    assert api.get("/voices")["voices"][0]["preview_url"].startswith("http://127.0.0.1:8010/media/voices/")


def hook(api: Api, project_id: str, url: str) -> None:
    api.post("/project/call-status/add-webhookurl", {"projectId": project_id, "webhookURL": url})


def test_a_webhook_is_told_each_change_once(sandbox: Sandbox, api: Api, northgate: str, call: Any) -> None:
    hook(api, northgate, "http://127.0.0.1:9/hook")
    sid = call("+12065550111")
    sent = []
    for _ in range(40):
        sandbox.hooks.deliver(lambda event: sent.append(event) or 200)
        sandbox.tick(0.5)
    assert [event.payload["status"] for event in sent] == ["queued", "initiated", "ringing", "busy"]
    wanted = {"callSid", "status", "from", "to", "projectId", "timestamp"}
    assert all(set(event.payload) == wanted and event.payload["callSid"] == sid for event in sent)
    assert sandbox.store.live == {}


def test_a_webhook_elsewhere_is_never_told(sandbox: Sandbox, api: Api, northgate: str, call: Any) -> None:
    hook(api, northgate, "https://hooks.example.com/x")
    call("+12065550111")
    sandbox.tick(60)
    told = sandbox.hooks.deliver(lambda event: pytest.fail("sent"))
    assert {row["result"] for row in told} == {"not delivered: not loopback"}
    assert len(api.get("/_sandbox/webhooks")["webhooks"]) == 4


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8000/x", True),
        ("http://localhost/x", True),
        ("http://[::1]/x", True),
        ("http://localhost.example.com/x", False),
        ("http://127.0.0.1@example.com/", False),
        ("http://2130706433/", False),
        ("ftp://127.0.0.1/", False),
        ("http://[broken", False),
        ("", False),
    ],
)
def test_what_counts_as_this_machine(url: str, local: bool) -> None:
    assert is_loopback(url) is local


def test_the_controls(sandbox: Sandbox, nobody: Api, call: Any) -> None:
    call()
    shown = nobody.get("/_sandbox/")
    assert (shown["rings"], len(shown["stories"])) == (1, 10)
    assert set(shown["stories"][0]) == {"digits", "label", "description"}
    assert nobody.get("/_sandbox/rings")["rings"][0]["number"] == "+12065550100"
    before = sandbox.now()
    nobody.post("/_sandbox/clock", {"advance": 5})
    assert sandbox.now() - before == 5
    assert nobody("POST", "/_sandbox/clock", {"advance": -1}).status_code == 400
    rule = nobody.post("/_sandbox/faults", {"kind": "503", "path": "/voices", "times": 2, "message": "away"})
    assert (rule["kind"], rule["left"]) == ("503", 2)
    assert nobody("POST", "/_sandbox/faults", {"kind": "x"}).status_code == 400
    assert nobody("GET", "/voices").status_code == 503
    nobody.post(f"/_sandbox/faults?id={rule['id']}", method="DELETE")
    assert nobody.get("/_sandbox/faults") == {"faults": []}
    assert nobody("GET", "/_sandbox/nothing").status_code == 404


def test_the_outbox_shows_codes_and_links(nobody: Api) -> None:
    nobody.post("/auth/forgot-password", {"email": OWNER})
    mail = nobody.get("/_sandbox/outbox")["mails"][0]
    assert mail["to"] == OWNER
    assert mail["link"] in mail["text"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "sandbox.json"


def test_everything_outlives_a_restart(path: Path, now: list[float]) -> None:
    first = Sandbox(clock=lambda: now[0], state_path=path)
    api = Api(first, first.bearer())
    northgate = project(api, "Northgate Clinics")
    body = {"number": "+12065550121", "projectId": northgate, "agentId": agent(api, northgate, "Appointment reminder")}
    sid = api.post("/call/makeCall", body)["call"]["call_id"]
    first.tick(100)
    second = Sandbox(clock=lambda: now[0], state_path=path)
    again = Api(second)
    again.session.headers.update(api.session.headers)
    for question in ("/project", f"/agent/{northgate}", "/voices"):
        assert again.get(question) == api.get(question)
    assert again.post("/call", {"sid": sid}) == api.post("/call", {"sid": sid})
    assert again.post("/call", {"sid": sid})["status"] == "completed"
    assert len(second.rings) == 1
    assert second.now() == pytest.approx(first.now())
    assert path.stat().st_mode & 0o077 == 0


def test_no_secret_is_kept_in_clear(path: Path) -> None:
    sandbox = Sandbox(state_path=path)
    bearer = sandbox.bearer()
    key = Api(sandbox, bearer).get("/user/generate-apikey")["apiKey"]
    kept = path.read_text()
    assert not [secret for secret in (bearer, key, PASSWORD) if secret in kept]


def test_a_broken_file_is_moved_aside(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path.parent.mkdir()
    for broken in ("{", "null", json.dumps({"format": 1}), json.dumps({"format": 99})):
        path.write_text(broken)
        assert len(Sandbox(state_path=path).accounts) == 1
        assert "Starting anew" in capsys.readouterr().err
    assert list(path.parent.glob("sandbox.json.broken-*"))


def test_a_new_password_in_the_settings_wins_and_a_changed_one_stays(path: Path) -> None:
    def tries(sandbox: Sandbox, password: str) -> int:
        return Api(sandbox)("POST", "/auth/login", {"email": OWNER, "password": password}).status_code

    first = Sandbox(state_path=path, owner_password="first one")
    change = {"oldPassword": "first one", "newPassword": "second one"}
    Api(first, first.bearer()).post("/auth/change-password", change)
    assert tries(Sandbox(state_path=path, owner_password="first one"), "second one") == 200
    assert tries(Sandbox(state_path=path, owner_password="third one"), "third one") == 200


@pytest.mark.parametrize("names", ["own", "twilio", "nested"])
def test_the_manner_of_webhooks(sandbox: Sandbox, api: Api, northgate: str, call: Any, names: str) -> None:
    hook(api, northgate, "http://127.0.0.1:9/hook")
    manner = {"copies": 2, "shuffled": True, "late": 100, "form": names == "twilio", "names": names}
    assert api.post("/_sandbox/webhooks", manner)["manner"] == manner | {"never": False}
    sid = call("+12065550111")
    sandbox.tick(60)
    assert sandbox.hooks.due() == []
    sandbox.tick(60)
    told = sandbox.hooks.due()
    words = [str(event.payload) for event in told]
    assert len(told) == 8 and all(words.count(word) == 2 for word in words)
    assert all(sid.encode() in event.body and (b"CallSid=" in event.body) == (names == "twilio") for event in told)
    sandbox.hooks.manner = type(sandbox.hooks.manner)(never=True)
    call("+12065550111")
    sandbox.tick(600)
    assert sandbox.hooks.due() == []
    assert api("POST", "/_sandbox/webhooks", {"copies": 0}).status_code == 400
