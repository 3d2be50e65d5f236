"""Every safety item that this dashboard promises has a test that carries its id, and the docs that go with them are there."""

import re
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
PROMISED = {f"S{number:02d}" for number in (*range(1, 34), *range(61, 68))}


def test_every_promised_item_has_a_test():
    found: set[str] = set()
    for path in TESTS.rglob("test_*.py"):
        found |= set(re.findall(r'mark\.item\("(S\d\d)"\)', path.read_text(encoding="utf-8")))
    assert not sorted(PROMISED - found)
