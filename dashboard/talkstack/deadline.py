"""One total deadline per request, known to every layer of the thread that makes it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter


def now() -> float:
    """Seconds on a clock that only goes forward (and that tests which travel in time leave alone)."""
    return perf_counter()


class Deadline:
    """The end of one exchange, and what the sockets did for it.

    `sent`: bytes of the request were handed to a connection. `ours`: the request went through our own sockets,
    so that `sent` can be relied on.
    """

    __slots__ = ("end", "sent", "ours")

    def __init__(self, seconds: float) -> None:
        self.end = now() + max(0.0, seconds)
        self.sent = False
        self.ours = False

    def left(self) -> float:
        """Seconds left; 0 when it is over."""
        return max(0.0, self.end - now())


_local = threading.local()


def current() -> Deadline | None:
    """The deadline of the exchange that this thread is making, if any."""
    deadline: Deadline | None = getattr(_local, "deadline", None)
    return deadline


@contextmanager
def running(deadline: Deadline) -> Iterator[Deadline]:
    """Make `deadline` the one that this thread's sockets obey."""
    before = current()
    _local.deadline = deadline
    try:
        yield deadline
    finally:
        _local.deadline = before


def outer() -> float | None:
    """The moment (of `now()`) after which nobody waits for this thread any more, if there is one."""
    end: float | None = getattr(_local, "outer", None)
    return end


@contextmanager
def until(end: float | None) -> Iterator[None]:
    """Let no exchange of this thread run past `end`."""
    before = outer()
    _local.outer = end if before is None or end is None else min(before, end)
    try:
        yield
    finally:
        _local.outer = before


def capped(seconds: float) -> float:
    """`seconds`, or what is left of the outer end if that is less."""
    end = outer()
    return seconds if end is None else max(0.0, min(seconds, end - now()))
