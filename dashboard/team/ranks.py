"""Who may do what to whom: admins look after viewers and operators, owners after everybody. Pure functions."""

from dashboard.accounts.roles import Role, at_least, may_manage

SUMMARIES = {
    Role.VIEWER: "Looks at everything and changes nothing.",
    Role.OPERATOR: "Also starts calls, decides about unknown ones, and exports.",
    Role.ADMIN: "Also sets up projects, agents and numbers, and looks after viewers and operators.",
    Role.OWNER: "Also holds the connection to Talkstack, and looks after admins.",
}


def may_give(mine: str) -> list[Role]:
    """The roles that somebody with the role `mine` may give to others; never one above their own."""
    return [role for role in Role if may_manage(mine, role)]


def may_invite_as(mine: str) -> list[Role]:
    """The roles that they may invite others to: an owner is made of a member, never by a link."""
    return [role for role in may_give(mine) if role != Role.OWNER]


def needed_for(theirs: str) -> str:
    """The smallest role that may manage somebody with the role `theirs`."""
    return Role.OWNER if at_least(theirs, Role.ADMIN) else Role.ADMIN


def a(role: str) -> str:
    """A role with its article: "an operator"."""
    return f"{'a' if role == Role.VIEWER else 'an'} {role}"


__all__ = ["SUMMARIES", "a", "may_give", "may_invite_as", "may_manage", "needed_for"]
