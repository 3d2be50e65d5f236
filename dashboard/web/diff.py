"""How two texts differ, line by line and, within a changed line, word by word. Bounded: a prompt may be 1 MB."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import zip_longest

MOST_LINES = 400  # on either side between the first and the last difference; beyond that there is no pairing of lines
MOST_WORDS = 300  # of a line, between its first and its last difference
MOST_SHOWN = 200  # lines of the result
LONGEST = 400  # characters shown of an unchanged or unpaired stretch of a line
AROUND = 2  # unchanged lines shown beside a change
_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True)
class Line:
    """A line of the comparison. `kind`: "same", "theirs" (only in the first), "mine" (only in the second), "gap" (lines left out).

    `pieces` are (text, changed) pairs; `number` counts from 1 in its own text, 0 for a gap.
    """

    kind: str
    number: int
    pieces: tuple[tuple[str, bool], ...]


def compare(theirs: str, mine: str) -> list[Line]:
    """The lines around every difference, at most about 200; empty when the texts are the same."""
    old, new = theirs.splitlines(), mine.splitlines()
    head = _same_ahead(old, new)
    tail = _same_ahead(old[head:][::-1], new[head:][::-1])
    lines: list[Line] = []
    for tag, a, b, c, d in _blocks(old[head : len(old) - tail], new[head : len(new) - tail]):
        if tag == "equal":
            lines += _equal(new, head + c, head + d)
        else:
            lines += _changed(old[head + a : head + b], new[head + c : head + d], head + a, head + c)
    if not lines:
        return []
    before = _equal(new, 0, head)[-AROUND:]
    after = _equal(new, len(new) - tail, len(new))[:AROUND]
    return _short([*before, *lines, *after])


def _same_ahead(one: list[str], other: list[str]) -> int:
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _blocks(old: list[str], new: list[str]) -> list[tuple[str, int, int, int, int]]:
    if len(old) > MOST_LINES or len(new) > MOST_LINES:
        return [("replace", 0, len(old), 0, len(new))]
    return [tuple(block) for block in SequenceMatcher(None, old, new).get_opcodes()]  # type: ignore[misc]


def _equal(lines: list[str], start: int, end: int) -> list[Line]:
    """Unchanged lines: all when they are few, else those next to the changes with a gap between."""
    if end - start <= 2 * AROUND + 1:
        return [Line("same", n + 1, ((_cut(lines[n]), False),)) for n in range(start, end)]
    first, last = _equal(lines, start, start + AROUND), _equal(lines, end - AROUND, end)
    return [*first, _gap(f"{end - start - 2 * AROUND} lines are the same"), *last]


def _gap(words: str) -> Line:
    return Line("gap", 0, ((words, False),))


def _changed(old: list[str], new: list[str], at_old: int, at_new: int) -> list[Line]:
    """First all of theirs, then all of mine, as people know it from other tools; changed words are marked in both."""
    theirs, mine = [], []
    for n, (left, right) in enumerate(zip_longest(old[:MOST_SHOWN], new[:MOST_SHOWN])):
        gone, come = _words(left or "", right or "") if left is not None and right is not None else (None, None)
        if left is not None:
            theirs.append(Line("theirs", at_old + n + 1, gone or ((_cut(left), False),)))
        if right is not None:
            mine.append(Line("mine", at_new + n + 1, come or ((_cut(right), False),)))
    if len(old) > MOST_SHOWN:
        theirs.append(_gap(f"{len(old) - MOST_SHOWN:,} more lines"))
    if len(new) > MOST_SHOWN:
        mine.append(_gap(f"{len(new) - MOST_SHOWN:,} more lines"))
    return theirs + mine


Pieces = tuple[tuple[str, bool], ...]


def _words(old: str, new: str) -> tuple[Pieces, Pieces]:
    """The two lines in pieces, what differs marked."""
    head = _same_ahead_text(old, new)
    tail = _same_ahead_text(old[head:][::-1], new[head:][::-1])
    middle_old, middle_new = old[head : len(old) - tail], new[head : len(new) - tail]
    left, right = _WORD.findall(middle_old[:20_000]), _WORD.findall(middle_new[:20_000])
    start, end = old[:head], old[len(old) - tail :]
    if max(len(left), len(right)) > MOST_WORDS or max(len(middle_old), len(middle_new)) > 20_000:
        return _around(start, [(middle_old, True)], end), _around(start, [(middle_new, True)], end)
    gone: list[tuple[str, bool]] = []
    come: list[tuple[str, bool]] = []
    for tag, a, b, c, d in SequenceMatcher(str.isspace, left, right, autojunk=False).get_opcodes():
        gone.append(("".join(left[a:b]), tag != "equal"))
        come.append(("".join(right[c:d]), tag != "equal"))
    return _around(start, gone, end), _around(start, come, end)


def _same_ahead_text(one: str, other: str) -> int:
    """How many characters are the same, back to the beginning of a word."""
    same = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if same == len(one) == len(other):
        return same
    while same and one[same - 1].isalnum():
        same -= 1
    return same


def _around(start: str, middle: list[tuple[str, bool]], end: str) -> Pieces:
    shown = [(_cut(start, keep="end"), False), *((_cut(text), changed) for text, changed in middle), (_cut(end), False)]
    return tuple((text, changed) for text, changed in shown if text)


def _cut(text: str, keep: str = "start") -> str:
    if len(text) <= LONGEST:
        return text
    left_out = f"{len(text) - LONGEST:,} characters"
    return f"[{left_out}] … {text[-LONGEST:]}" if keep == "end" else f"{text[:LONGEST]} … [{left_out}]"


def _short(lines: list[Line]) -> list[Line]:
    if len(lines) <= 2 * MOST_SHOWN + 2 * AROUND:
        return lines
    return [*lines[: 2 * MOST_SHOWN], _gap("There are more differences below; compare the whole texts.")]
