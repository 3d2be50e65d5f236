"""The first page of a workspace: what happens now, what needs a decision, what to do first."""

import html
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.accounts import queries
from dashboard.accounts.models import Connection, Snapshot
from dashboard.accounts.upstream import Upstream
from dashboard.calls import texts
from dashboard.calls.models import Attempt, Call
from dashboard.worker import heartbeat
from tests.histories import read_all

URL = "/w/oak-care/"
BAD = "<img src=x onerror=alert(1)>"


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


@pytest.fixture
def call(workspace: Any, project_id: str) -> Any:
    """Makes calls of the ledger."""

    def make(**facts: Any) -> Call:
        known = {"project_id": project_id, "project_name": "Northgate Clinics", "agent_name": "Appointment reminder"}
        known |= {"number": "+12065550100", "at": timezone.now(), "attempt_at": timezone.now()}
        known |= {"state_source": "call_data", "state_at": timezone.now()} if facts.get("state") else {}
        return Call.objects.create(workspace=workspace, **(known | facts))

    return make


def test_calls_now_and_latest_and_figures(viewer, call):
    call(attempt=Attempt.PLACED, state="ringing")
    call(attempt=Attempt.PLACED, state="completed", number="+12065550118", seconds=102)
    call(attempt=Attempt.PLACED, state="busy", number="+12065550111", at=timezone.now() - timedelta(days=30))
    said = text(viewer.get(URL))
    assert "Happening now" in said and "Ringing" in said and "+1 206 555 0118" in said
    call(attempt=Attempt.UNKNOWN)
    call(attempt=Attempt.PLACED, state="busy")
    said = text(viewer.get(URL))
    assert "4 calls in the last 7 days, 50% of those that ended were answered." in said
    assert "<b>1</b><span>open now" in said and "answered (1 of 2 that ended)" in said
    assert 'href="/w/oak-care/calls/?days=7&amp;state=completed"' in viewer.get(URL).content.decode()


def test_the_figures_are_those_of_the_list_they_link_to(viewer, call):
    for state in ("completed", "busy", "failed"):
        call(attempt=Attempt.PLACED, state=state)
    call(attempt=Attempt.CANCELLED)
    assert "4 calls in the last 7 days" in text(viewer.get(URL))
    assert viewer.get("/w/oak-care/calls/?days=7").context["count"] == "4"
    call(attempt=Attempt.PLACED, state="ringing")
    call(attempt=Attempt.RESERVED, at=timezone.now() - timedelta(hours=1))  # waits for a check where calls are real
    call(attempt=Attempt.UNKNOWN)
    assert "<b>2</b><span>open now" in text(viewer.get(URL)), "of an unknown one nobody can say that"
    listed = viewer.get("/w/oak-care/calls/?state=open")
    assert listed.context["count"] == "2" and "2 happening now" in text(listed)


def test_unknown_calls_ask_for_a_decision(viewer, call):
    unknown = [
        call(attempt=Attempt.UNKNOWN, number=f"+1206555011{n}", at=timezone.now() - timedelta(days=n)) for n in range(7)
    ]
    said = text(viewer.get(URL))
    assert (
        "Needs a decision" in said
        and "All 7 unknown calls" in said
        and said.count("it is not known whether this phone rang") == 5
    )
    assert f"/calls/{unknown[0].pk}/" in said


def test_a_silent_background_process_is_said(viewer):
    assert "The background process is not running." in text(viewer.get(URL))
    heartbeat.beat("here")
    assert "The background process is not running." not in text(viewer.get(URL))


def test_a_failing_connection_is_said(viewer, owner, workspace):
    heartbeat.beat("here")
    failed = {
        "last_failure": f"Talkstack cannot be reached. {BAD}",
        "last_failure_at": timezone.now(),
        "last_ok_at": None,
    }
    Connection.objects.filter(workspace=workspace).update(**failed)
    body = viewer.get(URL).content.decode()
    assert "The last question to Talkstack failed." in body and BAD not in body
    Connection.objects.filter(workspace=workspace).update(sign_in_needed=True)
    assert "Its owner mends it." in text(viewer.get(URL))
    said = text(owner.get(URL))
    assert (
        "Sign out and sign in again with the Talkstack account owner@oakcare.example" in said
        and "/settings/#connection" in said
    )
    Connection.objects.filter(workspace=workspace).update(api_key="sealed")
    assert "Sign out and sign in again" not in text(owner.get(URL)), "with a key in use the sign-in is not needed"


def test_projects_are_ordered_by_their_calls(viewer, call, workspace):
    other = next(one for one in Upstream(workspace).client().projects.list() if one.name == "Larkspur Deliveries")
    call(project_id=other.id, state="busy")
    said = text(viewer.get(URL)).partition('id="home-projects"')[2]
    assert said.index("Larkspur Deliveries") < said.index("Harbor Row Homes") < said.index("Northgate Clinics")
    assert f"/projects/{other.id}/calls/?days=7" in said


def test_nothing_is_asked_of_talkstack_when_answers_are_kept(viewer, workspace, sandbox, call, monkeypatch):
    call(state="completed")
    Upstream(workspace).fresh(projects=queries.projects())
    asked = []
    monkeypatch.setattr(sandbox, "handle", lambda request, pause=None: asked.append(request))
    sandbox.tick(3600)
    assert viewer.get(URL).status_code == 200 and asked == []


def test_talkstack_away(viewer, sandbox):
    viewer.get(URL)
    sandbox.faults.add("down", times=0)
    answer = viewer.get(URL + "?fresh=1")
    assert answer.status_code == 200 and "Northgate Clinics" in text(answer)
    assert "click, load" not in answer.content.decode()
    Snapshot.objects.all().delete()
    answer = viewer.get(URL)
    assert answer.status_code == 200 and "The first steps" not in text(answer)


def test_the_first_steps_of_an_empty_workspace(admin, viewer, sandbox, workspace):
    sandbox.store.projects.clear()
    said = text(admin.get(URL + "?fresh=1"))
    assert "The first steps" in said and "Three steps to the first call." in said
    assert said.count("after the step before") == 2 and 'href="/w/oak-care/projects/new/"' in said
    assert "Needs the role admin." in text(viewer.get(URL))
    client = Upstream(workspace).client()
    project = client.projects.create("First", "")
    said = text(admin.get(URL + "?fresh=1"))
    assert said.count("Done</span>") == 1 and f"/projects/{project.id}/agents/new/" in said
    client.agents.create(project.id, "Ann", "Say hello.")
    Snapshot.objects.all().delete()
    said = text(admin.get(URL))
    assert said.count("Done</span>") == 2 and f"/projects/{project.id}/calls/new/" in said


def test_a_call_ends_the_first_steps(viewer, call):
    call(state="completed")
    assert "The first steps" not in text(viewer.get(URL))


@pytest.mark.parametrize("fragment", ["home-now", "home-projects"])
def test_fragment(viewer, fragment):
    answer = viewer.get(URL, headers={"HX-Request": "true", "HX-Target": fragment})
    assert answer.status_code == 200 and "<html" not in text(answer) and f'id="{fragment}"' in text(answer)


def test_a_poll_answers_204_until_something_changes(viewer, call):
    heartbeat.beat("here")
    ringing = call(attempt=Attempt.PLACED, state="ringing")
    htmx = {"HX-Request": "true", "HX-Target": "home-now"}
    viewer.get(URL)
    seen = text(viewer.get(URL)).partition("?seen=")[2].partition('"')[0]
    answer = viewer.get(URL, {"seen": seen}, headers=htmx)
    assert answer.status_code == 204 and "HX-Target" in answer["Vary"]
    Call.objects.filter(pk=ringing.pk).update(state="in-progress", version=2)
    answer = viewer.get(URL, {"seen": seen}, headers=htmx)
    assert answer.status_code == 200 and "Talking" in text(answer) and "<html" not in text(answer)


def test_hostile_names_are_text(viewer, sandbox, call):
    for project in sandbox.store.projects.values():
        project.name = project.description = BAD
    call(number=BAD[:40], agent_name=BAD, project_name=BAD, state="<b>odd</b>")
    assert BAD not in viewer.get(URL + "?fresh=1").content.decode()


def test_stranger_and_verbs(owner, stranger):
    assert stranger.get(URL).status_code == 404
    assert owner.post(URL).status_code == 405


def test_few_queries_however_much_there_is(viewer, call, django_assert_max_num_queries):
    for n in range(30):
        call(state="ringing" if n % 2 else "completed", attempt=Attempt.UNKNOWN if n % 3 else "")
    viewer.get(URL)
    # Three that every page needs, four for calls and figures, one each for the projects, the worker, the charts, what others
    # changed, how far the histories are read, and what is not looked behind; the rest is what the rooms look up for their
    # decisions. None of them grows with the ledger.
    with django_assert_max_num_queries(20):
        viewer.get(URL)


def test_before_a_history_was_read_nothing_is_said_of_calls(viewer, admin, workspace, sandbox):
    heartbeat.beat("here")
    said = text(viewer.get(URL))
    assert "History not read yet" in said and "Talkstack's call history is not read yet." in said
    assert "No calls yet" not in said and "no calls</span>" not in said and said.count(">not read yet</span>") == 3
    for calls in sandbox.store.project_calls.values():
        calls[:] = calls[-3:]
    read_all()
    said = text(viewer.get(URL))
    assert "not read yet" not in said and "Call history read" in said and "complete from the first call on" in said
    assert "from the call history read" in said and "The list of projects: " in said


def test_calls_of_here_alone_are_called_that(viewer, call):
    call(state="completed")
    assert "calls that were placed elsewhere are not in these figures" in text(viewer.get(URL))


def test_find_searches_at_any_time_and_says_so(viewer, call):
    old = call(state="completed", at=timezone.now() - timedelta(days=90), number="+12065550177")
    texts.renew([old.pk])
    form = text(viewer.get(URL)).partition('<form class="find"')[2].partition("</form>")[0]
    assert "at any time<" in form and '<input type="hidden" name="days" value="any">' in form
    assert viewer.get("/w/oak-care/calls/", {"q": "0177", "days": "any"}).context["count"] == "1"
