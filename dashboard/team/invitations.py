"""What an invitation is worth: found by its token, good or not, and whether an account may be made with it. Only reads."""

import hashlib
import secrets
from collections.abc import Collection

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from dashboard.accounts import mail
from dashboard.accounts.models import Membership, User, Workspace
from dashboard.team import ranks
from dashboard.team.models import Invitation


def new_token() -> str:
    """What a new link carries."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """The fingerprint by which a token is found again. Tokens are random, so nothing more is needed."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def link(token: str) -> str:
    """The address to hand over."""
    return f"{settings.PUBLIC_URL}{reverse('invitations:open', args=[token])}"


def find(token: str) -> Invitation | None:
    """The invitation whose token this is, with workspace and inviter; in whatever state it is."""
    if not token:
        return None
    return Invitation.objects.select_related("workspace", "invited_by").filter(digest=digest(token)).first()


def open_ones(workspace: Workspace) -> QuerySet[Invitation]:
    """The invitations of a workspace that can still be used, as far as time and people's doing tell; newest first."""
    waiting = Invitation.objects.filter(workspace=workspace, used_at=None, withdrawn_at=None)
    return waiting.filter(expires_at__gt=timezone.now()).order_by("-created_at")


def is_open(invitation: Invitation) -> bool:
    """Whether it was neither used nor withdrawn nor is over."""
    over = invitation.used_at or invitation.withdrawn_at or invitation.expires_at <= timezone.now()
    return not over


def counts(invitation: Invitation, members: Collection[Membership]) -> bool:
    """Whether whoever sent it could still send it now: their rights end what they gave away. `members` with users."""
    inviter = next((each for each in members if each.user_id == invitation.invited_by_id), None)
    may = inviter is not None and inviter.user.is_active
    return may and inviter is not None and invitation.role in ranks.may_invite_as(inviter.role)


def still_counts(invitation: Invitation) -> bool:
    """The same, read now."""
    inviter = Membership.objects.select_related("user").filter(
        workspace=invitation.workspace_id, user=invitation.invited_by_id
    )
    return counts(invitation, inviter)


def strangers_invite() -> bool:
    """Whether people invite here who have nothing to do with each other: then only the mailbox may get a link.

    Otherwise an admin of one workspace could take the address of somebody whom another one is about to invite.
    """
    return settings.OPEN_WORKSPACES != "first" or Workspace.objects.count() > 1


def only_mailed() -> bool:
    """Whether a link made now goes to the mailbox alone, so that whoever opens it has shown that the address is theirs."""
    return strangers_invite() and mail.configured()


def may_make_account(invitation: Invitation) -> bool:
    """Whether its link is enough to make an account with its address."""
    return invitation.only_mailed or not strangers_invite()


def holder(invitation: Invitation) -> User | None:
    """The person who has this e-mail address here, if there is one."""
    return User.objects.filter(email=invitation.email).first()


def why_not(invitation: Invitation) -> str:
    """Why it is no good: "used", "withdrawn", "late", or "lost" when whoever sent it may no longer invite."""
    if invitation.used_at:
        return "used"
    if invitation.withdrawn_at:
        return "withdrawn"
    return "late" if invitation.expires_at <= timezone.now() else "lost"
