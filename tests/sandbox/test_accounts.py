"""Signing up, in and out of trouble; and that one account sees nothing of another."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.sandbox import Sandbox

from .conftest import OWNER, PASSWORD, Api

ME = {"email": "New@Example.test", "password": " long enough ", "name": "Nova Sample"}


def statuses(answer: Any) -> tuple[int, int]:
    body = answer.json()
    return answer.status_code, next(body[key] for key in body if key.endswith("Status"))


def test_every_answer_of_signing_up(sandbox: Sandbox, nobody: Api) -> None:
    assert statuses(nobody("POST", "/auth/signup", {"email": "a@b.test"})) == (400, 0)
    assert statuses(nobody("POST", "/auth/signup", ME | {"email": "nonsense"})) == (400, 5)
    assert statuses(nobody("POST", "/auth/signup", ME | {"password": "short"})) == (400, 4)
    answer = nobody("POST", "/auth/signup", ME)
    assert statuses(answer) == (200, 3)
    assert "id" not in answer.json()["user"]
    assert "token" not in answer.json()
    assert statuses(nobody("POST", "/auth/signup", ME)) == (400, 2)
    assert len(sandbox.outbox) == 1
    sandbox.tick(61)
    nobody("POST", "/auth/signup", ME)
    assert len(sandbox.outbox) == 2
    assert statuses(nobody("POST", "/auth/signup", ME | {"email": OWNER})) == (400, 1)


def test_every_answer_of_verifying(sandbox: Sandbox, nobody: Api) -> None:
    nobody.post("/auth/signup", ME)
    code, email = sandbox.outbox[-1].code, ME["email"].lower()
    wrong = "000000" if code != "000000" else "111111"
    assert len(code) == 6
    assert statuses(nobody("POST", "/auth/verify-email", {"email": email})) == (400, 0)
    assert statuses(nobody("POST", "/auth/verify-email", {"email": "x@y.test", "code": code})) == (404, 5)
    assert statuses(nobody("POST", "/auth/verify-email", {"email": email, "code": wrong})) == (400, 1)
    assert statuses(nobody("POST", "/auth/login", ME)) == (400, 2)
    sandbox.tick(601)
    assert statuses(nobody("POST", "/auth/verify-email", {"email": email, "code": code})) == (400, 3)
    nobody.post("/auth/resend-code", {"email": email})
    answer = nobody("POST", "/auth/resend-code", {"email": email})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    assert statuses(nobody("POST", "/auth/verify-email", {"email": email, "code": sandbox.outbox[-1].code})) == (200, 2)
    assert statuses(nobody("POST", "/auth/verify-email", {"email": email, "code": code})) == (400, 4)
    assert statuses(nobody("POST", "/auth/login", ME)) == (200, 7)


def test_every_answer_of_logging_in(nobody: Api) -> None:
    assert statuses(nobody("POST", "/auth/login", {"email": OWNER})) == (400, 0)
    assert statuses(nobody("POST", "/auth/login", {"email": "nonsense", "password": "x"})) == (400, 9)
    assert statuses(nobody("POST", "/auth/login", {"email": "x@y.test", "password": "x"})) == (404, 3)
    assert statuses(nobody("POST", "/auth/login", {"email": OWNER, "password": "x"})) == (401, 4)
    assert statuses(nobody("POST", "/auth/login", {"email": OWNER.upper(), "password": PASSWORD})) == (200, 7)


def test_a_forgotten_password(sandbox: Sandbox, nobody: Api, api: Api) -> None:
    assert nobody("POST", "/auth/forgot-password", {}).status_code == 400
    assert nobody("POST", "/auth/forgot-password", {"email": "x@y.test"}).status_code == 404
    nobody.post("/auth/forgot-password", {"email": OWNER})
    token = sandbox.outbox[-1].link.partition("token=")[2]
    body = {"token": token, "newPassword": "another one"}
    assert nobody("POST", "/auth/reset-password", {"token": "x", "newPassword": "y"}).status_code == 400
    nobody.post("/auth/reset-password", body)
    assert nobody("POST", "/auth/reset-password", body).status_code == 400
    assert api("GET", "/project").status_code == 401
    assert nobody("POST", "/auth/login", {"email": OWNER, "password": PASSWORD}).status_code == 401
    nobody.post("/auth/login", {"email": OWNER, "password": "another one"})


def test_a_reset_link_lives_an_hour(sandbox: Sandbox, nobody: Api) -> None:
    nobody.post("/auth/forgot-password", {"email": OWNER})
    token = sandbox.outbox[-1].link.partition("token=")[2]
    sandbox.tick(3601)
    assert nobody("POST", "/auth/reset-password", {"token": token, "newPassword": "another one"}).status_code == 400


def test_changing_the_password_leaves_the_session(api: Api, nobody: Api) -> None:
    api.post("/auth/change-password", {"oldPassword": PASSWORD, "newPassword": "another one"})
    api.get("/project")
    nobody.post("/auth/login", {"email": OWNER, "password": "another one"})


@pytest.fixture
def other(sandbox: Sandbox) -> Api:
    sandbox.sign_up("other@example.test", "long enough")
    return Api(sandbox, sandbox.bearer("other@example.test"))


def test_a_stranger_sees_and_changes_nothing(
    api: Api, other: Api, northgate: str, reminder: str, call: Any, sandbox: Sandbox
) -> None:
    sid = call()
    rings = len(sandbox.rings)
    number = api.post("/phone-number", {"agentId": reminder})["data"]
    ids = {"projectId": northgate, "agentId": reminder}
    tries = [
        ("GET", f"/project/{northgate}", None),
        ("PUT", f"/project/{northgate}", {"name": "Mine", "description": ""}),
        ("DELETE", f"/project/{northgate}", {"cascade": True}),
        ("GET", f"/agent/{northgate}", None),
        ("POST", "/agent", ids),
        ("PUT", "/agent", ids | {"name": "Mine"}),
        ("DELETE", "/agent", ids),
        ("POST", "/agent/create-agent", {"projectId": northgate, "name": "A", "systemInstruction": "S"}),
        ("POST", "/project/active-agent", {"projectId": northgate}),
        ("PATCH", "/project/active-agent", {"projectId": northgate, "active_agent": reminder}),
        ("PATCH", f"/project/active-agent/{reminder}", {}),
        ("POST", "/project/call-status/add-webhookurl", {"projectId": northgate, "webhookURL": "x"}),
        ("POST", "/user/set-active-project", {"projectId": northgate}),
        ("POST", "/phone-number", {"projectId": northgate}),
        ("POST", "/phone-number", {"agentId": reminder}),
        ("POST", "/phone-number", {"phoneNumberId": number["id"]}),
        ("POST", "/call", {"sid": sid}),
        ("POST", "/call/analysis", {"sid": sid, "questions": []}),
        ("POST", "/call/get-call-history", {"projectId": northgate}),
        ("POST", "/call/makeCall", ids | {"number": "+12065550100"}),
    ]
    before = api.get("/project"), api.get(f"/agent/{northgate}")
    for method, path, body in tries:
        assert other(method, path, body).status_code >= 400, (method, path)
    assert (api.get("/project"), api.get(f"/agent/{northgate}")) == before
    assert other.get("/project")["data"] == []
    assert [ring.sid for ring in sandbox.rings[rings:]] == [""]


def test_a_number_of_another_account_cannot_be_taken(other: Api) -> None:
    project = other.post("/project/create-project", {"name": "Northgate Clinics", "description": ""})["data"]["id"]
    body = {"projectId": project, "name": "A", "systemInstruction": "S"}
    agent = other.post("/agent/create-agent", body)["data"]["id"]
    take = {"e164": "+14155550132", "agentId": agent, "projectId": project}
    assert other.refused("POST", "/phone-number/add-number", take)[0] == 400
