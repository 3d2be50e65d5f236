"""What can be done about the people of a workspace. Each change and its record happen together, or neither does."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from dashboard.accounts import local_reset, second_factor, sessions
from dashboard.accounts.models import Membership, User, Way, Workspace
from dashboard.accounts.roles import Role
from dashboard.activity import record
from dashboard.team import people, ranks
from dashboard.team.held import (
    OutOfRank,
    TeamRefused,
    hold,
    hold_both,
    keep_an_owner,
    keep_to_ours,
    member,
)
from dashboard.team.joining import withdraw_lost

MOVED_ON = "{who} is {now} by now: somebody else changed it first. Nothing was changed; look again."
ONESELF = "That is you: to go yourself, leave the workspace."
NOT_HERE = "{who} signs in with Talkstack, so a new password is set there. No link was made."


@dataclass(frozen=True)
class Changed:
    """What was done to whom. `sessions` ended, `calls` that go on, `invitations` of theirs that were withdrawn."""

    user: User
    was: str = ""
    sessions: int = 0
    calls: int = 0
    invitations: int = 0


def change_role(workspace: Workspace, actor: User, member_id: int, role: str, was: str = "") -> Changed:
    """Give a member another role. `was`: the one that the page showed. Raises NotThere, OutOfRank, TeamRefused."""
    with transaction.atomic():
        mine, theirs = hold_both(workspace, actor, member_id)
        if role not in ranks.may_give(mine.role):
            raise OutOfRank(Role.OWNER)
        if was and was != theirs.role:
            raise TeamRefused(MOVED_ON.format(who=theirs.user, now=ranks.a(theirs.role)))
        if role != Role.OWNER:
            keep_an_owner(theirs, _who(theirs, actor))
        return _set_role(theirs, actor, role)


def remove(workspace: Workspace, actor: User, member_id: int) -> Changed:
    """Take somebody out of the workspace and end their sessions. Raises NotThere, OutOfRank, TeamRefused."""
    with transaction.atomic():
        _mine, theirs = hold_both(workspace, actor, member_id)
        if theirs.user_id == actor.pk:
            raise TeamRefused(ONESELF)
        keep_an_owner(theirs, _who(theirs, actor))
        calls = people.running(workspace, theirs.user).count()
        theirs.end()
        withdrawn = withdraw_lost(workspace, theirs.user, "", actor)
        ended = sessions.forget_all(theirs.user)
        told = {"sessions_ended": ended, "calls_that_go_on": calls}
        record.note(**_about(theirs, actor), verb="team.remove", before={"role": theirs.role}, after=told)
    return Changed(theirs.user, theirs.role, ended, calls, withdrawn)


def leave(workspace: Workspace, actor: User) -> Changed:
    """Go oneself; one's sessions stay. Raises NotThere, TeamRefused."""
    with transaction.atomic():
        mine = hold(workspace, actor)
        keep_an_owner(mine, _who(mine, actor))
        mine.end()
        withdrawn = withdraw_lost(workspace, actor, "", actor)
        record.note(**_about(mine, actor), verb="team.leave", before={"role": mine.role})
    return Changed(actor, mine.role, invitations=withdrawn)


def hand_over(workspace: Workspace, actor: User, member_id: int) -> Changed:
    """Make a member owner and oneself admin, both or neither. Raises NotThere, OutOfRank, TeamRefused."""
    with transaction.atomic():
        mine, theirs = hold(workspace, actor), member(workspace, member_id)
        if mine.role != Role.OWNER:
            raise OutOfRank(Role.OWNER)
        if theirs.user_id == actor.pk or not theirs.user.is_active:
            raise TeamRefused("Choose somebody else, who can sign in.", "member")
        was, theirs.role = theirs.role, Role.OWNER
        theirs.save(update_fields=["role"])
        record.note(
            **_about(theirs, actor), verb="team.hand_over", before={"role": was}, after={"role": str(Role.OWNER)}
        )
        own = _set_role(mine, actor, Role.ADMIN)
    return Changed(theirs.user, was, invitations=own.invitations)


def end_sessions(workspace: Workspace, actor: User, member_id: int) -> Changed:
    """Sign a member out everywhere. Raises NotThere, OutOfRank."""
    with transaction.atomic():
        _mine, theirs = hold_both(workspace, actor, member_id)
        keep_to_ours(theirs)
        ended = sessions.end_all(theirs.user)
        record.note(**_about(theirs, actor), verb="team.sessions", after={"sessions_ended": ended})
    return Changed(theirs.user, theirs.role, ended)


def make_reset_link(workspace: Workspace, actor: User, member_id: int) -> tuple[User, str]:
    """A link with which a local member sets a new password. Raises NotThere, OutOfRank, TeamRefused."""
    with transaction.atomic():
        mine, theirs = hold_both(workspace, actor, member_id)
        if theirs.user.way != Way.LOCAL:
            raise TeamRefused(NOT_HERE.format(who=theirs.user))
        keep_to_ours(theirs)
        record.note(**_about(theirs, actor), verb="team.reset_link")
        return theirs.user, local_reset.make_link(theirs.user, by=mine)


def remove_factor(workspace: Workspace, actor: User, member_id: int) -> tuple[bool, Changed]:
    """Take a member's second factor away and sign them out; whether there was one. Raises NotThere, OutOfRank, TeamRefused."""
    with transaction.atomic():
        _mine, theirs = hold_both(workspace, actor, member_id)
        keep_to_ours(theirs, " --second-factor")
        if not second_factor.remove(theirs.user, by=actor, workspace=workspace):
            return False, Changed(theirs.user)
        return True, Changed(theirs.user, theirs.role, sessions.end_all(theirs.user))


def _set_role(theirs: Membership, actor: User, role: str) -> Changed:
    was = theirs.role
    if was == role:
        return Changed(theirs.user, was)
    theirs.role = role
    theirs.save(update_fields=["role"])
    withdrawn = withdraw_lost(theirs.workspace, theirs.user, role, actor)
    record.note(**_about(theirs, actor), verb="team.role", before={"role": str(was)}, after={"role": str(role)})
    return Changed(theirs.user, was, invitations=withdrawn)


def _who(theirs: Membership, actor: User) -> str:
    return "You are" if theirs.user_id == actor.pk else f"{theirs.user} is"


def _about(theirs: Membership, actor: User) -> dict[str, Any]:
    """What every record says: by whom, in which workspace, about whom."""
    return {
        "workspace": theirs.workspace, "user": actor, "kind": "person", "thing_id": str(theirs.user_id),
        "thing_name": theirs.user.email,
    }  # fmt: skip
