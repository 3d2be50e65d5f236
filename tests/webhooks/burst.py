"""A storm of events against real processes: `python -m tests.webhooks.burst [events] [senders]`.

Starts the stand-in, gunicorn as in the Procfile and a background process on a database of its own, sends every event four
times in a shuffled order, and tells how long answers took and whether every call ended up as Talkstack has it.
"""

import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from typing import Any

MANY = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 2000
SENDERS = int(sys.argv[2]) if len(sys.argv) > 2 else 16
SERVER = [
    "--worker-class",
    "gthread",
    "--workers",
    "2",
    "--threads",
    "8",
    "--no-control-socket",
    "--log-level",
    "error",
]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def world(calls: int) -> Any:
    """The stand-in with so many calls that have ended; the same ones wherever it is made."""
    from functools import partial

    from dashboard.sandbox import Sandbox
    from dashboard.sandbox import world as worlds

    return Sandbox(seed=partial(worlds.many, projects=1, agents=1, calls=calls))


def sandbox(port: int, calls: int) -> None:
    """It as a process."""
    from dashboard.sandbox import server

    server.serve(world(calls), port, quiet=True)


def prepare() -> tuple[str, dict[str, str]]:
    """The database with the demo people and every call as "queued". Gives the door, and how each call ended."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils import timezone

    from dashboard.accounts.models import Workspace
    from dashboard.accounts.upstream import Upstream
    from dashboard.calls.models import Call
    from dashboard.webhooks import actions, addresses

    call_command("migrate", verbosity=0)
    call_command("demo", verbosity=0)
    workspace = Workspace.objects.get(slug="oak-care")
    project = Upstream(workspace).client().projects.list()[0]
    ended = {call.sid: str(call.stages[-1][1]) for call in world(MANY).store.calls.values()}
    now = timezone.now()
    Call.objects.bulk_create(
        Call(
            workspace=workspace,
            project_id=project.id,
            sid=sid,
            number="+12065550121",
            at=now,
            attempt="placed",
            state="queued",
        )
        for sid in ended
    )
    return f"/hooks/{actions.secret_for(addresses.ensure(workspace, project.id, project.name))}/", ended


def storm(port: int, door: str, events: list[bytes]) -> list[float]:
    """Send them by many at once. Gives how long each answer took, in seconds; whatever is not answered 200 ends it."""
    took: list[float] = []
    lock = threading.Lock()

    def send() -> None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        while True:
            with lock:
                if not events:
                    return
                body = events.pop()
            began = time.perf_counter()
            link.request("POST", door, body, {"Content-Type": "application/json"})
            answer = link.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
            took.append(time.perf_counter() - began)

    threads = [threading.Thread(target=send) for _ in range(SENDERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(took)


def say(name: str, took: list[float], seconds: float) -> None:
    at = {part: took[min(int(len(took) * part), len(took) - 1)] * 1000 for part in (0.5, 0.95, 0.99, 1.0)}
    figures = ", ".join(f"{int(part * 100)} % {ms:.0f} ms" for part, ms in at.items())
    print(f"{name}: {len(took)} answers in {seconds:.1f} s ({len(took) / seconds:.0f}/s); {figures}")


def wait_for(port: int) -> None:
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"nothing answers on port {port}")


def told(sid: str) -> str:
    """How the call ended as its own data say: more exact than the history."""
    from dashboard.accounts.models import Workspace
    from dashboard.accounts.upstream import Upstream
    from dashboard.calls.models import Call

    client = Upstream(Workspace.objects.get(slug="oak-care")).client()
    return client.calls.get(sid, Call.objects.get(sid=sid).project_id).state


def settled(ended: dict[str, str]) -> None:
    """Wait until every event is handled and every call read; say how long it took and what is wrong."""
    from django.db.models import Q
    from django.utils import timezone

    from dashboard.calls.models import Call
    from dashboard.webhooks.models import Event

    began, handled = time.monotonic(), 0.0
    while time.monotonic() - began < 600:
        if not handled and not Event.objects.filter(outcome="waiting").exists():
            handled = time.monotonic() - began
        if handled and not Call.objects.filter(Q(state="queued") | Q(next_read_at__lte=timezone.now())).exists():
            break
        time.sleep(0.5)
    states = dict(Call.objects.values_list("sid", "state"))
    wrong = [sid for sid, state in ended.items() if states[sid] != state and states[sid] != told(sid)]
    print(f"handled after {handled:.1f} s more, every call read after {time.monotonic() - began:.1f} s")
    rows = Event.objects.exclude(outcome="test").count()
    print(f"{rows} events kept, {len(wrong)} calls with another state than Talkstack's, {Call.objects.count()} calls")
    assert rows == MANY and not wrong


def main() -> None:
    folder, ours, theirs = tempfile.mkdtemp(prefix="burst-"), free_port(), free_port()
    os.environ.update(
        SECRET_KEY="burst-only-" + "x" * 40, ENCRYPTION_KEYS="dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
        DATABASE_URL=os.environ.get("BURST_DATABASE_URL", f"sqlite:///{folder}/db.sqlite3"), LOG_LEVEL="ERROR",
        SANDBOX_URL=f"http://127.0.0.1:{theirs}", PORT=str(ours), DEMO_PASSWORD="practice-makes-calm",
        DJANGO_SETTINGS_MODULE="dashboard.settings", SANDBOX_OWNER_PASSWORD="practice-makes-calm",
        WEBHOOK_EVENTS_PER_MINUTE=str(max(6000, MANY * 3)),
    )  # fmt: skip
    running: list[subprocess.Popen[bytes]] = []

    def start(*command: Any) -> None:
        running.append(subprocess.Popen([sys.executable, *map(str, command)], stdout=subprocess.DEVNULL))

    try:
        start("-m", "tests.webhooks.burst", "--sandbox", theirs, MANY)
        wait_for(theirs)
        door, ended = prepare()
        start("-m", "gunicorn", "dashboard.wsgi", *SERVER, "--bind", f"127.0.0.1:{ours}")
        wait_for(ours)
        start("manage.py", "worker")
        storm(ours, door, [b'{"event": "test"}'] * 200)  # every thread has answered once
        bodies = [json.dumps({"callSid": sid, "status": state}).encode() for sid, state in ended.items()]
        for name, events in (
            ("new", bodies[:]),
            ("the same thrice, shuffled", random.sample(bodies * 3, len(bodies) * 3)),
        ):
            began = time.monotonic()
            took = storm(ours, door, events)
            say(name, took, time.monotonic() - began)
        settled(ended)
    finally:
        for process in reversed(running):
            process.terminate()
        for process in running:
            process.wait(30)


if __name__ == "__main__":
    if "--sandbox" in sys.argv:
        sandbox(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
