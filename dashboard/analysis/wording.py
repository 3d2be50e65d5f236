"""When two texts are the same question or the same option, and what an answer means. Pure functions."""

import json
import re
import unicodedata

from dashboard.calls.models import AnswerType
from dashboard.calls.narrowing import SHORT

LONGEST_VALUE = 20_000  # characters of one answer that are kept; Analysis.raw has it whole
_YES = frozenset({"yes", "y", "true", "1", "ja", "oui", "si", "sí"})
_NO = frozenset({"no", "n", "false", "0", "nein", "non"})
_FIRST_WORD = re.compile(r"\s*(\w+)(?:\s*[.,;:!–—-]|\s*\Z)")
_NUMBER = re.compile(
    r"[$€£]?\s*(?P<number>[-+\u2212]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d{1,3}(?:\.\d{3})+,\d+|\d+(?:[.,]\d+)?))\s*(?P<unit>%|[^\W\d_]{1,20})?[.!]?"
)
_SCALES = frozenset({"k", "m", "hundred", "thousand", "million", "billion", "dozen", "dozens", "tausend", "or", "to"})


def key(text: str) -> str:
    """What is compared of a question, an option or a name: letters and digits alone, so that case, blanks and spelling as

    snake_case or camelCase do not matter; the text itself when it has neither.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    return "".join(letter for letter in plain if letter.isalnum()) or plain.strip()


def read(kind: str, options: list[str], text: str) -> tuple[str, str, float | None]:
    """An answer as it is kept: (value, short, number). What is not surely a yes, a number or an option stays text.

    `value` is as it came, but options are in our spelling and a bare yes or no is "Yes" or "No"; `short` is what filters compare,
    `number` the value of a number that could be read.
    """
    text = text.strip()[:LONGEST_VALUE]
    if kind == AnswerType.YES_NO and (word := yes_or_no(text)):
        return (word if key(text) in _YES | _NO else text), word, None
    if kind == AnswerType.CHOICE:
        chosen = option(options, text)
        return chosen, chosen[:SHORT], None
    return text, text[:SHORT], number(text) if kind == AnswerType.NUMBER else None


def yes_or_no(text: str) -> str:
    """ "Yes", "No", or "" when it is not sure: "Yes, they want it." is one, "yes and no" is not."""
    found = _FIRST_WORD.match(text)
    if not found:
        return ""
    first = found[1].casefold()
    rest = {word.casefold() for word in re.findall(r"\w+", text[found.end() :])}
    if first in _YES and not rest & {"no", "not", "nein"}:
        return "Yes"
    return "No" if first in _NO and not rest & {"yes", "but", "ja"} else ""


def option(options: list[str], text: str) -> str:
    """The option that a text means, in our spelling; the text itself when it means none."""
    wanted = _only(text)
    return next((each for each in options if key(each) == key(wanted)), text)


def number(text: str) -> float | None:
    """The number that a text is: "4", "1,250.5", "3,5", "80 %", "3 items"; None for "about 3", "3-5", "3 or 4", "2 million"."""
    found = _NUMBER.fullmatch(text.strip())
    if not found or (found["unit"] or "").casefold() in _SCALES:
        return None
    digits = found["number"].replace("\u2212", "-")
    if re.search(r"\.\d{3},|,\d{1,2}\Z", digits) and not re.search(r",\d{3}", digits):
        digits = digits.replace(".", "").replace(",", ".")
    value = float(digits.replace(",", ""))
    return value if abs(value) < 1e15 else None


def _only(text: str) -> str:
    """The text of a list of one text, written as JSON; anything else as it is."""
    if text.startswith("["):
        try:
            told = json.loads(text)
        except ValueError:
            return text
        if isinstance(told, list) and len(told) == 1 and isinstance(told[0], str):
            return told[0]
    return text
