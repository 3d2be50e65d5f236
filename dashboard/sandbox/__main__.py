"""``python -m dashboard.sandbox --port 8010 --state var/sandbox.json``: the sandbox as a process on this machine."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from .app import DEMO_PASSWORD, Sandbox
from .server import serve


def main(arguments: list[str] | None = None) -> int:
    """Read the command line, open the world, serve until stopped."""
    parser = argparse.ArgumentParser(prog="python -m dashboard.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=8010, help="0 takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="127.0.0.1 or localhost: nothing else is served")
    parser.add_argument("--state", type=Path, default=None, help="file that keeps the practice world over a restart")
    parser.add_argument("--speed", type=float, default=1.0, help="how many times faster calls live")
    parser.add_argument("--base-url", default="", help="address of recordings and previews, if not the request's own")
    parser.add_argument(
        "--seed", choices=("team", "many", "hostile", "none"), default="team", help="what a new world holds"
    )
    parser.add_argument("--quiet", action="store_true", help="no line for each request")
    given = parser.parse_args(arguments)
    if given.host not in ("127.0.0.1", "localhost"):
        parser.error("the sandbox serves this machine only: --host must be 127.0.0.1")
    if not 0 < given.speed <= 1000:
        parser.error("--speed must be between 0 and 1000")
    sandbox = Sandbox(
        speed=given.speed,
        state_path=given.state,
        base_url=given.base_url,
        seed=False if given.seed == "none" else given.seed,
        owner_password=os.environ.get("SANDBOX_OWNER_PASSWORD") or os.environ.get("DEMO_PASSWORD") or DEMO_PASSWORD,
    )
    try:
        serve(sandbox, given.port, quiet=given.quiet)
    except OSError as error:
        print(f"The practice server cannot listen on port {given.port}: {error.strerror}.", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
