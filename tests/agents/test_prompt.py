"""Whatever is in a prompt comes through the form, Talkstack and the pages as it went in."""

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dashboard.agents import newlines, prompts
from tests.agents.conftest import REMINDER, fields_of, send, shown, stored, typed
from tests.conftest import text

ODD = st.sampled_from(
    ["\n", "\r\n", "\r", "{{name}}", "{{", "}}", "{% url %}", "{# #}", "</textarea>", "<b>", "&amp;", "&#0;", '"', "'"]
    + ["\u202e", "e\u0301", "🙂", "\ufeff", "\u2028", "\x01", "\x7f", " ", "\t", "﷽", "\\u0000", "%00", "{{ a }}"]
)
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
PROMPT = st.lists(st.one_of(ODD, ANY), max_size=20).map("".join).filter(str.strip)
PROMPT = PROMPT.filter(
    lambda prompt: "\r\r\n" not in prompt
)  # no browser sends a lone CR, and never one before a line end


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(prompt=PROMPT)
@example(prompt="\nbegins with a line")
@example(prompt="\n\n\n x \n\n")
@example(prompt="a\rb\r\nc\n")
def test_round_trip(admin, agents, sandbox, prompt):
    edit = f"{agents}{REMINDER}/edit/"
    stored(sandbox).prompt = "Something before."
    loaded = fields_of(admin.get(edit))
    answer = admin.post(edit, loaded | {"system_instruction": prompt.replace("\r\n", "\n").replace("\n", "\r\n")})
    assert answer.status_code == 303
    kept = prompt.replace("\r\n", "\n")
    assert stored(sandbox).prompt == kept
    assert shown(text(admin.get(f"{agents}{REMINDER}/?fresh=1"))) == kept
    assert typed(text(admin.get(edit))) == kept


@pytest.mark.parametrize("unit", ["a", "é", "🙂", "\u202eא", "e\u0301\n", "</textarea>{{x}}{% y %}"])
def test_a_megabyte(admin, agents, sandbox, unit):
    prompt = unit * (1_000_000 // len(unit.encode()))
    edit = f"{agents}{REMINDER}/edit/"
    answer = send(admin, edit, **(fields_of(admin.get(edit)) | {"system_instruction": prompt}))
    assert answer.status_code == 303 and stored(sandbox).prompt == prompt
    assert shown(text(admin.get(f"{agents}{REMINDER}/"))) == prompt


def test_line_ends():
    assert newlines.received("a\r\nb\rc\n") == "a\nb\rc\n"
    assert newlines.untouched_or("a\nb", "a\r\nb") == "a\r\nb"
    assert newlines.untouched_or("a\nc", "a\r\nb") == "a\nc"


@given(PROMPT)
def test_the_pieces_are_the_prompt(prompt):
    assert "".join(piece.text for piece in prompts.pieces(prompt)) == prompt
