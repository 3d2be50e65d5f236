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
    url: str = ""
    figure: str = ""

    @property
    def shown(self) -> str:
        """What stands above it: its figure in words where it has one ("$3.20"), else the number."""
        return self.figure or f"{self.total:,}"

    @property
    def said(self) -> str:
        """What is told of it to whoever points at it or hears it: "5 of 12"."""
        return self.figure or (str(self.value) if self.value == self.total else f"{self.value} of {self.total}")

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

    @property
    def letters(self) -> int:
        """How many letters of a label have room under a bar; the table has them all."""
        return max(self.width // max(len(self.bars), 1) // 6, 3)

    @property
    def linked(self) -> bool:
        """Whether bars lead somewhere."""
        return any(bar.url for bar in self.bars)


def bars(
    rows: Sequence[tuple[str, int, int]],
    head: str,
    value_head: str,
    total_head: str = "",
    urls: Sequence[str] = (),
    width: int = _WIDTH,
    figures: Sequence[str] = (),
) -> Chart:
    """A bar per row (label, value, total); give value twice when there is no part of it to tell apart.

    `urls` says where each bar leads, "" for nowhere; as many as rows, or none. `width` is what fits the place it is shown in:
    words in a chart grow and shrink with it. `figures` says what stands for each value, such as "$3.20"; as many as rows, or none.
    """
    base = _HEIGHT - _FOOT
    step = width // max(len(rows), 1)
    bar_width = max(min(step - 8, 56), 2)
    largest = max([total for _, _, total in rows] + [1])
    drawn = []
    for n, (label, value, total) in enumerate(rows):
        full, part = (round((base - _TOP) * size / largest) for size in (total, value))
        x = n * step + (step - bar_width) // 2
        url, figure = urls[n] if urls else "", figures[n] if figures else ""
        drawn.append(Bar(label, value, total, x, base - part, bar_width, part, base - full, full - part, url, figure))
    return Chart(drawn, head, value_head, total_head, width)
