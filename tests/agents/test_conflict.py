import pytest

from tests.agents.conftest import REMINDER, ROGER, fields_of, last_entry, send, stored, typed
from tests.conftest import text


@pytest.fixture
def edit(agents):
    return f"{agents}{REMINDER}/edit/"


@pytest.fixture
def clash(admin, edit, sandbox):
    """Both began with the same text; theirs was saved, mine is sent now."""
    stored(sandbox).prompt = "Say hello.\nAsk for the name.\nSay goodbye."
    loaded = fields_of(admin.get(edit))
    stored(sandbox).prompt = "Say hello.\nAsk for the full name.\nSay goodbye."
    stored(sandbox).voice_id = ROGER
    return send(admin, edit, **(loaded | {"system_instruction": "Say hello.\nAsk for the name kindly.\nSay goodbye."}))


def test_both_texts_are_there_and_nothing_was_saved(clash, sandbox):
    page = text(clash)
    assert clash.status_code == 409 and stored(sandbox).prompt == "Say hello.\nAsk for the full name.\nSay goodbye."
    assert "Somebody else saved this agent first." in page
    assert "<mark>full </mark>" in page and "<mark> kindly</mark>" in page
    assert typed(page) == "Say hello.\nAsk for the name kindly.\nSay goodbye."
    assert "Say hello.\nAsk for the full name.\nSay goodbye.</textarea>" in page
    assert "Roger" in page and "Take theirs" in page and 'data-guard="unsaved"' in page


def test_save_mine_anyway(clash, admin, edit, sandbox):
    answer = send(admin, edit, **fields_of(clash))
    assert answer.status_code == 303 and stored(sandbox).prompt.endswith("kindly.\nSay goodbye.")
    assert last_entry("agent.update").before["system_instruction"] == "Say hello.\nAsk for the full name.\nSay goodbye."


def test_a_third_change_asks_again(clash, admin, edit, sandbox):
    stored(sandbox).prompt = "Something else again."
    answer = send(admin, edit, **fields_of(clash))
    assert answer.status_code == 409 and stored(sandbox).prompt == "Something else again."


def test_both_wrote_the_same(admin, edit, sandbox):
    loaded = fields_of(admin.get(edit))
    stored(sandbox).prompt = "The same."
    page = text(admin.post(edit, loaded | {"system_instruction": "The same."}, follow=True))
    assert "nothing had to be changed" in page


def test_a_renamed_agent_is_a_conflict_too(admin, edit, sandbox):
    loaded = fields_of(admin.get(edit))
    stored(sandbox).name = "Renamed <i>"
    answer = send(admin, edit, **(loaded | {"system_instruction": "Mine."}))
    assert answer.status_code == 409 and "Renamed &lt;i&gt;" in text(answer)


def test_deleted_meanwhile_keeps_the_text_for_a_new_agent(admin, agents, edit, sandbox):
    loaded = fields_of(admin.get(edit))
    sandbox.store.drop_agent(stored(sandbox))
    answer = send(admin, edit, **(loaded | {"system_instruction": "precious"}))
    assert answer.status_code == 409 and "not at Talkstack any more" in text(answer)
    assert typed(text(answer)) == "precious" and f'action="{agents}new/"' in text(answer)
    assert send(admin, f"{agents}new/", **fields_of(answer)).status_code == 303
    assert any(agent.prompt == "precious" for agent in sandbox.store.agents.values())


def test_a_megabyte_against_a_megabyte_is_bounded(admin, edit, sandbox):
    stored(sandbox).prompt = "line a\n" * 100_000
    loaded = fields_of(admin.get(edit))
    stored(sandbox).prompt = "line b\n" * 100_000
    answer = send(admin, edit, **(loaded | {"system_instruction": "line c\n" * 100_000}))
    assert answer.status_code == 409 and "more lines" in text(answer)
