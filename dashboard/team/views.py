"""Who belongs to the workspace, who is invited, and what each role can do."""

from typing import Any

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from dashboard.accounts import mail, verbs
from dashboard.accounts.access import workspace_view
from dashboard.accounts.http import WorkspaceRequest
from dashboard.accounts.models import Membership, Way
from dashboard.accounts.roles import Role
from dashboard.team import invitations, kept, people, ranks
from dashboard.web.links import link
from dashboard.web.render import page


@workspace_view(role="viewer")
@require_safe
def listing(request: WorkspaceRequest) -> HttpResponse:
    """The people for everybody; who signs in how and when, and who is invited, for admins."""
    members = people.members(request.workspace, seen=request.may.admin)
    owners = [each for each in members if each.role == Role.OWNER and each.user.is_active]
    context = {
        "people": [_row(request, each) for each in members],
        "invited": _invited(request, members) if request.may.admin else [],
        "once": kept.take_once(request, request.workspace),
        "groups": verbs.table(request.membership.role, members),
        "roles": list(Role),
        "last_owner": request.may.owner and len(owners) == 1,
        "alone": len(members) == 1,
    }
    return page(request, "team/list.html", context)


def _row(request: WorkspaceRequest, each: Membership) -> dict[str, Any]:
    user, slug = each.user, request.workspace.slug
    manage = ranks.may_manage(request.membership.role, each.role)
    return {
        "name": user.name,
        "email": user.email,
        "role": each.get_role_display(),
        "me": user.pk == request.user.pk,
        "way": "a password, checked here" if user.way == Way.LOCAL else "Talkstack",
        "factor": people.has_factor(user),
        "active": user.is_active,
        "last_seen": getattr(each, "last_seen", None),
        "url": link("team:role", slug, str(each.pk)) if manage else "",
    }


def _invited(request: WorkspaceRequest, members: list[Membership]) -> list[dict[str, Any]]:
    """The open invitations, with who sent each, and whether this person may withdraw it."""
    mine = ranks.may_invite_as(request.membership.role)
    mails = {row.to: mail.trouble(row) for row in mail.unsent(request.workspace)}  # the newest of each address
    return [
        {
            "id": each.pk,
            "email": each.email,
            "role": ranks.a(each.role),
            "by": each.invited_by or "somebody who is gone",
            "until": each.expires_at,
            "counts": invitations.counts(each, members),
            "mine": each.role in mine,
            "trouble": mails.get(each.email, ""),
            "only_mailed": each.only_mailed,
        }
        for each in invitations.open_ones(request.workspace).select_related("invited_by")
    ]
