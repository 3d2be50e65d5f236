"""Figures in sentences."""


def plural(number: int, word: str) -> str:
    """The word for so many things: "agent" for 1, else "agents"."""
    return word if number == 1 else f"{word}s"


def count_of(number: int, word: str, most: int | None = None) -> str:
    """A number of things: "1 agent", "1,200 agents"; of more than `most` "1,000+ agents"."""
    if most is not None and number > most:
        return f"{most:,}+ {plural(most, word)}"
    return f"{number:,} {plural(number, word)}"


def percent(part: int, whole: int) -> int | None:
    """A share in whole percent; None of nothing."""
    return round(100 * part / whole) if whole else None
