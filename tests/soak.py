"""Two background processes on one database, killed at random moments: `python -m tests.soak`, or `make soak`.

    python -m tests.soak [--minutes N] [--database sqlite|postgresql] [--seed N]

They read the same histories and follow the same calls, while Talkstack's history lags, loses and reorders, answers get lost,
and calls are placed here and elsewhere. In the end the ledger must be what Talkstack knows: every call once, each in its
final state; nothing final may ever have become something else on the way, and no phone may have rung twice.
"""

import argparse
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from tests.bench import servers

DISTORTED: list[dict[str, Any]] = [
    {}, {"order": "mixed", "cap": 40}, {"order": "oldest", "lose": 4}, {"ids": "both", "behind": 20},
    {"ids": "inner", "order": "mixed"}, {"ids": "call_id", "spelling": "national"}, {"lose": 3, "cap": 25}, {"cap": 12},
]  # fmt: skip
SPOILT: list[dict[str, Any]] = [
    {"kind": "lost-close", "path": "/call/makeCall"}, {"kind": "lost-500", "path": "/call/makeCall"},
    {"kind": "500", "path": "/call", "times": 3}, {"kind": "429", "path": "/call/get-call-history", "times": 2},
    {"kind": "close", "path": "/call/get-call-history", "times": 3}, {"kind": "truncated", "path": "/call", "times": 3},
]  # fmt: skip
WORKERS = 2
ENVIRONMENT = {
    "SECRET_KEY": "soak-only-" + "x" * 40,
    "ENCRYPTION_KEYS": "dGVzdHMtb25seS10ZXN0cy1vbmx5LXRlc3RzLW9ubHk=",
    "DEMO_PASSWORD": "practice-makes-calm", "SANDBOX_OWNER_PASSWORD": "practice-makes-calm",
    "SIGN_IN_FLOOR_SECONDS": "0", "CALLS_PER_MINUTE": "0", "RECONCILE_AFTER_SECONDS": "3",
    "TALKSTACK_RING_SECONDS": "3", "TALKSTACK_READ_SECONDS": "3", "LOG_LEVEL": "ERROR",
}  # fmt: skip


def main() -> int:
    """Set up, break, look. 1 when the ledger is not what Talkstack knows."""
    asked = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    asked.add_argument("--minutes", type=float, default=3.0, help="how long processes are killed")
    asked.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    asked.add_argument("--seed", type=int, default=random.randrange(10_000))
    chosen = asked.parse_args()
    if chosen.database not in servers.installed():
        print("PostgreSQL is not installed: apt-get install -y postgresql")
        return 1
    folder = Path(tempfile.mkdtemp(prefix="dashboard-soak-"))
    try:
        with servers.OPENED[chosen.database](folder, 0, False) as database:
            return _soak(database, folder, chosen.minutes, random.Random(chosen.seed), chosen.seed)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _soak(database: str, folder: Path, minutes: float, chance: random.Random, seed: int) -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    os.environ.update(ENVIRONMENT, DATABASE_URL=database, SANDBOX_URL=f"http://127.0.0.1:{port}")
    os.environ["DJANGO_SETTINGS_MODULE"] = "dashboard.settings"
    server = subprocess.Popen([sys.executable, "-m", "dashboard.sandbox", "--port", str(port), "--quiet"], stdout=-1)
    assert server.stdout
    server.stdout.readline()
    try:
        import django

        django.setup()
        from django.conf import settings
        from django.core.management import call_command

        settings.ALLOWED_HOSTS = ["testserver"]
        call_command("migrate", verbosity=0)
        print(f"seed {seed}: {minutes:g} minutes of killing", flush=True)
        with (folder / "workers").open("w") as log:
            command = [sys.executable, "manage.py", "worker"]
            soak = Soak(f"http://127.0.0.1:{port}", chance, lambda: subprocess.Popen(command, stdout=log, stderr=log))
            wrong = soak.run(minutes * 60, (0.3, 3.0), 120)
    finally:
        server.terminate()
        server.wait(10)
    print(f"{soak.killed} killed, {soak.placed} calls placed meanwhile; {soak.told}")
    print("\n".join(wrong[:40]) or "the ledger is what Talkstack knows")
    return int(bool(wrong))


class Process(Protocol):
    """A background process."""

    def kill(self) -> None: ...
    def wait(self) -> Any: ...
    def send_signal(self, sig: int) -> None: ...


class Soak:
    """One run against the practice server at `server`, on the database of the settings. `start` starts a worker."""

    def __init__(self, server: str, chance: random.Random, start: Callable[[], Process]) -> None:
        from django.conf import settings
        from django.test import Client

        from dashboard.accounts.models import User, Workspace
        from dashboard.accounts.upstream import Upstream

        email = "owner@oakcare.example"
        Client().post("/sign-in/", {"email": email, "password": settings.DEMO_PASSWORD})
        self.server, self.chance, self.start = server, chance, start
        self.user, self.workspace = User.objects.get(email=email), Workspace.objects.get()
        self.client = Upstream(self.workspace).client()
        project = next(each for each in self.client.projects.list() if each.name == "Northgate Clinics")
        agents = self.client.agents.list(project.id)
        self.agent = next(each for each in agents if self.client.numbers.by_agent(each.id))
        self.project, self.placed, self.killed, self.told = project, 0, 0, ""
        self.workers: list[Process] = []
        self.final: dict[str, str] = {}
        self.wrong: list[str] = []

    def control(self, page: str, method: str = "POST", /, **body: Any) -> Any:
        """One request to the practice server's controls."""
        request = urllib.request.Request(f"{self.server}/_sandbox/{page}", json.dumps(body).encode(), method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def run(self, seconds: float, pauses: tuple[float, float], patience: float, least: int = 0) -> list[str]:
        """The chaos, one thing after every pause, until `least` calls were placed and workers killed; then quiet, for
        `patience` seconds at most. Gives what is wrong in the end.
        """
        self.workers = [self.start() for _ in range(WORKERS)]
        end = time.monotonic() + seconds
        try:
            while time.monotonic() < end or min(self.killed, self.placed) < least:
                time.sleep(self.chance.uniform(*pauses))
                self._something()
                self._in_time()
                self._look()
            self._quiet(patience)
        finally:
            for worker in self.workers:
                worker.kill()
                worker.wait()
        self._compare()
        return self.wrong

    # --- What happens -----------------------------------------------------------------------------------------------
    def _something(self) -> None:
        """A call is made, here or elsewhere, or not; and one thing goes wrong."""
        if self.chance.random() < 0.6:
            self._call()
        place, luck = self.chance.randrange(WORKERS), self.chance.random()
        if luck < 0.5:
            self.workers[place].kill()
            self.workers[place].wait()
            self.workers[place], self.killed = self.start(), self.killed + 1
        elif luck < 0.65:
            self._steal()  # as when it was frozen for longer than its lease
            self.workers[place].send_signal(signal.SIGSTOP)
            time.sleep(self.chance.uniform(0.2, 1))
            self.workers[place].send_signal(signal.SIGCONT)
        elif luck < 0.85:
            self.control("faults", "DELETE")
            self.control("faults", kind="history", times=0, **self.chance.choice(DISTORTED))
        else:
            self.control("faults", **self.chance.choice(SPOILT))

    def _call(self) -> None:
        """Placed here, or elsewhere: then only the history can tell of it."""
        from dashboard.calls import dialing

        self.placed += 1
        number = f"+1{200 + self.placed % 700}555{100 + self.chance.randrange(100):04d}"
        if number[-2:] in ("16", "17", "18", "19"):
            number = number[:-2] + "21"
        if self.chance.random() < 0.4:
            wish = dialing.Wish(self.project.id, self.project.name, self.agent.id, self.agent.name, number, {})
            confirmed = ("confirm_recent", "confirm_hours", "confirm_used", "confirm_again", "confirm_number")
            dialing.reserve(self.workspace, self.user, wish, request_key=f"soak {self.placed}", confirmed=confirmed)
            return
        from dashboard.talkstack.errors import TalkstackError

        with suppress(TalkstackError):
            self.client.calls.make(number, self.project.id, self.agent.id, {})

    def _steal(self) -> None:
        from django.utils import timezone

        from dashboard.calls.models import HistoryRead

        HistoryRead.objects.update(lease_until=timezone.now())

    def _in_time(self) -> None:
        """Minutes pass as far as the tables say: leases run out, and everything is due again."""
        from datetime import timedelta

        from django.utils import timezone

        from dashboard.calls.models import Call, HistoryRead

        now = timezone.now()
        free = HistoryRead.objects.filter(lease_until=None) if self.chance.random() < 0.7 else HistoryRead.objects
        free.update(next_read_at=now, lease_until=None)
        if self.chance.random() < 0.2:
            HistoryRead.objects.update(recent_at=None, month_at=now - timedelta(days=self.chance.choice([0, 2])))
        Call.objects.filter(next_read_at__gt=now).update(next_read_at=now)
        Call.objects.filter(attempt="unknown", next_look_at__gt=now, attempt_at__lt=now - timedelta(seconds=8)).update(
            next_look_at=now
        )

    # --- What must hold -----------------------------------------------------------------------------------------------
    def _look(self) -> None:
        """Final states stay what they are, or become what they mean more exactly."""
        from dashboard.calls.models import Call
        from dashboard.calls.states import FINAL, REFINED

        for sid, state in Call.objects.filter(sid__isnull=False).values_list("sid", "state"):
            was = self.final.get(sid, "")
            if was and state != was and not (was == "completed" and state in REFINED):
                self.wrong.append(f"{sid} went back from {was} to {state or 'nothing'}")
            if state in FINAL:
                self.final[sid] = state

    def _quiet(self, patience: float) -> None:
        """Nothing goes wrong any more, calls end soon, and all of the history is read once more."""
        from dashboard.calls.models import Call, HistoryRead

        self.control("faults", "DELETE")
        # A turn under way knows only a history that went wrong: it must find its lease in other hands.
        HistoryRead.objects.update(lease_until=None, recent_at=None, month_at=None, begun_at=None, back_to=None)
        over = ["not_sent", "refused", "cancelled"]
        begun = time.monotonic()
        while time.monotonic() < begun + patience:
            time.sleep(0.5)
            self.control("clock", advance=6)
            self._in_time()
            self._look()
            waits = HistoryRead.objects.filter(begun_at=None).exists() or HistoryRead.objects.exclude(gaps=[]).exists()
            opened = Call.objects.filter(final_at=None).exclude(attempt__in=over)
            rang = {ring["number"] for ring in self.control("rings", "GET")["rings"]}
            if not waits and not [row for row in opened if row.attempt != "unknown" or row.number in rang]:
                return
        self.wrong.append("it did not come to an end")

    def _compare(self) -> None:
        from dashboard.calls.models import Call

        told: dict[str, Any] = {}
        for project in self.client.projects.list():
            for item in self.client.calls.history(project.id, 1000):
                told[item.sid] = (project.id, item)
        rows = list(Call.objects.filter(workspace=self.workspace))
        none_made = ("not_sent", "refused", "cancelled", "reserved")
        rings = Counter(ring["number"] for ring in self.control("rings", "GET")["rings"])
        made = [row for row in rows if row.attempt not in none_made]
        made = [row for row in made if row.attempt != "unknown" or rings[row.number]]  # killed before it was sent
        by_sid = Counter(row.sid or f"no id: {row.attempt} {row.number}" for row in made)
        self.wrong += [f"{sid} is there {many} times" for sid, many in by_sid.items() if many > 1]
        self.wrong += [f"{sid} is lost" for sid in told if sid not in by_sid]
        self.wrong += [f"{sid} is none of Talkstack's" for sid in by_sid if sid not in told]
        for row in rows:
            if row.sid in told:
                self.wrong += _differs(row, *told[row.sid])
        mine = Call.objects.filter(workspace=self.workspace, request_key__startswith="soak")
        twice = [row.number for row in mine if rings[row.number] > 1]
        self.wrong += [f"{number} rang twice" for number in twice if twice.count(number) < rings[number]]
        self.told = f"{len(told)} calls at Talkstack, {len(rows)} rows"


def _differs(row: Any, project_id: str, item: Any) -> list[str]:
    from dashboard.calls.states import REFINED

    wrong = []
    if row.project_id != project_id:
        wrong.append(f"{row.sid} is in another project")
    if row.state != item.state and not (item.state == "completed" and row.state in REFINED):
        wrong.append(f"{row.sid} is {row.state or 'nothing'} here and {item.state} there")
    facts = {"number": item.to, "from_number": item.from_, "ended_at": item.ended_at}
    if not row.read_at:  # call data know fractions of seconds
        facts |= {"seconds": item.seconds, "started_at": item.started_at}
    elif row.ended_at is None:  # call data do not tell it: the next reading of the history does
        del facts["ended_at"]
    wrong += [
        f"{row.sid}: {name} is {getattr(row, name)}, not {value}"
        for name, value in facts.items()
        if getattr(row, name) != value
    ]
    return wrong


if __name__ == "__main__":
    sys.exit(main())
