"""Numbers as people write them, and the time where they are from."""

import subprocess
import sys
from datetime import UTC, datetime

import pytest

from dashboard.web import phone

NOON = datetime(2026, 3, 11, 17, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("typed", "e164"),
    [
        ("+12065550118", "+12065550118"),
        ("  +1 (206) 555-0118 ", "+12065550118"),
        ("+1.206.555.0118", "+12065550118"),
        ("+1 206–555–0118", "+12065550118"),
        ("+1\u00a0206\u202f555\u00a00118", "+12065550118"),
        ("\u202d+12065550118\u202c", "+12065550118"),
        ("\ufeff+12065550118", "+12065550118"),
        ("tel:+1-206-555-0118", "+12065550118"),
        ("TEL: +12065550118", "+12065550118"),
        ("'+12065550118", "+12065550118"),
        ("+１２０６５５５０１１８", "+12065550118"),
        ("＋12065550118", "+12065550118"),
        ("+49/1511/2345678", "+4915112345678"),
        ("+44 (0)20 7946 0000", "+442079460000"),
        ("+1234567", "+1234567"),
        ("+123456789012345", "+123456789012345"),
    ],
)
def test_it_is_read(typed, e164):
    assert phone.parse(typed).e164 == e164


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter a number"),
        ("   ", "Enter a number"),
        ("2065550118", "Start with +"),
        ("0049 151 12345678", "+4915112345678"),
        ("00491511234567", "instead of the leading 00"),
        ("call me", "no letters"),
        ("+1 206 555 01l8", "no letters"),
        ("4.4E+11", "Excel"),
        ("4,91512E+11", "Excel"),
        ("4.91512e11", "Excel"),
        ("+12345", "too short"),
        ("+1234567890123456", "too long"),
        ("+0123456789", "No country begins with 0"),
        ("911", "Emergency"),
        ("112", "Emergency"),
        ("+911", "Emergency"),
        ("1 1 2", "Emergency"),
        ("+19005550118", "premium"),
        ("+1 (900) 555-0118", "premium"),
        ("+1 206 555 0118 ext 5", "Extensions"),
        ("+1 206 555 0118, +1 206 555 0119", "one number only"),
        ("++12065550118", "Only digits"),
        ("+1206555=118", "Only digits"),
    ],
)
def test_a_mistake_is_explained(typed, words):
    with pytest.raises(phone.PhoneError, match=words.replace("+", r"\+")):
        phone.parse(typed)


@pytest.mark.parametrize(
    "typed", ["1" * 100_000, "+" * 100_000, "(" * 100_000, "4" * 50_000 + "E", " " * 100_000 + "x"]
)
def test_nonsense_is_refused_at_once(typed):
    with pytest.raises(phone.PhoneError):
        phone.parse(typed)


def test_syntax_decides_and_the_library_only_warns():
    assert phone.parse("+12065550118").warning == "", "made-up numbers are for practice"
    assert "in use" in phone.parse("+1206555011").warning
    assert "country" in phone.parse("+9991234567").warning


@pytest.mark.parametrize(
    ("e164", "shown"),
    [
        ("+12065550118", "+1 206 555 0118"),
        ("+12065550199", "+1 206 555 0199"),
        ("+14915112345", "+1 491 511 2345"),
        ("+4915112345678", "+49 1511 2345678"),
        ("+442079460000", "+44 20 7946 0000"),
        ("+9991234567", "+9991234567"),
        ("anonymous", "anonymous"),
        ("", ""),
    ],
)
def test_it_is_grouped_for_reading(e164, shown):
    assert phone.display(e164) == shown


def test_the_time_there():
    assert phone.local_time("+12065550118", NOON).text == "10:00"
    assert phone.local_time("+4915112345678", NOON).text == "18:00"
    australia = phone.local_time("+61412345678", NOON)
    assert australia.text == "between 23:30 and 04:00"
    assert len(australia.zones) > 1 and australia.guessed


@pytest.mark.parametrize("e164", ["", "nobody", "+18005550118", "+9991234567", "+80012345678"])
def test_no_time_is_guessed_where_there_is_nothing_to_guess_from(e164):
    assert phone.local_time(e164, NOON) is None


def test_the_geocoder_is_never_loaded():
    code = "import sys, dashboard.web.phone as p; p.parse('+12065550118'); sys.exit('phonenumbers.geocoder' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
