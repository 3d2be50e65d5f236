"""The geometry of charts: whole numbers for an SVG, worked out once here so that templates only print them."""

from collections.abc import Sequence
from dataclasses import dataclass

_WIDTH, _HEIGHT, _TOP, _FOOT = 640, 150, 18, 20


@dataclass(frozen=True)
class Bar:
    """One bar: `value` of `total` is drawn firmly, the rest of it faintly above."""

    label: str
    value: int
    total: int
    x: int
    y: int
    width: int
    height: int
    rest_y: int
    rest_height: int

    @property
    def middle(self) -> int:
        """Where its words are centred."""
        return self.x + self.width // 2

    @property
    def top(self) -> int:
        """Where the figure above it stands."""
        return (self.rest_y if self.rest_height else self.y) - 5


@dataclass(frozen=True)
class Chart:
    """What ui/_bars.html draws. `head`, `value_head`, `total_head` name the columns of its table."""

    bars: list[Bar]
    head: str
    value_head: str
    total_head: str
    width: int = _WIDTH
    height: int = _HEIGHT
    base: int = _HEIGHT - _FOOT
    text_y: int = _HEIGHT - 5


def bars(rows: Sequence[tuple[str, int, int]], head: str, value_head: str, total_head: str = "") -> Chart:
    """A bar per row (label, value, total); give value twice when there is no part of it to tell apart."""
    base = _HEIGHT - _FOOT
    step = _WIDTH // max(len(rows), 1)
    width = max(min(step - 8, 56), 2)
    largest = max([total for _, _, total in rows] + [1])
    drawn = []
    for n, (label, value, total) in enumerate(rows):
        full, part = (round((base - _TOP) * size / largest) for size in (total, value))
        x = n * step + (step - width) // 2
        drawn.append(Bar(label, value, total, x, base - part, width, part, base - full, full - part))
    return Chart(drawn, head, value_head, total_head)
