"""The questions that pages ask Talkstack, each with the key its last good answer is kept under.

A query never runs by itself: give it to `Upstream.read`, `fresh` or `strict`. What is kept is the JSON that Talkstack
sent (`dump`), and it is read again by the same tolerant readers (`load`), so that kept and new answers are alike.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar
from urllib.parse import quote

from dashboard.talkstack import Agent, Client, Number, Project, Voice
from dashboard.web.tokens import masked

T = TypeVar("T")
P = TypeVar("P", Project, Project | None)
_LONGEST_KEY = 150


@dataclass(frozen=True)
class Query(Generic[T]):
    """One question: where its answer is kept, how it is asked, and how an answer becomes JSON and back."""

    key: str
    fetch: Callable[[Client], T]
    load: Callable[[Any], T]
    dump: Callable[[T], Any]


def projects() -> Query[list[Project]]:
    """Every project of the account."""
    return _many("projects", lambda client: [_without_secret(one) for one in client.projects.list()], Project.parse)


def project(project_id: str) -> Query[Project]:
    """One project."""
    return Query(
        _key("project", project_id),
        lambda client: _without_secret(client.projects.get(project_id)),
        lambda raw: Project.parse(raw, id=project_id),
        lambda one: one.raw,
    )


def agents(project_id: str) -> Query[list[Agent]]:
    """The agents of a project."""
    return _many(
        _key("agents", project_id),
        lambda client: client.agents.list(project_id),
        lambda raw: Agent.parse(raw, project_id=project_id),
    )


def agent(project_id: str, agent_id: str) -> Query[Agent]:
    """One agent, with its whole prompt."""
    return Query(
        _key("agent", project_id, agent_id),
        lambda client: client.agents.get(project_id, agent_id),
        lambda raw: Agent.parse(raw, id=agent_id, project_id=project_id),
        lambda one: one.raw,
    )


def numbers(project_id: str) -> Query[list[Number]]:
    """The phone numbers of a project."""
    return _many(
        _key("numbers", project_id),
        lambda client: client.numbers.by_project(project_id),
        lambda raw: Number.parse(raw, project_id=project_id),
    )


def agent_numbers(agent_id: str) -> Query[list[Number]]:
    """The phone numbers of an agent."""
    return _many(
        _key("agent_numbers", agent_id),
        lambda client: client.numbers.by_agent(agent_id),
        lambda raw: Number.parse(raw, agent_id=agent_id),
    )


def voices() -> Query[list[Voice]]:
    """Every voice there is."""
    return _many("voices", lambda client: client.voices.list(), Voice.parse)


def active_project() -> Query[Project | None]:
    """The account's active project, if it has one."""
    return Query(
        "active_project",
        lambda client: _without_secret(client.user.get_active_project()),
        lambda raw: Project.parse(raw) if raw else None,
        lambda one: one.raw if one else None,
    )


def active_agent(project_id: str) -> Query[str]:
    """The id of a project's active agent, "" if it has none."""
    return Query(_key("active_agent", project_id), lambda client: client.projects.active_agent(project_id), str, str)


def _without_secret(one: P) -> P:
    """A project whose webhook comes to this dashboard, without the secret in that address: it is kept and shown nowhere."""
    if one is None or masked(one.webhook) == one.webhook:
        return one
    return replace(one, webhook=masked(one.webhook), raw=masked(one.raw))


def _many(key: str, fetch: Callable[[Client], list[T]], parse: Callable[[Any], T]) -> Query[list[T]]:
    return Query(key, fetch, lambda raw: [parse(item) for item in raw], lambda many: [one.raw for one in many])  # type: ignore[attr-defined]


def _key(*parts: str) -> str:
    """A key that fits its column. Ids come from addresses, so they may be anything, of any length."""
    key = ":".join(quote(part, safe="") for part in parts)
    return key if len(key) <= _LONGEST_KEY else f"{parts[0]}:#{hashlib.sha256(key.encode()).hexdigest()}"
