"""Projects as rows of a list: ready values, made once, for the rows of one page only."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from dashboard.accounts import queries
from dashboard.accounts.reads import Read, Reads
from dashboard.accounts.upstream import Upstream
from dashboard.projects import numbers
from dashboard.talkstack import Project
from dashboard.web.links import link

SORTS = {
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "-created": "Newest first",
    "created": "Oldest first",
}
_LONG_AGO, _FAR_OFF = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def chosen(projects: Iterable[Project], words: str) -> list[Project]:
    """The projects whose name or description holds the words."""
    wanted = words.casefold()
    return [one for one in projects if wanted in one.name.casefold() or wanted in one.description.casefold()]


def in_order(projects: list[Project], sort: str) -> list[Project]:
    """By name (whatever its case) or by creation; Talkstack may not say when that was: those come last, by name."""
    by_name = sorted(projects, key=lambda one: (one.name.casefold(), one.id), reverse=sort == "-name")
    if sort == "-created":
        return sorted(by_name, key=lambda one: one.created_at or _LONG_AGO, reverse=True)
    return sorted(by_name, key=lambda one: one.created_at or _FAR_OFF) if sort == "created" else by_name


def counting(projects: Iterable[Project]) -> dict[str, queries.Query[Any]]:
    """What is asked to count the agents and numbers of these projects."""
    asking: dict[str, queries.Query[Any]] = {}
    for one in projects:
        asking[f"agents {one.id}"] = queries.agents(one.id)
        asking[f"numbers {one.id}"] = queries.numbers(one.id)
    return asking


def counts(upstream: Upstream, projects: list[Project]) -> Reads:
    """Counts no older than 15 s: what is older, missing, or from before a write of ours is asked for, all at once."""
    reads = upstream.read(**counting(projects))
    old = {name: query for name, query in counting(projects).items() if reads[name].stale and not reads[name].error}
    if not old:
        return reads
    newer = upstream.fresh(**old)
    return Reads({name: newer[name] if name in old else reads[name] for name in counting(projects)})


def row(project: Project, slug: str, known: Reads, calls: dict[str, int], default: str) -> dict[str, Any]:
    """One row; a count is None when it is not known (yet)."""
    agents, told = known[f"agents {project.id}"], known[f"numbers {project.id}"]
    active = next((one.name for one in agents.value or [] if one.id == project.active_agent), "")
    return {
        "id": project.id,
        "name": project.name or "Project without a name",
        "url": link("projects:detail", slug, project.id),
        "description": project.description,
        "default": project.id == default,
        "agents": None if agents.value is None else len(agents.value),
        "numbers": _count_numbers(told, agents),
        "answers": active,
        "has_active": bool(project.active_agent),
        "calls": calls.get(project.id, 0),
        "created_at": project.created_at,
    }


def _count_numbers(told: Read, agents: Read) -> int | None:
    if told.value is None:
        return None
    return len(numbers.together(told.value, agents.value or [], []))
