"""Several reads of one page at once, in one bounded pool of threads per process. HTTP only: no database in here."""

import os
import queue
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, wait
from typing import Any, TypeVar

from dashboard.talkstack.deadline import now, until
from dashboard.talkstack.errors import TalkstackError, Unavailable

T = TypeVar("T")
THREADS = 16
WAITING = 128  # tasks that may stand in line; each is dropped when its page no longer waits for it
_LATE = "Talkstack did not answer in time."
_FULL = "Too many questions to Talkstack are under way. Please try again in a moment."


class _Task:
    def __init__(self, function: Callable[[], Any], end: float) -> None:
        self.function = function
        self.end = end
        self.future: Future[Any] = Future()

    def run(self) -> None:
        if now() >= self.end or not self.future.set_running_or_notify_cancel():
            self.future.cancel()
            return
        try:
            with until(self.end):
                self.future.set_result(self.function())
        except BaseException as error:
            self.future.set_exception(error)


class Pool:
    """At most `threads` daemon threads, started when first needed."""

    def __init__(self, threads: int = THREADS, waiting: int = WAITING) -> None:
        self._threads = threads
        self._queue: queue.Queue[_Task] = queue.Queue(waiting)
        self._started = 0
        self._open = 0  # tasks handed over and not finished
        self._lock = threading.Lock()

    def put(self, task: _Task) -> bool:
        """Hand over a task; False when the line is full."""
        try:
            self._queue.put_nowait(task)
        except queue.Full:
            return False
        with self._lock:
            self._open += 1
            if self._started < min(self._threads, self._open):
                self._started += 1
                threading.Thread(target=self._work, daemon=True, name="talkstack-read").start()
        return True

    def _work(self) -> None:
        while True:
            self._queue.get().run()
            with self._lock:
                self._open -= 1

    def gather(self, tasks: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, T | TalkstackError]:
        """See the module's `gather`."""
        end = now() + seconds
        handed: dict[str, _Task] = {}
        results: dict[str, T | TalkstackError] = {}
        for key, function in tasks.items():
            task = _Task(function, end)
            if self.put(task):
                handed[key] = task
            else:
                results[key] = Unavailable(_FULL, sent=False, detail="pool is full")
        wait([task.future for task in handed.values()], timeout=max(0.0, end - now()))
        results.update({key: _result(task.future) for key, task in handed.items()})
        return {key: results[key] for key in tasks}


def _result(future: "Future[Any]") -> Any:
    if not future.done() or future.cancelled():
        future.cancel()
        return Unavailable(_LATE, sent=True, detail="late")
    error = future.exception()
    if error is None:
        return future.result()
    if isinstance(error, TalkstackError):
        return error
    raise error


_pool = Pool()


def _forget() -> None:
    global _pool  # threads do not live on in a forked child
    _pool = Pool()


os.register_at_fork(after_in_child=_forget)


def gather(tasks: Mapping[str, Callable[[], T]], seconds: float) -> dict[str, T | TalkstackError]:
    """Run reads at once and wait for them for at most `seconds` in total.

    Gives for each key its result, or the TalkstackError it raised; Unavailable for what is late or found the pool
    full. Requests inside a task end at the same moment. Any other exception is a bug, and is raised.
    """
    return _pool.gather(tasks, seconds)
