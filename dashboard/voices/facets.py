"""The catalogue of voices narrowed down: search, facets with counts, all from the address. Pure functions.

Labels are free text that Talkstack passes on: any may be missing, others may turn up (API contract, 6.1). "Middle-aged"
and "middle_aged" count as one.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from dashboard.talkstack import Voice

USUAL = {
    "gender": "Gender",
    "accent": "Accent",
    "age": "Age",
    "use_case": "Use case",
    "description": "Description",
    "language": "Language",
}
NOT_SAID = "-"
MOST_FACETS = 12
MOST_VALUES = 40
_GAP = re.compile(r"[\s_-]+")


@dataclass(frozen=True)
class Value:
    """One choice within a facet. `count` is how many voices there are if it is chosen beside the other facets' choices."""

    key: str
    label: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class Facet:
    """A label with its values. `param` is its name in the address."""

    param: str
    label: str
    values: list[Value]
    hidden: int = 0

    @property
    def chosen(self) -> bool:
        """Whether any of its values is chosen."""
        return any(value.chosen for value in self.values)


@dataclass(frozen=True)
class Chosen:
    """What the address asks for: words, values per label (any of them fits), and whether only voices in use count."""

    words: tuple[str, ...] = ()
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    used: bool = False

    def __bool__(self) -> bool:
        return bool(self.words or self.values or self.used)


@dataclass(frozen=True)
class Found:
    """The voices that fit, and the facets with their counts."""

    voices: list[Voice]
    facets: list[Facet]
    used: int


def name(label: str) -> str:
    """A label in words."""
    return USUAL.get(label) or _words(label, label).capitalize()


def param(label: str) -> str:
    """The name of a label in the address: the usual ones as they are, others apart from our own parameters."""
    return label if label in USUAL else f"label.{label}"


def chosen(get: Mapping[str, str], lists: Mapping[str, list[str]], voices: Iterable[Voice]) -> Chosen:
    """Read the address: `get` for single parameters, `lists` for those that may stand several times."""
    words = tuple(get.get("q", "")[:200].casefold().split()[:10])
    labels = {label for voice in voices for label in voice.labels}
    values = {
        label: frozenset(_key(value) for value in lists[param(label)][:MOST_VALUES] if value)
        for label in {*labels, *USUAL}
        if param(label) in lists
    }
    return Chosen(words, {label: keys for label, keys in values.items() if keys}, bool(get.get("used")))


def find(voices: list[Voice], wish: Chosen, in_use: Iterable[str]) -> Found:
    """The voices that fit `wish`, and how many there would be for every other choice."""
    using = frozenset(in_use)
    spoken = [voice for voice in voices if _says(voice, wish.words)]
    pool = [voice for voice in spoken if not wish.used or voice.id in using]
    facets = [_facet(label, voices, pool, wish) for label in _labels(voices)]
    without_used = [voice for voice in spoken if voice.id in using and _fits(voice, wish)]
    return Found([voice for voice in pool if _fits(voice, wish)], facets, len(without_used))


def _labels(voices: list[Voice]) -> list[str]:
    """The labels that tell voices apart: the usual ones first, then the rest by how often they occur."""
    often = Counter(label for voice in voices for label in voice.labels)
    usual = [label for label in USUAL if label in often]
    rest = [label for label, _ in often.most_common() if label not in USUAL]
    return (usual + rest)[:MOST_FACETS]


def _facet(label: str, voices: list[Voice], pool: list[Voice], wish: Chosen) -> Facet:
    """Every value there is, counted among the voices that fit everything but this facet's own choice."""
    counts = Counter(_value(voice, label) for voice in pool if _fits(voice, wish, but=label))
    words = {_value(voice, label): voice.labels.get(label, "") for voice in reversed(voices)}
    mine = wish.values.get(label, frozenset())
    keys = sorted({*words, *mine}, key=lambda key: (key == NOT_SAID, key))
    values = [Value(key, _words(words.get(key, key), key), counts[key], key in mine) for key in keys]
    shown = [value for place, value in enumerate(values) if place < MOST_VALUES or value.chosen]
    return Facet(param(label), name(label), shown, len(values) - len(shown))


def _value(voice: Voice, label: str) -> str:
    return _key(voice.labels.get(label, ""))


def _fits(voice: Voice, wish: Chosen, but: str = "") -> bool:
    return all(_value(voice, label) in keys for label, keys in wish.values.items() if label != but)


def _says(voice: Voice, words: tuple[str, ...]) -> bool:
    text = " ".join([voice.name, *voice.labels.values()]).casefold()
    return all(word in text for word in words)


def _key(text: str) -> str:
    return _GAP.sub(" ", text).strip().casefold()[:80] or NOT_SAID


def _words(text: str, key: str) -> str:
    return "not said" if key == NOT_SAID else " ".join(text.replace("_", " ").split())[:80]
