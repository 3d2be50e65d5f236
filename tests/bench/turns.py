"""A small and a large ledger take turns at every page, so that whatever else the machine does slows down both alike."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
TURNS = 7


class Ledger:
    """A database that is measured by a process of its own (tests/bench/measure.py). `filled` is in seconds."""

    def __init__(self, address: str, many: int) -> None:
        where = {"DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_DATABASE_URL": address}
        command = [sys.executable, "-m", "tests.bench.measure", str(many)]
        pipes: Any = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, **where}, **pipes)
        told = self._next()
        self.names: list[str] = told["names"]
        self.filled: float = told["filled"]

    def ask(self, name: str) -> Any:
        """What measuring this once gives."""
        assert self.process.stdin
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        return self._next()

    def close(self) -> None:
        """End its process."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()

    def _next(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("Measuring broke off, see above.")
        return json.loads(line)


@contextmanager
def opened(address: str, many: int) -> Iterator[Ledger]:
    """A ledger that is filled if it is empty; its process ends with the context."""
    ledger = Ledger(address, many)
    try:
        yield ledger
    finally:
        ledger.close()


@dataclass
class Times:
    """How long a page took in one ledger, in milliseconds: a list for every round. `crowded`: how crowded it was (measure.py)."""

    rounds: list[list[float]] = field(default_factory=list)
    crowded: list[list[float]] = field(default_factory=list)

    @property
    def least(self) -> float:
        """The quickest of all. What else the machine does only ever adds to it."""
        return min(min(each) for each in self.rounds)

    @property
    def median(self) -> float:
        """That of the quickest round."""
        return min(statistics.median(each) for each in self.rounds)

    @property
    def alone(self) -> float:
        """The median of the quickest round, had the machine nothing else to do."""
        both = zip(self.rounds, self.crowded, strict=True)
        return min(statistics.median(took / many for took, many in zip(*each, strict=True)) for each in both)


@dataclass
class Page:
    """One page in both ledgers. `wrong`: what was wrong with it, "" if nothing ever was."""

    name: str
    small: Times = field(default_factory=Times)
    large: Times = field(default_factory=Times)
    wrong: str = ""

    @property
    def ratio(self) -> float:
        """How many times as long it takes with many calls: the middle one of all turns, each of which is two at nearly one time.

        Of all rounds, not of the best one: the more there are the less noise is left in it, and a slow page stays slow.
        """
        pairs = zip(sum(self.large.rounds, []), sum(self.small.rounds, []), strict=True)
        return statistics.median(large / small for large, small in pairs)

    def measure(self, small: Ledger, large: Ledger) -> None:
        """One round more: a warm-up, then so many turns."""
        both = ((small, self.small), (large, self.large))
        for _, times in both:
            times.rounds.append([])
            times.crowded.append([])
        for turn in range(TURNS + 1):
            for ledger, times in both:
                took, wrong, crowded = ledger.ask(self.name)
                self.wrong = self.wrong or wrong
                if turn:
                    times.rounds[-1].append(took)
                    times.crowded[-1].append(crowded)
