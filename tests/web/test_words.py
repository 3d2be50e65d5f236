"""Figures in sentences, and short names for what a page has shown."""

from dataclasses import dataclass
from datetime import UTC, datetime

from dashboard.web import digest, words


@dataclass(frozen=True)
class Thing:
    at: datetime


def test_numbers_of_things():
    assert [words.count_of(n, "call") for n in (0, 1, 2, 1200)] == ["0 calls", "1 call", "2 calls", "1,200 calls"]
    assert [words.count_of(n, "call", 1000) for n in (1, 1000, 1001)] == ["1 call", "1,000 calls", "1,000+ calls"]
    assert [words.plural(n, "call") for n in (0, 1, 2)] == ["calls", "call", "calls"]
    assert [words.percent(*pair) for pair in ((1, 3), (0, 5), (0, 0))] == [33, 0, None]


def test_a_digest_changes_with_anything_in_it():
    moment = datetime(2026, 3, 11, tzinfo=UTC)
    shown = [
        ("a", "b"),
        ("ab",),
        ("a", ["b"]),
        ("a", None),
        ("a", moment),
        ("a", Thing(moment)),
        ("a", [Thing(moment)]),
    ]
    assert len({digest.of(*parts) for parts in shown}) == len(shown)
    assert digest.of("a", Thing(moment)) == digest.of("a", Thing(moment))
