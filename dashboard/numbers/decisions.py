"""Numbers that ring nobody and agents that no number rings: what the first page says of them, from what is kept."""

from collections.abc import Iterable
from datetime import datetime
from urllib.parse import urlencode

from django.utils import timezone

from dashboard.accounts import outline
from dashboard.accounts.models import Workspace
from dashboard.accounts.outline import KeptProject
from dashboard.web import phone
from dashboard.web.links import link
from dashboard.web.registry import Decision
from dashboard.web.words import count_of

from .known import merge
from .models import Assignment

NAMED = 3
Found = tuple[str, str, str]  # what it is called, its project's id, the query of the form that mends it


def decisions(workspace: Workspace) -> Iterable[Decision]:
    """At most two: numbers without an agent, agents without a number. Only of projects of which both are kept; how many others
    there are is said beside them."""
    listed = outline.of_workspace(workspace)
    known = [each for each in listed if each.agents is not None and each.numbers is not None]
    if left := len(listed) - len(known):
        yield _not_yet(left)
    here: dict[str, list[Assignment]] = {}
    for made in Assignment.objects.filter(workspace=workspace) if known else []:
        here.setdefault(made.project_id, []).append(made)
    silent, mute = [], []
    for project in known:
        lines = merge(
            project.numbers or (), (), [each.agent for each in project.agents or ()], here.get(project.id, [])
        )
        silent += [
            (phone.display(line.e164), project.id, f"?{urlencode({'e164': line.e164})}")
            for line in lines
            if not line.agent_id
        ]
        mute += _without(project, {line.agent_id for line in lines})
    at = min((project.at for project in known), default=None)
    if silent:
        yield _decision(
            workspace, silent, at, ("phone-off", "rings no agent", "ring no agent", "Whoever calls it reaches nobody.")
        )
    if mute:
        yield _decision(workspace, mute, at, ("bot", "has no number", "have no number", "Nobody can call this agent."))


def _not_yet(left: int) -> Decision:
    words = "whether their numbers ring agents is not known. The background process reads them, a few at a time."
    return Decision("clock", f"{count_of(left, 'project')} not looked at yet", words, not_yet=True)


def _without(project: KeptProject, ringing: set[str]) -> list[Found]:
    agents = [each.agent for each in project.agents or () if each.agent.id not in ringing]
    return [
        (agent.name or "An agent without a name", project.id, f"?{urlencode({'agent_id': agent.id})}")
        for agent in agents
    ]


def _decision(
    workspace: Workspace, found: list[Found], at: datetime | None, words: tuple[str, str, str, str]
) -> Decision:
    """One thing by its name; of many the first three, and how many more there are."""
    icon, one, many, means = words
    project_id, query = found[0][1], found[0][2]
    told = f" Talkstack's lists of {timezone.localtime(at):%-d %b, %H:%M} say so." if at else ""
    if len(found) == 1:
        url = link("numbers:assign", workspace.slug, project_id, query=query)
        return Decision(icon, f"{found[0][0]} {one}", means + told, url, "Assign a number", "admin")
    alike = {project for _, project, _ in found}
    url = link("numbers:list", workspace.slug, project_id) if len(alike) == 1 else link("projects:list", workspace.slug)
    names = ", ".join(name for name, _, _ in found[:NAMED])
    rest = f" and {len(found) - NAMED} more" if len(found) > NAMED else ""
    what = "numbers" if icon == "phone-off" else "agents"
    return Decision(icon, f"{len(found)} {what} {many}", f"{names}{rest}.{told}", url, "Assign numbers", "admin")
