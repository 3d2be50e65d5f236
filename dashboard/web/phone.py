"""Phone numbers: E.164 inside, grouped for reading outside, and the time where they are from.

Syntax decides what is a number; `phonenumbers` only warns. Its geocoder is never imported: it costs 100 MB.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone as zones_of

_E164 = re.compile(r"\+[1-9]\d{6,14}\Z", re.ASCII)
_EXCEL = re.compile(r"\d([.,]\d+)?[eE]\+?\d+\Z")
_LETTERS = re.compile(r"[^\W\d_]")
_PUNCTUATION = re.compile(r"[\s().\-/ ‐-―−]+")
_EMERGENCY = {"911", "112", "999", "000", "110", "119"}
_MANY_ZONES = 12


class PhoneError(ValueError):
    """What was typed is no number that can be called; the text says why and what to do, for the person who typed it."""


@dataclass(frozen=True)
class Phone:
    """A number as E.164, with a warning for people ("" = none) when it looks unusual."""

    e164: str
    warning: str = ""


@dataclass(frozen=True)
class LocalTime:
    """The time where a number is from, guessed from the number: one time, or the span of its zones."""

    text: str
    zones: tuple[ZoneInfo, ...]
    guessed: bool = True


def parse(text: str) -> Phone:
    """Read a number as people write it. Raises PhoneError with a helpful sentence for every usual mistake."""
    typed = _plain(text)
    _refuse_usual_mistakes(typed)
    number = _PUNCTUATION.sub(
        "", re.sub(r"\(\s*0\s*\)", "", typed, count=1)
    )  # +44 (0)20 …: the 0 is for callers at home
    if number.startswith("00"):
        raise PhoneError(f"Write + instead of the leading 00: +{number[2:]}")
    if not number.startswith("+"):
        raise PhoneError("Start with + and the country, such as +1 206 555 0118.")
    if number.count("+") > 1 or not number[1:].isdigit():
        raise PhoneError("Only digits, spaces, brackets and dashes may follow the plus.")
    if number[1:2] == "0":
        raise PhoneError("No country begins with 0. Write + and the country, such as +49 for Germany.")
    if not _E164.match(number):
        size = "short" if len(number) < 8 else "long"
        raise PhoneError(f"This number is too {size}: 7 to 15 digits follow the plus.")
    if number.startswith("+1900") or number.startswith("+1976"):
        raise PhoneError("This is a premium number; it is not called.")
    return Phone(number, _warning(number))


def _plain(text: str) -> str:
    """Full-width digits and other look-alikes made plain, invisible marks and a leading apostrophe or tel: removed."""
    typed = unicodedata.normalize("NFKC", text)
    typed = "".join(letter for letter in typed if unicodedata.category(letter) != "Cf").strip().lstrip("'’`")
    typed = "".join(str(unicodedata.digit(letter)) if letter.isdigit() else letter for letter in typed)
    return typed[4:].strip() if typed.lower().startswith("tel:") else typed


def _refuse_usual_mistakes(typed: str) -> None:
    if not typed:
        raise PhoneError("Enter a number.")
    if _EXCEL.match(typed.replace(" ", "")):
        raise PhoneError("Excel has shortened this number. Format the cell as text and copy the whole number again.")
    if re.search(r"[;,]|\bor\b|\boder\b", typed):
        raise PhoneError("Enter one number only.")
    if re.search(r"(?i)\bext?\.?\s*\d|#|\*|x\d", typed):
        raise PhoneError("Extensions cannot be dialled. Enter the number alone.")
    if _LETTERS.search(typed):
        raise PhoneError("A number has no letters. Enter digits, such as +1 206 555 0118.")
    if _PUNCTUATION.sub("", typed).lstrip("+") in _EMERGENCY:
        raise PhoneError("Emergency numbers are not called.")


def _warning(number: str) -> str:
    if _fictional(number):
        return ""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return "No country is known for this number. Check it before you call."
    if not phonenumbers.is_valid_number(parsed):
        return "This does not look like a number in use. Check it before you call."
    if phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.PREMIUM_RATE:
        return "This looks like a premium number."
    return ""


def _fictional(number: str) -> bool:
    return bool(re.match(r"\+1\d{3}55501\d\d\Z", number))


@lru_cache(maxsize=4096)
def display(e164: str) -> str:
    """The number grouped for reading, "+1 206 555 0118"; anything that is no number comes back as it is."""
    if not e164 or not _E164.match(e164):
        return e164 or ""
    if e164.startswith("+1") and len(e164) == 12:
        return f"+1 {e164[2:5]} {e164[5:8]} {e164[8:]}"
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.INTERNATIONAL).replace("-", " ")


def local_time(e164: str, now: datetime) -> LocalTime | None:
    """The time at `now` (aware) where the number is from; None when its zones are not known or are too many to say."""
    zones = _zones(e164)
    if not zones:
        return None
    times = sorted({now.astimezone(zone).replace(tzinfo=None) for zone in zones})
    first, last = times[0], times[-1]
    text = f"{first:%H:%M}" if first == last else f"between {first:%H:%M} and {last:%H:%M}"
    return LocalTime(text, zones)


@lru_cache(maxsize=4096)
def _zones(e164: str) -> tuple[ZoneInfo, ...]:
    try:
        names: Iterable[str] = zones_of.time_zones_for_number(phonenumbers.parse(e164))
    except phonenumbers.NumberParseException:
        return ()
    found = []
    for name in names:
        try:
            found.append(ZoneInfo(name))
        except (ZoneInfoNotFoundError, ValueError):
            continue
    return tuple(found) if len(found) <= _MANY_ZONES else ()
