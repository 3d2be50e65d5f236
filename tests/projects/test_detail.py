"""The overview of one project."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.accounts.models import Snapshot
from dashboard.calls.models import Attempt, Call
from tests.conftest import text
from tests.projects.conftest import HOSTILE, HTMX, LIST, at, words

PANELS = 'id="project-panels"'


@pytest.fixture
def calls(workspace, project_id, api):
    """Four calls of the first agent: two answered, one unknown, one long ago."""
    agent = api.agents.list(project_id)[0]
    common = {
        "workspace": workspace, "project_id": project_id, "project_name": "Northgate Clinics",
        "agent_id": agent.id, "agent_name": agent.name, "number": "+12065550121",
    }  # fmt: skip
    now = timezone.now()
    Call.objects.create(**common, at=now, state="completed", final_at=now)
    Call.objects.create(**common, at=now, state="completed", final_at=now)
    Call.objects.create(**common, at=now, attempt=Attempt.UNKNOWN)
    Call.objects.create(**common, at=now - timedelta(days=30), state="completed", final_at=now)
    return agent


def test_page_shows_figures_that_lead_to_what_they_count(owner, project_id, calls):
    page = owner.get(at(project_id))
    said, source = words(page), text(page)
    assert page.status_code == 200
    assert "4 agents" in said and "3 numbers" in said
    assert "3 calls in the last 7 days" in said and "67% answered (2 of 3)" in said and "1 needs a decision" in said
    assert f'<a href="{at(project_id, "calls/")}?state=unknown"><b>1</b>' in source
    assert "All 4 calls" in said and source.count("+1 206 555 0121") == 4


def test_page_shows_agents_with_what_they_ask_for(owner, project_id):
    page = owner.get(at(project_id))
    said = words(page)
    assert "Appointment reminder Active agent asks for name, clinic, appointment_time" in said
    assert "+1 415 555 0132" in said
    assert "no number yet · assign one" in said and f"{at(project_id, 'numbers/assign/')}?agent_id=" in text(page)


def test_page_says_who_answers_and_where_updates_go(owner, project_id):
    said = words(owner.get(at(project_id)))
    assert "If someone calls now Answers Appointment reminder" in said and "Its prompt begins" in said
    assert "Updates from Talkstack Not sent" in said and "Set an address" in said
    assert "4 agents and 3 numbers hang on it" in said and "Delete project…" in said


def test_voice_is_shown_once_the_agent_was_read(owner, project_id, api):
    agent = next(one for one in api.agents.list(project_id) if one.name == "Appointment reminder")
    assert "not read yet" in words(owner.get(at(project_id)))
    owner.get(at(project_id, f"agents/{agent.id}/"))
    assert "Voice Aria, American, expressive" in words(owner.get(at(project_id)))


def test_viewer_reads_and_changes_nothing(owner, viewer, project_id):
    page = text(viewer.get(at(project_id)))
    assert "Appointment reminder" in page
    for word in ("/delete/", "assign one", "/edit/", "calls/new/", "Set an address"):
        assert word not in page, word


def test_strangers_find_nothing_and_other_verbs_are_refused(owner, stranger, project_id):
    assert stranger.get(at(project_id)).status_code == 404
    assert owner.post(at(project_id)).status_code == 405
    assert owner.get(at("no-such-project")).status_code == 404


def test_all_is_asked_at_once(owner, sandbox, project_id):
    for path in ("/project/:id", "/agent/:projectId", "/phone-number", "/project/active-agent", "/voices"):
        sandbox.faults.add("slow", path=path, seconds=0.15)
    said = words(owner.get(at(project_id)))
    assert "could not" not in said and "4 agents" in said, "five slow answers fit into one deadline"


def test_an_old_answer_is_shown_at_once_and_the_panel_asks_again(owner, sandbox, project_id, asked):
    owner.get(at(project_id))
    sandbox.tick(60)
    asked.seen.clear()
    page = text(owner.get(at(project_id)))
    assert (
        asked.seen == []
        and 'hx-get="?fresh=1" hx-trigger="load"' in page
        and "Read from Talkstack" in words(owner.get(at(project_id)))
    )
    piece = owner.get(f"{at(project_id)}?fresh=1", headers=HTMX | {"HX-Target": "project-panels"})
    assert text(piece).strip().startswith(f"<div {PANELS}") and len(asked.seen) == 5
    assert "hx-trigger" not in text(piece).partition(PANELS)[2][:200]


def test_talkstack_down_shows_what_is_kept_with_its_age(owner, sandbox, project_id):
    owner.get(at(project_id))
    sandbox.tick(600)
    sandbox.faults.add("down", times=0)
    page = owner.get(f"{at(project_id)}?fresh=1")
    said = words(page)
    assert page.status_code == 200 and "Northgate Clinics" in said and "Appointment reminder" in said
    assert "Talkstack could not be asked for everything just now." in said and "This is from" in said


def test_talkstack_down_and_nothing_kept_still_shows_our_own_calls(owner, sandbox, project_id, calls):
    Snapshot.objects.all().delete()
    sandbox.faults.add("500", times=0)
    page = owner.get(at(project_id))
    said = words(page)
    assert page.status_code == 200 and "Northgate Clinics" in said and "+1 206 555 0121" in said
    assert "The agents could not be read." in said and "Who answers could not be read." in said
    assert "agents, not known just now" in said


def test_talkstack_down_for_a_project_nobody_heard_of(owner, sandbox):
    sandbox.faults.add("down", times=0)
    assert owner.get(at("never-heard-of")).status_code == 502


def test_only_one_part_fails(owner, sandbox, project_id):
    sandbox.faults.add("500", path="/phone-number", times=0)
    said = words(owner.get(at(project_id)))
    assert "4 agents" in said and "numbers, not known just now" in said and "Appointment reminder" in said


def test_project_without_agents_offers_the_first_step(admin, project_id, sandbox):
    for agent in list(sandbox.store.agents_of(project_id)):
        sandbox.store.drop_agent(agent)
    sandbox.store.numbers.clear()
    sandbox.store.projects[project_id].active_agent = None
    page = text(admin.get(at(project_id)))
    said = words(admin.get(at(project_id)))
    assert "Nobody answers: no agent is active." in said
    assert "First an agent" in said and "New agent" in said and at(project_id, "calls/new/") not in page


def test_active_agent_that_is_not_in_the_list(owner, project_id, sandbox):
    sandbox.store.projects[project_id].active_agent = "gone"
    assert "An agent that is not in the list" in words(owner.get(at(project_id)))


def test_sidebar_has_projects_and_overview(owner, project_id):
    page = text(owner.get(at(project_id)))
    assert f'<a href="{LIST}">' in page and f'<a href="{at(project_id)}" aria-current="page">' in page


def test_queries_are_few_and_do_not_grow(owner, sandbox, project_id, calls):
    from dashboard.sandbox.store import Agent

    counted = []
    for more in (0, 60):
        for n in range(more):
            sandbox.store.add_agent(Agent(f"more-{n}", project_id, f"More {n}", "Say hello."))
        owner.get(f"{at(project_id)}?fresh=1")
        for address in (at(project_id), f"{at(project_id)}?fresh=1"):
            with CaptureQueriesContext(connection) as queries:
                owner.get(address)
            counted.append(len(queries))
    assert counted[0] == counted[2] <= 10, (
        counted
    )  # three of them are the figures: none looks at every call there ever was
    assert counted[1] == counted[3] <= 12, counted


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(owner, sandbox, project_id, name):
    project = sandbox.store.projects[project_id]
    project.name = project.description = project.webhook = name
    agent = next(iter(sandbox.store.agents_of(project_id)))
    agent.name = agent.prompt = name
    page = owner.get(at(project_id))
    assert page.status_code == 200
    assert "<script>alert" not in text(page) and "<img src=x" not in text(page)
    if "7*7" in name:
        assert "{{7*7}}" in text(page)
