"""Question sets: the list of a project, one set with what was answered, and retiring."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.db.models import Count, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse, QueryDict
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.analysis import figures, finding, progress, sets
from dashboard.calls import ledger
from dashboard.calls.filters import Filters
from dashboard.calls.models import Analysis, AskingState, Call, Question
from dashboard.calls.narrowing import SET_ANSWERED
from dashboard.web.links import link
from dashboard.web.render import page, redirect, see

_DAYS = "30"
PERIODS = {"7": "Last 7 days", "30": "Last 30 days", "90": "Last 90 days", "any": "Any time"}


@workspace_view(role="viewer")
@require_safe
def listing(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """Every set of the project with how often it was asked, and the newest askings."""
    found = list(sets.of_project(request.workspace, project_id))
    asked = Analysis.objects.filter(question_set__in=found, asked_at__isnull=False).values("question_set_id")
    counted = {row["question_set_id"]: row for row in asked.annotate(n=Count("pk"), at=Max("answered_at"))}
    rows: list[dict[str, Any]] = [{"set": each, **counted.get(each.pk, {"n": 0, "at": None})} for each in found]
    context = {
        "project_id": project_id,
        "rows": [row for row in rows if row["set"].retired_at is None],
        "retired": [row for row in rows if row["set"].retired_at],
        "askings": progress.newest(request.workspace, project_id),
    }
    return page(request, "analysis/list.html", context)


@workspace_view(role="viewer")
@require_safe
def detail(request: WorkspaceRequest, project_id: str, set_id: UUID) -> HttpResponse:
    """One set: its questions with charts over the last 30 days, or over the filters in the address."""
    filters = Filters.of(_chosen(request.GET), project_id, request.workspace)
    calls = filters.apply(ledger.of_workspace(request.workspace, project_id))
    found: Any = finding.question_set(request, project_id, set_id, asked=_asked_of(calls))
    questions = _shown(found.questions.annotate(told=Count("answers", filter=~Q(answers__value=""))))
    address = f"{link('calls:list', request.workspace.slug, project_id)}?{_and(filters.query())}"
    context = {
        "project_id": project_id,
        "set": found,
        "figures": figures.of(questions, calls, address),
        "asked": found.asked,
        "live": sum(question.retired_at is None for question in questions),
        "words": filters.words(),
        "days": filters.period.days,
        "periods": PERIODS.items(),
        "only_days": not filters.any() and filters.period.days in PERIODS,
        "asked_url": f"{address}a_{questions[0].pk}={quote(SET_ANSWERED)}" if questions else "",
    }
    return page(request, "analysis/detail.html", context)


@workspace_view(role="admin")
@require_POST
def retire(request: WorkspaceRequest, project_id: str, set_id: UUID) -> HttpResponse:
    """No longer offer a set, or, with `restore`, offer it again."""
    found = finding.question_set(request, project_id, set_id)
    restore = "restore" in request.POST
    if not sets.retire(found, request.user, not restore):
        see(request, "It was so already; nothing had to be changed.", "info")
    elif restore:
        see(request, f"“{found.name}” can be asked again.")
    else:
        see(request, f"“{found.name}” is retired: nobody is offered it any more. Its answers stay.")
    return redirect(request, "analysis:detail", request.workspace.slug, project_id, found.pk)


def _asked_of(calls: QuerySet[Call]) -> Any:
    """About how many of `calls` Talkstack answered the set."""
    answered = Analysis.objects.filter(question_set=OuterRef("pk"), state=AskingState.ANSWERED)
    counted = answered.filter(call__in=calls.order_by().values("pk")).order_by().values("question_set")
    return Coalesce(Subquery(counted.annotate(n=Count("pk")).values("n")), 0)


def _chosen(given: QueryDict) -> QueryDict:
    """The filters of the address; the last 30 days when it has none."""
    return given if given else QueryDict(f"days={_DAYS}")


def _shown(questions: Iterable[Question]) -> list[Any]:
    """The questions that are asked now, then the retired ones that were answered."""
    told: list[Any] = [each for each in questions if each.retired_at is None or each.told]  # type: ignore[attr-defined]
    return sorted(told, key=lambda each: (each.retired_at is not None, each.position))


def _and(query: str) -> str:
    return f"{query}&" if query else ""
