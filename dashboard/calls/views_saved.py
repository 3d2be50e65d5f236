"""Saved views: all of them on a page, and saving, renaming and deleting one."""

from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts import queries
from dashboard.accounts.access import forbidden, workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.calls import columns, saved
from dashboard.calls.filters import Filters
from dashboard.calls.forms_saved import TEAM, NameForm, SaveForm
from dashboard.calls.models import SavedView
from dashboard.calls.saved import NotKept, Shown
from dashboard.web.render import page, redirect, see


@workspace_view(role="viewer")
@require_safe
def views(request: WorkspaceRequest) -> HttpResponse:
    """One's own views and the team's, with their filters in words."""
    return _listing(request)


@workspace_view(role="viewer")
@require_POST
def save(request: WorkspaceRequest) -> HttpResponse:
    """Keep the filters of a list under a name: `name`, `whose` (mine or team, which is for admins), `query`, `project_id`."""
    form = SaveForm(request.POST)
    if not form.is_valid():
        return _listing(request, form, status=422)
    told = form.cleaned_data
    if told["whose"] == TEAM and not request.may.admin:
        return forbidden(request, "admin")
    try:
        view = saved.save(
            request.membership, request.user, told["name"], told["project_id"], told["query"], told["whose"] == TEAM
        )
    except NotKept as problem:
        form.add_error(problem.field, str(problem))
        return _listing(request, form, status=422)
    see(request, f"Saved as “{view.name}”. You find it under Views.")
    return redirect(request, saved.address(request.workspace.slug, view.project_id, view.query))


@workspace_view(role="viewer")
@require_POST
def rename(request: WorkspaceRequest, view_id: int) -> HttpResponse:
    """Call a view something else; the team's ones are for admins."""
    view = _view(request, view_id)
    if view.team and not request.may.admin:
        return forbidden(request, "admin")
    form = _name_form(view, request.POST)
    if not form.is_valid():
        return _listing(request, renaming=(view.pk, form), status=422)
    try:
        saved.rename(view, request.user, form.cleaned_data["name"])
    except NotKept as problem:
        form.add_error(problem.field, str(problem))
        return _listing(request, renaming=(view.pk, form), status=422)
    except SavedView.DoesNotExist:
        raise Http404("No such view.") from None
    see(request, f"It is called “{view.name}” now.")
    return redirect(request, "calls:views", request.workspace.slug)


@workspace_view(role="viewer")
@require_POST
def delete(request: WorkspaceRequest, view_id: int) -> HttpResponse:
    """Take a view away; the team's ones are for admins. No call goes with it."""
    view = _view(request, view_id)
    if view.team and not request.may.admin:
        return forbidden(request, "admin")
    saved.delete(view, request.user)
    see(request, f"The view “{view.name}” is gone. The calls are still there.")
    return redirect(request, "calls:views", request.workspace.slug)


def _view(request: WorkspaceRequest, view_id: int) -> SavedView:
    view = saved.seen_by(request.membership).filter(pk=view_id).first()
    if view is None:
        raise Http404("No such view.")
    view.workspace = request.workspace
    return view


def _name_form(view: SavedView, typed: QueryDict | None = None) -> NameForm:
    return NameForm(typed, initial={"name": view.name}, auto_id=f"id_{view.pk}_%s")


def _listing(
    request: WorkspaceRequest,
    saving: SaveForm | None = None,
    renaming: tuple[int, NameForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; with a form that was not taken, that form stands on it as it was typed."""
    found = [Shown(view, request.workspace.slug) for view in saved.seen_by(request.membership)]
    names = {each.id: each.name for each in request.upstream.kept(projects=queries.projects()).projects.value or []}
    rows = [
        {
            "shown": each,
            "form": renaming[1] if renaming and renaming[0] == each.view.pk else _name_form(each.view),
            "project": names.get(each.view.project_id, ""),
        }
        for each in found
    ]
    context: dict[str, Any] = {
        "team": [row for row in rows if row["shown"].view.team],
        "mine": [row for row in rows if not row["shown"].view.team],
        "saving": saving,
        "saving_words": _words(request, saving) if saving else [],
    }
    return page(request, "calls/saved.html", context, status=status)


def _words(request: WorkspaceRequest, form: SaveForm) -> list[str]:
    project_id = str(form["project_id"].value() or "")
    filters = Filters.of(QueryDict(str(form["query"].value() or "")[:8000]), project_id)
    return [*filters.words(), *columns.arrangement(filters)]
