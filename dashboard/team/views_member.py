"""One member: their role, their sessions, their way in, and removing them."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.accounts import second_factor, sessions
from dashboard.accounts.access import workspace_view
from dashboard.accounts.fresh import fresh_password
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.models import Membership, Session, Way
from dashboard.calls.rows import rows
from dashboard.team import actions, held, kept, people, phrases, ranks
from dashboard.team.answers import in_rank, theirs_to_manage
from dashboard.team.forms import RoleForm
from dashboard.team.held import TeamRefused
from dashboard.web.forms import put_value
from dashboard.web.render import page, redirect, see


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
@in_rank
@fresh_password
def role(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    """The page of a member, with another role as its form."""
    theirs = theirs_to_manage(request, member_id)
    roles = ranks.may_give(request.membership.role)
    if request.method != "POST":
        return _person(request, theirs, RoleForm(roles=roles, initial={"role": theirs.role, "was": theirs.role}))
    form = RoleForm(request.POST, roles=roles)
    if not form.is_valid():
        return _person(request, theirs, form, 422)
    new, was = form.cleaned_data["role"], form.cleaned_data["was"]
    try:
        changed = actions.change_role(request.workspace, request.user, member_id, new, was)
    except TeamRefused as refused:
        form.add_error("role", refused.words)
        theirs = held.member(request.workspace, member_id)
        put_value(form, "was", theirs.role)
        return _person(request, theirs, form, 409)
    see(request, phrases.role_changed(changed, new, myself=changed.user == request.user))
    return redirect(request, "team:list", request.workspace.slug)


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
@in_rank
@fresh_password
def remove(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    """What ends and what goes on, then the removal."""
    theirs = theirs_to_manage(request, member_id)
    if theirs.user_id == request.user.pk:
        return redirect(request, "team:leave", request.workspace.slug)
    if request.method != "POST":
        return _removal(request, theirs)
    try:
        changed = actions.remove(request.workspace, request.user, member_id)
    except TeamRefused as refused:
        return _removal(request, theirs, refused.words)
    see(request, phrases.removed(changed))
    return redirect(request, "team:list", request.workspace.slug)


@workspace_view(role="admin")
@require_POST
@in_rank
def sessions_end(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    """Sign a member out everywhere."""

    def end() -> tuple[str, str]:
        changed = actions.end_sessions(request.workspace, request.user, member_id)
        return f"{changed.user} was signed out: {phrases.sessions(changed.sessions)} ended.", "success"

    return _done_to(request, member_id, end)


@workspace_view(role="admin")
@require_POST
@in_rank
@fresh_password
def reset_link(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    """A link for a new password, which the team's page shows once."""
    theirs = theirs_to_manage(request, member_id)
    if theirs.user_id == request.user.pk:
        return _own(request)
    try:
        user, link = actions.make_reset_link(request.workspace, request.user, member_id)
    except TeamRefused as refused:
        see(request, refused.words, "error")
        return redirect(request, "team:role", request.workspace.slug, member_id)
    kept.show_once(request, request.workspace, kind="reset", link=link, email=user.email, name=str(user))
    return redirect(request, "team:list", request.workspace.slug)


@workspace_view(role="admin")
@require_POST
@in_rank
@fresh_password
def factor_remove(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    """For a member who has lost their phone: the second factor goes, and their sessions with it."""

    def remove_it() -> tuple[str, str]:
        gone, changed = actions.remove_factor(request.workspace, request.user, member_id)
        return phrases.factor_removed(changed, gone), "success" if gone else "info"

    return _done_to(request, member_id, remove_it)


def _done_to(request: WorkspaceRequest, member_id: int, deed: Callable[[], tuple[str, str]]) -> HttpResponse:
    """Do something to another member, and say on their page what came of it: the words of `deed` and their level."""
    theirs = theirs_to_manage(request, member_id)
    if theirs.user_id == request.user.pk:
        return _own(request)
    try:
        see(request, *deed())
    except TeamRefused as refused:
        see(request, refused.words, "error")
    return redirect(request, "team:role", request.workspace.slug, member_id)


def _own(request: WorkspaceRequest) -> HttpResponse:
    see(request, "That is your own account: you look after it on this page. Nothing was done.", "warning")
    return redirect(request, "accounts:account")


def _person(request: WorkspaceRequest, theirs: Membership, form: RoleForm, status: int = 200) -> HttpResponse:
    elsewhere = held.belongs_elsewhere(theirs)
    context = {
        "theirs": theirs,
        "person": theirs.user,
        "form": form,
        "summaries": ranks.SUMMARIES,
        "me": theirs.user_id == request.user.pk,
        "sessions": _sessions(theirs, elsewhere),
        "local": theirs.user.way == Way.LOCAL,
        "factor": second_factor.of(theirs.user),
        "elsewhere": elsewhere,
        "last_owner": held.is_last_owner(theirs),
    }
    return page(request, "team/person.html", context, status=status)


def _sessions(theirs: Membership, elsewhere: bool) -> list[Session]:
    """Where a member is signed in; where somebody of another workspace too sits is not this one's business."""
    return [] if elsewhere else list(sessions.alive(theirs.user).order_by("-last_seen"))


def _removal(request: WorkspaceRequest, theirs: Membership, refused: str = "") -> HttpResponse:
    elsewhere = held.belongs_elsewhere(theirs)
    last = held.LAST_OWNER.format(who=f"{theirs.user} is") if held.is_last_owner(theirs) else ""
    context = {
        "theirs": theirs,
        "person": theirs.user,
        "refused": refused or last,
        "elsewhere": elsewhere,
        "sessions": _sessions(theirs, elsewhere),
        **going_on(request, theirs),
    }
    return page(request, "team/remove.html", context, status=409 if refused else 200)


def going_on(request: WorkspaceRequest, theirs: Membership) -> dict[str, Any]:
    """What of somebody's is still running, and what they have sent that ends with their membership."""
    found = people.running(request.workspace, theirs.user)
    calls = list(found[: people.SHOWN + 1])
    more = found.count() - people.SHOWN if len(calls) > people.SHOWN else 0
    return {
        "rows": rows(calls[: people.SHOWN], request.workspace.slug),
        "more": more,
        "sent": people.sent_by(request.workspace, theirs.user),
    }
