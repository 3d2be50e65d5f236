"""Numbers in texts: found however they are written, and no other number with them."""

import json
import re
import time

import pytest

from dashboard.web import spelling

NUMBER = "+12065550137"
SPELT = [
    "+12065550137", "12065550137", "+1 206 555 0137", "+1 (206) 555-0137", "(206) 555-0137", "206-555-0137", "206.555.0137",
    "2065550137", "0012065550137", "01112065550137", "tel:+1-206-555-0137", "?number=%2B12065550137", "call +12065550137x22",
    b"1\\u2011206\\u2011555\\u20110137".decode("unicode_escape"), b"+1\\u00a0206\\u00a0555\\u00a00137".decode("unicode_escape"),
]  # fmt: skip
OTHERS = [
    "+442065550137", "+2065550137", "+20 655 50137", "120655501370", "912065550137", "206555013", "+1 206 555 0138", "", "0137",
    "%2B2065550137",
]  # fmt: skip


@pytest.mark.parametrize("text", SPELT)
def test_every_spelling_is_found_and_replaced_whole(text):
    ways = spelling.of(NUMBER)
    assert ways.names(text) and ways.names(f"say {text}, please")
    left = ways.replaced(f"say {text}, please", "it")
    assert not re.search(r"\d{3}", left) and left.endswith(", please")


@pytest.mark.parametrize("text", OTHERS)
def test_no_other_number_is(text):
    assert not spelling.of(NUMBER).names(text) and spelling.of(NUMBER).replaced(text, "it") == text


@pytest.mark.parametrize("text", SPELT)
@pytest.mark.parametrize("kept", [str, json.dumps])
def test_what_a_database_looks_for_finds_it_too(text, kept):
    assert re.search(spelling.of(NUMBER).loose, kept(text))


@pytest.mark.parametrize(
    ("e164", "text"),
    [
        ("+442079460018", "020 7946 0018"),
        ("+442079460018", "+44 (0)20 7946 0018"),
        ("+4930123456", "+49 30 123456"),
        ("+4930123456", "030 / 123456"),
        ("+33612345678", "06 12 34 56 78"),
        ("+390612345678", "+39 06 1234 5678"),
        ("+9991234567", "+999 1234567"),
    ],
)
def test_other_countries(e164, text):
    assert spelling.of(e164).names(text)
    assert re.search(spelling.of(e164).loose, text)


def test_values_of_json_at_any_depth():
    value = {"n": 12065550137, "list": [{"+1 206 555 0137": None}, True, 1.5, float("2065550137")], "x": "12 065"}
    assert spelling.of(NUMBER).replaced(value, "it") == {
        "n": "it",
        "list": [{"it": None}, True, 1.5, "it"],
        "x": "12 065",
    }


@pytest.mark.parametrize(
    "text", ["+1 206 555 0137", "(206) 555-0137", "12065550137", "0012065550137", "tel:+12065550137"]
)
def test_what_a_text_may_mean(text):
    assert NUMBER in spelling.readings(text, "+13125550101")


def test_what_means_no_number():
    assert spelling.readings("") == spelling.readings("anonymous") == spelling.readings("0137") == set()
    assert spelling.readings("+442065550137", NUMBER) == {"+442065550137"}


@pytest.mark.item("S50")
@pytest.mark.parametrize("piece", ["1", "1 ", "2 0 6 5 5 5 0 1 3 ", "(206) 555-013 ", "\\u2011", "+1", "%2B1"])
def test_long_texts_take_no_time(piece):
    ways, text = spelling.of(NUMBER), piece * (100_000 // len(piece))
    began = time.process_time()
    assert not ways.names(text)
    re.search(ways.loose, text)
    assert time.process_time() - began < 0.2


@pytest.mark.parametrize(
    ("number", "text"),
    [
        ("+20261126", "activity-oak-care-2026-11-26.csv"),
        ("+12700184", "https://127.0.0.1:84/collect"),
        ("+19851100123", "signed in from 198.51.100.123"),
        ("+202611261015", "on 2026-11-26 10.15"),
    ],
)
def test_dates_and_addresses_are_no_numbers(number, text):
    assert not spelling.of(number).names(text) and spelling.of(number).replaced(text, "gone") == text
    assert spelling.of(number).replaced(f"call {number} now", "gone") == "call gone now"
