import pytest

from tests.agents.conftest import FLU, REMINDER, last_entry
from tests.conftest import text


@pytest.fixture
def active(sandbox, project_id):
    return lambda: sandbox.store.projects[project_id].active_agent


def test_set(admin, agents, active):
    answer = admin.post(f"{agents}{FLU}/active/", {"action": "set"}, follow=True)
    assert active() == FLU and answer.redirect_chain[0][1] == 303
    assert "Flu season notice is the active agent" in text(answer)
    entry = last_entry("agent.active")
    assert (entry.before, entry.after) == ({"active_agent": REMINDER}, {"active_agent": FLU})
    assert entry.outcome.result == "done" and entry.thing_name == "Flu season notice"


def test_remove(admin, agents, active):
    page = text(admin.post(f"{agents}{REMINDER}/active/", {"action": "remove"}, follow=True))
    assert active() is None and "whoever calls in reaches nobody" in page
    assert last_entry("agent.inactive").after == {"active_agent": ""}


def test_nothing_to_do_writes_nothing(admin, agents, active):
    assert "already" in text(admin.post(f"{agents}{REMINDER}/active/", {"action": "set"}, follow=True))
    assert "is not the active agent" in text(admin.post(f"{agents}{FLU}/active/", {"action": "remove"}, follow=True))
    assert active() == REMINDER


def test_an_incomplete_form(admin, agents, active):
    answer = admin.post(f"{agents}{FLU}/active/", {"action": "explode"})
    assert answer.status_code == 422 and "Nothing was changed" in text(answer) and active() == REMINDER


def test_refused(admin, agents, sandbox, active):
    sandbox.faults.add("400", method="PATCH", path="/project/active-agent", message="no <b>way</b>")
    answer = admin.post(f"{agents}{FLU}/active/", {"action": "set"})
    assert answer.status_code == 422 and active() == REMINDER
    assert last_entry("agent.active").outcome.result == "refused"


def test_a_lost_answer_is_read_back(admin, agents, sandbox, active):
    sandbox.faults.add("lost-close", method="PATCH", path="/project/active-agent")
    page = text(admin.post(f"{agents}{FLU}/active/", {"action": "set"}, follow=True))
    assert active() == FLU and "is the active agent" in page


def test_an_answer_that_changed_nothing_is_not_believed(admin, agents, sandbox, active):
    sandbox.faults.add("lost-500", method="PATCH", path="/project/active-agent", skip=1)
    sandbox.faults.add("500", method="PATCH", path="/project/active-agent")
    page = text(admin.post(f"{agents}{FLU}/active/", {"action": "set"}, follow=True))
    assert active() == REMINDER and "another agent is the active one" in page


def test_talkstack_down(admin, agents, sandbox):
    sandbox.faults.add("down", times=0)
    assert admin.post(f"{agents}{FLU}/active/", {"action": "set"}).status_code == 502


def test_roles_and_verb(viewer, operator, stranger, admin, agents, active):
    for person, status in ((viewer, 403), (operator, 403), (stranger, 404)):
        assert person.post(f"{agents}{FLU}/active/", {"action": "set"}).status_code == status
    assert admin.get(f"{agents}{FLU}/active/").status_code == 405
    assert admin.post(f"{agents}nobody/active/", {"action": "set"}).status_code == 404
    assert active() == REMINDER
