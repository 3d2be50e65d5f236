"""Throw-away databases for the bench: files of SQLite, or a private cluster of PostgreSQL."""

import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
SETTINGS = "-c fsync=off -c synchronous_commit=off -c max_wal_size=4GB -c maintenance_work_mem=256MB"


def own(command: list[str]) -> None:
    """Run as the user postgres when we are root: PostgreSQL refuses to run as root."""
    user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.getuid() == 0 else {}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **user)


def installed() -> list[str]:
    """The databases that can be measured here."""
    return ["sqlite", "postgresql"] if BINARIES else ["sqlite"]


@contextmanager
def sqlite(folder: Path, many: int, keep: bool) -> Iterator[str]:
    """The address of a file, a new one or one that was kept."""
    path = folder / f"{many}.sqlite3"
    yield f"sqlite:///{path}"
    if not keep:
        for each in folder.glob(f"{path.name}*"):
            each.unlink()


@contextmanager
def postgresql(folder: Path, many: int, keep: bool) -> Iterator[str]:
    """The address of a database in a cluster, a new one or one that was kept; it is stopped in the end."""
    binaries, place = BINARIES[-1].parent, folder / f"postgresql-{many}"
    new = not place.exists()
    place.mkdir(mode=0o700, exist_ok=True)
    if place.owner() == "root":
        folder.chmod(0o755)
        shutil.chown(place, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data, control = str(place / "data"), str(binaries / "pg_ctl")
    if new:
        own([str(binaries / "initdb"), "-D", data, "-A", "trust", "-U", "dashboard", "-E", "UTF8"])
    options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1 {SETTINGS}"
    own([control, "-D", data, "-o", options, "-l", str(place / "log"), "-w", "start"])
    try:
        if new:
            own([str(binaries / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "dashboard", "dashboard"])
        yield f"postgresql://dashboard@127.0.0.1:{port}/dashboard"
    finally:
        own([control, "-D", data, "-m", "immediate", "-w", "stop"])
        if not keep:
            shutil.rmtree(place)


OPENED = {"sqlite": sqlite, "postgresql": postgresql}
