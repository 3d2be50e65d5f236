"""What counts as a yes, a number, an option: only what surely is one."""

import pytest

from dashboard.analysis import wording


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Yes", "Yes"), ("true", "Yes"), ("1", "Yes"), ("Ja!", "Yes"), ("Yes, they want it.", "Yes"), ("No - too dear", "No"),
        ("false", "No"), ("Nein", "No"), ("yes and no", ""), ("Yes - no", ""), ("No, but maybe", ""), ("nope", ""), ("", ""),
        ("Yes they do", ""), ("maybe", ""),
    ],
)  # fmt: skip
def test_yes_or_no(text, meant):
    assert wording.yes_or_no(text) == meant
    value, short, number = wording.read("Boolean", [], text)
    assert (short, number) == ((meant, None) if meant else (text, None)) and value in (meant, text)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4", 4), ("-3", -3), ("\u22123", -3), ("1,250.5", 1250.5), ("3,5", 3.5), ("1.234,5", 1234.5), ("80 %", 80), ("$4.50", 4.5),
        ("3 items", 3), ("12,345,678", 12345678), ("about 3", None), ("3-5", None), ("3 or 4", None), ("2 million", None),
        ("3 or", None), ("1e5", None), ("", None), ("9" * 400, None), ("\u0663", 3), ("three", None), ("NaN", None),
    ],
)  # fmt: skip
def test_numbers(text, number):
    assert wording.read("Number", [], text) == (text, text[:100], number)


def test_options_and_questions_are_told_apart_by_their_letters():
    told = {"too far AWAY.": "Too far away", '["No time"]': "No time", "1": "1", "No time at all": "No time at all"}
    for text, meant in told.items():
        assert wording.read("Selector", ["Too far away", "No time", "1"], text)[0] == meant
    same = ("Is the user interested?", "isTheUserInterested", "is_the_user_interested", "IS THE USER, interested")
    assert len({wording.key(text) for text in same}) == 1
    assert wording.key("???") == "???" and wording.key("Ist es groß?") == wording.key("ist es GROSS")
    assert len(wording.read("Text", [], "x" * 50_000)[0]) == wording.LONGEST_VALUE
