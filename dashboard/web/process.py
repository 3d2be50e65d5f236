"""This background process, as the duties of every room know it: its name, and whether it is to stop."""

import os
import socket
from collections.abc import Callable
from contextvars import ContextVar

_stopping: ContextVar[Callable[[], bool] | None] = ContextVar("stopping", default=None)


def name() -> str:
    """The name of this process among the background processes of all machines."""
    return f"{socket.gethostname()}:{os.getpid()}"


def stop_with(function: Callable[[], bool]) -> None:
    """Tell the duties of this thread how they learn that the process is to stop."""
    _stopping.set(function)


def stopping() -> bool:
    """Whether the background process was told to stop: a duty with many steps looks between two of them, and returns."""
    asked = _stopping.get()
    return asked is not None and asked()
