"""Saved views: lists of calls with their filters under a name, one's own or the team's. A view is nothing but an address."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from urllib.parse import parse_qsl

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict

from dashboard.accounts.models import Membership, User, Workspace
from dashboard.activity import record
from dashboard.calls import columns, lists
from dashboard.calls.export import without_numbers
from dashboard.calls.filters import Filters
from dashboard.calls.models import SavedView
from dashboard.web.links import link
from dashboard.web.spelling import Spelling

MOST = 50
LONGEST_QUERY, LONGEST_NAME = 2_000, 80
OWN = "a view of their own"


class NotKept(ValueError):
    """Nothing was kept; the text says why, for whoever typed it. `field` is the form field that it is about, or None."""

    def __init__(self, words: str, field: str | None = "name") -> None:
        super().__init__(words)
        self.field = field


@dataclass(frozen=True)
class Shown:
    """A view as a page shows it. `slug` is its workspace's."""

    view: SavedView
    slug: str

    @cached_property
    def url(self) -> str:
        """The list that it is; "" when the project's id can stand in no address."""
        return address(self.slug, self.view.project_id, self.view.query)

    @cached_property
    def words(self) -> list[str]:
        """What it shows in plain words; agents and questions are called what they were called when it was saved."""
        filters = Filters.of(QueryDict(self.view.query), self.view.project_id)
        return [*filters.words(self.view.names), *columns.arrangement(filters)]

    @property
    def maker(self) -> str:
        """Who made it."""
        return (self.view.made_by.name or self.view.made_by.email) if self.view.made_by else "somebody who has left"


def seen_by(membership: Membership) -> QuerySet[SavedView]:
    """The team's views and the member's own ones, by name."""
    theirs = Q(workspace=membership.workspace_id) & (Q(member=None) | Q(member=membership))
    return SavedView.objects.filter(theirs).select_related("made_by").order_by("name", "pk")


def of_list(membership: Membership, project_id: str, slug: str) -> dict[str, list[Shown]]:
    """What the menu on a list offers, "team" and "mine": the views of this list. One query."""
    found = [Shown(view, slug) for view in seen_by(membership).filter(project_id=project_id)]
    return {"team": [each for each in found if each.view.team], "mine": [each for each in found if not each.view.team]}


def address(slug: str, project_id: str, query: str) -> str:
    """The list with these filters; "" when the project's id can stand in no address."""
    return (
        link("calls:list", slug, project_id, query=f"?{query}")
        if project_id
        else link("calls:all", slug, query=f"?{query}")
    )


# --- Changing them -----------------------------------------------------------------------------------------------------
def save(membership: Membership, user: User, name: str, project_id: str, typed: str, team: bool) -> SavedView:
    """Keep the filters in a query string under a name. Raises NotKept. What is no filter is not kept."""
    workspace = membership.workspace
    filters = Filters.of(QueryDict(typed[: 4 * LONGEST_QUERY]), project_id, workspace)
    query = filters.query()
    if len(query) > LONGEST_QUERY:
        raise NotKept("These filters are too long to be kept. Take some of them away.", None)
    if not address(workspace.slug, project_id, query):
        raise NotKept("The list of this project has no address.", None)
    own = None if team else membership
    view = SavedView(workspace=workspace, member=own, made_by=user, name=name, project_id=project_id, query=query)
    view.names = lists.names_of(workspace, filters)
    _free(view)
    with transaction.atomic():
        _keep(view)
        _note(view, user, "view.save")
    return view


def rename(view: SavedView, user: User, name: str) -> None:
    """Call it something else. Raises NotKept, and SavedView.DoesNotExist when somebody deleted it meanwhile."""
    before, view.name = view.name, name
    _free(view)
    with transaction.atomic():
        SavedView.objects.select_for_update().get(pk=view.pk)  # a row that is gone would be made anew
        _keep(view)
        _note(view, user, "view.rename", before)


def delete(view: SavedView, user: User) -> None:
    """Take it away, once; the calls stay."""
    with transaction.atomic():
        if SavedView.objects.select_for_update().filter(pk=view.pk).exists():
            _note(view, user, "view.delete")
            view.delete()


def _free(view: SavedView) -> None:
    """Raises NotKept when the name is taken, or when there are too many already."""
    whose = SavedView.objects.filter(workspace=view.workspace_id, member=view.member_id).exclude(pk=view.pk)
    taken = [name.casefold() for name in whose.values_list("name", flat=True)]
    if view.name.casefold() in taken:
        raise NotKept(_taken(view))
    if view.pk is None and len(taken) >= MOST:
        who = "The team has" if view.team else "You have"
        raise NotKept(f"{who} {MOST} views already. Delete one that nobody needs first.", None)


def _keep(view: SavedView) -> None:
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise NotKept(_taken(view)) from None


def _taken(view: SavedView) -> str:
    return f"{'The team has' if view.team else 'You have'} a view of this name already. Choose another name."


def _note(view: SavedView, user: User, verb: str, before: str = "") -> None:
    """What concerns one person alone is written down without its name and filters."""
    words = without_numbers(Shown(view, "").words) if view.team else []
    told = (
        {"filters": words} if words and verb != "view.rename" else {"name": view.name} if view.team and before else None
    )
    record.note(
        workspace=view.workspace, user=user, verb=verb, kind="view", thing_id=str(view.pk), project_id=view.project_id,
        thing_name=without_numbers([view.name])[0] if view.team else OWN,
        before={"name": before} if view.team and before else None,
        after=None if verb == "view.delete" else told,
    )  # fmt: skip


# --- Forgetting --------------------------------------------------------------------------------------------------------
def forget_number(workspace: Workspace, ways: Spelling, line: bool, until: datetime) -> Callable[[], int]:
    """Views that name a number go, for without it they would show something else; a line of the team may stay a filter as such.

    They are few: what this gives looks for them itself, in the transaction that forgets the number, and says how many went.
    """

    def go() -> int:
        views = SavedView.objects.filter(workspace=workspace)
        gone = [view.pk for view in views if any(ways.names(text) for text in _texts(view, line))]
        SavedView.objects.filter(pk__in=gone).delete()
        return len(gone)

    return go


def _texts(view: SavedView, line: bool) -> Iterable[str]:
    yield view.name
    yield from view.names.values()
    yield from (value for name, value in parse_qsl(view.query) if not (line and name == "line"))
