"""Phone numbers in texts: found however they are written, and read as every number that they may mean."""

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import phonenumbers

from dashboard.web import phone

_GAP = r"[\s().\-/\u2010-\u2015\u2212]{0,3}"
_LOOSE_GAP = r"([^0-9A-Za-z]|\\u[0-9a-fA-F]{4}|\\[bfnrt]){0,6}"  # in JSON a database may keep "\u2011" for a hyphen
_SHORTEST = 7
_SURELY = 9  # so many digits are taken for a number also with gaps in them
_NO_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}\Z|\d{4}-\d{2}-\d{2}(?!\d)")


@dataclass(frozen=True)
class Spelling:
    """One number in every way that it is written: "+12065550121", "+1 206 555 0121", "(206) 555-0121", 12065550121.

    `pattern` finds it in a text; `loose` is a regular expression for databases, also over JSON as text: it finds all of
    that, and a little more.
    """

    e164: str
    pattern: re.Pattern[str]
    loose: str

    def names(self, text: str) -> bool:
        """Whether a text names the number."""
        return any(_meant(found) for found in self.pattern.finditer(text))

    def replaced(self, value: Any, words: str) -> Any:
        """A text, or a JSON value at any depth (names of members too), with `words` wherever it names the number."""
        if isinstance(value, str):
            return self.pattern.sub(lambda found: words if _meant(found) else found[0], value)
        if isinstance(value, dict):
            return {self.replaced(name, words): self.replaced(item, words) for name, item in value.items()}
        if isinstance(value, list):
            return [self.replaced(item, words) for item in value]
        if isinstance(value, int | float) and not isinstance(value, bool):
            return words if self.pattern.fullmatch(f"{value:.0f}") else value
        return value


@lru_cache(maxsize=256)
def of(e164: str) -> Spelling:
    """The spellings of a number given as E.164. Without its country it is known by seven digits or more."""
    digits, country = e164.lstrip("+"), country_of(e164)
    own = digits[len(country) :]
    abroad = rf"(?:(?:\+|(?i:%2B)|00|011){_GAP})?"
    ways = [rf"{abroad}{_GAP.join(country)}{_GAP if country else ''}(?:\(0\){_GAP})?{_GAP.join(own)}"]
    if country and len(own) >= _SHORTEST:
        ways.append(rf"(?<!\+)(?<!%2B)(?<!%2b)(?:0{_GAP})?{_GAP.join(own)}")
    return Spelling(e164, re.compile(rf"(?<![0-9])(?:{'|'.join(ways)})(?![0-9])"), _LOOSE_GAP.join(own))


def _meant(found: re.Match[str]) -> bool:
    """Whether digits that could be the number are one: an address of the internet, a date or a few loose digits are not."""
    text = found[0]
    if text.startswith(("+", "%2")):
        return True
    few = sum(letter.isdigit() for letter in text) < _SURELY
    return not (_NO_NUMBER.match(text) or (few and not text.isdigit()))


def readings(text: str, near: str = "") -> set[str]:
    """Every number, as E.164, that a text may mean. `near` is a number of the country in which it may be at home."""
    text = text.strip()[:60]
    found: set[str] = set()
    with suppress(phone.PhoneError):
        found.add(phone.parse(text).e164)
    digits = "".join(letter for letter in text if letter.isascii() and letter.isdigit())
    if not _SHORTEST <= len(digits) <= 18:
        return found
    found.add(f"+{digits}")
    if not text.startswith("+"):
        found |= {f"+{digits.removeprefix(way)}" for way in ("00", "011") if digits.startswith(way)}
        found |= {f"+{country}{digits.lstrip('0')}" for country in [country_of(near)] if country}
    return found


def country_of(e164: str) -> str:
    """The digits of the country that a number begins with; "" when it is not known."""
    try:
        return str(phonenumbers.parse(e164).country_code or "") if e164.startswith("+") else ""
    except phonenumbers.NumberParseException:
        return ""
