"""The {{variables}} of a prompt: which there are, what looks wrong, how it reads when filled. Linear in its length.

A placeholder is `{{ name }}` on one line; a name has letters, digits, "_", "-" and "."; spaces around it do not count.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

MOST_PROBLEMS = 100
_TOKEN = re.compile(r"\{\{|\}\}|\{|\n")
_NAME = re.compile(r"[\w.-]+")
_SINGLE = re.compile(r"\{[ \t]{0,8}([\w.-]{1,64})[ \t]{0,8}\}(?!\})")
_SENTENCE_END = re.compile(r"[.!?][\"')\]]?\s|\n\s*\n")


@dataclass(frozen=True)
class Problem:
    """Something in a prompt that is probably a mistake. `line` counts from 1."""

    line: int
    message: str


@dataclass(frozen=True)
class Piece:
    """A stretch of a filled prompt. `kind`: "text", "filled" (a value) or "missing" (the placeholder itself)."""

    text: str
    kind: str


@dataclass(frozen=True)
class _Mark:
    kind: str  # "name", "unclosed", "stray", "empty", "odd", "single"
    start: int
    end: int
    line: int
    name: str = ""


def _scan(text: str) -> Iterator[_Mark]:
    line, opened = 1, -1
    for token in _TOKEN.finditer(text):
        start = token.start()
        sign = token.group()
        if sign == "{{":
            if opened >= 0:
                yield _Mark("unclosed", opened, opened + 2, line)
            opened = start
        elif sign == "}}":
            if opened >= 0:
                yield _closed(text, opened, token.end(), line)
            else:
                yield _Mark("stray", start, start + 2, line)
            opened = -1
        elif sign == "\n":
            if opened >= 0:
                yield _Mark("unclosed", opened, opened + 2, line)
            opened = -1
            line += 1
        elif opened < 0 and (single := _SINGLE.match(text, start)):
            yield _Mark("single", start, single.end(), line, single.group(1))
    if opened >= 0:
        yield _Mark("unclosed", opened, opened + 2, line)


def _closed(text: str, start: int, end: int, line: int) -> _Mark:
    name = text[start + 2 : end - 2].strip()
    if not name:
        return _Mark("empty", start, end, line)
    kind = "name" if _NAME.fullmatch(name) else "odd"
    return _Mark(kind, start, end, line, name)


def variables(text: str) -> list[str]:
    """The names of the placeholders, each once, in the order in which they first appear."""
    return list(dict.fromkeys(mark.name for mark in _scan(text) if mark.kind == "name"))


def problems(text: str) -> list[Problem]:
    """What looks like a mistake, in order of appearance, at most 100."""
    found: list[Problem] = []
    for mark in _scan(text):
        if mark.kind != "name":
            found.append(Problem(mark.line, _sentence(mark)))
        if len(found) >= MOST_PROBLEMS:
            break
    return found


def _sentence(mark: _Mark) -> str:
    name = mark.name if len(mark.name) <= 40 else mark.name[:39] + "…"
    return {
        "unclosed": "“{{” is opened here and not closed with “}}” on the same line.",
        "stray": "“}}” stands here without a “{{” before it on the same line.",
        "empty": "“{{}}” has no name in it.",
        "odd": f"“{{{{{name}}}}}” is not a variable: a name has only letters, digits, “_”, “-” and “.”.",
        "single": f"“{{{name}}}” has single braces: write “{{{{{name}}}}}” if it is meant as a variable.",
    }[mark.kind]


def fill(text: str, values: Mapping[str, str]) -> list[Piece]:
    """The prompt in pieces, its placeholders replaced by `values`, put in as they are and never expanded again.

    A variable without a value, or with a blank one, stays as it is written and is "missing".
    """
    pieces: list[Piece] = []
    done = 0
    for mark in _scan(text):
        if mark.kind != "name":
            continue
        if mark.start > done:
            pieces.append(Piece(text[done : mark.start], "text"))
        value = values.get(mark.name, "")
        blank = not value.strip()
        pieces.append(Piece(text[mark.start : mark.end], "missing") if blank else Piece(value, "filled"))
        done = mark.end
    if done < len(text):
        pieces.append(Piece(text[done:], "text"))
    return pieces


def opening(text: str, limit: int = 400) -> str:
    """The first sentences, at most `limit` characters; cut at a word, with "…", when not even one sentence fits."""
    text = text.strip()
    if len(text) <= limit:
        return text
    end = max((match.start() + 1 for match in _SENTENCE_END.finditer(text[: limit + 1])), default=0)
    if end:
        return text[:end].rstrip()
    cut = text[: limit - 1]
    return (cut.rsplit(None, 1)[0] if " " in cut else cut).rstrip() + "…"
