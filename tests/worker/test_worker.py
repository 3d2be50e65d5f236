"""The background process: it beats, does its duties, survives one that fails, and stops cleanly when it is told to."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections

from dashboard.web import registry
from dashboard.worker import heartbeat, loop
from dashboard.worker.models import Heartbeat

ROOT = Path(__file__).resolve().parents[2]


def run_until(done: threading.Event, *duties: registry.Duty) -> bool:
    """Do these duties in a thread until `done`, then stop; whether everything came to its end."""
    stop, ended = threading.Event(), []
    thread = threading.Thread(target=lambda: ended.append(loop.run("test", stop, duties)))
    thread.start()
    assert done.wait(10)
    stop.set()
    thread.join(25)
    connections.close_all()
    return ended == [True]


@pytest.mark.django_db(transaction=True)
def test_it_does_duties_again_and_again_and_beats():
    times, done = [], threading.Event()

    def count() -> None:
        times.append(heartbeat.alive())
        if len(times) == 3:
            done.set()

    assert run_until(done, registry.Duty("count", count, 0.01))
    assert times == [True, True, True]
    assert not heartbeat.alive(), "it said good-bye"


@pytest.mark.django_db(transaction=True)
def test_a_duty_that_fails_keeps_no_other_from_its_work(caplog):
    done, worked = threading.Event(), []

    def fail() -> None:
        raise ValueError("broken duty")

    def work() -> None:
        worked.append(1)
        if len(worked) > 3:
            done.set()

    assert run_until(done, registry.Duty("fails", fail, 0.01), registry.Duty("works", work, 0.01))
    assert "the duty fails failed" in caplog.text


@pytest.mark.django_db(transaction=True)
def test_more_to_do_is_done_without_a_pause():
    left, done = [5], threading.Event()

    def work() -> bool:
        left[0] -= 1
        if not left[0]:
            done.set()
        return left[0] > 0

    assert run_until(done, registry.Duty("busy", work, 3600))


@pytest.mark.django_db
def test_silence_is_noticed(sandbox):
    heartbeat.beat("test", first=True)
    assert registry.worker_alive() is True
    sandbox.tick(20)
    assert registry.worker_alive() is False
    heartbeat.beat("another", first=True)
    assert Heartbeat.objects.count() == 2
    sandbox.tick(2 * 24 * 3600)
    heartbeat.beat("test", first=True)
    assert [beat.name for beat in Heartbeat.objects.all()] == ["test"]


def test_the_process_stops_cleanly_on_sigterm(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/worker.sqlite3",
        "SECRET_KEY": settings.SECRET_KEY,
        "ENCRYPTION_KEYS": settings.ENCRYPTION_KEYS[0],
        "SANDBOX_URL": address,
    }
    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=environment, check=True, cwd=ROOT)
    process = subprocess.Popen([*manage, "worker"], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert "is running" in process.stdout.readline()
    begun = time.monotonic()
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=25)
    assert process.returncode == 0
    assert "Stopped." in said
    assert time.monotonic() - begun < 20
