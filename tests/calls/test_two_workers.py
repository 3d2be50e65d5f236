"""Two background processes on one database, killed now and then: the ledger ends as Talkstack knows it.

tests/soak.py goes on for longer."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest
from django.db import connection

from tests.calls.test_kill import practice_server  # noqa: F401
from tests.soak import ENVIRONMENT, Soak

SECONDS, PAUSES, PATIENCE, LEAST = 5.0, (0.1, 0.6), 90.0, 3
MANY = """
import os, signal, sys, threading, django
django.setup()
from dashboard.worker import loop
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    pid = os.fork()
    if pid == 0:
        loop.run(f"soak:{os.getpid()}", threading.Event())
    print(pid, flush=True)
"""


class Forked:
    """A worker with all its duties, a child of a process that has loaded everything and does nothing else."""

    def __init__(self, nursery: subprocess.Popen[str]) -> None:
        assert nursery.stdin and nursery.stdout
        nursery.stdin.write("one more\n")
        nursery.stdin.flush()
        self.pid = int(nursery.stdout.readline())

    def kill(self) -> None:
        os.kill(self.pid, signal.SIGKILL)

    def wait(self) -> None:
        try:
            while True:
                os.kill(self.pid, 0)
                time.sleep(0.01)
        except ProcessLookupError:
            return

    def send_signal(self, sig: int) -> None:
        os.kill(self.pid, sig)


@pytest.fixture
def start(practice_server) -> Iterator[Callable[[], Forked]]:  # noqa: F811
    """Starts a worker on the database of this test."""
    told = connection.settings_dict
    address = f"sqlite:///{told['NAME']}"
    if connection.vendor == "postgresql":
        address = f"postgresql://{told['USER']}@{told['HOST']}:{told['PORT']}/{told['NAME']}"
    ours = {"DJANGO_SETTINGS_MODULE": "dashboard.settings", "DATABASE_URL": address, "SANDBOX_URL": practice_server}
    kept = {name: os.environ[name] for name in ("SECRET_KEY", "ENCRYPTION_KEYS")}
    faster = {"TALKSTACK_RING_SECONDS": "1", "RECONCILE_AFTER_SECONDS": "1"}
    environment = {**os.environ, **ENVIRONMENT, **ours, **kept, **faster}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    nursery = subprocess.Popen([sys.executable, "-c", MANY], env=environment, **pipes)
    yield lambda: Forked(nursery)
    nursery.communicate()


@pytest.mark.django_db(transaction=True)
def test_two_that_are_killed_leave_the_ledger_that_one_leaves(practice_server, start):  # noqa: F811
    soak = Soak(practice_server, random.Random(7), start)
    wrong = soak.run(SECONDS, PAUSES, PATIENCE, LEAST)
    assert not wrong, (soak.told, wrong[:10])
