"""Inviting, withdrawing, and joining. An invitation is used by one conditional UPDATE: of two at once, one joins."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone

from dashboard.accounts import mail
from dashboard.accounts.models import Membership, User, Way, Workspace
from dashboard.accounts.roles import Role
from dashboard.activity import record
from dashboard.team import invitations, ranks
from dashboard.team.held import NotThere, OutOfRank, TeamRefused, hold
from dashboard.team.models import GOOD_FOR, Invitation

MAIL = "team/invitation_mail.txt"
KEPT_FOR = timedelta(days=30)
_NAME = 80  # characters of a name, which somebody else chose, in a mail that comes from us


class Spent(Exception):
    """The invitation was used, withdrawn or ran out, or whoever sent it no longer may. Nothing was done."""


class AlreadyInvited(Exception):
    """There is an open invitation for this address."""

    def __init__(self, invitation: Invitation) -> None:
        super().__init__("already invited")
        self.invitation = invitation


@dataclass(frozen=True)
class Sent:
    """A new invitation, its link, and whether a mail with it is on its way."""

    invitation: Invitation
    link: str
    mailed: bool


def invite(workspace: Workspace, actor: User, email: str, role: str, replace: bool = False) -> Sent:
    """Invite somebody; with `replace` an open invitation for the address gives way.

    Raises OutOfRank, TeamRefused for a member, AlreadyInvited, NotThere.
    """
    token = invitations.new_token()
    with transaction.atomic():
        mine = hold(workspace, actor)
        if role not in ranks.may_invite_as(mine.role):
            raise OutOfRank(Role.OWNER)
        _make_room(workspace, email, replace)
        invitation = Invitation.objects.create(
            workspace=workspace, email=email, role=role, invited_by=actor, digest=invitations.digest(token),
            only_mailed=invitations.only_mailed(), expires_at=timezone.now() + GOOD_FOR,
        )  # fmt: skip
        record.note(**_about(invitation, actor), verb="team.invite", after={"role": str(role)})
        link = invitations.link(token)
        return Sent(invitation, link, _send(invitation, actor, link))


def withdraw(workspace: Workspace, actor: User, invitation_id: UUID) -> Invitation:
    """End an invitation before it is used. Raises NotThere, OutOfRank, TeamRefused when it was used just now."""
    with transaction.atomic():
        mine = hold(workspace, actor)
        found = Invitation.objects.filter(workspace=workspace, pk=invitation_id).first()
        if found is None:
            raise NotThere
        if found.role not in ranks.may_invite_as(mine.role):
            raise OutOfRank(Role.OWNER)
        if found.used_at:
            raise TeamRefused(
                f"{found.email} has joined with this invitation already. Remove them from the team instead."
            )
        if found.withdrawn_at is None:
            Invitation.objects.filter(pk=found.pk).update(withdrawn_at=timezone.now())
            record.note(**_about(found, actor), verb="team.withdraw", before={"role": found.role})
    return found


def withdraw_lost(workspace: Workspace, user: User, role: str, actor: User) -> int:
    """Withdraw what `user` has sent and with the role they have now ("" = none) could not send; how many there were.

    Inside the caller's transaction: `actor` is who took the right away.
    """
    waiting = Invitation.objects.filter(workspace=workspace, invited_by=user, used_at=None, withdrawn_at=None)
    lost = list(waiting.exclude(role__in=ranks.may_invite_as(role)))
    Invitation.objects.filter(pk__in=[each.pk for each in lost]).update(withdrawn_at=timezone.now())
    for each in lost:
        record.note(**_about(each, actor), verb="team.withdraw", before={"role": each.role})
    return len(lost)


def join(invitation: Invitation, user: User) -> Membership:
    """Make the person with the invited address a member. Raises Spent."""
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=invitation.workspace_id)
        User.objects.select_for_update().get(pk=user.pk)
        return _join(invitation, user)


def join_as_new(invitation: Invitation, name: str, password: str) -> Membership:
    """Make an account with the invited address, and a member of it; `password` is hashed already.

    Raises Spent, and IntegrityError when the address has an account by now.
    """
    user = User(email=invitation.email, name=name, password=password, way=Way.LOCAL)
    with transaction.atomic():
        Workspace.objects.select_for_update().get(pk=invitation.workspace_id)
        if User.objects.filter(email=invitation.email).exists():
            raise IntegrityError("This address has an account by now.")
        user.save(force_insert=True)
        return _join(invitation, user)


def forget_old() -> None:
    """Drop invitations that were over a month ago; the activity keeps who invited whom. The worker's duty."""
    Invitation.objects.filter(expires_at__lt=timezone.now() - KEPT_FOR).delete()


def _make_room(workspace: Workspace, email: str, replace: bool) -> None:
    member = Membership.objects.select_related("user").filter(workspace=workspace, user__email=email).first()
    if member is not None:
        raise TeamRefused(f"{member.user} belongs to the team already, as {ranks.a(member.role)}.", "email")
    waiting = Invitation.objects.filter(workspace=workspace, email=email, used_at=None, withdrawn_at=None)
    old = waiting.select_related("invited_by").first()
    if old is not None and invitations.is_open(old) and not replace:
        raise AlreadyInvited(old)
    waiting.update(withdrawn_at=timezone.now())


def _send(invitation: Invitation, actor: User, link: str) -> bool:
    names = {"inviter": str(actor), "workspace": invitation.workspace.name}
    told = {key: " ".join(name.split())[:_NAME] for key, name in names.items()}
    more = {"address": actor.email, "role": ranks.a(invitation.role), "link": link, "email": invitation.email}
    subject = f"{told['inviter']} invites you to {told['workspace']}"
    return mail.send(invitation.email, subject, MAIL, {**told, **more}, invitation.workspace)


def _join(invitation: Invitation, user: User) -> Membership:
    """The one UPDATE that decides, then the membership. Somebody who is a member by now keeps the role they have."""
    now = timezone.now()
    unused = Invitation.objects.filter(pk=invitation.pk, used_at=None, withdrawn_at=None, expires_at__gt=now)
    if user.email != invitation.email or not invitations.still_counts(invitation):
        raise Spent
    if not unused.update(used_at=now, used_by=user):
        raise Spent
    membership, made = Membership.objects.get_or_create(
        workspace=invitation.workspace, user=user, defaults={"role": invitation.role}
    )
    if made:
        told = {"role": invitation.role, "invited_by": invitation.invited_by.email if invitation.invited_by else ""}
        record.note(**{**_about(invitation, user), "thing_id": str(user.pk)}, verb="team.join", after=told)
    return membership


def _about(invitation: Invitation, actor: User) -> dict[str, Any]:
    return {
        "workspace": invitation.workspace, "user": actor, "kind": "person", "thing_name": invitation.email,
    }  # fmt: skip
