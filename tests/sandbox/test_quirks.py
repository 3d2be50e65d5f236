"""The contradictions of the documented API, one by one, and what is refused with which words."""

from __future__ import annotations

import re
from typing import Any

import pytest

from dashboard.sandbox import Sandbox
from dashboard.sandbox.routes import ROUTES

from .conftest import OWNER, PASSWORD, Api

UNKNOWN = "00000000-0000-4000-8000-000000000000"


def test_refresh_answers_with_a_misspelt_key_and_no_envelope(nobody: Api) -> None:
    login = nobody.post("/auth/login", {"email": OWNER, "password": PASSWORD})
    answer = nobody.post("/auth/refresh-token", {"refreshToken": login["refreshToken"]})
    assert set(answer) == {"token", "resfreshToken", "expirationTime"}
    assert nobody.refused("POST", "/auth/refresh-token", {"refreshToken": login["refreshToken"]})[0] == 401
    assert nobody.refused("POST", "/auth/refresh-token", {}) == (400, "resfreshToken is missing.")


def test_status_words_are_not_to_be_trusted(api: Api, northgate: str) -> None:
    assert api.get(f"/project/{northgate}")["status"] == "succcess"
    assert api.post("/phone-number", {"projectId": northgate})["status"] == "error"
    assert api.post("/project/active-agent", {"projectId": northgate})["message"] == "added webhook url."


def test_a_new_project_has_no_dates_at_first(api: Api) -> None:
    made = api.post("/project/create-project", {"name": "New", "description": ""})["data"]
    assert (made["created_at"], made["updated_at"]) == (None, None)
    assert "is_deleted" not in made
    assert re.fullmatch(r"....-..-..T..:..:..\.\d{3}Z", api.get(f"/project/{made['id']}")["data"]["created_at"])


def test_set_active_agent_answers_without_id_and_status(api: Api, northgate: str, reminder: str) -> None:
    body = {"projectId": northgate, "active_agent": reminder}
    shown = api.post("/project/active-agent", body, method="PATCH")["project"]
    assert set(shown) == {"name", "description", "active_agent", "created_at", "call_status_webhook", "user_id"}


def test_update_of_an_agent_answers_in_an_envelope_with_agent_id(api: Api, northgate: str, reminder: str) -> None:
    body = {"projectId": northgate, "agentId": reminder, "name": "Ada"}
    data = api.post("/agent", body, method="PUT")["data"]
    assert data["agentId"] == reminder
    assert "id" not in data


def test_agents_come_as_a_bare_array_without_voices(api: Api, northgate: str, reminder: str) -> None:
    rows = api.get(f"/agent/{northgate}")
    assert isinstance(rows, list)
    assert set(rows[0]) == {"name", "projectId", "systemInstruction", "id"}
    assert "voice_id" in api.post("/agent", {"projectId": northgate, "agentId": reminder})


def test_numbers_are_an_array_by_project_and_one_object_otherwise(api: Api, northgate: str, reminder: str) -> None:
    several = api.post("/phone-number", {"projectId": northgate})["data"]
    assert isinstance(several, list)
    one = api.post("/phone-number", {"agentId": reminder, "projectId": northgate})["data"]
    assert one in several
    assert api.post("/phone-number", {"phoneNumberId": several[1]["id"], "agentId": reminder})["data"] == several[1]


def test_put_accepts_a_webhook_and_does_not_store_it(api: Api, northgate: str) -> None:
    body = {"name": "N", "description": "", "webhookUrl": "http://127.0.0.1/x"}
    assert api.post(f"/project/{northgate}", body, method="PUT")["data"]["call_status_webhook"] is None
    api.post("/project/call-status/add-webhookurl", {"projectId": northgate, "webhookURL": "not an address"})
    assert api.get(f"/project/{northgate}")["data"]["call_status_webhook"] == "not an address"


def test_a_new_key_kills_the_old_one_and_asks_for_the_bearer(sandbox: Sandbox, api: Api) -> None:
    first = api.get("/user/generate-apikey")["apiKey"]
    assert re.fullmatch("[0-9a-f]{64}", first)
    by_key = Api(sandbox, key=first)
    by_key.get("/project")
    assert by_key("GET", "/user/generate-apikey").status_code == 401
    api.get("/user/generate-apikey")
    assert by_key("GET", "/project").status_code == 401


def test_voices_may_lack_labels_and_preview(api: Api) -> None:
    voices = api.get("/voices")["voices"]
    assert len(voices) == 12
    assert any(not voice["labels"] for voice in voices)
    assert any(voice["preview_url"] is None for voice in voices)
    assert api.get(f"/voices/{voices[0]['voice_id']}")["voice"] == voices[0]
    assert api("GET", "/voices/none").status_code == 404


NONE_YET = [
    ("GET", "/agent/{project}", None, 404),
    ("POST", "/project/active-agent", {"projectId": "{project}"}, 404),
    ("POST", "/phone-number", {"projectId": "{project}"}, 404),
    ("GET", "/user/get-active-project", None, 404),
    ("POST", "/call/get-call-history", {"projectId": "{project}"}, 200),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), NONE_YET)
def test_empty_is_mostly_a_404(sandbox: Sandbox, method: str, path: str, body: Any, status: int) -> None:
    sandbox.sign_up("empty@example.test", "long enough")
    api = Api(sandbox, sandbox.bearer("empty@example.test"))
    project = api.post("/project/create-project", {"name": "Empty", "description": ""})["data"]["id"]
    body = {key: value.format(project=project) for key, value in body.items()} if body else None
    assert api(method, path.format(project=project), body).status_code == status


REFUSED: list[tuple[str, str, dict[str, Any], int]] = [
    ("GET", f"/project/{UNKNOWN}", {}, 400),
    ("PUT", f"/project/{UNKNOWN}", {"name": "N", "description": ""}, 404),
    ("PUT", "/project/{p}", {}, 400),
    ("PUT", "/project/{p}", {"name": "Harbor Row Homes"}, 400),
    ("DELETE", f"/project/{UNKNOWN}", {}, 404),
    ("POST", "/project/create-project", {"name": "N"}, 400),
    ("POST", "/project/create-project", {"name": " ", "description": ""}, 400),
    ("POST", "/project/create-project", {"name": "Northgate Clinics", "description": ""}, 400),
    ("POST", "/project/call-status/add-webhookurl", {"projectId": "{p}"}, 400),
    ("POST", "/project/active-agent", {}, 400),
    ("PATCH", "/project/active-agent", {"projectId": "{p}"}, 400),
    ("PATCH", "/project/active-agent", {"projectId": "{p}", "active_agent": UNKNOWN}, 400),
    ("PATCH", f"/project/active-agent/{UNKNOWN}", {}, 500),
    ("POST", "/user/set-active-project", {}, 400),
    ("POST", "/user/set-active-project", {"projectId": UNKNOWN}, 400),
    ("POST", "/agent/create-agent", {"projectId": "{p}", "name": "A"}, 400),
    ("POST", "/agent/create-agent", {"projectId": UNKNOWN, "name": "A", "systemInstruction": "S"}, 400),
    ("POST", "/agent", {"projectId": "{p}"}, 400),
    ("POST", "/agent", {"projectId": "{p}", "agentId": UNKNOWN}, 404),
    ("PUT", "/agent", {"projectId": "{p}", "agentId": "{a}", "voice_id": "v"}, 400),
    ("PUT", "/agent", {"projectId": "{p}", "agentId": UNKNOWN, "name": "A"}, 404),
    ("DELETE", "/agent", {}, 400),
    ("DELETE", "/agent", {"projectId": "{p}", "agentId": UNKNOWN}, 404),
    ("GET", f"/agent/{UNKNOWN}", {}, 404),
    ("POST", "/phone-number", {}, 400),
    ("POST", "/phone-number", {"agentId": UNKNOWN}, 404),
    ("POST", "/phone-number/add-number", {"projectId": "{p}", "agentId": "{a}"}, 400),
    ("POST", "/phone-number/add-number", {"projectId": "{p}", "agentId": "{a}", "e164": "206 555 0100"}, 400),
    ("POST", "/phone-number/add-number", {"projectId": "{p}", "agentId": UNKNOWN, "e164": "+12065550100"}, 400),
    ("POST", "/call", {}, 400),
    ("POST", "/call", {"sid": "CA" + "0" * 32}, 404),
    ("POST", "/call/get-call-history", {}, 400),
    ("POST", "/call/get-call-history", {"projectId": "{p}", "pageSize": "many"}, 400),
    ("POST", "/call/get-call-history?status=voicemail", {"projectId": "{p}"}, 400),
    ("POST", "/call/get-call-history?startTime=2009-0-06x", {"projectId": "{p}"}, 400),
    ("POST", "/call/batch-call", {"projectId": "{p}"}, 400),
    ("POST", "/call/makeCall", {"projectId": "{p}", "agentId": "{a}"}, 400),
    ("POST", "/call/makeCall", {"projectId": "{p}", "agentId": "{a}", "number": "12065550100"}, 400),
    ("POST", "/call/makeCall", {"projectId": "{p}", "agentId": UNKNOWN, "number": "+12065550100"}, 400),
    ("POST", "/call/makeCall", {"projectId": UNKNOWN, "agentId": "{a}", "number": "+12065550100"}, 400),
    (
        "POST",
        "/call/makeCall",
        {"projectId": "{p}", "agentId": "{a}", "number": "+12065550100", "dynamicVariables": 1},
        400,
    ),
    ("POST", "/auth/change-password", {"oldPassword": "x"}, 400),
    ("POST", "/auth/change-password", {"oldPassword": "wrong", "newPassword": "something"}, 401),
    ("GET", "/nowhere", {}, 404),
    ("GET", "/project/list/all", {}, 404),
]


@pytest.mark.parametrize(("method", "path", "body", "status"), REFUSED)
def test_refused(
    api: Api, northgate: str, reminder: str, method: str, path: str, body: dict[str, Any], status: int
) -> None:
    def fill(text: Any) -> Any:
        return text.replace("{p}", northgate).replace("{a}", reminder) if isinstance(text, str) else text

    got, message = api.refused(method, fill(path), {key: fill(value) for key, value in body.items()})
    assert got == status
    assert message


def test_an_agent_without_a_number_cannot_call(api: Api, northgate: str) -> None:
    from .conftest import agent

    body = {"projectId": northgate, "agentId": agent(api, northgate, "Flu season notice"), "number": "+12065550100"}
    status, message = api.refused("POST", "/call/makeCall", body)
    assert (status, "phone number" in message) == (400, True)


@pytest.mark.parametrize("route", [route for route in ROUTES if not route.open], ids=lambda route: route.template)
@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"x-api-key": "0" * 64}])
def test_without_a_good_key_everything_is_401(nobody: Api, route: Any, headers: dict[str, str]) -> None:
    path = re.sub(r":\w+", UNKNOWN, route.template)
    assert nobody(route.method, path, {}, headers=headers).status_code == 401
    assert nobody.sandbox.rings == []


def test_a_bearer_lives_two_hours(sandbox: Sandbox, api: Api) -> None:
    sandbox.tick(7199)
    api.get("/project")
    sandbox.tick(1)
    assert api("GET", "/project").status_code == 401


def test_broken_json_is_a_400(api: Api) -> None:
    answer = api("POST", "/agent", data=b"{", headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert api("POST", "/agent", json=["a", "list"]).status_code == 400
