"""Lists of calls: of a project, of the workspace, and the ones that need a decision. Reads our own ledger only."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.limits import at_most
from dashboard.calls import answers, columns, history, ledger, lists, periods, reread, saved
from dashboard.calls.filters import DIRECTIONS, ELSEWHERE, SORTS, STATES, Filters
from dashboard.calls.models import Question
from dashboard.calls.narrowing import OFFERED
from dashboard.web.render import page

MAY_TURN_OUT = ("completed", "voicemail", "silence")
_MORE = ("from", "to", "direction", "number", "line", "min_seconds", "max_seconds", "min_cost", "max_cost", "by")


@workspace_view(role="viewer")
@at_most("search", 60, 60, when=lambda request: request.GET.get("q"))
@require_safe
def all_calls(request: WorkspaceRequest) -> HttpResponse:
    """Every call of the workspace."""
    return _list(request)


@workspace_view(role="viewer")
@at_most("search", 60, 60, when=lambda request: request.GET.get("q"))
@require_safe
def of_project(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """The calls of one project."""
    return _list(request, project_id)


def _list(request: WorkspaceRequest, project_id: str = "") -> HttpResponse:
    """At most 11 queries, for the list says more than its rows: how many are open, what may be chosen, the saved views, and how
    far the history was read; the next page alone costs 7. A search costs up to 4 more, names and columns 2 each, what may
    turn out to be a voicemail 1."""
    filters = Filters.of(request.GET, project_id, request.workspace)
    questions = answers.questions_of(request.workspace, project_id)
    told = lists.page(request.workspace, filters, request.GET.get("before", ""), request.GET.get("after", ""))
    shown = columns.columns(filters, questions)
    context = {
        "heading": "Calls",
        "project_id": project_id,
        "filters": filters,
        "period": filters.period,
        "columns": shown,
        "table": columns.table(request.workspace, told.calls, shown, filters),
        "count": told.count,
        "chips": filters.chips(lists.names_of(request.workspace, filters)),
        "arrangement": columns.arrangement(filters),
        "any_filter": filters.any(),
        "any_time": urlencode([("days", periods.ANY), *filters.pairs(without=["days", "from", "to"])]),
        "older": _at(filters, "before", told.older),
        "newer": _at(filters, "after", told.newer),
        "is_first": not told.newer,
        "unread": _unread(request, filters),
        "has_any": bool(told.calls) or ledger.of_workspace(request.workspace, project_id).exists(),
        **_around(request, project_id),
        **_panel(request, filters, questions),
    }
    return page(request, "calls/list.html", context, fragments=("calls-table",))


def _unread(request: WorkspaceRequest, filters: Filters) -> reread.Unread | None:
    """Which answered calls of these days may still turn out to be another's; only where that is what the list is about."""
    if filters.state not in MAY_TURN_OUT:
        return None
    period = filters.period
    return reread.unread(request.workspace, period.since, period.until, filters.project_id)


def _around(request: WorkspaceRequest, project_id: str) -> dict[str, Any]:
    """What stands around the table; each is asked for only where it is shown."""
    workspace, membership = request.workspace, request.membership
    return {
        "still_open": SimpleLazyObject(lambda: ledger.open_count(workspace, project_id)),
        "saved": SimpleLazyObject(lambda: saved.of_list(membership, project_id, workspace.slug)),
        "history": SimpleLazyObject(lambda: history.told(workspace, project_id)),
    }


def _at(filters: Filters, name: str, mark: str) -> str:
    return urlencode([*filters.pairs(), (name, mark)]) if mark else ""


def _panel(request: WorkspaceRequest, filters: Filters, questions: list[Question]) -> dict[str, Any]:
    """What the panel of filters offers, and what stands in it."""
    given = dict(filters.answers)
    used = [name for name, _ in filters.pairs() if name in _MORE or name.startswith("a_")]
    return {
        "periods": periods.PERIODS.items(),
        "states": STATES.items(),
        "directions": DIRECTIONS.items(),
        "sorts": SORTS.items(),
        "elsewhere": ELSEWHERE,
        "offered": SimpleLazyObject(lambda: lists.offered(request.workspace, filters)),
        "asked": [(question, given.get(str(question.pk), "")) for question in questions],
        "answer_words": OFFERED,
        "choices": columns.choices(filters, questions),
        "more_used": len(used) or any(name in _MORE for name in filters.errors),
    }
