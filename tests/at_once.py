"""The same thing done by many at once: real transactions, real threads."""

import threading
from collections.abc import Callable
from typing import Any

from django.db import connections


def at_once(times: int, what: Callable[[], Any]) -> list[Any]:
    """Do it in so many threads that begin together. Gives what each gave; what one raises fails the test."""
    gate, results = threading.Barrier(times), []

    def one() -> None:
        gate.wait()
        try:
            results.append(what())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results
