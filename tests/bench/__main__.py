"""Prints a table, fails when a limit is broken: `python -m tests.bench [--calls N] [--database sqlite|postgresql|both] [--keep]`.

Every database is a new one in a temporary folder, filled and measured by a process of its own (tests/bench/measure.py). The
small and the large one take turns (tests/bench/turns.py), and what seems to break its limit is measured again, in several
rounds: a busy machine makes a page look slow now and then, one that is slow stays slow.
"""

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path

from tests.bench import servers, turns
from tests.bench.measure import RATE
from tests.bench.turns import Ledger, Page

ROUNDS = 5  # at most
SMALL, LARGE = 1_000, 1_000_000
MOST_TIMES = 2.0
_MOST = {"search": 300, "export": 500, "home": 800}  # ms; the charts of home count every call of 14 days: 170,000 here


def main() -> int:
    """Measure, print, judge."""
    asked = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    asked.add_argument("--calls", type=int, default=LARGE, help="how many calls the large ledger has")
    asked.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    asked.add_argument("--keep", action="store_true", help="leave the databases where they are")
    asked.add_argument(
        "--again", type=Path, metavar="FOLDER", help="measure the databases in a folder that --keep left"
    )
    chosen = asked.parse_args()
    here = servers.installed()
    wanted = here if chosen.database == "both" else [chosen.database]
    if missing := [each for each in wanted if each not in here]:
        print(f"Not installed here: {', '.join(missing)}.  apt-get install -y postgresql")
        return 1
    folder, keep = chosen.again or Path(tempfile.mkdtemp(prefix="dashboard-bench-")), chosen.keep or bool(chosen.again)
    folder.mkdir(exist_ok=True)
    try:
        broken = [_database(each, chosen.calls, folder, keep) for each in wanted]
    finally:
        if keep:
            print(f"The databases are in {folder}")
        else:
            shutil.rmtree(folder)
    return int(any(broken))


def _database(kind: str, many: int, folder: Path, keep: bool) -> bool:
    """Both sizes in one kind of database; True when a limit is broken."""
    at = servers.OPENED[kind]
    with at(folder, SMALL, keep) as little, at(folder, many, keep) as much:
        print(f"{kind}: making {SMALL:,} and {many:,} calls …", flush=True)
        with turns.opened(little, SMALL) as small, turns.opened(much, many) as large:
            print(f"{kind}: filled in {small.filled} s and {large.filled} s; measuring …", flush=True)
            pages = _measured(small, large)
            return _table(kind, many, pages, small.ask(RATE)[0], large.ask(RATE)[0])


def _measured(small: Ledger, large: Ledger) -> list[Page]:
    """Every page in one round, and what breaks its limit in more of them, until it holds or they are used up."""
    pages = [Page(name) for name in large.names]
    open_ones = pages
    for _ in range(ROUNDS):
        for page in open_ones:
            page.measure(small, large)
        open_ones = [page for page in open_ones if not _judged(page)[1]]
    return pages


def _table(kind: str, many: int, pages: list[Page], small_rate: float, large_rate: float) -> bool:
    """Print every page; True when a limit is broken. The quickest of the turns stands in brackets."""
    busy = statistics.median(page.large.median / page.large.alone for page in pages)
    print(f"\n{kind}, milliseconds: median (least) of {turns.TURNS} turns, or of the best round of several")
    if busy > 1.2:
        print(f"The machine is busy, and everything takes {busy:.1f} times as long: limits in ms allow for that.")
    print(f"{'':30} {f'{SMALL:,}':>18} {f'{many:,}':>18} {'ratio':>6}  {'limit':>8}")
    failed = []
    for page in pages:
        limit, kept = _judged(page)
        figures = " ".join(f"{f'{each.median:.1f} ({each.least:.1f})':>18}" for each in (page.small, page.large))
        rounds = len(page.large.rounds)
        ok = f"ok{f' (round {rounds})' if rounds > 1 else ''}" if kept else f"BROKEN {page.wrong}".strip()
        print(f"{page.name:30} {figures} {page.ratio:>6.1f}  {limit:>8}  {ok}")
        failed += [] if kept else [page.name]
    print(f"{RATE:30} {small_rate:>18,.0f} {large_rate:>18,.0f}")
    print(f"\n{kind}: {'every limit holds' if not failed else 'broken: ' + '; '.join(failed)}\n", flush=True)
    return bool(failed)


def _judged(page: Page) -> tuple[str, bool]:
    """The limit in words, and whether it holds."""
    most = next((ms for name, ms in _MOST.items() if page.name.startswith(name)), 0)
    kept = page.large.alone <= most if most else page.ratio <= MOST_TIMES
    return f"{most} ms" if most else f"{MOST_TIMES:.0f} ×", kept and not page.wrong


if __name__ == "__main__":
    sys.exit(main())
