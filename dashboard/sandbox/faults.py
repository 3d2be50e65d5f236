"""Things that go wrong on purpose: rules that spoil the requests they match.

A rule decides three things: whether the deed is done (and how often), what is answered, and what happens to the
connection. The doors act on the last; nothing sleeps in here.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .spoil import SPOILERS, STATUSES
from .wire import Request, Response

UNREACHED = {
    "down": "unreachable",
    "refused": "unreachable",
    "dns": "dns",
    "connect-timeout": "connect-timeout",
    "tls": "tls",
}
NOT_DONE = {**UNREACHED, "hang": "hang", "close": "close"}
DONE_BUT = {
    "lost": "hang",
    "lost-hang": "hang",
    "lost-close": "close",
    "cut": "cut",
    "cut-close": "cut",
}
TIMED = ("late", "slow", "drip", "hold")
STANDING = ("lag", "history")  # they spoil no request of their own: the API asks for them
OTHER = (*STANDING, "twice", "twice-at-once", "lost-500", "lost-html")
KINDS = frozenset({*NOT_DONE, *DONE_BUT, *TIMED, *OTHER, *STATUSES, *SPOILERS})


@dataclass
class Rule:
    """One rule. ``times`` 0 means for ever; ``skip`` lets that many matching requests through first."""

    id: int
    kind: str
    method: str = ""
    path: str = ""
    times: int = 1
    skip: int = 0
    request: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    hits: int = 0
    released: threading.Event = field(default_factory=threading.Event)
    held: threading.Event = field(default_factory=threading.Event)
    afterwards: list[Callable[[], Response]] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        return float(self.options.get("seconds", {"drip": 0.05, "slow": 20.0, "late": 20.0}.get(self.kind, 30.0)))

    def spent(self) -> bool:
        return bool(self.times) and self.hits >= self.times

    def public(self) -> dict[str, Any]:
        names = ("id", "kind", "method", "path", "times", "skip", "request", "options", "hits")
        return {name: getattr(self, name) for name in names} | {"left": max(self.times - self.hits, 0)}


class Faults:
    """The rules in force, first match first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[Rule] = []
        self._next = 1

    def add(
        self,
        kind: str,
        *,
        method: str = "",
        path: str = "",
        times: int = 1,
        skip: int = 0,
        request: str = "",
        **options: Any,
    ) -> Rule:
        """Spoil the next ``times`` requests that match. Kinds are listed in KINDS; a status such as "503" is one too.

        ``path`` is a beginning, or a template such as "/project/:id". ``request`` is a pattern searched in the body.
        Raises ValueError for an unknown kind or a broken pattern.
        """
        kind = str(kind)
        if kind not in KINDS:
            raise ValueError(f"There is no fault called {kind!r}. Known: {', '.join(sorted(KINDS))}.")
        try:
            re.compile(request)
        except re.error as error:
            raise ValueError(f"The request pattern cannot be read: {error}") from None
        with self._lock:
            rule = Rule(self._next, kind, method.upper(), path, int(times), int(skip), request, options)
            self._next += 1
            self._rules.append(rule)
        return rule

    def clear(self, rule_id: int | None = None) -> None:
        """Forget all rules, or one; whoever is held by them goes on."""
        with self._lock:
            gone = [rule for rule in self._rules if rule_id is None or rule.id == rule_id]
            self._rules = [rule for rule in self._rules if rule not in gone]
        for rule in gone:
            rule.released.set()
            while rule.afterwards:
                rule.afterwards.pop()()

    def release(self) -> None:
        """Let every held request go on; the rules that held them are done."""
        for rule in self.rules():
            if rule.kind == "hold":
                self.clear(rule.id)

    def rules(self) -> list[Rule]:
        with self._lock:
            return list(self._rules)

    def take(self, request: Request) -> Rule | None:
        """The rule for this request, counted as used; None leaves the request alone."""
        with self._lock:
            for rule in self._rules:
                if rule.kind in STANDING or rule.spent() or not matches(rule, request):
                    continue
                rule.seen += 1
                if rule.seen <= rule.skip:
                    continue
                rule.hits += 1
                return rule
        return None

    def lag(self) -> float:
        """Seconds for which a new call is not yet to be found (rule "lag")."""
        return max((rule.seconds for rule in self.rules() if rule.kind == "lag"), default=0.0)

    def history(self) -> dict[str, Any]:
        """How call histories are distorted (rule "history", see distort.py); {} when they are not."""
        told: dict[str, Any] = {}
        for rule in self.rules():
            if rule.kind == "history":
                rule.hits += 1
                told |= rule.options | {"turn": rule.hits}
        return told


def matches(rule: Rule, request: Request) -> bool:
    """Whether a rule speaks of this request."""
    if rule.method and rule.method != request.method:
        return False
    if not path_matches(rule.path, request.path):
        return False
    return not rule.request or re.search(rule.request, request.body.decode("utf-8", "replace")) is not None


def path_matches(wanted: str, path: str) -> bool:
    """A template ("/project/:id") matches part by part; anything else is a beginning."""
    if "/:" not in wanted:
        return path.startswith(wanted)
    left, right = wanted.strip("/").split("/"), path.strip("/").split("/")
    return len(left) == len(right) and all(a.startswith(":") or a == b for a, b in zip(left, right, strict=True))


def play(rule: Rule, do: Callable[[], Response], pause: Callable[[Rule, Callable[[], Response]], None]) -> Response:
    """Do the deed (or not) and answer as the rule says.

    ``pause(rule, do)`` is the door's way of waiting before the deed: it may raise to give the client up.
    """
    kind = rule.kind
    if kind in NOT_DONE:
        return Response(504, ending=NOT_DONE[kind], wait=rule.seconds if kind == "hang" else 0.0)
    if kind in STATUSES:
        if rule.options.get("deed") in ("before", "done"):
            do()
        return STATUSES[kind](rule.options)
    if kind == "slow" or (kind == "hold" and rule.options.get("stage", "before") == "before"):
        pause(rule, do)
        return do()
    answer = do()
    if kind in ("twice", "twice-at-once"):
        do()
    elif kind in ("lost-500", "lost-html"):
        return STATUSES["500"](rule.options) if kind == "lost-500" else STATUSES["html"](rule.options)
    elif kind in SPOILERS:
        return SPOILERS[kind](answer, rule.options)
    return _connection(rule, answer)


def _connection(rule: Rule, answer: Response) -> Response:
    if rule.kind in DONE_BUT:
        answer.ending = DONE_BUT[rule.kind]
        answer.wait = rule.seconds if answer.ending == "hang" else 0.0
    elif rule.kind == "late":
        answer.wait += rule.seconds
    elif rule.kind == "drip":
        answer.drip = rule.seconds
    elif rule.kind == "hold":
        answer.hold = rule
    return answer
