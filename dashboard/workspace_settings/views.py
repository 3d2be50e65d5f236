"""The settings of a workspace: one page that admins can read and owners change, its name, its connection, second factors."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_POST, require_safe

from dashboard.accounts import limits
from dashboard.accounts import second_factor as factors
from dashboard.accounts.access import workspace_view
from dashboard.accounts.fresh import fresh_password
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.models import FactorFor
from dashboard.web.render import page, redirect, see
from dashboard.workspace_settings import actions, facts
from dashboard.workspace_settings.forms import NOBODY, FactorForm, NameForm

OWN_FIRST = "Set up your own second factor first: whoever demands one could not come in here any more without it."


@workspace_view(role="admin")
@require_safe
def settings_page(request: WorkspaceRequest) -> HttpResponse:
    """Everything there is to set, and how it stands."""
    return _show(request)


@workspace_view(role="owner")
@require_POST
def name(request: WorkspaceRequest) -> HttpResponse:
    """Call the workspace something else. Its address stays."""
    form = NameForm(request.POST)
    if not form.is_valid():
        return _show(request, status=422, name_form=form)
    if actions.rename(request.workspace, request.user, form.cleaned_data["name"]):
        see(request, f"The workspace is called {form.cleaned_data['name']} now. Its address is what it was.")
    else:
        see(request, "It is called so already; nothing had to be changed.", "info")
    return redirect(request, "settings:page", request.workspace.slug)


@workspace_view(role="owner")
@require_POST
@limits.at_most("connection.test", 10, 60)
def test_connection(request: WorkspaceRequest) -> HttpResponse:
    """Ask Talkstack something with what the workspace has, and say what came."""
    level, said = actions.try_connection(request.upstream, request.user)
    see(request, said, level)
    return redirect(request, "settings:page", request.workspace.slug)


@workspace_view(role="owner")
@require_POST
@fresh_password
def second_factor(request: WorkspaceRequest) -> HttpResponse:
    """Say who must use a second factor here."""
    form = FactorForm(request.POST)
    if form.is_valid() and form.cleaned_data["second_factor"] and factors.of(request.user) is None:
        form.add_error("second_factor", OWN_FIRST)
    if not form.is_valid():
        return _show(request, status=422, factor_form=form)
    value = form.cleaned_data["second_factor"]
    if actions.demand_factor(request.workspace, request.user, value):
        see(request, _who_must(value, facts.lacking(request.workspace)[value or NOBODY]))
    else:
        see(request, "It is so already; nothing had to be changed.", "info")
    return redirect(request, "settings:page", request.workspace.slug)


def _who_must(value: str, lacking: int) -> str:
    if not value:
        return "Nobody has to use a second factor here any more. Whoever has one is still asked for it."
    who = "Admins and owners" if value == FactorFor.ADMINS else "Everybody here"
    if not lacking:
        return f"{who} must use a second factor from now on. All of them have one."
    people = "1 person has to set one up, and is" if lacking == 1 else f"{lacking} people have to set one up, and are"
    return f"{who} must use a second factor from now on. {people} asked to at the next page."


def _show(
    request: WorkspaceRequest,
    *,
    status: int = 200,
    name_form: NameForm | None = None,
    factor_form: FactorForm | None = None,
) -> HttpResponse:
    workspace = request.workspace
    context: dict[str, Any] = {
        "name_form": name_form or NameForm(initial={"name": workspace.name}),
        "factor_form": factor_form or FactorForm(initial={"second_factor": workspace.second_factor or NOBODY}),
        "told": facts.connected(workspace),
        "lacking": facts.lacking(workspace),
        "own_factor": request.may.owner and factors.of(request.user) is not None,
    }
    return page(request, "workspace_settings/page.html", context, status=status)
