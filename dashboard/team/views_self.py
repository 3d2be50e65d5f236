"""One's own place in the workspace: leaving it, and handing it over."""

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods

from dashboard.accounts.access import workspace_view
from dashboard.accounts.fresh import fresh_password
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.models import Membership
from dashboard.team import actions, held, people, phrases
from dashboard.team.answers import in_rank
from dashboard.team.forms import HandOverForm
from dashboard.team.held import TeamRefused
from dashboard.team.views_member import going_on
from dashboard.web.render import page, redirect, see


@workspace_view(role="viewer")
@require_http_methods(["GET", "HEAD", "POST"])
@in_rank
def leave(request: WorkspaceRequest) -> HttpResponse:
    """What one gives up, then going. The last owner hands over first."""
    if request.method != "POST":
        return _leaving(request, 200)
    try:
        actions.leave(request.workspace, request.user)
    except TeamRefused:
        return _leaving(request, 409)
    see(request, f"You have left {request.workspace.name}.")
    return redirect(request, "accounts:workspaces")


@workspace_view(role="owner")
@require_http_methods(["GET", "HEAD", "POST"])
@in_rank
@fresh_password
def hand_over(request: WorkspaceRequest) -> HttpResponse:
    """Somebody else becomes owner and the present one admin, at once."""
    others = _others(request)
    form = HandOverForm(request.POST if request.method == "POST" else None, members=others)
    if not form.is_valid():
        return _handing(request, form, others, 422 if form.is_bound else 200)
    try:
        changed = actions.hand_over(request.workspace, request.user, form.cleaned_data["member"])
    except TeamRefused as refused:
        form.add_error("member", refused.words)
        return _handing(request, form, others, 409)
    words = f"{changed.user} is an owner of {request.workspace.name} now, and you are an admin."
    see(request, words + phrases.withdrawn(changed).replace("they had", "you had"))
    return redirect(request, "team:list", request.workspace.slug)


def _others(request: WorkspaceRequest) -> list[Membership]:
    """Whom it can be handed to: everybody else who can sign in."""
    return [
        each for each in people.members(request.workspace) if each.user_id != request.user.pk and each.user.is_active
    ]


def _leaving(request: WorkspaceRequest, status: int) -> HttpResponse:
    context = {"last_owner": held.is_last_owner(request.membership), **going_on(request, request.membership)}
    return page(request, "team/leave.html", context, status=status)


def _handing(request: WorkspaceRequest, form: HandOverForm, others: list[Membership], status: int) -> HttpResponse:
    context = {"form": form, "others": others, "account": request.workspace.connection.account_email}
    return page(request, "team/hand_over.html", context, status=status)
