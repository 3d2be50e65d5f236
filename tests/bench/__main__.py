"""Prints a table, fails when a limit is broken: `python -m tests.bench [--calls N] [--database sqlite|postgresql|both] [--keep]`.

Every database is a new one in a temporary folder, filled and measured by a process of its own (tests/bench/measure.py).
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.bench import servers

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL, LARGE = 1_000, 1_000_000
MOST_TIMES, SEARCH_MS, FIRST_BYTE_MS, HOME_MS = 2.0, 300, 500, 800


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


def _database(kind: str, large: int, folder: Path, keep: bool) -> bool:
    """Both sizes in one kind of database; True when a limit is broken."""
    told = []
    for many in (SMALL, large):
        with servers.OPENED[kind](folder, many, keep) as address:
            print(f"{kind}: making and measuring {many:,} calls …", flush=True)
            told.append(_measured(address, many))
    return _table(kind, large, *told)


def _measured(address: str, many: int) -> dict[str, Any]:
    where = {"DJANGO_SETTINGS_MODULE": "tests.settings", "TEST_DATABASE_URL": address}
    command = [sys.executable, "-m", "tests.bench.measure", str(many)]
    found = subprocess.run(command, cwd=ROOT, env={**os.environ, **where}, stdout=subprocess.PIPE, text=True)
    if found.returncode:
        raise SystemExit(f"Measuring {many:,} calls broke off, see above.")
    told: dict[str, Any] = json.loads(found.stdout.splitlines()[-1])
    return told


def _table(kind: str, large: int, less: dict[str, Any], more: dict[str, Any]) -> bool:
    """Print every page; True when a limit is broken. The worst of the seven stands in brackets."""
    print(f"\n{kind}, milliseconds: median (worst) of seven; filled in {less['filled']} s and {more['filled']} s")
    print(f"{'':30} {f'{SMALL:,}':>18} {f'{large:,}':>18} {'ratio':>6}  {'limit':>8}")
    failed = []
    for name, (median, worst) in more["pages"].items():
        small, small_worst = less["pages"][name]
        limit, kept = _judged(name, small, median)
        wrong = less["broken"].get(name, "") or more["broken"].get(name, "")
        ok = kept and not wrong
        figures = f"{f'{small:.1f} ({small_worst:.1f})':>18} {f'{median:.1f} ({worst:.1f})':>18} {median / small:>6.1f}"
        print(f"{name:30} {figures}  {limit:>8}  {'ok' if ok else f'BROKEN {wrong}'}")
        failed += [] if ok else [name]
    print(f"{'export: rows per second':30} {less['rows']:>18,.0f} {more['rows']:>18,.0f}")
    print(f"\n{kind}: {'every limit holds' if not failed else 'broken: ' + '; '.join(failed)}\n", flush=True)
    return bool(failed)


def _judged(name: str, small: float, large: float) -> tuple[str, bool]:
    """The limit in words, and whether it holds."""
    if name.startswith("search"):
        return f"{SEARCH_MS} ms", large <= SEARCH_MS
    if name.startswith("export"):
        return f"{FIRST_BYTE_MS} ms", large <= FIRST_BYTE_MS
    if name.startswith("home"):  # its charts count every call of 14 days: 170,000 here
        return f"{HOME_MS} ms", large <= HOME_MS
    return f"{MOST_TIMES:.0f} ×", large <= MOST_TIMES * small


if __name__ == "__main__":
    sys.exit(main())
