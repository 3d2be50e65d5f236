"""Prompts that need a person: mistakes in their placeholders, and variables that calls leave empty. From what is kept."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from urllib.parse import urlencode

from django.utils import timezone

from dashboard.accounts import outline
from dashboard.accounts.models import Workspace
from dashboard.accounts.outline import KeptAgent
from dashboard.calls import ledger
from dashboard.calls.models import Attempt
from dashboard.web.links import link
from dashboard.web.registry import Decision

NAMED = 3
LATEST = 200
DAYS = 7
Found = tuple[KeptAgent, str]  # an agent and its project's id


def decisions(workspace: Workspace) -> Iterable[Decision]:
    """At most two: prompts with mistakes, and agents whose variables the latest calls left empty."""
    agents = [(each, project.id) for project in outline.of_workspace(workspace) for each in project.agents or ()]
    if broken := [found for found in agents if found[0].problems]:
        yield _broken(workspace, broken)
    asking = {each.agent.id: (each, project_id) for each, project_id in agents if each.variables}
    if asking and (left := _left_empty(workspace, asking)):
        yield _empty(workspace, asking, left)


def _broken(workspace: Workspace, found: list[Found]) -> Decision:
    (first, project_id), many = found[0], len(found)
    if many == 1:
        more = f" And {len(first.problems) - 1} more." if len(first.problems) > 1 else ""
        url = link("agents:edit", workspace.slug, project_id, first.agent.id)
        title = f"The prompt of {_name(first)} has a placeholder that looks wrong"
        return Decision("braces", title, first.problems[0] + more, url, "Mend the prompt", "admin")
    return Decision(
        "braces", f"{many} prompts have placeholders that look wrong", _names(found), _list(workspace, found),
        "See the agents", "admin",
    )  # fmt: skip


def _left_empty(workspace: Workspace, asking: dict[str, Found]) -> dict[str, tuple[Counter[str], datetime]]:
    """How often each variable that a prompt still asks for was left empty, and since when, by agent; the latest calls only."""
    since = timezone.now() - timedelta(days=DAYS)
    calls = ledger.of_workspace(workspace).filter(at__gte=since).exclude(placed_by=None)
    placed = calls.filter(attempt=Attempt.PLACED, agent_id__in=list(asking)[:500])
    found: dict[str, tuple[Counter[str], datetime]] = {}
    for agent_id, given, at in placed.values_list("agent_id", "variables", "at")[:LATEST]:
        empty = [name for name in asking[agent_id][0].variables if name in given and not str(given[name]).strip()]
        if empty:
            counted = found.get(agent_id, (Counter(), at))[0]
            counted.update(empty)
            found[agent_id] = (counted, at)
    return found


def _empty(workspace: Workspace, asking: dict[str, Found], left: dict[str, tuple[Counter[str], datetime]]) -> Decision:
    since = min(at for _, at in left.values())
    agents = [asking[agent_id] for agent_id in left]
    if len(agents) == 1:
        agent_id, (counted, _) = next(iter(left.items()))
        names = ", ".join(
            f"“{name}” {times} times" if times > 1 else f"“{name}” once" for name, times in counted.most_common(NAMED)
        )
        title = f"Calls of {_name(agents[0][0])} leave variables empty"
        words = f"{names} in the latest calls. The agent then speaks the placeholder itself, or nothing."
        url = link("calls:list", workspace.slug, agents[0][1], query=f"?{urlencode({'agent': agent_id, 'days': DAYS})}")
        return Decision("text-cursor-input", title, words, url, "See the calls", "operator", since)
    title = f"Calls of {len(agents)} agents leave variables empty"
    url = link("calls:all", workspace.slug, query=f"?days={DAYS}")
    return Decision("text-cursor-input", title, _names(agents), url, "See the calls", "operator", since)


def _names(found: list[Found]) -> str:
    rest = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    return f"{', '.join(_name(each) for each, _ in found[:NAMED])}{rest}."


def _name(each: KeptAgent) -> str:
    return " ".join(each.agent.name.split())[:80] or "an agent without a name"


def _list(workspace: Workspace, found: list[Found]) -> str:
    projects = {project_id for _, project_id in found}
    if len(projects) == 1:
        return link("agents:list", workspace.slug, projects.pop())
    return link("projects:list", workspace.slug)
