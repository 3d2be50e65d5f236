"""The list of projects."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.accounts import facts
from dashboard.accounts.models import Snapshot
from dashboard.calls.models import Call
from dashboard.sandbox import world
from dashboard.talkstack import projects as api_projects
from tests.conftest import text
from tests.projects.conftest import HOSTILE, HTMX, LIST, at, words

TABLE = 'id="projects-table"'


def test_page_shows_every_project_with_its_default_marked(owner, project_id):
    page = owner.get(LIST)
    said = words(page)
    assert page.status_code == 200
    assert "Northgate Clinics Default" in said and "Harbor Row Homes" in said and "Larkspur Deliveries" in said
    assert said.count("make default") == 2
    assert f'href="{at(project_id)}"' in text(page)


def test_list_shows_at_once_and_asks_for_the_counts_afterwards(owner, project_id, asked):
    page = text(owner.get(LIST))
    assert not [one for one in asked.seen if one.startswith("GET /agent/") or one == "POST /phone-number"]
    assert 'hx-get="?counts=1"' in page and 'hx-trigger="load"' in page
    assert '<a href="?fresh=1&amp;counts=1">Count agents and numbers</a>' in page
    asked.seen.clear()
    counted = owner.get(f"{LIST}?counts=1")
    assert len([one for one in asked.seen if one.startswith("GET /agent/")]) == 3
    assert len([one for one in asked.seen if one == "POST /phone-number"]) == 3
    assert f'<a href="{at(project_id, "agents/")}">4</a>' in text(counted)
    assert f'<a href="{at(project_id, "numbers/")}">3</a>' in text(counted)
    assert "Appointment reminder" in text(counted), "who answers calls"
    assert "hx-trigger" not in text(counted).partition(TABLE)[2][:300]


def test_counts_that_are_kept_are_shown_at_once_and_not_asked_for_again_within_15_seconds(owner, project_id, asked):
    owner.get(f"{LIST}?counts=1")
    asked.seen.clear()
    assert f'<a href="{at(project_id, "agents/")}">4</a>' in text(owner.get(LIST))
    owner.get(f"{LIST}?counts=1")
    assert asked.seen == []


def test_counts_follow_a_write_of_ours_at_once(owner, project_id, workspace, api):
    from dashboard.accounts.upstream import Upstream

    owner.get(f"{LIST}?counts=1")
    Upstream(workspace).write(
        None, "agent.create", lambda client: client.agents.create(project_id, "Fifth", "Say hello.", "", ""),
        kind="agent", project_id=project_id,
    )  # fmt: skip
    assert f'<a href="{at(project_id, "agents/")}">5</a>' in text(owner.get(f"{LIST}?counts=1"))


def test_fragment_is_the_table_alone(owner, project_id):
    piece = owner.get(f"{LIST}?counts=1", headers=HTMX | {"HX-Target": "projects-table"})
    assert text(piece).strip().startswith('<div id="projects-table"') and "<html" not in text(piece)
    assert "HX-Target" in piece["Vary"]
    assert "<html" in text(owner.get(LIST, headers=HTMX | {"HX-Target": "somewhere-else"}))


def test_search_and_order(owner, project_id):
    assert "Harbor Row Homes" in text(owner.get(f"{LIST}?q=HARBOR"))
    assert "Northgate" not in text(owner.get(f"{LIST}?q=HARBOR")).partition(TABLE)[2]
    assert "No project fits" in words(owner.get(f"{LIST}?q=nothing+like+it"))
    table = text(owner.get(f"{LIST}?sort=-name")).partition(TABLE)[2]
    assert table.index("Northgate") < table.index("Larkspur") < table.index("Harbor")
    created = text(owner.get(f"{LIST}?sort=created")).partition(TABLE)[2]
    assert created.index("Northgate") < created.index("Larkspur") < created.index("Harbor"), "no date comes last"
    newest = text(owner.get(f"{LIST}?sort=-created")).partition(TABLE)[2]
    assert newest.index("Larkspur") < newest.index("Northgate") < newest.index("Harbor")


def test_a_missing_date_is_no_date(owner, project_id):
    assert "Talkstack does not say when" in text(owner.get(LIST))


def test_calls_of_the_last_days_lead_to_them(owner, workspace, project_id):
    from django.utils import timezone

    Call.objects.create(workspace=workspace, project_id=project_id, number="+12065550121", at=timezone.now())
    assert f'<a href="{at(project_id, "calls/")}?days=7">1</a>' in text(owner.get(LIST))


def test_empty_list_says_what_a_project_is_for_and_offers_the_first_step(owner, admin, viewer, sandbox):
    sandbox.store.projects.clear()
    page = text(admin.get(f"{LIST}?fresh=1"))
    assert "No project yet" in page and "Create a project" in page and f"{LIST}new/" in page
    seen = text(viewer.get(LIST))
    assert "No project yet" in seen and f"{LIST}new/" not in seen


def test_viewer_reads_and_changes_nothing(viewer, project_id):
    page = text(viewer.get(LIST))
    assert "This needs an admin." in page and "/w/oak-care/team/#roles" in page
    assert "Northgate Clinics" in page and "make default" not in page and f"{LIST}new/" not in page


def test_strangers_find_nothing_and_other_verbs_are_refused(owner, stranger):
    assert stranger.get(LIST).status_code == 404
    assert owner.post(LIST).status_code == 405


def test_talkstack_down_shows_the_last_list_with_its_age(owner, sandbox, project_id):
    owner.get(f"{LIST}?counts=1")
    sandbox.tick(600)
    sandbox.faults.add("down", times=0)
    page = owner.get(f"{LIST}?fresh=1&counts=1")
    assert page.status_code == 200
    assert "Northgate Clinics" in text(page) and "cannot be reached" in text(page) and "This is from" in words(page)


def test_talkstack_down_with_nothing_kept_shows_what_is_known_here(owner, sandbox, workspace, project_id):
    owner.get(at(project_id))
    Call.objects.create(
        workspace=workspace,
        project_id="from-the-ledger",
        project_name="Called Before",
        number="+1206",
        at="2026-03-01T00:00Z",
    )
    Snapshot.objects.filter(key="projects").delete()
    sandbox.faults.add("down", times=0)
    said = words(owner.get(LIST))
    assert "The list of projects could not be read." in said and "there may be others" in said
    assert "Northgate Clinics" in said and "Called Before" in said and "Larkspur" not in said


def test_talkstack_down_and_nothing_known_at_all_says_so(owner, sandbox):
    Snapshot.objects.all().delete()
    sandbox.faults.add("500", times=0)
    page = owner.get(LIST)
    assert page.status_code == 502 and "Talkstack" in words(page)
    notice = owner.get(LIST, headers=HTMX | {"HX-Target": "projects-table"})
    assert notice["HX-Retarget"] == "#messages"


def test_path_of_the_list_not_found(owner, sandbox, project_id, monkeypatch):
    owner.get(at(project_id))
    Snapshot.objects.filter(key="projects").delete()
    monkeypatch.setattr(api_projects, "_found", {})
    facts.UpstreamFact.objects.all().delete()
    facts.forget()
    sandbox.faults.add("404", method="GET", path="/project", times=0)
    page = owner.get(LIST)
    said = words(page)
    assert page.status_code == 200
    assert "list of projects was not found at any known address" in said and "TALKSTACK_LIST_PROJECTS_PATH" in said
    assert "Northgate Clinics" in said and "New project" in said
    facts.forget()


def test_counts_that_cannot_be_read_say_so(owner, sandbox, project_id):
    owner.get(LIST)
    sandbox.faults.add("500", path="/agent", times=0)
    said = words(owner.get(f"{LIST}?counts=1"))
    assert "Some counts could not be read" in said and "not known" in said and "Northgate Clinics" in said


def test_the_counts_of_a_page_are_asked_at_once(owner, sandbox, project_id):
    owner.get(LIST)
    for path in ("/agent/:projectId", "/phone-number"):
        sandbox.faults.add("slow", path=path, times=3, seconds=0.15)
    said = text(owner.get(f"{LIST}?counts=1"))
    assert f'<a href="{at(project_id, "agents/")}">4</a>' in said, "six slow answers fit into one deadline"


@pytest.fixture
def many(sandbox, owner):
    """60 projects with 400 agents."""
    for rows in (sandbox.store.projects, sandbox.store.agents, sandbox.store.numbers):
        rows.clear()
    kept = dict(sandbox.store.accounts)
    world.many(sandbox.store, sandbox.now(), "owner@oakcare.example", "", sandbox.chance)
    account = next(iter(kept.values()))
    sandbox.store.accounts.clear()
    sandbox.store.accounts.update(kept)
    for row in (*sandbox.store.projects.values(), *sandbox.store.numbers.values()):
        row.account_id = account.id
    return sandbox


def test_sixty_projects_come_25_a_page_and_only_those_are_counted(many, owner, asked):
    page = text(owner.get(f"{LIST}?fresh=1"))
    assert "1–25 of 60 projects" in page and "Project 26" not in page
    asked.seen.clear()
    second = text(owner.get(f"{LIST}?page=2&counts=1"))
    assert "Project 26" in second and "26–50 of 60" in second
    assert len([one for one in asked.seen if one.startswith("GET /agent/")]) == 25


def test_queries_are_few_and_do_not_grow(many, owner):
    owner.get(f"{LIST}?fresh=1")
    counted = {}
    for address in (
        LIST,
        f"{LIST}?counts=1",
        f"{LIST}?q=Project+0&counts=1",
        f"{LIST}?page=2",
        f"{LIST}?page=3&counts=1",
    ):
        with CaptureQueriesContext(connection) as queries:
            assert owner.get(address).status_code == 200
        counted[address] = len(queries)
    assert max(counted.values()) <= 8, counted


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text(owner, admin, sandbox, project_id, name):
    sandbox.store.projects[project_id].name = name
    sandbox.store.projects[project_id].description = name
    page = text(admin.get(f"{LIST}?fresh=1&counts=1"))
    assert (
        "<script>alert" not in page
        and "<img src=x" not in page
        and not re.search(r">[^<]*\b49\b", page.partition(TABLE)[2][:1500])
    )
