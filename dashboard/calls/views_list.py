"""Lists of calls: of a project, of the workspace, and the ones that need a decision. Reads our own ledger only."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.http import HttpResponse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.calls import ledger
from dashboard.calls.models import Attempt, Call
from dashboard.calls.rows import rows
from dashboard.web.render import page

PAGE_SIZE = 50
COUNT_UP_TO = 1000
PERIODS = {"1": "Today", "7": "Last 7 days", "30": "Last 30 days", "": "Any time"}
_FILTERS = [
    ("completed", "Answered"),
    ("no-answer", "No answer"),
    ("busy", "Busy"),
    ("voicemail", "Voicemail"),
    ("silence", "Silence"),
    ("failed", "Failed"),
]


@workspace_view(role="viewer")
@require_safe
def all_calls(request: WorkspaceRequest) -> HttpResponse:
    """Every call of the workspace."""
    return _list(request, ledger.of_workspace(request.workspace))


@workspace_view(role="viewer")
@require_safe
def of_project(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """The calls of one project."""
    return _list(request, ledger.of_workspace(request.workspace, project_id), project_id)


@workspace_view(role="viewer")
@require_safe
def unknown(request: WorkspaceRequest) -> HttpResponse:
    """Attempts whose outcome is not known: what a person may have to decide."""
    calls = ledger.of_workspace(request.workspace).filter(attempt=Attempt.UNKNOWN)
    return _list(request, calls, heading="Unknown calls")


def _list(
    request: WorkspaceRequest, calls: QuerySet[Call], project_id: str = "", heading: str = "Calls"
) -> HttpResponse:
    chosen = {
        name: request.GET.get(name, "").replace("\x00", "").strip()[:200] for name in ("q", "state", "agent", "days")
    }
    filtered = _filter(calls, chosen)
    listed = list(_after(filtered, request.GET.get("before", ""))[: PAGE_SIZE + 1])
    shown = listed[:PAGE_SIZE]
    context = {
        "heading": heading,
        "project_id": project_id,
        "rows": rows(shown, request.workspace.slug),
        "chosen": chosen,
        "any_filter": any(chosen.values()),
        "count": _count(filtered),
        "still_open": calls.filter(ledger.still_open()).order_by().count(),
        "next": _mark(shown[-1]) if len(listed) > PAGE_SIZE else "",
        "is_first": not request.GET.get("before"),
        "periods": PERIODS.items(),
        "states": [("open", "Happening now"), *_FILTERS, ("unknown", "Unknown"), ("refused", "Refused or not sent")],
        "agents": _agents(calls),
        "by_number": _the_number(chosen["q"]),
    }
    return page(request, "calls/list.html", context, fragments=("calls-table",))


def _filter(calls: QuerySet[Call], chosen: dict[str, str]) -> QuerySet[Call]:
    if chosen["days"].isdigit() and chosen["days"] in PERIODS:
        calls = calls.filter(at__gte=ledger.last_days(int(chosen["days"])))
    if chosen["agent"]:
        calls = calls.filter(agent_id=chosen["agent"])
    if chosen["state"]:
        calls = calls.filter(_state(chosen["state"]))
    if chosen["q"]:
        calls = calls.filter(_search(chosen["q"]))
    return calls


def _state(state: str) -> Q:
    if state == "open":
        return ledger.still_open()
    if state == "unknown":
        return Q(attempt=Attempt.UNKNOWN)
    if state == "refused":
        return Q(attempt__in=[Attempt.REFUSED, Attempt.NOT_SENT])
    return Q(state=state)


def _search(words: str) -> Q:
    digits = "".join(letter for letter in words if letter.isdigit())
    found = Q(agent_name__icontains=words) | Q(placed_by_email__icontains=words)
    if len(digits) >= 2 and not any(letter.isalpha() for letter in words):
        return Q(number__contains=digits)
    return found


def _the_number(words: str) -> str:
    digits = "".join(letter for letter in words if letter.isdigit())
    return f"+{digits}" if words.startswith("+") and len(digits) >= 7 else ""


def _after(calls: QuerySet[Call], mark: str) -> QuerySet[Call]:
    """Calls after the mark of the last row that was seen: pages stay cheap however deep, and skip nothing new."""
    at, _, pk = mark.partition("~")
    moment = _moment(at)
    if moment is None:
        return calls
    try:
        same_moment = Q(at=moment, id__lt=UUID(pk))
    except ValueError:
        return calls
    return calls.filter(Q(at__lt=moment) | same_moment)


def _moment(text: str) -> datetime | None:
    try:
        moment = parse_datetime(text)
    except ValueError:
        return None
    return moment if moment and moment.tzinfo else None


def _mark(call: Call) -> str:
    return f"{call.at.isoformat()}~{call.pk}"


def _count(calls: QuerySet[Call]) -> str:
    counted = calls.order_by().values("pk")[: COUNT_UP_TO + 1].count()
    return f"{COUNT_UP_TO:,}+" if counted > COUNT_UP_TO else f"{counted:,}"


def _agents(calls: QuerySet[Call]) -> list[Any]:
    named = calls.order_by().exclude(agent_id="").exclude(agent_name="")
    return list(named.values("agent_id", "agent_name").annotate(n=Count("id")).order_by("agent_name")[:100])
