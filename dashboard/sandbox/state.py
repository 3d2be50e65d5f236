"""Keeping the store in a file: written beside it, synced, and renamed over it, so that it is never half there."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

from .store import Account, Agent, Call, Mail, Number, Project, Ring, Store, Token

FORMAT = 1


def dump(store: Store, ahead: float) -> str:
    """Everything as text. ``ahead``: seconds by which the sandbox's clock leads the machine's."""
    kinds: dict[str, Any] = {
        "accounts": store.accounts.values(),
        "tokens": store.tokens.values(),
        "projects": store.projects.values(),
        "agents": store.agents.values(),
        "numbers": store.numbers.values(),
        "calls": store.calls.values(),
        "rings": store.rings,
        "outbox": store.outbox,
    }
    rows = {name: [vars(row) for row in kind] for name, kind in kinds.items()}
    return json.dumps({"format": FORMAT, "ahead": ahead, **rows}, separators=(",", ":"))


def fill(store: Store, value: dict[str, Any]) -> float:
    """Put saved rows into an empty store. Gives the saved lead of the clock; raises for anything unexpected."""
    if value["format"] != FORMAT:
        raise ValueError("another format")
    store.accounts = {row["id"]: Account(**row) for row in value["accounts"]}
    store.tokens = {row["digest"]: Token(**row) for row in value["tokens"]}
    store.projects = {row["id"]: Project(**row) for row in value["projects"]}
    store.numbers = {row["e164"]: Number(**row) for row in value["numbers"]}
    store.rings = [Ring(**row) for row in value["rings"]]
    store.outbox = [Mail(**row) for row in value["outbox"]]
    for row in value["agents"]:
        store.add_agent(Agent(**row))
    for row in value["calls"]:
        store.add_call(Call(**row))
    return float(value["ahead"])


def write(path: Path, text: str) -> None:
    """Replace the file as a whole; it is on the disk when this returns. Only its owner may read it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    part.replace(path)
    with contextlib.suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)


def read(path: Path) -> tuple[Store, float] | None:
    """The saved store and the lead of its clock; None when there is none. A broken file is moved aside, with a word."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    store = Store()
    try:
        return store, fill(store, json.loads(text))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        aside = path.with_name(f"{path.name}.broken-{int(time.time())}")
        path.replace(aside)
        print(
            f"The practice state could not be read ({type(error).__name__}); kept as {aside}. Starting anew.",
            file=sys.stderr,
        )
        return None
