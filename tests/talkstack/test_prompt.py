"""The {{variables}} of a prompt."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.talkstack.prompt import Piece, fill, opening, problems, variables


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("", []),
        ("Hello {{name}}.", ["name"]),
        ("{{ name }}{{name}}{{  other-one\t}}{{a.b_c2}}", ["name", "other-one", "a.b_c2"]),
        ("{{b}} {{a}} {{b}}", ["b", "a"]),
        ("{{größe}}", ["größe"]),
        ("{{na me}} {{}} {{ }} {{a\nb}} {{a", []),
        ("{{a {{b}}", ["b"]),
        ("{ {name} } {name}", []),
        ("{% if x %}{{ user.name }}{% endif %}", ["user.name"]),
    ],
)
def test_variables(text: str, names: list[str]) -> None:
    assert variables(text) == names


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("fine {{name}}", []),
        ('JSON: {"a": 1}, set {1, 2}, { }', []),
        ("one\ntwo {{name\nthree", [(2, "opened")]),
        ("{{name", [(1, "opened")]),
        ("a }} b", [(1, "without")]),
        ("x\n{{}} {{  }}", [(2, "no name"), (2, "no name")]),
        ("{name} and { name }", [(1, "single"), (1, "single")]),
        ("{{first name}}", [(1, "not a variable")]),
        ("{{a!}}\n{{<b>}}", [(1, "not a variable"), (2, "not a variable")]),
        ("{{a {{b}}", [(1, "opened")]),
        ("{{{name}}}", [(1, "not a variable")]),
    ],
)
def test_problems(text: str, found: list[tuple[int, str]]) -> None:
    got = problems(text)
    assert [problem.line for problem in got] == [line for line, _ in found]
    assert all(word in problem.message for problem, (_, word) in zip(got, found, strict=True))


def test_fill_puts_values_in_as_they_are() -> None:
    pieces = fill(
        "Hi {{name}}, {{ missing }} {{blank}} {{odd one}}!", {"name": "{{missing}} <b> \\1 {x}", "blank": " "}
    )
    assert pieces == [
        Piece("Hi ", "text"),
        Piece("{{missing}} <b> \\1 {x}", "filled"),
        Piece(", ", "text"),
        Piece("{{ missing }}", "missing"),
        Piece(" ", "text"),
        Piece("{{blank}}", "missing"),
        Piece(" {{odd one}}!", "text"),
    ]
    assert fill("", {}) == []


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("Short.", 400, "Short."),
        ("One. Two is longer. Three.", 20, "One. Two is longer."),
        ("One two three four", 10, "One two…"),
        ("x" * 50, 10, "x" * 9 + "…"),
        ("Para one\n\nPara two", 12, "Para one"),
        ("  Hi there. " + "word " * 100, 20, "Hi there."),
    ],
)
def test_opening(text: str, limit: int, expected: str) -> None:
    assert opening(text, limit) == expected


@pytest.mark.parametrize(
    "unit", ["{{", "}}", "{", "}", "{{a", "{{}}", "{ ", "{{ a\n", "{a", "{{{", "}}{{", "{" + "a" * 60, "{{a}}"]
)
def test_a_long_prompt_is_no_trouble(unit: str) -> None:
    """A quarter of a megabyte: what grows with the square of the length would take hours."""
    text = unit * (250_000 // len(unit))
    started = time.process_time()
    variables(text), problems(text), fill(text, {"a": "b"}), opening(text)
    assert time.process_time() - started < 2
    assert len(problems(text)) <= 100


TEXT = st.text(st.sampled_from("{}ab1_-. \n\tü\U0001f600")) | st.text()


@settings(deadline=None)
@given(TEXT, st.dictionaries(st.text(st.sampled_from("ab1_-."), min_size=1), st.text()))
def test_nothing_is_lost(text: str, values: dict[str, str]) -> None:
    pieces = fill(text, values)
    assert "".join(piece.text for piece in fill(text, {})) == text
    assert [piece for piece in pieces if piece.kind == "filled" and piece.text not in values.values()] == []
    assert len(opening(text, 20)) <= 20
    lines = text.count("\n") + 1
    assert all(1 <= problem.line <= lines for problem in problems(text))


@settings(deadline=None)
@given(st.lists(st.from_regex(r"[A-Za-z0-9_.-]{1,20}", fullmatch=True)))
def test_well_formed_names_are_all_found(names: list[str]) -> None:
    text = " and ".join(f"{{{{ {name} }}}}" for name in names)
    assert variables(text) == list(dict.fromkeys(names)) and problems(text) == []
    values = dict.fromkeys(names, "v")
    assert "".join(piece.text for piece in fill(text, values)) == " and ".join("v" for _ in names)
