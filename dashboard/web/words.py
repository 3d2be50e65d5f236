"""Figures in sentences."""


def some(number: int, word: str) -> str:
    """A number of things: "1 agent", "1,200 agents"."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def percent(part: int, whole: int) -> int | None:
    """A share in whole percent; None of nothing."""
    return round(100 * part / whole) if whole else None
