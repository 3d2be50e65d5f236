import time

from hypothesis import given
from hypothesis import strategies as st

from dashboard.web.diff import compare

LINES = st.lists(st.sampled_from(["a", "b", "one two", "one three", "", "x" * 500]), max_size=12).map("\n".join)


def said(lines, kind):
    return [(line.number, "".join(text for text, _ in line.pieces)) for line in lines if line.kind == kind]


def test_words_that_changed_are_marked():
    lines = compare("hello\nask for the name\nbye", "hello\nask for the full name\nbye")
    assert [line.kind for line in lines] == ["same", "theirs", "mine", "same"]
    assert [text for text, changed in lines[2].pieces if changed] == ["full "]
    assert said(lines, "theirs") == [(2, "ask for the name")]


def test_far_lines_are_left_out():
    old = "\n".join(str(n) for n in range(50))
    lines = compare(old, old.replace("\n10\n", "\nten\n").replace("\n40\n", "\nforty\n"))
    assert said(lines, "theirs") == [(11, "10"), (41, "40")] and len(said(lines, "gap")) == 1
    assert len(lines) < 16


def test_same_texts_have_no_difference():
    assert compare("a\nb", "a\nb") == [] and compare("", "") == []


@given(LINES, LINES)
def test_every_changed_line_is_there_whole(old, new):
    lines = compare(old, new)
    before, after = old.splitlines(), new.splitlines()
    for kind, whole in (("theirs", before), ("mine", after), ("same", after)):
        for number, text in said(lines, kind):
            assert text == whole[number - 1] or "characters]" in text
    assert bool(lines) == (before != after)


def test_a_megabyte_takes_no_time():
    cases = [
        ("x" * 1_000_000, "y" * 1_000_000),
        ("a " * 500_000, "b " * 500_000),
        ("\n" * 500_000, "a\n" * 500_000),
        ("a\nb\n" * 250_000, "b\na\n" * 250_000),
        ("\n".join("same" for _ in range(400)), "\n".join("other" for _ in range(400))),
    ]
    for old, new in cases:
        began = time.perf_counter()
        lines = compare(old, new)
        assert lines and len(lines) < 900 and time.perf_counter() - began < 2
