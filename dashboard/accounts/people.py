"""The people whose deeds a workspace's activity shows: those who belong to it, and those who did."""

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q

from dashboard.activity.rows import called, spelled

from .models import FormerMembership, Membership, User, Workspace


@dataclass(frozen=True)
class People:
    """`options` are addresses and names for a choice; `namesakes` and `elsewhere` as in `activity.rows.Viewer`."""

    options: list[tuple[str, str]]
    namesakes: frozenset[str]
    elsewhere: frozenset[Any]


def of(workspace: Workspace) -> People:
    """The people of a workspace, by address. One query."""
    here = Q(memberships__workspace=workspace) | Q(former_memberships__workspace=workspace)
    theirs, formers = (
        Membership.objects.filter(user=OuterRef("pk")),
        FormerMembership.objects.filter(user=OuterRef("pk")),
    )
    marked = User.objects.filter(here).annotate(
        ever=Exists(theirs.exclude(workspace=workspace)) | Exists(formers.exclude(workspace=workspace)),
        member=Exists(theirs.filter(workspace=workspace)),
    )
    found = marked.distinct().order_by("email").values_list("pk", "email", "name", "ever", "member")
    times = Counter(spelled(name) for _, _, name, _, _ in found if name)
    namesakes = frozenset(name for name, number in times.items() if number > 1)
    options = [
        (email, (called(name, email, namesakes) if name else email) + ("" if member else ", no longer here"))
        for _, email, name, _, member in found
    ]
    return People(options, namesakes, frozenset(pk for pk, _, _, ever, _ in found if ever))
