"""Values of filters as people type them and addresses hold them. What cannot be read is a sentence in `errors`, by name."""

import re
from collections.abc import Mapping
from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from django.http import QueryDict

from dashboard.web import phone

_WORD = re.compile(r"[\w.-]{1,60}")
_NUMBER = re.compile(r"\+\d{7,15}", re.ASCII)
_LONGEST = 300
_MOST_COLUMNS, _MOST_ANSWERS = 40, 10


def clean(text: str) -> str:
    """Without invisible characters and not endless."""
    return "".join(letter for letter in text if letter.isprintable()).strip()[:_LONGEST]


def one_of(typed: Mapping[str, str], name: str, errors: dict[str, str], known: Mapping[str, str] | None = None) -> str:
    """A choice; a state may also be a word of Talkstack's that is not known here."""
    value = typed.get(name, "")
    if not value or (value in known if known else _WORD.fullmatch(value)):
        return value
    errors[name] = "This is none of the choices."
    return ""


def amount(typed: Mapping[str, str], name: str, errors: dict[str, str]) -> Decimal | None:
    """A number of 0 or more, with a point or a comma; None when it is none."""
    value = typed.get(name, "").removeprefix("$").replace(",", ".")
    if not value:
        return None
    with suppress(InvalidOperation):
        amount = Decimal(value)
        if amount.is_finite() and 0 <= amount < 10_000_000 and amount.as_tuple().exponent >= -6:  # type: ignore[operator]
            return amount
    errors[name] = "Write a number, such as 30." if name.endswith("seconds") else "Write an amount, such as 0.25."
    return None


def number(typed: Mapping[str, str], name: str, errors: dict[str, str]) -> str:
    """A whole phone number as E.164; "" when it is none."""
    value = typed.get(name, "")
    if not value or _NUMBER.fullmatch(value):
        return value
    try:
        return phone.parse(value).e164
    except phone.PhoneError as problem:
        errors[name] = f"{problem} For a part of a number, use the search."
        return ""


def answers_of(typed: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The pairs of question and value: a_<uuid>=value."""
    found = []
    for name in sorted(typed):
        with suppress(ValueError):
            if name.startswith("a_") and typed[name]:
                found.append((str(UUID(name[2:])), typed[name]))
    return tuple(found[:_MOST_ANSWERS])


def columns_of(query: QueryDict) -> tuple[str, ...]:
    """Chosen columns, as one word with commas (an address of ours) or as many (a form with boxes to tick)."""
    told = [name for value in query.getlist("columns") for name in value.split(",")]
    return tuple(dict.fromkeys(name for name in told if _WORD.fullmatch(name)))[:_MOST_COLUMNS]


def plain(value: Any) -> str:
    """A value as it stands in an address."""
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
