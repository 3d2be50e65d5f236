"""What goes when a project is deleted, what keeps it from being deleted, and what could not be found out."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from django.conf import settings

from dashboard.accounts import queries
from dashboard.accounts.models import Workspace
from dashboard.accounts.reads import Reads
from dashboard.accounts.upstream import Upstream
from dashboard.calls import ledger
from dashboard.calls.models import Call
from dashboard.projects import figures, numbers, reading
from dashboard.projects.digest import of_project
from dashboard.projects.figures import Figures
from dashboard.talkstack import Agent, NotFound, Number, Project, TalkstackError, gather
from dashboard.web import digest, registry
from dashboard.web.words import count_of

LISTED = 15
AT_ONCE = 100  # questions that go to the pool together; it takes no more than 128
_WORD = "delete"  # to be typed for a project whose name cannot be


@dataclass(frozen=True)
class Unread:
    """Something that could not be read, as a sentence, and why."""

    sentence: str
    error: TalkstackError


@dataclass(frozen=True)
class Impact:
    """Everything to know before a project is deleted, read just now.

    `numbers` are E.164 with the id of their agent; `others` what other features registered; `calls` may be in the air
    and block; each of `unread` forbids to go on. `stays` says in sentences what other features keep of it.
    """

    project: Project
    reads: Reads
    agents: list[Agent]
    numbers: dict[str, str]
    others: list[Any]
    figures: Figures
    calls: list[Call]
    unread: list[Unread] = field(default_factory=list)
    stays: list[str] = field(default_factory=list)

    @property
    def may_go_on(self) -> bool:
        """Whether a confirm button may be shown."""
        return not self.calls and not self.unread

    @property
    def has_dependents(self) -> bool:
        """Whether cascade has to be chosen and the name typed."""
        return bool(self.agents or self.numbers or self.others)

    @property
    def dependents(self) -> str:
        """What hangs on it, counted: "4 agents, 3 numbers"; "" for nothing."""
        return ", ".join(self._counted)

    @property
    def the_dependents(self) -> str:
        """The same within a sentence: "the 4 agents and 3 numbers"."""
        return f"the {listed(self._counted)}"

    @property
    def _counted(self) -> list[str]:
        counted = ((self.agents, "agent"), (self.numbers, "number"), (self.others, "other thing"))
        return [count_of(len(things), word) for things, word in counted if things]

    @property
    def lost(self) -> str:
        """What cannot be brought back: "The project, its prompts and its assignments"."""
        more = (
            (self.agents, "its prompts"),
            (self.numbers, "its assignments"),
            (self.project.webhook, "the address of its updates"),
        )
        return listed(["The project", *(words for things, words in more if things)])

    @property
    def active(self) -> str:
        """The id of the agent that answers whoever calls in, "" for none."""
        return str(self.reads.active.value or "")

    @property
    def is_default(self) -> bool:
        """Whether it is the account's active project, as far as that could be read."""
        default = self.reads.default.value
        return default is not None and default.id == self.project.id

    @property
    def to_type(self) -> str:
        """What to type: the name as a person sees it, in one line."""
        return " ".join(self.project.name.split()) or _WORD

    @property
    def digest(self) -> str:
        """A short name of all that was shown; it changes when the project, its agents or its numbers do."""
        agents = sorted([agent.id, agent.name] for agent in self.agents)
        others = sorted([one.kind, one.id] for one in self.others)
        return digest.of(of_project(self.project), agents, sorted(self.numbers.items()), others, self.active)


def listed(words: list[str]) -> str:
    """ "a", "a and b", "a, b and c"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def of(upstream: Upstream, workspace: Workspace, project_id: str) -> Impact:
    """Reads past everything that is kept. Raises NotFound when there is no such project (any more)."""
    reads = upstream.fresh(
        project=queries.project(project_id),
        agents=queries.agents(project_id),
        numbers=queries.numbers(project_id),
        active=queries.active_agent(project_id),
        default=queries.active_project(),
    )
    if isinstance(reads.project.error, NotFound):
        raise reads.project.error
    agents = in_order(reads.agents.value or [], reads.active.value or "")
    by_agent, unasked = _of_agents(upstream, agents, reads)
    here = numbers.known_here(workspace, project_id)
    counted = figures.of_project(workspace, project_id)
    return Impact(
        project=_project(upstream, reads, project_id),
        reads=reads,
        agents=agents,
        numbers=numbers.together([*(reads.numbers.value or []), *by_agent], agents, here),
        others=[one for one in here if one.kind != "number"],
        figures=counted,
        calls=ledger.open_calls(workspace, project_id) if counted.open else [],
        unread=_unread(reads, unasked),
        stays=[words for ask in registry.dependents_of("kept of a project") for words in ask(workspace, project_id)],
    )


def in_order(agents: list[Agent], active: str) -> list[Agent]:
    """The active one first, then by name."""
    return sorted(agents, key=lambda agent: (agent.id != active, agent.name.casefold(), agent.id))


def _project(upstream: Upstream, reads: Reads, project_id: str) -> Project:
    """The project of the address; with nothing but its name, if that is known, when it cannot be read."""
    if reads.project.value is not None:
        return reading.own(reads.project, project_id)
    return Project.parse({"id": project_id, "name": upstream.kept_name(project_id)})


def _of_agents(upstream: Upstream, agents: list[Agent], reads: Reads) -> tuple[list[Number], TalkstackError | None]:
    """The numbers of each agent, asked for one by one (a hundred at once); stops at the first error and gives it.

    Nothing is asked when the first reading failed already, as nothing can be deleted then.
    """
    found: list[Number] = []
    if reads.agents.error or reads.numbers.error or reads.project.error:
        return found, None
    client = upstream.client()
    for start in range(0, len(agents), AT_ONCE):
        asking: dict[str, Callable[[], list[Number]]] = {
            agent.id: partial(client.numbers.by_agent, agent.id) for agent in agents[start : start + AT_ONCE]
        }
        for answer in gather(asking, settings.BUDGETS["read"]).values():
            if isinstance(answer, TalkstackError):
                return found, answer
            found += answer
    return found, None


def _unread(reads: Reads, unasked: TalkstackError | None) -> list[Unread]:
    asked = {
        "The project itself could not be read.": reads.project.error,
        "Its agents could not be read.": reads.agents.error,
        "Its numbers could not be read.": reads.numbers.error or unasked,
        "Which of its agents is the active one could not be read.": reads.active.error,
    }
    return [Unread(sentence, error) for sentence, error in asked.items() if error is not None]
