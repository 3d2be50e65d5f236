"""What the settings page says: how the workspace is connected, and who would have to set up a second factor."""

from dataclasses import dataclass

from django.db.models import Count, Q

from dashboard.accounts import connection, keys
from dashboard.accounts.models import FactorFor, Membership, Workspace
from dashboard.accounts.roles import roles_from
from dashboard.workspace_settings.forms import NOBODY


@dataclass(frozen=True)
class Connected:
    """`state` and `kind` are the badge. `lost`: a key was asked for and its answer is not here; `asking`: it may still come."""

    state: str
    kind: str
    masked: str
    lost: bool
    asking: bool
    can_sign_in: bool


def connected(workspace: Workspace) -> Connected:
    """How the workspace stands with Talkstack. A query only while a key is being asked for, or one was lost."""
    link = workspace.connection
    asking = bool(link.key_asked_at) and keys.under_way(workspace)
    if link.refused_at:
        state, kind = "Refused", "bad"
    elif link.failing:
        state, kind = "Last question failed", "bad"
    elif link.api_key and link.key_asked_at and not (link.last_ok_at and link.last_ok_at > link.key_asked_at):
        state, kind = "Not certain", "odd"
    elif link.last_ok_at:
        state, kind = "Works", "good"
    else:
        state, kind = "Not used yet", ""
    return Connected(state, kind, keys.masked(link), bool(link.key_asked_at), asking, connection.can_sign_in(link))


def lacking(workspace: Workspace) -> dict[str, int]:
    """By the choices of the form: how many people would have to set up a second factor. One query."""
    without = Count("pk", filter=Q(user__second_factor__confirmed_at=None))
    members = Membership.objects.filter(workspace=workspace, user__is_active=True)
    by_role = dict(members.values("role").annotate(lacking=without).order_by().values_list("role", "lacking"))
    return {
        value or NOBODY: sum(by_role.get(role, 0) for role in roles_from(value)) if value else 0
        for value in FactorFor.values
    }
