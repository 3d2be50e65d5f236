import pytest

from tests.agents.conftest import ARIA, REMINDER, ROGER, fields_of, last_entry, send, stored, typed
from tests.conftest import text


@pytest.fixture
def edit(agents):
    return f"{agents}{REMINDER}/edit/"


def test_the_editor_shows_what_there_is(admin, edit, sandbox):
    page = text(admin.get(edit))
    assert typed(page) == stored(sandbox).prompt
    assert f'value="{ARIA}" checked' in page and '<li class="chip">appointment_time</li>' in page
    assert "voices/" in page and "data-guard data-once" in page


def test_save(admin, agents, edit, sandbox):
    before = stored(sandbox).prompt
    answer = send(admin, edit, **(fields_of(admin.get(edit)) | {"name": "Reminder", "system_instruction": "Hi.\nBye."}))
    assert answer.status_code == 303 and answer["Location"] == f"{agents}{REMINDER}/"
    assert (stored(sandbox).name, stored(sandbox).prompt, stored(sandbox).voice_id) == ("Reminder", "Hi.\nBye.", ARIA)
    entry = last_entry("agent.update")
    assert entry.before["system_instruction"] == before and entry.after["system_instruction"] == "Hi.\nBye."
    assert "Reminder was changed." in text(admin.get(answer["Location"]))


def test_a_change_of_the_voice_alone_sends_everything(admin, edit, sandbox):
    send(admin, edit, **(fields_of(admin.get(edit)) | {"voice_id": ROGER}))
    assert stored(sandbox).voice_id == ROGER and stored(sandbox).prompt


@pytest.mark.parametrize(
    "prompt", ["a\r\nb\r\nc", "a\rb", "a\r\nb\nc\rd\n", "\n\nbegins with lines", "\r\nbegins with CRLF"]
)
def test_saving_without_touching_keeps_the_stored_line_ends(admin, edit, sandbox, prompt):
    stored(sandbox).prompt = prompt
    loaded = fields_of(admin.get(edit))
    as_sent = prompt.replace("\r\n", "\n").replace("\r", "\n")
    answer = send(admin, edit, **(loaded | {"name": "Other name", "system_instruction": as_sent}))
    assert answer.status_code == 303 and stored(sandbox).prompt == prompt


def test_nothing_changed_writes_nothing(admin, edit, sandbox):
    rule = sandbox.faults.add("500", method="PUT", path="/agent", times=0)
    page = text(admin.post(edit, fields_of(admin.get(edit)), follow=True))
    assert "nothing had to be changed" in page and rule.hits == 0


def test_invalid(admin, edit, sandbox):
    answer = send(
        admin, edit, **(fields_of(admin.get(edit)) | {"name": "", "system_instruction": "kept </textarea> text"})
    )
    page = text(answer)
    assert answer.status_code == 422 and "Give the agent a name" in page and 'href="#id_name"' in page
    assert typed(page) == "kept </textarea> text" and 'data-guard="unsaved"' in page


def test_check(admin, edit, sandbox):
    answer = send(
        admin, edit, **(fields_of(admin.get(edit)) | {"system_instruction": "{{new_one}} {old}", "check": "1"})
    )
    assert answer.status_code == 200 and '<li class="chip">new_one</li>' in text(answer)
    assert "single braces" in text(answer) and stored(sandbox).prompt != "{{new_one}} {old}"
    assert fields_of(answer)["loaded"] == fields_of(admin.get(edit))["loaded"]


def test_a_voice_that_the_catalogue_lost_is_kept(admin, edit, sandbox):
    stored(sandbox).voice_id = "retired-voice"
    answer = admin.get(edit)
    assert "not in the catalogue" in text(answer) and fields_of(answer)["voice_id"] == "retired-voice"
    assert send(admin, edit, **(fields_of(answer) | {"name": "N"})).status_code == 303
    assert stored(sandbox).voice_id == "retired-voice"


def test_voices_away(admin, edit, sandbox):
    sandbox.faults.add("500", path="/voices", times=0)
    answer = admin.get(edit)
    assert "The voices could not be read." in text(answer) and fields_of(answer)["voice_id"] == ARIA
    assert send(admin, edit, **(fields_of(answer) | {"name": "N"})).status_code == 303
    assert (stored(sandbox).name, stored(sandbox).voice_id) == ("N", ARIA)


def test_a_voice_that_talkstack_does_not_tell(admin, edit, sandbox):
    sandbox.faults.add("remove", method="POST", path="/agent", key="voice_id", times=0)
    answer = admin.get(edit)
    assert "Talkstack does not say which" in text(answer)
    send(admin, edit, **(fields_of(answer) | {"name": "N"}))
    assert (stored(sandbox).name, stored(sandbox).voice_id) == ("N", ARIA)


@pytest.mark.parametrize(
    ("kind", "status", "result"),
    [
        ("down", 502, "not_sent"),
        ("500", 502, "unknown"),
        ("429", 503, "refused"),
        ("400", 422, "refused"),
        ("401", 502, "refused"),
    ],
)
def test_nothing_typed_is_lost_when_saving_fails(admin, edit, sandbox, kind, status, result):
    loaded = fields_of(admin.get(edit))
    before = stored(sandbox).prompt
    sandbox.faults.add(kind, method="PUT", path="/agent", times=0)
    answer = send(admin, edit, **(loaded | {"system_instruction": "precious\nwords"}))
    assert answer.status_code == status and typed(text(answer)) == "precious\nwords"
    assert last_entry("agent.update").outcome.result == result and stored(sandbox).prompt == before


@pytest.mark.parametrize("kind", ["lost-close", "lost-500", "html-200", "truncated"])
def test_a_lost_answer_is_read_back(admin, edit, sandbox, kind):
    loaded = fields_of(admin.get(edit))
    sandbox.faults.add(kind, method="PUT", path="/agent")
    answer = send(admin, edit, **(loaded | {"system_instruction": "New words."}))
    assert answer.status_code == 303 and stored(sandbox).prompt == "New words."


def test_talkstack_down_before_saving(admin, edit, sandbox):
    loaded = fields_of(admin.get(edit))
    sandbox.faults.add("down", times=0)
    answer = send(admin, edit, **(loaded | {"system_instruction": "precious"}))
    assert answer.status_code == 502 and typed(text(answer)) == "precious" and "Nothing was saved." in text(answer)


def test_talkstack_down_and_nothing_kept(admin, edit, sandbox):
    from dashboard.accounts.models import Snapshot

    loaded = fields_of(admin.get(edit))
    Snapshot.objects.all().delete()
    sandbox.faults.add("down", times=0)
    answer = send(admin, edit, **(loaded | {"system_instruction": "precious"}))
    assert answer.status_code == 502 and typed(text(answer)) == "precious"
    assert fields_of(answer)["loaded"] == loaded["loaded"]
    assert admin.get(edit).status_code == 502, "an editor is never filled from what was kept"


def test_roles_verb_and_unknown(viewer, operator, stranger, admin, agents, edit):
    for person, status in ((viewer, 403), (operator, 403), (stranger, 404)):
        assert person.get(edit).status_code == status
        assert send(person, edit, name="x", system_instruction="y").status_code == status
    assert admin.delete(edit).status_code == 405
    assert admin.get(f"{agents}nobody/edit/").status_code == 404


def test_queries_are_few(admin, agents, edit, django_assert_max_num_queries):
    admin.get(agents)
    with django_assert_max_num_queries(8):
        admin.get(edit)
