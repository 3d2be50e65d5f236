"""How many calls a project, or each of them, had: from our own ledger, in a few queries however many calls there are."""

from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Count, Q

from dashboard.accounts.models import Workspace
from dashboard.calls import ledger
from dashboard.web.words import percent


@dataclass(frozen=True)
class Figures:
    """Calls of one project. `calls` and `answered` are of the last 7 days, `unknown` and `ever` of all time; `open` may be in
    the air now. `ever` is words: "1,000+" when they are more, "" for none.

    `by_agent` holds the calls of the last 7 days by the id of the agent.
    """

    calls: int = 0
    answered: int = 0
    unknown: int = 0
    ever: str = ""
    open: int = 0
    by_agent: dict[str, int] = field(default_factory=dict)

    @property
    def percent(self) -> int | None:
        """The share of the calls that were answered, None without calls."""
        return percent(self.answered, self.calls)


def of_project(workspace: Workspace, project_id: str) -> Figures:
    """The figures of one project. Three queries, none of which looks at every call there ever was."""
    calls = ledger.of_workspace(workspace, project_id).order_by()
    listed = list(
        calls.filter(at__gte=ledger.last_days()).values("agent_id").annotate(
            calls=Count("id"),
            answered=Count("id", filter=Q(state="completed")),
            open=Count("id", filter=ledger.still_open()),
        )
    )  # fmt: skip
    return Figures(
        calls=sum(row["calls"] for row in listed),
        answered=sum(row["answered"] for row in listed),
        unknown=ledger.unknown_count(workspace, project_id),
        ever=ledger.ever(workspace, project_id).removeprefix("0"),
        open=sum(row["open"] for row in listed),
        by_agent={row["agent_id"]: row["calls"] for row in listed},
    )


def per_project(workspace: Workspace, project_ids: Collection[str]) -> dict[str, int]:
    """How many calls of the last 7 days each of these projects had; those without any are left out."""
    calls = ledger.of_workspace(workspace).filter(project_id__in=project_ids, at__gte=ledger.last_days())
    return dict(calls.order_by().values_list("project_id").annotate(Count("id")))
