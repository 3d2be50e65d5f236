import pytest

from tests.agents.conftest import ARIA, ROGER, last_entry, send, typed
from tests.conftest import text

WISH = {"name": "New one", "system_instruction": "Call {{name}}.\nBe kind.", "voice_id": ROGER}


def made(sandbox, name="New one"):
    return [agent for agent in sandbox.store.agents.values() if agent.name == name]


def test_the_page(admin, agents):
    page = text(admin.get(f"{agents}new/"))
    for words in (
        "Create agent",
        "Aria",
        "American, expressive",
        "Number it calls from",
        "Talkstack&#x27;s own choice",
    ):
        assert words in page


def test_create(admin, agents, sandbox):
    answer = send(admin, f"{agents}new/", **WISH)
    (agent,) = made(sandbox)
    assert answer.status_code == 303 and answer["Location"] == f"{agents}{agent.id}/"
    assert (agent.prompt, agent.voice_id) == (WISH["system_instruction"], ROGER)
    entry = last_entry("agent.create")
    assert entry.after == WISH and entry.before is None
    assert entry.outcome.thing_id == agent.id and entry.outcome.result == "done"
    assert "New one was created." in text(admin.get(answer["Location"]))


def test_create_with_a_number(admin, agents, sandbox):
    send(admin, f"{agents}new/", **WISH, phone_number="+1 (415) 555-0177")
    (agent,) = made(sandbox)
    assert sandbox.store.numbers["+14155550177"].agent_id == agent.id


@pytest.mark.parametrize(
    ("number", "words"),
    [
        ("0049 30 1234567", "Write + instead"),
        ("twelve", "no letters"),
        ("+14155550132", "belongs to Appointment reminder"),
    ],
)
def test_a_number_that_cannot_be_had(admin, agents, sandbox, number, words):
    answer = send(admin, f"{agents}new/", **WISH, phone_number=number)
    assert answer.status_code == 422 and words in text(answer) and not made(sandbox)
    assert typed(text(answer)) == WISH["system_instruction"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "Give the agent a name"),
        ({"name": "x" * 301}, "at most 300"),
        ({"name": "a\0b"}, "NUL character in the name"),
        ({"system_instruction": ""}, "Write what the agent is to do"),
        ({"system_instruction": " \n "}, "spaces alone"),
        ({"system_instruction": "one\ntwo\0"}, "NUL character in line 2"),
        ({"system_instruction": "é" * 800_000}, "larger than 1.5 MB"),
        ({"voice_id": "no-such-voice"}, "not in the catalogue any more"),
    ],
)
def test_invalid(admin, agents, sandbox, change, words):
    answer = send(admin, f"{agents}new/", **(WISH | change))
    assert answer.status_code == 422 and words in text(answer)
    assert typed(text(answer)) == (WISH | change)["system_instruction"]
    assert not made(sandbox) and not made(sandbox, "ab")


def test_check_saves_nothing_and_lists_what_it_finds(admin, agents, sandbox):
    fields = WISH | {"system_instruction": "Hi {{name}} and {{clinic}}\n{{oops"}
    answer = send(admin, f"{agents}new/", **fields, check="1")
    page = text(answer)
    assert answer.status_code == 200 and not made(sandbox)
    assert '<li class="chip">name</li><li class="chip">clinic</li>' in page
    assert "<b>Line 2</b> “{{” is opened here" in page
    assert typed(page) == fields["system_instruction"] and f'value="{ROGER}" checked' in page


def test_problems_do_not_keep_one_from_saving(admin, agents, sandbox):
    assert send(admin, f"{agents}new/", **(WISH | {"system_instruction": "{{oops"})).status_code == 303
    assert made(sandbox)[0].prompt == "{{oops"


@pytest.mark.parametrize("kind", ["empty", "text", "null", "list"])
def test_an_answer_without_id_is_looked_up_in_the_list(admin, agents, sandbox, kind):
    sandbox.faults.add(kind, method="POST", path="/agent/create-agent")
    answer = send(admin, f"{agents}new/", **WISH)
    (agent,) = made(sandbox)
    assert answer["Location"] == f"{agents}{agent.id}/"
    assert last_entry("agent.create").outcome.thing_id == agent.id


@pytest.mark.parametrize(
    "kind", ["html-200", "truncated", "lost-close", "lost-500", "lost-html", "cut", "redirect-done"]
)
def test_an_answer_that_cannot_be_read(admin, agents, sandbox, kind):
    kind, options = ("302", {}) if kind == "none" else (kind, {})
    if kind == "redirect-done":
        kind, options = "500", {"deed": "done", "status": 302}
    sandbox.faults.add(kind, method="POST", path="/agent/create-agent", **options)
    answer = send(admin, f"{agents}new/", **WISH)
    (agent,) = made(sandbox)
    assert answer.status_code == 303 and answer["Location"] == f"{agents}{agent.id}/"


def test_a_twin_that_was_there_before_is_not_taken_for_the_new_one(admin, agents, sandbox):
    send(admin, f"{agents}new/", **WISH)
    sandbox.faults.add("empty", method="POST", path="/agent/create-agent")
    answer = send(admin, f"{agents}new/", **WISH)
    first, second = made(sandbox)
    assert answer["Location"] == f"{agents}{second.id}/" and first.id != second.id


def test_an_id_that_no_address_can_hold(admin, agents, sandbox):
    sandbox.faults.add("set", method="POST", path="/agent/create-agent", key="id", value="a/b")
    answer = send(admin, f"{agents}new/", **WISH)
    assert answer.status_code == 303 and answer["Location"] == agents


def test_unknown_outcome_keeps_the_text_and_says_so(admin, agents, sandbox):
    sandbox.faults.add("500", method="POST", path="/agent/create-agent")
    answer = send(admin, f"{agents}new/", **WISH)
    assert answer.status_code == 502 and not made(sandbox)
    assert "not know whether this went through" in text(answer) and typed(text(answer)) == WISH["system_instruction"]
    assert last_entry("agent.create").outcome.result == "unknown"


def test_talkstack_wants_a_number(admin, agents, sandbox):
    words = "projectId, name, systemInstruction, or phoneNumber missing."
    sandbox.faults.add("400", method="POST", path="/agent/create-agent", message=words)
    answer = send(admin, f"{agents}new/", **WISH)
    page = text(answer)
    assert answer.status_code == 422 and 'id="id_phone_number_error"' in page and words in page
    assert typed(page) == WISH["system_instruction"]


def test_refused_for_something_else(admin, agents, sandbox):
    sandbox.faults.add("422", method="POST", path="/agent/create-agent", message="the prompt is rude")
    answer = send(admin, f"{agents}new/", **WISH)
    assert answer.status_code == 422 and "the prompt is rude" in text(answer)


@pytest.mark.parametrize(("kind", "status"), [("down", 502), ("429", 503), ("403", 403), ("402", 422)])
def test_nothing_typed_is_lost_when_it_fails(admin, agents, sandbox, kind, status):
    admin.get(f"{agents}new/")
    sandbox.faults.add(kind, method="POST", path="/agent/create-agent", times=0)
    answer = send(admin, f"{agents}new/", **WISH)
    assert answer.status_code == status and typed(text(answer)) == WISH["system_instruction"]
    assert "Nothing was" in text(answer) and not made(sandbox)


def test_voices_away(admin, agents, sandbox):
    sandbox.faults.add("500", path="/voices", times=0)
    page = text(admin.get(f"{agents}new/"))
    assert "The voices could not be read." in page
    assert send(admin, f"{agents}new/", **(WISH | {"voice_id": ARIA})).status_code == 303


def test_roles_and_unknown_project(viewer, operator, stranger, admin, agents):
    for person, status in ((viewer, 403), (operator, 403), (stranger, 404)):
        assert person.get(f"{agents}new/").status_code == status
        assert send(person, f"{agents}new/", **WISH).status_code == status
    assert admin.put(f"{agents}new/").status_code == 405
    assert admin.get("/w/oak-care/projects/nowhere/agents/new/").status_code == 404


def test_queries_are_few(admin, agents, django_assert_max_num_queries):
    admin.get(agents)
    with django_assert_max_num_queries(8):
        admin.get(f"{agents}new/")
