"""`manage.py worker`: the background process that places calls and follows them."""

import signal
import sys
import threading
from typing import Any

from django.core.management.base import BaseCommand

from dashboard.web import process
from dashboard.worker import loop


class Command(BaseCommand):
    help = "Places reserved calls and follows them, until it is told to stop (SIGTERM or Ctrl-C)."

    def handle(self, *args: Any, **options: Any) -> None:
        """Run until a signal; exit with 1 when something was still under way after 20 s."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        name = process.name()
        self.stdout.write(f"The background process {name} is running.")
        self.stdout.flush()
        finished = loop.run(name, stop)
        self.stdout.write(
            "Stopped." if finished else "Stopped with a request still under way; its call becomes unknown."
        )
        sys.exit(0 if finished else 1)
