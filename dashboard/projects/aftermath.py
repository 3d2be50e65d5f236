"""After a project was deleted, or may have been: what Talkstack has of it now, and how that is said."""

from dataclasses import dataclass

from dashboard.accounts import queries
from dashboard.accounts.upstream import Upstream
from dashboard.projects import reading
from dashboard.projects.impact import Impact
from dashboard.talkstack import NotFound
from dashboard.web import phone
from dashboard.web.words import count_of

NAMED = 5


@dataclass(frozen=True)
class Aftermath:
    """`gone` is None when the project could not be asked for; the counts are what Talkstack still has."""

    gone: bool | None
    agents: int
    numbers: int
    unread: bool

    @property
    def left(self) -> str:
        """What is still there: "2 agents and 1 number", "" for nothing."""
        counted = ((self.agents, "agent"), (self.numbers, "number"))
        return " and ".join(count_of(count, word) for count, word in counted if count)


def of(upstream: Upstream, project_id: str) -> Aftermath:
    """Asks for the project, its agents and its numbers, all at once."""
    reads = upstream.fresh(
        project=queries.project(project_id), agents=queries.agents(project_id), numbers=queries.numbers(project_id)
    )
    error = reads.project.error
    missing = [read.error for read in (reads.agents, reads.numbers) if read.error and not _is_none(read.error)]
    return Aftermath(
        gone=True if isinstance(error, NotFound) else None if error else False,
        agents=0 if reads.agents.error else len(reads.agents.value or []),
        numbers=0 if reads.numbers.error else len(reads.numbers.value or []),
        unread=bool(missing),
    )


def _is_none(error: Exception) -> bool:
    return isinstance(error, NotFound)


def went(impact: Impact, cascade: bool) -> str:
    """Names what went: "Northgate Clinics was deleted, with the agents A and B and the number +1 415 555 0132." """
    name = reading.called(impact.project)
    if not cascade:
        return f"{name} was deleted."
    agents = _named("agent", [" ".join(agent.name.split())[:60] or "without a name" for agent in impact.agents])
    numbers = _named("number", [phone.display(e164) for e164 in impact.numbers])
    return f"{name} was deleted, with {' and '.join(part for part in (agents, numbers) if part)}."


def _named(word: str, names: list[str]) -> str:
    if not names:
        return ""
    more = len(names) - NAMED
    listed = ", ".join(names[:NAMED]) + (f" and {more} more" if more > 0 else "")
    return f"{count_of(len(names), word)} ({listed})"


def warnings(after: Aftermath, cascade: bool) -> list[str]:
    """What a person must know although Talkstack said that it is deleted."""
    found = []
    if after.gone is False:
        found.append("Talkstack said that it is deleted, but still shows the project.")
    if cascade and after.left:
        found.append(f"Talkstack still shows {after.left} of it: they may still answer. Look at it there.")
    if after.gone is None or (cascade and after.unread):
        found.append("Whether everything is really gone could not be read back.")
    return found
