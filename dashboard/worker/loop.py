"""One background process: a thread for every duty in the registry, and one for the heartbeat.

It knows no feature. Several may run, on several machines: duties share their work through the database alone.
"""

import logging
import threading
import time
from collections.abc import Iterable

from django.db import DatabaseError, close_old_connections, connection

from dashboard.web import process, registry
from dashboard.worker import heartbeat
from dashboard.worker.diary import Diary

log = logging.getLogger(__name__)
STOP_WITHIN_SECONDS = 20.0
REST_AFTER_ERROR_SECONDS = 5.0
LONGEST_REST_SECONDS = 120.0


def run(name: str, stop: threading.Event, duties: Iterable[registry.Duty] | None = None) -> bool:
    """Do every duty until `stop` is set; then let what is under way finish, for at most 20 s. True when all did.

    `duties` are those of the registry unless others are given.
    """
    pk, diary = heartbeat.beat(name, first=True), Diary()
    threads = [
        threading.Thread(target=_repeat, args=(duty, stop, diary), name=duty.name, daemon=True)
        for duty in (registry.duties() if duties is None else duties)
    ]
    beating = registry.Duty("heartbeat", lambda: _beat(name, pk, diary), heartbeat.EVERY_SECONDS)
    threads.append(threading.Thread(target=_repeat, args=(beating, stop, Diary()), name="heartbeat", daemon=True))
    for thread in threads:
        thread.start()
    stop.wait()
    deadline = time.monotonic() + STOP_WITHIN_SECONDS
    for thread in threads:
        thread.join(max(deadline - time.monotonic(), 0))
    _last_words(name, pk, diary)
    return not any(thread.is_alive() for thread in threads)


def _beat(name: str, pk: int, diary: Diary) -> None:
    heartbeat.beat(name)
    diary.write(pk)


def _last_words(name: str, pk: int, diary: Diary) -> None:
    """What was done last, and that it ended in good order; a database that is away keeps nobody from stopping."""
    try:
        diary.write(pk)
        heartbeat.stopped(name)
    except DatabaseError as error:
        log.warning("that this process stops could not be written down: %s", type(error).__name__)


def _repeat(duty: registry.Duty, stop: threading.Event, diary: Diary) -> None:
    """Turn after turn. A duty that fails rests, longer each time; the log hears of it when it begins and when it ends."""
    process.stop_with(stop.is_set)
    while not stop.is_set():
        close_old_connections()
        diary.begins(duty.name)
        try:
            more = bool(duty.function())
        except Exception as error:
            more, rest = False, _rest(diary.fails(duty.name, error), duty, error)
            stop.wait(rest)
        else:
            if failed := diary.ends(duty.name, more):
                log.info("the duty %s works again, after it failed %s times", duty.name, failed)
        if not more:
            stop.wait(duty.every_seconds)
    connection.close()


def _rest(failures: int, duty: registry.Duty, error: Exception) -> float:
    """Say that it failed, once in a row, and give how long it rests: 5 s, twice as long each time, 2 minutes at most."""
    if failures == 1:
        log.error("the duty %s failed; it is tried again", duty.name, exc_info=error)
    return min(REST_AFTER_ERROR_SECONDS * 2.0 ** min(failures - 1, 10), LONGEST_REST_SECONDS)
