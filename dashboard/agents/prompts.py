"""Prompts on a page: their pieces with the variables marked, and what the editor says about them. Never a template."""

import itertools
from dataclasses import dataclass

from dashboard.talkstack import Piece, Problem, prompt
from dashboard.web.words import count_of

MOST_MARKED = 2000


@dataclass(frozen=True)
class Report:
    """What is in a prompt: its variables in order, what looks like a mistake, and its size."""

    variables: list[str]
    problems: list[Problem]
    characters: int
    lines: int

    @property
    def summary(self) -> str:
        """One line for whoever cannot see the lists, the same as in the browser."""
        asks = count_of(len(self.variables), "variable")
        return f"{asks}, {count_of(len(self.problems), 'thing')} to check." if self.problems else f"{asks}."

    @property
    def size(self) -> str:
        """How long it is, in words."""
        return f"{count_of(self.characters, 'character')}, {count_of(self.lines, 'line')}"


def report(text: str) -> Report:
    """Reads a prompt the way Talkstack's variables are written. Lines count from 1."""
    return Report(prompt.variables(text), prompt.problems(text), len(text), text.count("\n") + 1)


def pieces(text: str) -> list[Piece]:
    """The prompt in stretches that together are exactly `text`; a variable is "missing". After 2000 the rest is one piece."""
    cut = list(itertools.islice(prompt.fill(text, {}), 2 * MOST_MARKED))
    shown = sum(len(piece.text) for piece in cut)
    return [*cut, Piece(text[shown:], "text")] if shown < len(text) else cut


def asks_for(text: str, most: int = 6) -> str:
    """For a row of a list: "asks for name, clinic and 2 more", or "no variables"."""
    names = prompt.variables(text)
    if not names:
        return "no variables"
    shown = ", ".join(name if len(name) <= 40 else f"{name[:39]}…" for name in names[:most])
    return f"asks for {shown}" + (f" and {len(names) - most} more" if len(names) > most else "")
