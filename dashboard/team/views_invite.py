"""Inviting somebody, and taking it back."""

from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from dashboard.accounts import mail
from dashboard.accounts.access import workspace_view
from dashboard.accounts.fresh import fresh_password
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.limits import at_most
from dashboard.team import invitations, joining, kept, ranks
from dashboard.team.answers import in_rank
from dashboard.team.forms import InviteForm
from dashboard.team.held import TeamRefused
from dashboard.team.models import Invitation
from dashboard.web.render import page, redirect, see


@workspace_view(role="admin")
@require_http_methods(["GET", "HEAD", "POST"])
@in_rank
@fresh_password
@at_most("invite", 20, 3600, when=lambda request: request.method == "POST")
def invite(request: WorkspaceRequest) -> HttpResponse:
    """An e-mail address and a role; then the team's page shows the link once."""
    roles = ranks.may_invite_as(request.membership.role)
    form = InviteForm(request.POST if request.method == "POST" else None, roles=roles)
    if not form.is_valid():
        return _form(request, form)
    told = form.cleaned_data
    try:
        sent = joining.invite(request.workspace, request.user, told["email"], told["role"], told["confirm_replace"])
    except joining.AlreadyInvited as already:
        form.add_error("email", _already(already.invitation))
        return _form(request, form, replace=True)
    except TeamRefused as refused:
        form.add_error(refused.field or None, refused.words)
        return _form(request, form)
    _say(request, sent)
    return redirect(request, "team:list", request.workspace.slug)


@workspace_view(role="admin")
@require_POST
@in_rank
def withdraw(request: WorkspaceRequest, invitation_id: UUID) -> HttpResponse:
    """The link stops working at once."""
    try:
        gone = joining.withdraw(request.workspace, request.user, invitation_id)
        see(request, f"The invitation of {gone.email} was withdrawn: its link no longer works.")
    except TeamRefused as refused:
        see(request, refused.words, "error")
    return redirect(request, "team:list", request.workspace.slug)


def _form(request: WorkspaceRequest, form: InviteForm, replace: bool = False) -> HttpResponse:
    context = {
        "form": form,
        "replace": replace,
        "summaries": ranks.SUMMARIES,
        "mail": mail.configured(),
        "only_mailed": invitations.only_mailed(),
        "only_talkstack": invitations.strangers_invite() and not mail.configured(),
        "ask_owner": not request.may.owner,
    }
    return page(request, "team/invite.html", context, status=422 if form.is_bound else 200)


def _already(invitation: Invitation) -> str:
    until = timezone.localtime(invitation.expires_at)
    by = invitation.invited_by or "somebody"
    return (
        f"{by} has invited this address already, as {ranks.a(invitation.role)}; that link is good until {until:%-d %b, %H:%M}. "
        "No new one was made. Tick below to make one instead."
    )


def _say(request: WorkspaceRequest, sent: joining.Sent) -> None:
    """The link for the next page alone, unless nobody but the mailbox may have it."""
    email = sent.invitation.email
    if sent.mailed:
        see(request, f"{email} is invited as {ranks.a(sent.invitation.role)}. A mail with the link is on its way.")
    else:
        see(request, f"{email} is invited as {ranks.a(sent.invitation.role)}.")
    link = "" if sent.invitation.only_mailed else sent.link
    kept.show_once(
        request, request.workspace, kind="invitation", link=link, email=email, mailed=sent.mailed,
        only_talkstack=invitations.strangers_invite() and not sent.invitation.only_mailed,
    )  # fmt: skip
