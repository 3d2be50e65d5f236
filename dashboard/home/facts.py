"""What the first page of a workspace says: what happens now, what needs a decision, how the last days went.

Our own ledger and what is kept of Talkstack's answers; a few queries over the last days, however many calls there are.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count

from dashboard.accounts.models import Workspace
from dashboard.calls import dialing, ledger
from dashboard.calls.models import Attempt, Call
from dashboard.home.days import unordered
from dashboard.web import digest, registry
from dashboard.web.words import percent

DAYS = 7
ENDINGS = ("completed", "no-answer", "busy", "voicemail", "silence", "failed", "canceled")
LATEST_SHOWN = 8
LOOKED_AT = 100


@dataclass(frozen=True)
class Week:
    """Calls of the last seven days, how many were answered, and how many `ended` with each of Talkstack's final states.

    The others are still open, or never came to an end that anybody knows of.
    """

    calls: int = 0
    answered: int = 0
    ended: dict[str, int] = field(default_factory=dict)

    @property
    def over(self) -> int:
        """How many of the calls have ended."""
        return sum(self.ended.values())

    @property
    def percent(self) -> int | None:
        """The share of the ended calls that were answered, None without such calls."""
        return percent(self.answered, self.over)


@dataclass(frozen=True)
class Now:
    """What is happening, and what waits for a person. `worker_silent`: nothing is sent until it runs again.

    At most 100 calls each of those that are open and of those that are unknown. `others` are what the rooms know of, `not_yet`
    what they cannot say yet.
    """

    open: list[Call] = field(default_factory=list)
    unknown: list[Call] = field(default_factory=list)
    to_check: list[Call] = field(default_factory=list)
    worker_silent: bool = False
    failing: str = ""
    failing_at: datetime | None = None
    sign_in_needed: bool = False
    others: list[registry.Decision] = field(default_factory=list)
    not_yet: list[registry.Decision] = field(default_factory=list)

    @property
    def seen(self) -> str:
        """A short word that changes when any of this does, for polling."""
        calls = [f"{call.pk}{call.version}" for call in [*self.open, *self.unknown, *self.to_check]]
        told: list[object] = [*calls, self.worker_silent, self.failing, self.sign_in_needed, self.others, self.not_yet]
        return digest.of(*told)

    @property
    def decisions(self) -> int:
        """How many things wait for somebody."""
        connection = bool(self.failing or self.sign_in_needed)
        return len(self.unknown) + len(self.to_check) + self.worker_silent + connection + len(self.others)

    @property
    def unknown_count(self) -> str:
        """How many unknown calls there are: exact below 100."""
        return _shown(len(self.unknown))

    @property
    def open_count(self) -> str:
        """How many calls are open, those that wait for a check among them: exact below 100."""
        return _shown(len(self.open) + len(self.to_check))


def _shown(looked_at: int) -> str:
    """How many calls there are, when at most 100 were looked at: "99", "100+"."""
    return f"{looked_at}" if looked_at < LOOKED_AT else f"{LOOKED_AT}+"


def now(workspace: Workspace) -> Now:
    """Calls that are open, calls that are unknown, whether the background process lives, and what the rooms know of."""
    of_workspace = ledger.of_workspace(workspace)
    unknown = list(of_workspace.filter(attempt=Attempt.UNKNOWN)[:LOOKED_AT])
    listed = list(of_workspace.filter(ledger.happening())[:LOOKED_AT])
    for call in listed:
        call.workspace = workspace
    to_check = [call for call in listed if dialing.waits_for_check(call)]
    connection = workspace.connection
    told = registry.decisions(workspace)
    return Now(
        open=[call for call in listed if call not in to_check],
        unknown=unknown,
        to_check=to_check,
        worker_silent=registry.worker_alive() is False,
        failing=connection.last_failure if connection.failing else "",
        failing_at=connection.last_failure_at,
        sign_in_needed=connection.sign_in_needed and not connection.api_key,
        others=[each for each in told if not each.not_yet],
        not_yet=[each for each in told if each.not_yet],
    )


def week(workspace: Workspace) -> tuple[Week, dict[str, int]]:
    """The figures of the last days, and how many calls each project had in them. One query over these days alone."""
    recent = ledger.of_workspace(workspace).filter(at__gte=ledger.last_days(DAYS)).order_by()
    grouped = recent.values(project=unordered("project_id"), ending=unordered("state")).annotate(n=Count("*"))
    by_project: Counter[str] = Counter()
    by_ending: Counter[str] = Counter()
    for project, ending, number in grouped.values_list("project", "ending", "n"):
        by_project[project] += number
        by_ending[ending] += number
    ended = {state: by_ending[state] for state in ENDINGS if by_ending[state]}
    return Week(by_project.total(), by_ending["completed"], ended), dict(by_project)


def latest(workspace: Workspace, shown: list[Call]) -> list[Call]:
    """The newest calls, but for those that the page shows already."""
    elsewhere = {call.pk for call in shown}
    newest = ledger.latest(workspace, limit=LATEST_SHOWN + len(elsewhere))
    return [call for call in newest if call.pk not in elsewhere][:LATEST_SHOWN]
