"""Where Chromium is, and the one line that installs it. `python -m tests.browser_found` prints that line when it is missing."""

import os
import shutil

INSTALL = "apt-get install -y --no-install-recommends chromium fonts-dejavu-core"


def chromium() -> str:
    """The path of Chromium: `$CHROMIUM`, or the first one on the PATH; "" when there is none."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""


if __name__ == "__main__" and not chromium():
    print(f"Chromium is missing: the browser tests are skipped. To run them too:  {INSTALL}")  # noqa: T201
