"""`manage.py serve`: everything a newcomer needs, on this machine: sandbox, worker and web server."""

import io
import signal
import socket
import subprocess
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

READY_WITHIN_SECONDS = 15.0


class Command(BaseCommand):
    help = "Starts the sandbox, the background process and the web server, and stops them together."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal, or until one of the three ends: then the others are stopped as well."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._interrupt)
        sandbox = urlsplit(settings.SANDBOX_URL)
        self._refuse_taken(settings.PORT, "PORT")
        self._refuse_taken(sandbox.port or 80, "SANDBOX_URL")
        children = []
        try:
            children.append(self._start("sandbox", _sandbox(sandbox.port or 80)))
            self._wait_for(sandbox.port or 80, children)
            if not settings.TALKSTACK_API_URL:
                call_command("demo", verbosity=0, stdout=io.StringIO())
            children.append(self._start("worker", [sys.executable, "manage.py", "worker"], quiet=True))
            children.append(self._start("web", _gunicorn()))
            self._wait_for(settings.PORT, children)
            self._say_ready()
            self._watch(children)
        except KeyboardInterrupt:
            self.stdout.write("\nStopping.")
        finally:
            _stop(children)

    def _interrupt(self, *_: Any) -> None:
        raise KeyboardInterrupt

    def _refuse_taken(self, port: int, setting: str) -> None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                raise CommandError(
                    f"Port {port} is taken by another program. Set {setting} to a free one and try again."
                )

    def _start(self, name: str, command: list[str], quiet: bool = False) -> subprocess.Popen[bytes]:
        output = subprocess.DEVNULL if quiet else None
        return subprocess.Popen(command, cwd=settings.BASE_DIR, stdout=output, start_new_session=True)  # noqa: S603

    def _wait_for(self, port: int, children: list[subprocess.Popen[bytes]]) -> None:
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            if any(child.poll() is not None for child in children):
                raise CommandError("One of the programs ended at once; its message is above.")
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.1)
        raise CommandError(f"Nothing answered on port {port} within {READY_WITHIN_SECONDS:.0f} s.")

    def _say_ready(self) -> None:
        lines = ["", f"  The dashboard is running:  {settings.PUBLIC_URL}/", ""]
        if settings.TALKSTACK_API_URL:
            lines.append(f"  Sign in with your Talkstack account at {settings.TALKSTACK_API_URL}. Calls are real.")
        else:
            lines.append("  Practice: nobody is called. Sign in as")
            people = {"owner": "Robin, the owner", "admin": "an admin", "operator": "an operator", "viewer": "a viewer"}
            lines += [
                f"    {name + '@oakcare.example':28}{settings.DEMO_PASSWORD}   {who}" for name, who in people.items()
            ]
        self.stdout.write("\n".join([*lines, "", "  Ctrl-C stops everything.", ""]))
        self.stdout.flush()

    def _watch(self, children: list[subprocess.Popen[bytes]]) -> None:
        while all(child.poll() is None for child in children):
            time.sleep(0.5)
        raise CommandError("One of the programs ended; the others are stopped too.")


def _sandbox(port: int) -> list[str]:
    state = str(settings.SANDBOX_STATE)
    return [sys.executable, "-m", "dashboard.sandbox", "--port", str(port), "--state", state, "--quiet"]


def _gunicorn() -> list[str]:
    options = ["--worker-class", "gthread", "--workers", "2", "--threads", "8", "--no-control-socket"]
    quiet = ["--log-level", "warning", "--bind", f"127.0.0.1:{settings.PORT}"]
    return [sys.executable, "-m", "gunicorn", "dashboard.wsgi", *options, *quiet]


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in reversed(children):
        if child.poll() is None:
            child.terminate()
    for child in children:
        try:
            child.wait(timeout=25)
        except subprocess.TimeoutExpired:
            child.kill()
