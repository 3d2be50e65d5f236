"""What is known of the people of a workspace: who they are, where they are signed in, and what of theirs is still running."""

from django.db.models import Max, Q, QuerySet

from dashboard.accounts.models import Membership, User, Workspace
from dashboard.accounts.roles import Role, roles_from
from dashboard.calls import ledger
from dashboard.calls.models import Attempt, Call
from dashboard.calls.states import FINAL
from dashboard.team.models import Invitation

SHOWN = 15


def members(workspace: Workspace, seen: bool = False) -> list[Membership]:
    """Everybody with their user and second factor, owners first; `seen` adds `last_seen`. One query."""
    found = Membership.objects.filter(workspace=workspace).select_related("user__second_factor")
    if seen:
        found = found.annotate(last_seen=Max("user__sessions__last_seen"))
    order = [*reversed(roles_from(Role.VIEWER))]
    return sorted(found, key=lambda each: (order.index(each.role), (each.user.name or each.user.email).casefold()))


def has_factor(user: User) -> bool:
    """Whether they have a second factor that is asked for (read along by `members`)."""
    factor = getattr(user, "second_factor", None)
    return factor is not None and factor.confirmed_at is not None


def running(workspace: Workspace, user: User) -> QuerySet[Call]:
    """Calls of this workspace that they placed and that may still ring, talk or wait for a decision, newest first."""
    waiting = Q(attempt__in=[Attempt.RESERVED, Attempt.SENDING, Attempt.UNKNOWN], final_at=None) & ~Q(state__in=FINAL)
    return ledger.of_workspace(workspace).filter(placed_by=user).filter(waiting | ledger.still_open())


def sent_by(workspace: Workspace, user: User) -> list[Invitation]:
    """Their invitations that nobody has used yet: they end with the rights of whoever sent them."""
    return list(Invitation.objects.filter(workspace=workspace, invited_by=user, used_at=None, withdrawn_at=None))
