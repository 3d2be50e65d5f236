"""Everything the sandbox remembers, as flat rows in dictionaries. One lock guards it; the app takes it."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Account:
    id: str
    email: str
    name: str
    password: str
    created_at: float
    updated_at: float
    verified: bool = False
    company_name: str | None = None
    active_project: str | None = None
    api_key: str = ""
    code: str = ""
    code_at: float = 0.0
    code_tries: int = 0
    configured: str = ""


@dataclass
class Token:
    """A bearer ("access") or a refresh token; only its digest is kept."""

    digest: str
    account_id: str
    kind: str
    expires_at: float


@dataclass
class Project:
    id: str
    account_id: str
    name: str
    description: str
    webhook: str | None = None
    active_agent: str | None = None
    created_at: float | None = None
    updated_at: float | None = None
    is_deleted: bool = False


@dataclass
class Agent:
    id: str
    project_id: str
    name: str
    prompt: str
    voice_id: str = ""


@dataclass
class Number:
    id: str
    e164: str
    account_id: str
    project_id: str | None = None
    agent_id: str | None = None


@dataclass
class Call:
    """A call as it was placed. What it is doing now follows from the clock (lives.py)."""

    sid: str
    account_id: str
    project_id: str
    agent_id: str
    to: str
    from_: str
    number_id: str
    made_at: float
    story: str
    stages: list[list[Any]]
    talk: float = 0.0
    variables: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    told: int = 0


@dataclass(frozen=True)
class Ring:
    """One request to call somebody that reached the server; ``sid`` is "" when it was refused."""

    number: str
    project_id: str
    agent_id: str
    variables: dict[str, str]
    at: float
    sid: str = ""


@dataclass(frozen=True)
class AnalysisRequest:
    """One request to analyse a call that reached the server; ``done`` says whether it was answered."""

    sid: str
    questions: list[str]
    at: float
    done: bool = False


@dataclass(frozen=True)
class Mail:
    """A message that a real server would have sent. ``code`` or ``link`` holds what the person is to copy."""

    to: str
    subject: str
    text: str
    at: float
    code: str = ""
    link: str = ""


class Store:
    """The rows, and the few questions everybody asks of them."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.accounts: dict[str, Account] = {}
        self.tokens: dict[str, Token] = {}
        self.projects: dict[str, Project] = {}
        self.agents: dict[str, Agent] = {}
        self.numbers: dict[str, Number] = {}
        self.calls: dict[str, Call] = {}
        self.rings: list[Ring] = []
        self.asked: deque[AnalysisRequest] = deque(maxlen=20_000)  # not kept over a restart
        self.outbox: list[Mail] = []
        self.project_calls: dict[str, list[Call]] = {}
        self.project_agents: dict[str, dict[str, Agent]] = {}
        self.live: dict[str, Call] = {}
        self.hooks: deque[dict[str, Any]] = deque(maxlen=200)
        self.version = 0

    def touch(self) -> None:
        """Something worth keeping has changed."""
        self.version += 1

    def account(self, email: str) -> Account | None:
        wanted = email.strip().lower()
        return next((row for row in self.accounts.values() if row.email == wanted), None)

    def project(self, account: Account, project_id: str) -> Project | None:
        """The account's own, not deleted project, or None: strangers' projects do not exist."""
        row = self.projects.get(project_id)
        return row if row and row.account_id == account.id and not row.is_deleted else None

    def agents_of(self, project_id: str) -> list[Agent]:
        return list(self.project_agents.get(project_id, {}).values())

    def agent(self, project: Project | None, agent_id: str) -> Agent | None:
        return self.project_agents.get(project.id, {}).get(agent_id) if project else None

    def number_of(self, agent_id: str) -> Number | None:
        return next((row for row in self.numbers.values() if row.agent_id == agent_id), None)

    def numbers_of(self, project_id: str) -> list[Number]:
        return [row for row in self.numbers.values() if row.project_id == project_id]

    def add_agent(self, agent: Agent) -> None:
        self.agents[agent.id] = agent
        self.project_agents.setdefault(agent.project_id, {})[agent.id] = agent

    def drop_agent(self, agent: Agent) -> None:
        """The agent goes, its number stays in the project, and the project no longer answers with it."""
        self.agents.pop(agent.id, None)
        self.project_agents.get(agent.project_id, {}).pop(agent.id, None)
        number = self.number_of(agent.id)
        if number:
            number.agent_id = None
        project = self.projects.get(agent.project_id)
        if project and project.active_agent == agent.id:
            project.active_agent = None

    def add_call(self, call: Call) -> None:
        """Rows arrive in the order of time, so that history can be read backwards without sorting."""
        self.calls[call.sid] = call
        self.project_calls.setdefault(call.project_id, []).append(call)
        if call.told < len(call.stages):
            self.live[call.sid] = call
