"""What features hand in when the program starts: lines of the sidebar, duties of the worker, what hangs on a thing that is deleted,
what waits for a person, what knows a number that is forgotten, where secrets are sealed, and who keeps an old form.

Plain lists, filled in each feature's AppConfig.ready(). Features meet here and through URLs, never by import.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class NavItem:
    """One line of the sidebar. `group` is "work", "project" or "workspace"; `role` is who sees it.

    `counts` takes the request and gives what stands beside the label ("" or None = nothing); our database only, cheap.
    """

    group: str
    label: str
    icon: str
    url_name: str
    order: int
    role: str = "viewer"
    practice_only: bool = False
    counts: Callable[[Any], object] | None = None


@dataclass(frozen=True)
class Waiting:
    """Work that waits for the worker: "calls to be sent", how many, since when the oldest, and where they are listed."""

    words: str
    count: int
    since: datetime | None = None
    url: str = ""


@dataclass(frozen=True)
class Duty:
    """Something the worker does again and again. `function` gives a true value when more waits to be done at once.

    `about` says in words what it does; `waiting` takes a workspace and gives what of it waits: our database only.
    `asks_talkstack`: it gets nowhere while Talkstack is away.
    """

    name: str
    function: Callable[[], object]
    every_seconds: float
    about: str = ""
    waiting: Callable[[Any], Iterable[Waiting]] | None = None
    asks_talkstack: bool = False


@dataclass(frozen=True)
class Decision:
    """Something that waits for a person, shown on the first page. `label` and `url` lead to where it is mended.

    `role` is who may do that; `since` when it began. `not_yet`: nothing to decide, but what cannot be said yet.
    """

    icon: str
    title: str
    words: str
    url: str = ""
    label: str = ""
    role: str = "viewer"
    since: datetime | None = None
    not_yet: bool = False


_nav: dict[str, NavItem] = {}
_duties: dict[str, Duty] = {}
_dependents: dict[str, list[Callable[..., Any]]] = {}
_probe: list[Callable[[], bool]] = []
_old_form: list[Callable[[Any], str]] = []
_decisions: list[Callable[[Any], Iterable[Decision]]] = []
_forgetting: list[Callable[[Any, Any, bool, Any], Callable[[], int]]] = []
_sealed: list[Callable[[], Iterable[tuple[Any, str, int, str]]]] = []


def nav(item: NavItem) -> None:
    """Add a line to the sidebar; the same address again replaces it."""
    _nav[item.url_name] = item


def nav_items(group: str) -> list[NavItem]:
    """The lines of a group, in order."""
    return sorted((item for item in _nav.values() if item.group == group), key=lambda item: item.order)


def duty(
    name: str,
    function: Callable[[], object],
    every_seconds: float,
    *,
    about: str = "",
    waiting: Callable[[Any], Iterable[Waiting]] | None = None,
    asks_talkstack: bool = False,
) -> None:
    """Give the worker something to do every so many seconds."""
    _duties[name] = Duty(name, function, every_seconds, about, waiting, asks_talkstack)


def duties() -> list[Duty]:
    """Every duty that was handed in."""
    return list(_duties.values())


def dependents(kind: str, function: Callable[..., Any]) -> None:
    """Register who knows what hangs on a thing of `kind` ("project", "agent"), or, as sentences, what stays of it when it is
    deleted ("kept of a project").
    """
    known = _dependents.setdefault(kind, [])
    if function not in known:
        known.append(function)


def dependents_of(kind: str) -> list[Callable[..., Any]]:
    """The functions registered for `kind`."""
    return list(_dependents.get(kind, []))


def decision(function: Callable[[Any], Iterable[Decision]]) -> None:
    """Register who knows what of a workspace waits for a person; it takes the workspace and asks our database only."""
    if function not in _decisions:
        _decisions.append(function)


def decisions(workspace: Any) -> list[Decision]:
    """Everything in the workspace that waits for a person, in the order of registration."""
    return [found for function in _decisions for found in function(workspace)]


def forgetting(function: Callable[[Any, Any, bool, Any], Callable[[], int]]) -> None:
    """Register who else holds what callees said or their numbers.

    `function(workspace, spelling, line, until)` looks for what names the number (`web.spelling.Spelling`) and came no later
    than `until`, outside of any transaction; `line`: it is a line of the team too, and as such it stays. What it gives
    removes all that was found and gives from how many rows: that runs in the transaction that forgets the number.
    """
    if function not in _forgetting:
        _forgetting.append(function)


def look_for_number(workspace: Any, spelling: Any, line: bool, until: Any) -> list[Callable[[], int]]:
    """Have every room look for a number; each of what they give makes one of them forget it, and says how many rows named it."""
    return [function(workspace, spelling, line, until) for function in _forgetting]


def sealed(function: Callable[[], Iterable[tuple[Any, str, int, str]]]) -> None:
    """Register who keeps sealed secrets: `function()` gives (row, column, id and field it is bound to), for new keys."""
    if function not in _sealed:
        _sealed.append(function)


def sealed_places() -> list[tuple[Any, str, int, str]]:
    """Every place of rooms above that holds a sealed secret."""
    return [place for function in _sealed for place in function()]


def old_form(function: Callable[[Any], str]) -> None:
    """Register who keeps what was typed into a form of an earlier sign-in; gives the address where it waits, or ""."""
    _old_form[:] = [function]


def keep_old_form(request: Any) -> str:
    """The address where the body of this request waits for its person, "" if it could not be kept."""
    return _old_form[0](request) if _old_form else ""


def worker_probe(function: Callable[[], bool]) -> None:
    """Register who knows whether a background process is alive."""
    _probe[:] = [function]


def worker_alive() -> bool | None:
    """Whether a background process is alive; None when nobody knows."""
    return _probe[0]() if _probe else None
