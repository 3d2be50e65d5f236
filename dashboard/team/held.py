"""Who belongs to a workspace, held still while it is changed, and what keeps a change from being made.

Every change of a team first locks the row of its workspace, so that of two at once the second sees what the first has
done: the last owner cannot go twice, and rights that were just taken away are not used any more.
"""

from django.db.models import QuerySet

from dashboard.accounts.models import Membership, User, Workspace
from dashboard.accounts.roles import Role
from dashboard.team import ranks

LAST_OWNER = (
    "{who} the last owner, and a workspace needs one. Make somebody else an owner first, or hand the workspace over."
)
ELSEWHERE = (
    "This can't be done here: {who} also belongs to another workspace, which is not yours to open. Whoever runs the dashboard "
    "can let them in again: manage.py reset_link {email}{option}"
)


class NotThere(Exception):
    """There is no such member or invitation in this workspace (any more)."""


class OutOfRank(Exception):
    """Whoever asks may not do this to this person: it takes at least `role`."""

    def __init__(self, role: str) -> None:
        super().__init__(f"It takes the role {role}.")
        self.role = role


class TeamRefused(Exception):
    """It was not done. `words` say why and what to do, `field` where they belong in a form ("" = on top)."""

    def __init__(self, words: str, field: str = "") -> None:
        super().__init__(words)
        self.words = words
        self.field = field


def hold(workspace: Workspace, actor: User) -> Membership:
    """The membership of whoever asks, inside a transaction that is alone with this team. Raises NotThere."""
    Workspace.objects.select_for_update().get(pk=workspace.pk)
    mine = _with_names().filter(workspace=workspace, user=actor).first()
    if mine is None:
        raise NotThere
    return mine


def member(workspace: Workspace, member_id: int) -> Membership:
    """A member with their user. Raises NotThere, also for a member of another workspace."""
    found = _with_names().filter(workspace=workspace, pk=member_id).first()
    if found is None:
        raise NotThere
    return found


def hold_both(workspace: Workspace, actor: User, member_id: int) -> tuple[Membership, Membership]:
    """Whoever asks and whom it is about, if the one may manage the other. Raises NotThere or OutOfRank."""
    mine, theirs = hold(workspace, actor), member(workspace, member_id)
    if not ranks.may_manage(mine.role, theirs.role):
        raise OutOfRank(ranks.needed_for(theirs.role))
    return mine, theirs


def is_last_owner(theirs: Membership) -> bool:
    """Whether no other owner could go on: one whose account is switched off cannot."""
    others = Membership.objects.filter(workspace=theirs.workspace_id, role=Role.OWNER, user__is_active=True)
    return theirs.role == Role.OWNER and not others.exclude(pk=theirs.pk).exists()


def keep_an_owner(theirs: Membership, who: str) -> None:
    """Raises TeamRefused if the workspace would be left without an owner."""
    if is_last_owner(theirs):
        raise TeamRefused(LAST_OWNER.format(who=who))


def belongs_elsewhere(theirs: Membership) -> bool:
    """Whether they are in another workspace too: then their account is not this workspace's alone."""
    return Membership.objects.filter(user=theirs.user_id).exclude(workspace=theirs.workspace_id).exists()


def keep_to_ours(theirs: Membership, option: str = "") -> None:
    """Raises TeamRefused if the account opens another workspace too. Until the transaction ends they can join none."""
    User.objects.select_for_update().get(pk=theirs.user_id)
    if belongs_elsewhere(theirs):
        raise TeamRefused(ELSEWHERE.format(who=theirs.user, email=theirs.user.email, option=option))


def _with_names() -> QuerySet[Membership]:
    return Membership.objects.select_related("user", "workspace")
