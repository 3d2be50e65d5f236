import re

import pytest
from django.utils import timezone

from dashboard.calls.models import Attempt, Call
from dashboard.sandbox.store import Number
from dashboard.web import registry
from tests.agents.conftest import FLU, FOLLOW_UP, REMINDER, last_entry, stored
from tests.conftest import text

NAME = {REMINDER: "Appointment reminder", FOLLOW_UP: "Missed visit follow-up", FLU: "Flu season notice"}


@pytest.fixture
def url(agents):
    return lambda agent_id: f"{agents}{agent_id}/delete/"


def digest(answer):
    return re.search(r'name="digest" value="(\w+)"', text(answer))[1]


def confirm(client, address, agent_id, **more):
    fields = {"digest": digest(client.get(address)), "confirm_name": NAME[agent_id]} | more
    return client.post(address, fields, follow=True)


def test_the_page_names_everything_that_hangs_on_it(admin, url):
    page = text(admin.get(url(REMINDER)))
    assert "the active agent: whoever calls in now reaches nobody" in page
    assert "+1 415 555 0132" in page and "will ring nobody; it stays in the project" in page
    assert "Type <b>Appointment reminder</b> to confirm" in page and "Delete agent and silence 1 number" in page


def test_an_agent_on_which_nothing_hangs_needs_no_typing(admin, url, agents, sandbox):
    page = text(admin.get(url(FLU)))
    assert "confirm_name" not in page
    answer = admin.post(url(FLU), {"digest": digest(admin.get(url(FLU)))})
    assert answer.status_code == 303 and answer["Location"] == agents and FLU not in sandbox.store.agents


def test_delete_with_dependents(admin, url, sandbox):
    prompt = stored(sandbox, FOLLOW_UP).prompt
    answer = confirm(admin, url(FOLLOW_UP), FOLLOW_UP)
    assert FOLLOW_UP not in sandbox.store.agents and "Missed visit follow-up was deleted." in text(answer)
    assert sandbox.store.numbers["+14155550147"].project_id, "the number stays in the project"
    entry = last_entry("agent.delete")
    assert entry.before["system_instruction"] == prompt and entry.before["numbers"] == ["+14155550147"]
    assert entry.thing_name == "Missed visit follow-up" and entry.outcome.result == "done"


def test_deleting_the_active_agent_says_who_answers_now(admin, url):
    assert "The project has no active agent now" in text(confirm(admin, url(REMINDER), REMINDER))


def test_the_active_agent_could_not_be_read_afterwards(admin, url, sandbox):
    sandbox.faults.add("500", method="POST", path="/project/active-agent", times=0, skip=2)
    assert "could not be read" in text(confirm(admin, url(REMINDER), REMINDER))


def test_talkstack_still_names_the_deleted_agent(admin, url, sandbox, project_id):
    sandbox.faults.add("set", method="POST", path="/project/active-agent", key="active_agent", value=REMINDER, skip=2)
    project = sandbox.store.projects[project_id]
    fields = {"digest": digest(admin.get(url(REMINDER))), "confirm_name": NAME[REMINDER]}
    drop = sandbox.store.drop_agent

    def drop_but_stay_active(agent):
        drop(agent)
        project.active_agent = agent.id

    sandbox.store.drop_agent = drop_but_stay_active
    page = text(admin.post(url(REMINDER), fields, follow=True))
    assert "still names the deleted agent" in page


@pytest.mark.parametrize(("typed", "words"), [("", "Type the name"), ("Appointment", "not the whole name")])
def test_the_whole_name_has_to_be_typed(admin, url, sandbox, typed, words):
    fields = {"digest": digest(admin.get(url(REMINDER))), "confirm_name": typed}
    answer = admin.post(url(REMINDER), fields)
    assert answer.status_code == 422 and words in text(answer) and REMINDER in sandbox.store.agents


@pytest.mark.parametrize(
    "name", ["", "  ", "two  spaces\tand\nlines", '<b>"quoted"</b> {{x}}', "\u202eevil", "日本語 🙂"]
)
def test_any_name_can_be_confirmed(admin, url, sandbox, name):
    stored(sandbox).name = name
    page = admin.get(url(REMINDER))
    assert '<b>"quoted' not in text(page)
    shown = " ".join(name.split()) or "delete"
    admin.post(url(REMINDER), {"digest": digest(page), "confirm_name": shown})
    assert REMINDER not in sandbox.store.agents


def test_calls_in_the_air_block(admin, url, sandbox, workspace, project_id):
    call = Call.objects.create(
        workspace=workspace, project_id=project_id, agent_id=REMINDER, number="+12065550121", at=timezone.now(),
        attempt=Attempt.PLACED, state="ringing", state_source="call_data",
    )  # fmt: skip
    page = text(admin.get(url(REMINDER)))
    assert "1 call is still open." in page and f"/calls/{call.pk}/" in page and "data-confirm-button" not in page
    answer = admin.post(url(REMINDER), {"confirm_name": NAME[REMINDER]})
    assert answer.status_code == 409 and REMINDER in sandbox.store.agents


@pytest.mark.parametrize("path", ["/phone-number", "/project/active-agent"])
def test_what_could_not_be_read_forbids(admin, url, sandbox, path):
    known = digest(admin.get(url(REMINDER)))
    sandbox.faults.add("500", method="POST", path=path, times=0)
    page = text(admin.get(url(REMINDER)))
    assert "So it cannot be deleted now." in page and "btn stop" not in page
    answer = admin.post(url(REMINDER), {"digest": known, "confirm_name": NAME[REMINDER]})
    assert answer.status_code == 409 and REMINDER in sandbox.store.agents


def test_the_world_has_moved(admin, url, sandbox, project_id):
    known = digest(admin.get(url(REMINDER)))
    sandbox.store.numbers["+14155550159"] = Number("n", "+14155550159", stored_account(sandbox), project_id, REMINDER)
    answer = admin.post(url(REMINDER), {"digest": known, "confirm_name": NAME[REMINDER]})
    assert answer.status_code == 409 and "Something has changed" in text(answer) and "+1 415 555 0159" in text(answer)
    assert REMINDER in sandbox.store.agents


def stored_account(sandbox):
    return next(iter(sandbox.store.accounts))


def test_many_numbers_are_listed_up_to_fifteen(admin, url, sandbox, project_id):
    for n in range(20):
        e164 = f"+1415555{n:04}"
        sandbox.store.numbers[e164] = Number(f"n{n}", e164, stored_account(sandbox), project_id, REMINDER)
    page = text(admin.get(url(REMINDER)))
    assert "and 6 more numbers" in page and "silence 21 numbers" in page


def test_numbers_known_only_here_count(admin, url, monkeypatch):
    class Known:
        kind, id = "number", "+14155550166"

    monkeypatch.setitem(registry._dependents, "agent", [lambda workspace, agent_id: [Known()]])
    assert "+1 415 555 0166" in text(admin.get(url(FLU)))


def test_gone_already(admin, url, agents, sandbox):
    known = digest(admin.get(url(FLU)))
    sandbox.store.drop_agent(stored(sandbox, FLU))
    assert admin.get(url(FLU)).status_code == 404
    answer = admin.post(url(FLU), {"digest": known}, follow=True)
    assert answer.redirect_chain == [(agents, 303)] and "gone already" in text(answer)


@pytest.mark.parametrize(
    ("kind", "status", "result"), [("400", 422, "refused"), ("down", 502, "not_sent"), ("500", 502, "unknown")]
)
def test_what_talkstack_said_is_said(admin, url, sandbox, kind, status, result):
    known = digest(admin.get(url(FLU)))
    sandbox.faults.add(kind, method="DELETE", path="/agent", times=0)
    answer = admin.post(url(FLU), {"digest": known})
    assert answer.status_code == status and FLU in sandbox.store.agents
    assert ("Nothing was deleted." in text(answer)) == (kind != "500")
    assert ("not know whether" in text(answer)) == (kind == "500")
    assert last_entry("agent.delete").outcome.result == result


def test_a_lost_answer_is_looked_up(admin, url, sandbox):
    known = digest(admin.get(url(FLU)))
    sandbox.faults.add("lost-close", method="DELETE", path="/agent")
    answer = admin.post(url(FLU), {"digest": known}, follow=True)
    assert "was deleted. Talkstack&#x27;s answer got lost" in text(answer)


def test_the_dialog_gets_the_same_fragment(admin, url):
    for target in ("delete-form", "dialog-body"):
        answer = admin.get(url(REMINDER), headers={"HX-Request": "true", "HX-Target": target})
        assert 'id="delete-form"' in text(answer) and "<html" not in text(answer)


def test_roles_verb_and_talkstack_down(viewer, operator, stranger, admin, url, sandbox):
    for person, status in ((viewer, 403), (operator, 403), (stranger, 404)):
        assert person.get(url(FLU)).status_code == status
        assert person.post(url(FLU)).status_code == status
    assert admin.put(url(FLU)).status_code == 405
    sandbox.faults.add("down", times=0)
    assert admin.get(url(FLU)).status_code == 502
    assert FLU in sandbox.store.agents


def test_queries_are_few(admin, agents, url, django_assert_max_num_queries):
    admin.get(agents)
    with django_assert_max_num_queries(8):
        admin.get(url(REMINDER))
