"""The four roles, in order. Whoever may do more may do all of the less."""

from django.db import models


class Role(models.TextChoices):
    """What a member of a workspace may do: every role may do what the ones before it may."""

    VIEWER = "viewer", "Viewer"
    OPERATOR = "operator", "Operator"
    ADMIN = "admin", "Admin"
    OWNER = "owner", "Owner"


_RANK = {role.value: rank for rank, role in enumerate(Role)}


def at_least(role: str, needed: str) -> bool:
    """Whether somebody with `role` ("" = none) may do what `needed` may. Raises KeyError for an unknown `needed`."""
    return _RANK.get(role, -1) >= _RANK[needed]


def roles_from(needed: str) -> list[str]:
    """`needed` and every role above it."""
    return [role for role in _RANK if at_least(role, needed)]


def may_manage(mine: str, theirs: str) -> bool:
    """Whether somebody with the role `mine` may change, remove or sign out somebody with the role `theirs`."""
    return at_least(mine, Role.OWNER) or (at_least(mine, Role.ADMIN) and not at_least(theirs, Role.ADMIN))


class May:
    """What a member may do, for templates: `may.operator`, `may.admin`, `may.owner`."""

    def __init__(self, role: str = "") -> None:
        self.viewer = at_least(role, "viewer")
        self.operator = at_least(role, "operator")
        self.admin = at_least(role, "admin")
        self.owner = at_least(role, "owner")
