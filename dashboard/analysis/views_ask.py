"""Asking a set about many calls: those of the list's filters. First it says how many, and what that means."""

from dataclasses import dataclass

from django.http import HttpResponse, QueryDict
from django.views.decorators.http import require_http_methods

from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.analysis import actions, eligible, finding, sets
from dashboard.analysis.eligible import Again, Counts
from dashboard.calls import ledger
from dashboard.calls.filters import Filters
from dashboard.calls.forms import new_key
from dashboard.calls.models import QuestionSet
from dashboard.web.forms import INCOMPLETE
from dashboard.web.render import page, redirect, see

_OWN = ("set", "csrfmiddlewaretoken", "request_key", "shown", "confirm_count", "again_lost")


@dataclass
class Wish:
    """What the page is about: the sets to choose from, the chosen one, the filters, and how many calls that is."""

    sets: list[QuestionSet]
    chosen: QuestionSet | None
    filters: Filters
    again: Again
    counts: Counts | None

    @property
    def must_type(self) -> bool:
        """Whether the number of calls has to be typed."""
        return self.counts is not None and eligible.must_type(self.counts.to_ask)


@workspace_view(role="operator")
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: WorkspaceRequest, project_id: str) -> HttpResponse:
    """GET: the set, the filters in words, how many calls. POST: write the asking down, once per request key."""
    if request.method == "POST" and (earlier := finding.sent_before(request, project_id)):
        return redirect(request, "analysis:asking", request.workspace.slug, project_id, earlier.pk)
    wish = _wish(request, project_id)
    if request.method != "POST":
        return _show(request, project_id, wish)
    if wrong := _wrong(request, wish):
        return _show(request, project_id, wish, wrong)
    try:
        asking = actions.ask(
            request.workspace,
            request.user,
            wish.chosen,  # type: ignore[arg-type]  # _wrong saw to it
            wish.filters.apply(ledger.of_workspace(request.workspace, project_id)),
            request_key=request.POST["request_key"],
            most=wish.counts.to_ask,  # type: ignore[union-attr]
            again=wish.again,
            words=wish.filters.words(),
        )
    except actions.NothingToAsk:
        return _show(
            request, project_id, _wish(request, project_id), ("", "None of these calls can be asked about now.")
        )
    see(request, "It is written down: Talkstack is asked about one call at a time.")
    return redirect(request, "analysis:asking", request.workspace.slug, project_id, asking.pk)


def _wish(request: WorkspaceRequest, project_id: str) -> Wish:
    given = request.GET.copy()
    for name in _OWN:
        given.pop(name, None)
    filters = Filters.of(given, project_id, request.workspace)
    told = request.POST if request.method == "POST" else request.GET
    offered = [each for each in sets.of_project(request.workspace, project_id) if each.retired_at is None and each.live]  # type: ignore[attr-defined]
    chosen = finding.named_set(told, offered)
    again = Again(lost=bool(told.get("again_lost")))
    calls = filters.apply(ledger.of_workspace(request.workspace, project_id))
    counts = eligible.count(calls, chosen, again) if chosen else None
    return Wish(offered, chosen, filters, again, counts)


def _wrong(request: WorkspaceRequest, wish: Wish) -> tuple[str, str] | None:
    """What keeps this from being written down: the field, and the words; None when nothing does."""
    told: QueryDict = request.POST
    if wish.chosen is None or wish.counts is None:
        return "set", "Choose the questions first."
    if not wish.counts.to_ask:
        return "", "None of these calls can be asked about now."
    if not finding.request_key(told):
        return "", INCOMPLETE
    words = finding.not_confirmed(told, wish.counts.to_ask)
    return ("confirm_count", words) if words else None


def _only_answered(filters: Filters) -> str:
    """The same filters, but only calls that were answered."""
    given = QueryDict(filters.query(), mutable=True)
    given["state"] = "completed"
    return given.urlencode()


def _show(request: WorkspaceRequest, project_id: str, wish: Wish, wrong: tuple[str, str] | None = None) -> HttpResponse:
    context = {
        "project_id": project_id,
        "wish": wish,
        "counts": wish.counts,
        "query": wish.filters.query(),
        "words": wish.filters.words(),
        "filters": list(QueryDict(wish.filters.query()).items()),
        "answered_query": _only_answered(wish.filters),
        "request_key": new_key(),
        "typed": request.POST.get("confirm_count", ""),
        "wrong_field": wrong[0] if wrong else None,
        "wrong": wrong[1] if wrong else "",
        "most": eligible.MOST_AT_ONCE,
    }
    return page(request, "analysis/ask.html", context, fragments=("ask-form",), status=422 if wrong else 200)
