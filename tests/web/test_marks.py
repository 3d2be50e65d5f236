"""Marks of keyset pages: what is a moment, and what is not."""

from datetime import UTC, datetime

import pytest

from dashboard.web import marks


@pytest.mark.parametrize(
    "text, told",
    [
        ("2026-03-11T12:00:00+00:00", datetime(2026, 3, 11, 12, tzinfo=UTC)),
        ("2026-03-11T12:00:00+02:00", datetime(2026, 3, 11, 10, tzinfo=UTC)),
        ("2026-03-11T12:00:00Z", datetime(2026, 3, 11, 12, tzinfo=UTC)),
        ("2026-03-11T12:00:00", None),
        ("2026-03-11", None),
        ("2026-99-11T12:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("0001-01-01T00:00:00+12:00", None),
        ("junk", None),
        ("", None),
    ],
)
def test_moment(text, told):
    assert marks.moment(text) == told
