"""Who has a number at this moment, in this project or in another one of the workspace: whoever is about to lose it."""

from dashboard.accounts import queries
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import Number

from .actions import Holder
from .known import Known
from .models import Assignment

OTHERS_ASKED = 5


def holder(upstream: Upstream, known: Known, project_id: str, e164: str) -> Holder | None:
    """The number's present place; None when nobody here knows of it. Asks about other projects that may have it."""
    line = known.line(e164)
    if line:
        name = line.agent.name if line.agent else ""
        return Holder(project_id, agent_id=line.agent_id, agent_name=name)
    return _elsewhere(upstream, project_id, e164)


def _elsewhere(upstream: Upstream, project_id: str, e164: str) -> Holder | None:
    """Looks through what is kept of the other projects, then asks the ones that seem to have the number."""
    names = {one.id: one.name for one in upstream.kept(projects=queries.projects()).projects.value or []}
    names.pop(project_id, None)
    kept = upstream.kept(**{other: queries.numbers(other) for other in names})
    seeming = [other for other in names if _among(kept[other].value, e164)]
    made = Assignment.objects.filter(workspace=upstream.workspace, e164=e164).exclude(project_id=project_id).first()
    if made and made.project_id not in seeming:
        seeming.append(made.project_id)
    for other in seeming[:OTHERS_ASKED]:
        found = _ask(upstream, other, e164, made)
        if found:
            return Holder(other, names.get(other, ""), *found)
    return None


def _ask(upstream: Upstream, project_id: str, e164: str, made: Assignment | None) -> tuple[str, str] | None:
    """Id and name of the agent that has the number in that project now, if it is still there.

    Where Talkstack cannot be asked, what was known before counts: better one question too many than one too few.
    """
    reads = upstream.fresh(numbers=queries.numbers(project_id), agents=queries.agents(project_id))
    number = _among(reads.numbers.value, e164)
    if number is None and not (reads.error and made and made.project_id == project_id):
        return None
    agent_id = number.agent_id if number else (made.agent_id if made else "")
    return agent_id, next((agent.name for agent in reads.agents.value or [] if agent.id == agent_id), "")


def _among(numbers: list[Number] | None, e164: str) -> Number | None:
    return next((number for number in numbers or [] if number.e164 == e164), None)
