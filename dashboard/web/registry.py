"""What features hand in when the program starts: navigation, duties of the worker, dependents for deletions.

Plain lists, filled in each feature's AppConfig.ready(). Features meet here and through URLs, never by import.
"""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
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
class Duty:
    """Something the worker does again and again. `function` gives a true value when more waits to be done at once."""

    name: str
    function: Callable[[], object]
    every_seconds: float


_nav: dict[str, NavItem] = {}
_duties: dict[str, Duty] = {}
_dependents: dict[str, list[Callable[..., Any]]] = {}
_probe: list[Callable[[], bool]] = []


def nav(item: NavItem) -> None:
    """Add a line to the sidebar; the same address again replaces it."""
    _nav[item.url_name] = item


def nav_items(group: str) -> list[NavItem]:
    """The lines of a group, in order."""
    return sorted((item for item in _nav.values() if item.group == group), key=lambda item: item.order)


def duty(name: str, function: Callable[[], object], every_seconds: float) -> None:
    """Give the worker something to do every so many seconds."""
    _duties[name] = Duty(name, function, every_seconds)


def duties() -> list[Duty]:
    """Every duty that was handed in."""
    return list(_duties.values())


def dependents(kind: str, function: Callable[..., Any]) -> None:
    """Register who knows what hangs on a thing of `kind` ("project", "agent")."""
    known = _dependents.setdefault(kind, [])
    if function not in known:
        known.append(function)


def dependents_of(kind: str) -> list[Callable[..., Any]]:
    """The functions registered for `kind`."""
    return list(_dependents.get(kind, []))


def worker_probe(function: Callable[[], bool]) -> None:
    """Register who knows whether a background process is alive."""
    _probe[:] = [function]


def worker_alive() -> bool | None:
    """Whether a background process is alive; None when nobody knows."""
    return _probe[0]() if _probe else None


def worker_name() -> str:
    """The name of this process among the workers of all machines."""
    return f"{socket.gethostname()}:{os.getpid()}"
