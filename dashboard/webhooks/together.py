"""Writes of several threads in one transaction: SQLite has one writer at a time, and every commit waits for the disk.

Whoever gets the turn does what all others in the line wait for, and commits once; each of them returns only after that.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction

PATIENCE = 5.0  # seconds that a sender is kept waiting for a busy database


@dataclass(eq=False)
class _Write:
    do: Callable[[], object]
    done: bool = False
    error: Exception | None = None


_turn = threading.Lock()
_changing = threading.Lock()
_line: list[_Write] = []


def write(do: Callable[[], object]) -> None:
    """Do this and commit it; on SQLite together with what other threads of this process are about to write.

    Raises what it raises, and OperationalError when the turn does not come: then it is not known
    whether it was written, so it has to be such that doing it again does no harm. Not inside a transaction.
    """
    if connection.vendor != "sqlite":
        with transaction.atomic():
            do()
        return
    mine = _Write(do)
    with _changing:
        _line.append(mine)
    if not _turn.acquire(timeout=PATIENCE):
        with _changing:
            if mine in _line:
                _line.remove(mine)
        raise OperationalError("other events are still being written")
    try:
        if not mine.done:
            _write_line()
    finally:
        _turn.release()
    if mine.error is not None:
        raise mine.error


def _write_line() -> None:
    with _changing:
        taken = _line[:]
        _line.clear()
    try:
        with transaction.atomic():
            if len(taken) == 1:
                taken[0].do()
            else:
                for each in taken:
                    _do(each)
    except Exception as error:
        for each in taken:
            each.error = each.error or error
    finally:
        for each in taken:
            each.done = True


def _do(one: _Write) -> None:
    """What one of them cannot write does not keep the others from it."""
    try:
        with transaction.atomic():
            one.do()
    except Exception as error:
        one.error = error
