"""Writes of several threads in one transaction: SQLite has one writer at a time, and every commit waits for the disk.

Whoever gets the turn does what all others in the line wait for, and commits once; each of them returns only after that.
Between two commits the other processes get a chance: SQLite keeps no line of its own, and looks again ever more seldom.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import OperationalError, connection, transaction

PATIENCE = 5.0  # seconds that a sender is kept waiting for a busy database
LOOK_AGAIN = 0.002  # seconds, while another process writes
PAUSE = 0.01  # seconds after a commit that belong to other processes, and in which the line grows


@dataclass(eq=False)
class _Write:
    do: Callable[[], object]
    done: bool = False
    error: Exception | None = None


_turn = threading.Lock()
_changing = threading.Lock()
_line: list[_Write] = []
_free_at = 0.0


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
    global _free_at
    time.sleep(max(0.0, _free_at - time.monotonic()))
    with _changing:
        taken = _line[:]
        _line.clear()
    try:
        _commit(taken)
    except Exception as error:
        for each in taken:
            each.error = each.error or error
    finally:
        for each in taken:
            each.done = True
        _free_at = time.monotonic() + PAUSE


def _commit(taken: list[_Write]) -> None:
    until = time.monotonic() + PATIENCE
    with patience(0):
        while True:
            try:
                with transaction.atomic():
                    for each in taken:
                        _do(each, alone=len(taken) == 1)
                return
            except OperationalError as error:
                if not _busy(error) or time.monotonic() > until:
                    raise
            time.sleep(LOOK_AGAIN)


def _busy(error: OperationalError) -> bool:
    code = getattr(error.__cause__, "sqlite_errorcode", 0)
    return bool(code & 0xFF == sqlite3.SQLITE_BUSY)


@contextmanager
def patience(seconds: float) -> Iterator[None]:
    """For so long at most a busy SQLite is waited for meanwhile; then it says so. Other databases have no such thing."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()
    usual = connection.connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.connection.execute(f"PRAGMA busy_timeout = {int(seconds * 1000):d}")
    try:
        yield
    finally:
        connection.connection.execute(f"PRAGMA busy_timeout = {usual:d}")


def _do(one: _Write, *, alone: bool) -> None:
    """What one of them cannot write does not keep the others from it."""
    if alone:
        one.do()
        return
    try:
        with transaction.atomic():
            one.do()
    except Exception as error:
        one.error = error
