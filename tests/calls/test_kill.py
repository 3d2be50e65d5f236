"""The process is killed at every line of the dialling code that it executes: every phone rings at most once.

A forked child does the worker's part and is killed with SIGKILL at its n-th line; the parent then does what a starting
worker does. The sandbox is a process of its own, so that a deed outlives the one who asked for it.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import uuid
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import connections

from dashboard.accounts.models import User, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls import attempts, dialing, follow, reconcile
from dashboard.calls.models import Attempt, Call
from tests.conftest import OWNER_EMAIL, sign_in

CODE = str(Path(dialing.__file__).parent)


@pytest.fixture
def practice_server(settings: Any) -> Any:
    """The sandbox as a process on a free port of this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings.SANDBOX_URL = f"http://127.0.0.1:{port}"
    settings.BUDGETS = {**settings.BUDGETS, "read": 5.0, "write": 5.0, "ring": 5.0, "connect": 2.0}
    environment = {**os.environ, "SANDBOX_OWNER_PASSWORD": django_settings.DEMO_PASSWORD}
    command = [sys.executable, "-m", "dashboard.sandbox", "--port", str(port), "--quiet"]
    server = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    assert server.stdout is not None
    server.stdout.readline()
    yield settings.SANDBOX_URL
    server.terminate()
    server.wait(10)
    server.stdout.close()


def rings(server: str) -> list[str]:
    """The numbers that rang, once per ring."""
    with urllib.request.urlopen(f"{server}/_sandbox/rings", timeout=5) as answer:
        told = json.load(answer)
    listed = told if isinstance(told, list) else told["rings"]
    return [ring["number"] for ring in listed if ring.get("sid", "x")]


def later(server: str, clock: Any, seconds: int) -> None:
    """Let time pass for both sides, so that a queued call has begun."""
    body = json.dumps({"advance": seconds}).encode()
    request = urllib.request.Request(f"{server}/_sandbox/clock", body, {"Content-Type": "application/json"})
    urllib.request.urlopen(request, timeout=5).close()
    clock.shift(seconds)


def killed_at(line: int) -> bool:
    """Send in a child that dies at its `line`-th line of the dialling code. False when it ended before that."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        seen = 0

        def trace(frame: FrameType, event: str, arg: object) -> Any:
            nonlocal seen
            if not frame.f_code.co_filename.startswith(CODE):
                return None
            if event == "line":
                seen += 1
                if seen == line:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        try:
            sys.settrace(trace)
            dialing.send_next(f"child {line}")
        finally:
            sys.settrace(None)
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def recover(call: Call) -> Call:
    """What a starting worker does, two hours later."""
    with time_machine.travel(time.time() + 7200, tick=True):
        while dialing.send_next("the next worker"):
            pass
        attempts.expire_leases()
        for _ in range(4):
            Call.objects.filter(pk=call.pk, attempt=Attempt.UNKNOWN).update(next_look_at=call.at)
            reconcile.look_for_unknown()
        follow.follow_open()
    call.refresh_from_db()
    return call


@pytest.mark.django_db(transaction=True)
def test_killed_at_every_line(practice_server):
    with time_machine.travel(time.time(), tick=True) as clock:
        kill_at_every_line(practice_server, clock)


def kill_at_every_line(practice_server: str, clock: Any) -> None:
    sign_in(OWNER_EMAIL)
    workspace = Workspace.objects.get(slug="oak-care")
    client = Upstream(workspace).client()
    project = next(each for each in client.projects.list() if each.name == "Northgate Clinics")
    agent = next(each for each in client.agents.list(project.id) if client.numbers.by_agent(each.id))
    user = User.objects.get(email=OWNER_EMAIL)
    ends: dict[int, str] = {}
    for line in range(1, 400):
        number = f"+1{200 + line}5550121"
        wish = dialing.Wish(project.id, project.name, agent.id, agent.name, number, {"name": "Robin Sample"})
        call = dialing.reserve(workspace, user, wish, request_key=uuid.uuid4().hex)
        killed = killed_at(line)
        later(practice_server, clock, 4)
        call = recover(call)
        rang = rings(practice_server).count(number)
        assert rang <= 1, f"killed at line {line}: it rang {rang} times"
        assert call.attempt in (Attempt.PLACED, Attempt.UNKNOWN), f"killed at line {line}: {call.attempt}"
        told = f"killed at line {line}: {call.attempt}, {rang} rings, {call.looks} looks, {call.read_problem} {call.candidates}"
        assert (call.attempt == Attempt.PLACED) == (rang == 1), told
        ends[line] = call.attempt
        if not killed:
            break
    assert not killed, "the dialling code is longer than this test looks"
    assert len(ends) > 30
    assert {Attempt.PLACED, Attempt.UNKNOWN} <= set(ends.values())
