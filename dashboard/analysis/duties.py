"""What questions hand to the registry: a line of the sidebar, the worker's part, and what waits for whom."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

from django.db.models import Count, F, Max, Min, QuerySet
from django.utils import timezone

from dashboard.analysis import sending
from dashboard.analysis.eligible import PENDING
from dashboard.calls.models import Analysis, AskingState
from dashboard.web import process, registry
from dashboard.web.links import link
from dashboard.web.words import plural

LANES = 2
_NEWS = timedelta(days=7)


def register() -> None:
    """Hand over all of it."""
    registry.nav(registry.NavItem("project", "Questions", "message-circle-question-mark", "analysis:list", 45))
    about = "Asks Talkstack the questions that somebody wants asked about calls, one call at a time; each is sent once."
    for lane in range(LANES):
        wait = waiting if lane == 0 else None
        registry.duty(
            f"ask about calls {lane + 1}", partial(send, lane), 1, about=about, waiting=wait, asks_talkstack=True
        )
    gone = "Says of questions whose background process died while it asked them that their answer is lost."
    registry.duty("give up dead questions", sending.expire, 10, about=gone, waiting=being_asked)
    registry.decision(decisions)


def send(lane: int) -> bool:
    """Ask about one call from this lane."""
    return sending.ask_next(f"{process.name()} questions {lane + 1}")


def waiting(workspace: Any) -> Iterable[registry.Waiting]:
    """Calls about which questions are still to be asked. One query."""
    rows = Analysis.objects.filter(PENDING, workspace=workspace).exclude(state=AskingState.SENDING)
    return _line(rows, "asking__created_at", "to be asked about")


def being_asked(workspace: Any) -> Iterable[registry.Waiting]:
    """Calls that Talkstack is being asked about. One query."""
    rows = Analysis.objects.filter(workspace=workspace, state=AskingState.SENDING)
    return _line(rows, "asked_at", "being asked about")


def _line(rows: QuerySet[Analysis], since: str, words: str) -> list[registry.Waiting]:
    told = rows.aggregate(n=Count("pk"), since=Min(since))
    many = told["n"]
    return [registry.Waiting(f"{plural(many, 'call')} {words}", many, told["since"])] if many else []


def decisions(workspace: Any) -> Iterable[registry.Decision]:
    """Answers that were lost within the last week: a person may have the question asked again. One query."""
    since = timezone.now() - _NEWS
    rows = Analysis.objects.filter(
        workspace=workspace, state=AskingState.LOST, asked_at__gte=since, asking__isnull=False
    )
    askings = rows.values(asking_pk=F("asking"), project=F("asking__project_id"), name=F("question_set__name"))
    for each in askings.annotate(n=Count("pk"), at=Max("asked_at")).order_by("-at")[:5]:
        calls = "1 call" if each["n"] == 1 else f"{each['n']} calls"
        yield registry.Decision(
            "message-circle-question-mark",
            f"Answers about {calls} were lost",
            f"Talkstack may have answered “{each['name']}” and charged, but the answer did not arrive. "
            "It is not asked again by itself.",
            link("analysis:asking", workspace.slug, each["project"], str(each["asking_pk"]), query="?state=lost"),
            "Look at them",
            "operator",
            each["at"],
        )
