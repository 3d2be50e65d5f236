"""What goes when an agent is deleted, what keeps it from being deleted, and what could not be found out."""

from dataclasses import dataclass, field

from dashboard.accounts import queries
from dashboard.accounts.models import Workspace
from dashboard.accounts.reads import Reads
from dashboard.accounts.upstream import Upstream
from dashboard.agents import reading
from dashboard.agents.digest import of_agent
from dashboard.calls import ledger
from dashboard.calls.models import Call
from dashboard.talkstack import Agent
from dashboard.web import digest, registry

LISTED = 15
_WORD = "delete"  # to be typed for an agent whose name cannot be


@dataclass(frozen=True)
class Impact:
    """Everything to know before an agent is deleted, read just now.

    `numbers` are E.164 and stay in the project; `calls` may be in the air and block; `unread` are sentences about what
    could not be read, each of which forbids to go on.
    """

    agent: Agent
    reads: Reads
    numbers: list[str]
    active: bool
    calls: list[Call]
    unread: list[str] = field(default_factory=list)

    @property
    def may_go_on(self) -> bool:
        """Whether a confirm button may be shown."""
        return not self.calls and not self.unread

    @property
    def has_dependents(self) -> bool:
        """Whether the name has to be typed."""
        return bool(self.numbers or self.active)

    @property
    def to_type(self) -> str:
        """What to type: the name as a person sees it, in one line."""
        return " ".join(self.agent.name.split()) or _WORD

    @property
    def digest(self) -> str:
        """A short name of all that was shown; it changes when the agent, its numbers or its role do."""
        return digest.of(of_agent(self.agent), sorted(self.numbers), self.active)

    @property
    def listed(self) -> list[str]:
        """The numbers to name; the others are counted."""
        return self.numbers[:LISTED]

    @property
    def unlisted(self) -> int:
        """How many are only counted."""
        return max(len(self.numbers) - LISTED, 0)


def of(upstream: Upstream, workspace: Workspace, project_id: str, agent_id: str) -> Impact:
    """Reads past everything that is kept. Raises the TalkstackError when the agent itself cannot be read."""
    reads = upstream.fresh(
        agent=queries.agent(project_id, agent_id),
        numbers=queries.agent_numbers(agent_id),
        project_numbers=queries.numbers(project_id),
        active=queries.active_agent(project_id),
    )
    agent = reading.certain(reads.agent, project_id, agent_id)
    told = reading.numbers_of(agent_id, reads.numbers, reads.project_numbers)
    return Impact(
        agent=agent,
        reads=reads,
        numbers=sorted({*told, *_assigned_here(workspace, agent_id, reads)}),
        active=reads.active.value == agent_id,
        calls=ledger.open_calls(workspace, project_id, agent_id),
        unread=_unread(reads),
    )


def _assigned_here(workspace: Workspace, agent_id: str, reads: Reads) -> set[str]:
    """Numbers that other parts of the dashboard know to be this agent's, unless Talkstack gives them to another one."""
    known = {
        one.id for ask in registry.dependents_of("agent") for one in ask(workspace, agent_id) if one.kind == "number"
    }
    told = [*(reads.numbers.value or []), *(reads.project_numbers.value or [])]
    return known - {number.e164 for number in told if number.agent_id and number.agent_id != agent_id}


def _unread(reads: Reads) -> list[str]:
    asked = {
        "Which numbers ring this agent could not be read.": (reads.numbers, reads.project_numbers),
        "Whether it is the active agent could not be read.": (reads.active,),
    }
    found = []
    for sentence, answers in asked.items():
        error = next((answer.error for answer in answers if answer.error is not None), None)
        if error is not None:
            found.append(f"{sentence} {error.sentence}")
    return found
