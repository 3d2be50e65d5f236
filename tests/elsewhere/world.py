"""What the stand-in remembers, and how it gives out ids and tokens."""

import itertools
import secrets
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from .dialects import Dialect
from .replies import EXTRA, Refusal

OWNER, PASSWORD = "owner@elsewhere.example", "elsewhere-is-fine"
SEEDED = "Seeded <b>Clinic</b> & Co"


@dataclass
class World:
    """One account with its projects, agents, numbers and calls."""

    dialect: Dialect
    tokens: dict[str, float] = field(default_factory=dict)
    refreshers: set[str] = field(default_factory=set)
    api_key: str = ""
    projects: dict[str, dict[str, Any]] = field(default_factory=dict)
    agents: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    active_project: str = ""
    counter: Any = field(default_factory=lambda: itertools.count(101))

    def new_id(self) -> Any:
        return next(self.counter) if self.dialect.ids == "int" else str(uuid.uuid4())

    def new_project(self, name: Any, description: str) -> dict[str, Any]:
        project = {"id": self.new_id(), "name": name, "description": description, "active": None, "webhook": None}
        project |= {"deleted": False, "created": time.time()}
        self.projects[str(project["id"])] = project
        return project

    def project(self, key: Any, status: int = 400) -> dict[str, Any]:
        project = self.projects.get(str(key))
        if project is None or project["deleted"]:
            raise Refusal(status, "project does not exist")
        return project

    def agent(self, key: Any, project_key: Any) -> dict[str, Any]:
        agent = self.agents.get(str(key))
        if agent is None or str(agent["projectId"]) != str(project_key):
            raise Refusal(404, "agent not found")
        return agent

    def agents_of(self, project: dict[str, Any]) -> list[dict[str, Any]]:
        return [agent for agent in self.agents.values() if agent["projectId"] == project["id"]]

    def numbers_of(self, key: str, value: Any) -> list[dict[str, Any]]:
        return [number for number in self.numbers.values() if str(number[key]) == str(value)]

    def new_token(self) -> str:
        token = secrets.token_urlsafe(20)
        self.tokens[token] = time.time() + self.dialect.token_seconds
        return token

    def new_refresher(self) -> str:
        refresher = secrets.token_urlsafe(16)
        self.refreshers.add(refresher)
        return refresher

    def expiry(self) -> dict[str, Any]:
        end = time.time() + self.dialect.token_seconds
        return {
            "none": {},
            "iso": {"expirationTime": iso(end)},
            "seconds": {"expirationTime": int(end)},
            "milliseconds": {"expirationTime": int(end * 1000)},
        }[self.dialect.expiry]

    def knows(self, headers: Any) -> bool:
        if self.api_key and headers.get("x-api-key") == self.api_key:
            return True
        word, _, token = headers.get("Authorization", "").partition(" ")
        return word == "Bearer" and self.tokens.get(token, 0.0) > time.time()

    def more(self) -> dict[str, Any]:
        return EXTRA if self.dialect.extra else {}


def iso(at: float | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def need(body: dict[str, Any], *names: str) -> None:
    """Refuse a body that lacks one of these."""
    missing = [name for name in names if body.get(name) in (None, "")]
    if missing:
        raise Refusal(400, f"{missing[0]} is missing")
