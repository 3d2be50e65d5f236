"""One background process: a thread for every duty in the registry, and one for the heartbeat.

It knows no feature. Several may run, on several machines: duties share their work through the database alone.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable

from django.db import close_old_connections, connection

from dashboard.web import registry
from dashboard.worker import heartbeat

log = logging.getLogger(__name__)
STOP_WITHIN_SECONDS = 20.0
REST_AFTER_ERROR_SECONDS = 5.0


def run(name: str, stop: threading.Event, duties: Iterable[registry.Duty] | None = None) -> bool:
    """Do every duty until `stop` is set; then let what is under way finish, for at most 20 s. True when all did.

    `duties` are those of the registry unless others are given.
    """
    heartbeat.beat(name, first=True)
    steps = [
        (duty.function, duty.every_seconds, duty.name) for duty in (registry.duties() if duties is None else duties)
    ]
    steps.append((lambda: heartbeat.beat(name), heartbeat.EVERY_SECONDS, "heartbeat"))
    threads = [threading.Thread(target=_repeat, args=(*step, stop), name=step[2], daemon=True) for step in steps]
    for thread in threads:
        thread.start()
    stop.wait()
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    heartbeat.stopped(name)
    return not any(thread.is_alive() for thread in threads)


def _repeat(function: Callable[[], object], every: float, name: str, stop: threading.Event) -> None:
    while not stop.is_set():
        close_old_connections()
        try:
            more = bool(function())
        except Exception:
            log.exception("the duty %s failed; it is tried again", name)
            more = False
            stop.wait(REST_AFTER_ERROR_SECONDS)
        if not more:
            stop.wait(every)
    connection.close()
