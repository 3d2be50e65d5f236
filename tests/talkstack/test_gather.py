"""Several reads at once: results, errors, lateness, and a pool that is full."""

import threading
import time
from typing import Any

import pytest

from dashboard.talkstack import NotFound, Unavailable, gather, transport
from dashboard.talkstack.pool import Pool
from tests.talkstack.stand_ins import RawServer


def test_results_and_errors_by_key_in_order() -> None:
    def missing() -> str:
        raise NotFound

    got = gather({"a": lambda: "x", "b": missing, "c": lambda: "z"}, 1)
    assert list(got) == ["a", "b", "c"]
    assert got["a"] == "x" and got["c"] == "z" and isinstance(got["b"], NotFound)
    assert gather({}, 1) == {}


def test_they_run_at_once() -> None:
    started = time.perf_counter()
    got = gather({str(n): lambda: time.sleep(0.2) or 1 for n in range(12)}, 5)
    assert set(got.values()) == {1} and time.perf_counter() - started < 1.5


def test_more_than_there_are_threads_stand_in_line() -> None:
    assert set(gather({str(n): lambda: 1 for n in range(60)}, 2).values()) == {1}


def test_the_late_ones_are_not_waited_for() -> None:
    over = threading.Event()
    started = time.perf_counter()
    got = gather({"slow": lambda: over.wait(5), "quick": lambda: 1}, 0.3)
    assert time.perf_counter() - started < 3
    assert got["quick"] == 1 and isinstance(got["slow"], Unavailable)
    over.set()


def test_a_request_in_a_task_ends_with_the_page() -> None:
    ended: list[float] = []
    over = threading.Event()

    def ask(url: str) -> Any:
        started = time.perf_counter()
        try:
            return transport.exchange("GET", url, seconds=5)
        finally:
            ended.append(time.perf_counter() - started)
            over.set()

    with RawServer(lambda connection, request, nth: time.sleep(1)) as server:
        got = gather({"a": lambda: ask(server.url)}, 0.1)
        assert isinstance(got["a"], Unavailable)
        assert over.wait(5) and ended[0] < 0.8


def test_a_bug_in_a_task_is_raised() -> None:
    with pytest.raises(ZeroDivisionError):
        gather({"a": lambda: 1 // 0}, 1)


def test_a_full_pool_says_so_at_once() -> None:
    pool, over, begun = Pool(threads=2, waiting=1), threading.Event(), threading.Semaphore(0)
    tasks = {str(n): lambda: begun.release() or over.wait(10) for n in range(3)}
    busy = threading.Thread(target=pool.gather, args=(tasks, 5))
    busy.start()
    assert begun.acquire(timeout=5) and begun.acquire(timeout=5)
    started = time.perf_counter()
    got = pool.gather({"a": lambda: 1, "b": lambda: 2}, 0.5)
    assert time.perf_counter() - started < 0.6 or isinstance(got["b"], Unavailable)
    assert any(isinstance(value, Unavailable) and "full" in value.detail for value in got.values())
    over.set()
    busy.join()


def test_what_nobody_waits_for_any_more_is_not_begun() -> None:
    pool, over, begun = Pool(threads=1), threading.Event(), []
    got = pool.gather({"a": lambda: over.wait(2), "b": lambda: begun.append(1)}, 0.05)
    assert isinstance(got["b"], Unavailable)
    over.set()
    time.sleep(0.05)
    assert pool.gather({"c": lambda: 3}, 1) == {"c": 3}
    assert not begun
