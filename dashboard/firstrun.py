"""Writes var/env once: random keys and a demo password for a newcomer's machine. Standard library only."""

import base64
import os
import secrets
import sys
from pathlib import Path

ENV = Path("var/env")


def _random_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def write(path: Path = ENV) -> bool:
    """Create `path`, readable by its owner alone; False (and nothing touched) when it is there already."""
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        "# Made by `make run`. Values here lose to the ones already in the environment.",
        f': "${{SECRET_KEY:={_random_key()}}}"',
        f': "${{ENCRYPTION_KEYS:={_random_key()}}}"',
        f': "${{DEMO_PASSWORD:=calm-{secrets.token_hex(5)}}}"',
        ': "${SANDBOX_OWNER_PASSWORD:=$DEMO_PASSWORD}"',
        ': "${LOG_LEVEL:=ERROR}"',
    ]
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return False
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return True


if __name__ == "__main__":
    write()
    sys.exit(0)
