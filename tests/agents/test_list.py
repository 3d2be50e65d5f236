from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.calls.models import Call
from dashboard.sandbox.store import Agent
from tests.agents.conftest import FLU, INTAKE, REMINDER
from tests.conftest import text


def test_the_page_says_what_is_known_of_each_agent(viewer, agents):
    page = text(viewer.get(agents))
    for name in ("Appointment reminder", "Missed visit follow-up", "Intake questions", "Flu season notice"):
        assert name in page
    assert "asks for name, clinic, appointment_time" in page and "no variables" in page
    assert page.count("Active agent") == 1
    assert "+1 415 555 0132" in page and "no number yet" in page
    assert "not read yet" in page, "the list of agents tells no voices"


def test_a_voice_is_known_once_the_agent_was_opened(viewer, agents, sandbox):
    viewer.get(f"{agents}{REMINDER}/")
    sandbox.faults.add("down", times=0)
    page = text(viewer.get(agents.removesuffix("agents/") + "agents/"))
    assert "could not be read" in page
    sandbox.faults.clear()
    assert "Aria" in text(viewer.get(agents))


def test_buttons_follow_the_role(viewer, operator, admin, agents):
    assert "calls/new/?agent=" not in text(viewer.get(agents))
    assert f"calls/new/?agent={REMINDER}" in text(operator.get(agents))
    assert f"{agents}new/" not in text(operator.get(agents)) and f"{agents}new/" in text(admin.get(agents))


def test_calls_of_seven_days_are_counted_and_linked(viewer, agents, workspace, project_id):
    now = timezone.now()
    for days in (0, 3, 20):
        at = now - timedelta(days=days)
        Call.objects.create(
            workspace=workspace, project_id=project_id, agent_id=FLU, agent_name="Flu", number="+12065550121", at=at
        )
    page = text(viewer.get(agents))
    assert f'calls/?agent={FLU}&amp;days=7">2</a>' in page


@pytest.mark.parametrize(
    ("query", "found", "missing"),
    [
        ("q=flu", "Flu season", "Intake"),
        ("q=missed_on", "Missed visit", "Flu season"),
        ("q=555+0132", "reminder", "Flu"),
    ],
)
def test_search_finds_names_variables_and_numbers(viewer, agents, query, found, missing):
    page = text(viewer.get(f"{agents}?{query}"))
    assert found in page and missing not in page


def test_search_without_result_offers_the_whole_list(viewer, agents):
    assert "No agent fits" in text(viewer.get(f"{agents}?q=zebra"))


def test_order(viewer, agents):
    down = text(viewer.get(f"{agents}?sort=-name"))
    assert down.index("Missed visit") < down.index("Appointment reminder")
    assert viewer.get(f"{agents}?sort=__class__&page=1e9").status_code == 200


def test_fragment(viewer, agents):
    answer = viewer.get(f"{agents}?fresh=1", headers={"HX-Request": "true", "HX-Target": "agents-table"})
    assert text(answer).lstrip().startswith('<div id="agents-table"') and "<html" not in text(answer)
    assert 'hx-trigger="load"' not in text(answer), "what was just asked does not ask again by itself"
    assert "HX-Target" in answer["Vary"]


def test_an_old_list_is_shown_at_once_and_asks_again(viewer, agents, sandbox):
    viewer.get(agents)
    sandbox.tick(60)
    page = text(viewer.get(agents))
    assert "Appointment reminder" in page and 'hx-trigger="load"' in page


def test_talkstack_down_with_something_kept(viewer, agents, sandbox):
    viewer.get(agents)
    sandbox.faults.add("down", times=0)
    answer = viewer.get(f"{agents}?fresh=1")
    assert answer.status_code == 200
    assert "Appointment reminder" in text(answer) and "Talkstack cannot be reached" in text(answer)


def test_talkstack_down_with_nothing_kept(viewer, agents, sandbox):
    sandbox.faults.add("down", times=0)
    answer = viewer.get(agents)
    assert answer.status_code == 200 and "The agents could not be read." in text(answer)


def test_an_empty_project_offers_the_first_step(admin, viewer, agents, sandbox):
    for agent in list(sandbox.store.agents.values()):
        sandbox.store.drop_agent(agent)
    assert "Create an agent" in text(admin.get(agents))
    page = text(viewer.get(agents))
    assert "No agent yet" in page and "Create an agent" not in page


def test_an_unknown_project_is_not_an_empty_one(viewer):
    assert viewer.get("/w/oak-care/projects/nowhere/agents/").status_code == 404


def test_many_agents_come_in_pages(viewer, agents, sandbox, project_id):
    for n in range(60):
        sandbox.store.add_agent(Agent(f"more-{n}", project_id, f"More {n:02}", "Say hello."))
    page = text(viewer.get(agents))
    assert "25 of 64" in page or "1–25 of 64" in page
    assert "More 59" in text(viewer.get(f"{agents}?page=3"))


def test_hostile_names_and_ids_are_inert(owner, agents, sandbox, project_id):
    bad = "<script>alert(1)</script>\"'{{ 7|add:7 }}\u202e"
    for agent_id in ("a/b", "..", "a b?c#d", "é\u202e", "x" * 300):
        sandbox.store.add_agent(Agent(agent_id, project_id, bad, "{{<b>}} {{ok}} " + bad, ""))
    answer = owner.get(agents)
    assert answer.status_code == 200
    assert "<script>alert" not in text(answer) and "&lt;script&gt;" in text(answer)


def test_queries_are_few(viewer, agents, django_assert_max_num_queries):
    viewer.get(agents)
    for query in ("", "?fresh=1"):
        with django_assert_max_num_queries(8):
            viewer.get(f"{agents}{query}")


def test_stranger_and_verb(owner, agents, stranger):
    assert stranger.get(agents).status_code == 404
    assert owner.post(agents).status_code == 405


def test_no_agent_is_asked_for_singly(viewer, agents, sandbox):
    rule = sandbox.faults.add("500", method="POST", path="/agent", times=0)
    page = text(viewer.get(agents))
    assert INTAKE in page and rule.hits == 0
