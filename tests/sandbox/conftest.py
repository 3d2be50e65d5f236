"""A stand-in with a clock of its own and somebody who speaks plain HTTP to it. Nothing of the dashboard takes part."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
import requests

from dashboard.sandbox import Sandbox
from dashboard.sandbox.doors import adapter

BASE = "http://sandbox.test"
NOON = 1_773_248_400.0  # Wednesday 11 March 2026, 17:00 UTC
OWNER = "owner@oakcare.example"
PASSWORD = "practice-makes-calm"


class Api:
    """Requests to one sandbox as one person."""

    def __init__(self, sandbox: Sandbox, token: str = "", key: str = "") -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.mount("http://", adapter(sandbox))
        if token:
            self.session.headers["Authorization"] = f"Bearer {token}"
        if key:
            self.session.headers["x-api-key"] = key

    def __call__(self, method: str, path: str, json: Any = None, **options: Any) -> requests.Response:
        options.setdefault("timeout", (1, 0.3))
        options.setdefault("allow_redirects", False)
        return self.session.request(method, BASE + path, json=json, **options)

    def get(self, path: str, **options: Any) -> Any:
        answer = self("GET", path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def post(self, path: str, json: Any = None, method: str = "POST", **options: Any) -> Any:
        answer = self(method, path, json, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refused(self, method: str, path: str, json: Any = None, **options: Any) -> tuple[int, str]:
        answer = self(method, path, json, **options)
        body = answer.json()
        assert body["status"] == "error"
        return answer.status_code, body["message"]


@pytest.fixture
def now() -> list[float]:
    return [NOON]


@pytest.fixture
def sandbox(now: list[float]) -> Sandbox:
    return Sandbox(clock=lambda: now[0], chance=Random(1))


@pytest.fixture
def api(sandbox: Sandbox) -> Api:
    return Api(sandbox, sandbox.bearer())


@pytest.fixture
def nobody(sandbox: Sandbox) -> Api:
    return Api(sandbox)


@pytest.fixture
def northgate(api: Api) -> str:
    return project(api, "Northgate Clinics")


@pytest.fixture
def reminder(api: Api, northgate: str) -> str:
    return agent(api, northgate, "Appointment reminder")


def project(api: Api, name: str) -> str:
    return next(row["id"] for row in api.get("/project")["data"] if row["name"] == name)


def agent(api: Api, project_id: str, name: str) -> str:
    return next(row["id"] for row in api.get(f"/agent/{project_id}") if row["name"] == name)


@pytest.fixture
def call(api: Api, northgate: str, reminder: str) -> Iterator[Any]:
    def place(number: str = "+12065550100", **variables: str) -> str:
        body = {"number": number, "projectId": northgate, "agentId": reminder, "dynamicVariables": variables}
        return str(api.post("/call/makeCall", body, timeout=60)["call"]["call_id"])

    yield place
