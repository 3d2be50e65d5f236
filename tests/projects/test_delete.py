"""Deleting a project, in every branch."""

import json
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.activity.models import Entry
from dashboard.calls.models import Attempt, Call
from dashboard.numbers.models import Assignment
from dashboard.sandbox.store import Agent, Number
from dashboard.sandbox.wire import Response
from tests.conftest import text
from tests.projects.conftest import HOSTILE, HTMX, LIST, at, follow, hidden, words

NAME = "Northgate Clinics"


def deleted(sandbox, project_id):
    return sandbox.store.projects[project_id].is_deleted


def url(project_id):
    return at(project_id, "delete/")


def confirm(client, project_id, **fields):
    """What a browser sends from a fresh page, with the box ticked and the name typed."""
    page = client.get(url(project_id))
    return {"cascade": "on", "confirm_name": NAME, "digest": hidden(page, "digest")} | fields


@pytest.fixture
def bare(api):
    """A project on which nothing hangs."""
    return api.projects.create("Bare", "").id


# the page


def test_page_names_everything_that_hangs_on_it(admin, project_id):
    page = admin.get(url(project_id))
    said = words(page)
    assert page.status_code == 200 and "Delete Northgate Clinics?" in said
    assert "4 agents, 3 numbers" in said
    assert "Appointment reminder the active agent: whoever calls in now reaches nobody" in said
    for name in ("Missed visit follow-up", "Intake questions", "Flu season notice"):
        assert name in said
    assert "+1 415 555 0132 will ring nobody Appointment reminder" in said
    assert "The project, its prompts and its assignments cannot be brought back" in said
    assert "It is the default project" in said
    assert re.search(r"<button[^>]*>Delete project, 4 agents, 3 numbers</button>", text(page))
    assert "Nobody" not in said and hidden(page, "digest")


def test_calls_that_stay_are_counted(admin, workspace, project_id):
    Call.objects.create(
        workspace=workspace, project_id=project_id, number="+12065550121", at=timezone.now(), state="completed"
    )
    assert "Its 1 call stays in this dashboard." in words(admin.get(url(project_id)))


@pytest.mark.parametrize("target", ["delete-form", "dialog-body"])
def test_the_same_fragment_for_the_page_and_the_dialog(admin, project_id, target):
    piece = text(admin.get(url(project_id), headers=HTMX | {"HX-Target": target}))
    assert piece.strip().startswith('<div id="delete-form"') and "<html" not in piece
    assert "Delete Northgate Clinics?" in words(admin.get(url(project_id), headers=HTMX | {"HX-Target": target}))


def test_many_agents_are_listed_up_to_15_then_counted(admin, sandbox, project_id):
    for n in range(40):
        sandbox.store.add_agent(Agent(f"more-{n}", project_id, f"More {n:02}", "Say hello."))
    said = words(admin.get(url(project_id)))
    assert "44 agents, 3 numbers" in said and "More 09" in said and "More 39" not in said
    assert "and 29 more agents" in said


def test_numbers_come_from_every_source(admin, workspace, sandbox, project_id, asked):
    agent = sandbox.store.agents_of(project_id)[3]
    Assignment.objects.create(workspace=workspace, project_id=project_id, e164="+14155550190", agent_id=agent.id)
    elsewhere = Number("n", "+14155550191", next(iter(sandbox.store.accounts)), "another project", agent.id)
    sandbox.store.numbers[elsewhere.e164] = elsewhere
    page = admin.get(url(project_id))
    said = words(page)
    assert "4 agents, 5 numbers" in said and "+1 415 555 0190" in said and "+1 415 555 0191" in said
    asked_of = [body["agentId"] for body in asked.bodies if "agentId" in body]
    assert len(asked_of) == 4, "one question for each agent"


def test_all_is_asked_at_once(admin, sandbox, project_id):
    sandbox.faults.add("slow", path="/phone-number", times=5, seconds=0.12)
    for path in ("/project/:id", "/agent/:projectId", "/project/active-agent", "/user/get-active-project"):
        sandbox.faults.add("slow", path=path, seconds=0.12)
    assert "Delete project, 4 agents, 3 numbers" in words(admin.get(url(project_id)))


def test_queries_are_few_and_do_not_grow(admin, sandbox, project_id):
    counted = []
    for more in (0, 60):
        for n in range(more):
            sandbox.store.add_agent(Agent(f"more-{n}", project_id, f"More {n}", "Say hello."))
        admin.get(url(project_id))
        with CaptureQueriesContext(connection) as queries:
            admin.get(url(project_id))
        counted.append(len(queries))
    # Four more than elsewhere: bounded counts instead of one over all calls, and what stays of its questions and events.
    assert counted[0] == counted[1] <= 12, counted


# may not, and other verbs


def test_who_may(owner, operator, viewer, stranger, project_id, sandbox):
    assert "admin" in words(viewer.get(url(project_id))) and viewer.get(url(project_id)).status_code == 403
    assert operator.post(url(project_id), {"cascade": "on", "confirm_name": NAME}).status_code == 403
    assert stranger.get(url(project_id)).status_code == 404
    assert stranger.post(url(project_id), {"cascade": "on", "confirm_name": NAME}).status_code == 404
    assert owner.delete(url(project_id)).status_code == 405 and owner.put(url(project_id)).status_code == 405
    assert not deleted(sandbox, project_id)


def test_no_such_project(admin):
    assert admin.get(url("no-such")).status_code == 404
    assert "gone already" in follow(admin, admin.post(url("no-such")))


# blocked


@pytest.fixture
def ringing(workspace, project_id):
    return Call.objects.create(
        workspace=workspace, project_id=project_id, number="+12065550121", at=timezone.now(), state="ringing",
        attempt=Attempt.PLACED, state_source="call_data",
    )  # fmt: skip


def test_calls_in_the_air_block_with_links(admin, sandbox, project_id, ringing):
    page = admin.get(url(project_id))
    said = words(page)
    assert "1 call is still open." in said and "Nobody can hang up a call" in said and "+1 206 555 0121" in said
    assert at(project_id, f"calls/{ringing.pk}/") in text(page)
    assert "<button" not in text(page).partition('id="delete-form"')[2].partition("</main>")[0]
    answer = admin.post(url(project_id), {"cascade": "on", "confirm_name": NAME})
    assert answer.status_code == 409 and "Nothing was deleted." in words(answer) and not deleted(sandbox, project_id)


def test_when_the_call_is_over_it_may_go(admin, sandbox, project_id, ringing):
    Call.objects.update(state="completed", final_at=timezone.now())
    assert admin.post(url(project_id), confirm(admin, project_id)).status_code == 303 and deleted(sandbox, project_id)


@pytest.mark.parametrize(
    ("path", "skip", "sentence"),
    [
        ("/agent/:projectId", 0, "Its agents could not be read."),
        ("/phone-number", 0, "Its numbers could not be read."),
        ("/phone-number", 3, "Its numbers could not be read."),
        ("/project/active-agent", 0, "Which of its agents is the active one could not be read."),
        ("/project/:id", 0, "The project itself could not be read."),
    ],
)
def test_dependents_that_cannot_be_read_leave_no_button(admin, sandbox, project_id, path, skip, sentence):
    admin.get(at(project_id))
    fields = confirm(admin, project_id)
    method = {"/agent/:projectId": "GET", "/project/:id": "GET"}.get(path, "POST")
    sandbox.faults.add("500", path=path, method=method, skip=skip, times=0)
    page = admin.get(url(project_id))
    said = words(page)
    assert page.status_code == 200 and sentence in said and "cannot be deleted now" in said
    assert "Will be deleted with it" not in said and "not everything could be read" in said
    assert "<button" not in text(page).partition('id="delete-form"')[2].partition("</main>")[0]
    sandbox.faults.clear()
    sandbox.faults.add("500", path=path, method=method, skip=skip, times=0)
    answer = admin.post(url(project_id), fields)
    assert answer.status_code == 502 and sentence in words(answer) and not deleted(sandbox, project_id)
    assert not Entry.objects.filter(verb="project.delete").exists()


def test_talkstack_down_names_the_project_as_it_is_known(admin, sandbox, project_id):
    admin.get(at(project_id))
    sandbox.faults.add("down", times=0)
    page = admin.get(url(project_id))
    assert page.status_code == 200 and "Delete Northgate Clinics?" in words(page) and "cannot be reached" in words(page)


def test_unreadable_default_project_does_not_block(admin, sandbox, project_id):
    sandbox.faults.add("500", path="/user/get-active-project", times=0)
    assert admin.post(url(project_id), confirm(admin, project_id)).status_code == 303


# confirm


def test_without_dependents_a_plain_confirm(admin, sandbox, bare, asked):
    page = admin.get(url(bare))
    said = words(page)
    assert (
        "Nothing hangs on it" in said and 'name="confirm_name"' not in text(page) and 'name="cascade"' not in text(page)
    )
    asked.seen.clear()
    asked.bodies.clear()
    said = follow(admin, admin.post(url(bare), {"digest": hidden(page, "digest")}))
    assert "Bare was deleted." in said and deleted(sandbox, bare)
    assert asked.bodies[asked.seen.index(f"DELETE /project/{bare}")] == {"cascade": False}


def test_with_dependents_chosen_and_typed(admin, sandbox, project_id, asked):
    said = follow(admin, admin.post(url(project_id), confirm(admin, project_id)))
    assert "Northgate Clinics was deleted, with 4 agents (Appointment reminder, Flu season notice" in said
    assert "3 numbers (+1 415 555 0132, +1 415 555 0147, +1 415 555 0158)" in said
    assert deleted(sandbox, project_id)
    assert asked.bodies[asked.seen.index(f"DELETE /project/{project_id}")] == {"cascade": True}
    assert admin.get(at(project_id)).status_code == 404


def test_record_holds_what_went(admin, project_id):
    admin.post(url(project_id), confirm(admin, project_id))
    entry = Entry.objects.get(verb="project.delete")
    assert entry.outcome.result == "done" and entry.thing_name == NAME and entry.after == {"cascade": True}
    assert {agent["name"] for agent in entry.before["agents"]} >= {"Appointment reminder", "Flu season notice"}
    assert all(agent["system_instruction"] for agent in entry.before["agents"]) and len(entry.before["numbers"]) == 3


def test_htmx_in_the_dialog_is_sent_to_the_list(admin, project_id):
    fields = confirm(admin, project_id)
    answer = admin.post(url(project_id), fields, headers=HTMX | {"HX-Target": "delete-form"})
    assert answer["HX-Redirect"] == LIST


def test_cascade_not_chosen_says_what_must_be_removed_first(admin, sandbox, project_id, asked):
    fields = confirm(admin, project_id)
    fields.pop("cascade")
    page = admin.post(url(project_id), fields)
    said, source = words(page), text(page)
    assert (
        page.status_code == 422
        and "Talkstack deletes no project before the 4 agents and 3 numbers are removed." in said
    )
    assert "Remove Appointment reminder" in said and "Re-assign +1 415 555 0132" in said
    assert "Its numbers cannot be released , only given" in said
    assert source.count("/delete/") >= 5 and at(project_id, "numbers/") in source
    assert f'value="{NAME}"' in source and not deleted(sandbox, project_id)
    assert not [one for one in asked.seen if one.startswith("DELETE")]


@pytest.mark.parametrize("typed", ["", "Northgate", "northgate clinics", "Northgate Clinics!"])
def test_name_not_typed(admin, sandbox, project_id, typed):
    page = admin.post(url(project_id), confirm(admin, project_id, confirm_name=typed))
    expected = "That is not the whole name yet." if typed else "Type the name to confirm."
    assert page.status_code == 422 and expected in words(page) and not deleted(sandbox, project_id)
    assert re.search(r'name="cascade"[^>]* checked', text(page)), "nothing chosen is lost"
    piece = admin.post(
        url(project_id), confirm(admin, project_id, confirm_name=typed), headers=HTMX | {"HX-Target": "delete-form"}
    )
    assert piece.status_code == 422 and "<html" not in text(piece)


def test_extra_fields_are_ignored(admin, sandbox, project_id, bare):
    fields = confirm(admin, bare) | {"project_id": project_id, "role": "owner"}
    assert admin.post(url(bare), fields).status_code == 303
    assert not deleted(sandbox, project_id) and deleted(sandbox, bare)


# the world moves


@pytest.mark.parametrize("change", ["agent", "number", "active", "name", "renamed"])
def test_world_moved_since_the_page_was_made(admin, sandbox, project_id, change):
    fields = confirm(admin, project_id)
    project, agents = sandbox.store.projects[project_id], sandbox.store.agents_of(project_id)
    if change == "agent":
        sandbox.store.add_agent(Agent("newcomer", project_id, "Newcomer", "Say hello."))
    elif change == "number":
        sandbox.store.numbers["+14155550132"].agent_id = None
    elif change == "active":
        project.active_agent = agents[2].id
    elif change == "name":
        project.name = "Other"
    else:
        agents[1].name = "Newcomer"
    page = admin.post(url(project_id), fields)
    assert page.status_code == 409 and "Something has changed since this page was shown." in words(page)
    assert not deleted(sandbox, project_id)
    if change in ("agent", "renamed"):
        assert "Newcomer" in words(page)
    again = {"cascade": "on", "confirm_name": project.name, "digest": hidden(page, "digest")}
    assert admin.post(url(project_id), again).status_code == 303 and deleted(sandbox, project_id)


def test_a_bare_project_that_got_an_agent_meanwhile(admin, sandbox, bare):
    digest = hidden(admin.get(url(bare)), "digest")
    sandbox.store.add_agent(Agent("newcomer", bare, "Newcomer", "Say hello."))
    page = admin.post(url(bare), {"digest": digest})
    assert page.status_code == 409 and "Newcomer" in words(page) and not deleted(sandbox, bare)


def test_deleted_by_somebody_else_meanwhile(admin, sandbox, project_id):
    fields = confirm(admin, project_id)
    sandbox.store.projects[project_id].is_deleted = True
    assert "gone already" in follow(admin, admin.post(url(project_id), fields))


# what Talkstack answers


def test_refusal_in_words(admin, sandbox, project_id):
    fields = confirm(admin, project_id)
    sandbox.faults.add("422", method="DELETE", body={"message": "project is locked by billing.", "status": "error"})
    page = admin.post(url(project_id), fields)
    assert page.status_code == 422 and "Nothing was deleted." in words(page) and "refused" in words(page)
    assert Entry.objects.get(verb="project.delete").outcome.result == "refused" and not deleted(sandbox, project_id)


def test_refusal_because_of_something_we_could_not_see(admin, sandbox, bare, monkeypatch):
    digest = hidden(admin.get(url(bare)), "digest")
    sandbox.faults.add("404", path="/agent/:projectId", times=1)
    sandbox.store.add_agent(Agent("hidden", bare, "Hidden", "Say hello."))
    page = admin.post(url(bare), {"digest": digest})
    assert page.status_code == 422 and "project has agents or phone numbers" in words(page)
    assert "Hidden" in words(page), "the page is read anew"


def test_not_reached(admin, sandbox, project_id):
    fields = confirm(admin, project_id)
    sandbox.faults.add("down", method="DELETE")
    page = admin.post(url(project_id), fields)
    assert page.status_code == 502 and "Nothing was deleted." in words(page) and not deleted(sandbox, project_id)


def test_lost_answer_is_looked_for(admin, sandbox, project_id):
    fields = confirm(admin, project_id)
    sandbox.faults.add("lost-close", method="DELETE")
    said = follow(admin, admin.post(url(project_id), fields))
    assert "Northgate Clinics was deleted" in said and "answer got lost" in said
    assert Entry.objects.get(verb="project.delete").outcome.result == "unknown"


def test_unknown_outcome_with_the_project_still_there(admin, sandbox, project_id):
    fields = confirm(admin, project_id)
    sandbox.faults.add("close", method="DELETE")
    page = admin.post(url(project_id), fields)
    said = words(page)
    assert (
        page.status_code == 502 and "do not know whether" in said and "A moment ago the project was still there" in said
    )


def test_unknown_outcome_that_cannot_be_read_either(admin, sandbox, project_id):
    fields = confirm(admin, project_id)
    sandbox.faults.add("lost-close", method="DELETE")
    sandbox.faults.add("500", method="GET", path="/project/:id", skip=1, times=0)
    page = admin.post(url(project_id), fields)
    assert page.status_code == 502 and "Whether the project is still there could not be read." in words(page)
    assert "<button" not in text(page).partition('id="delete-form"')[2].partition("</main>")[0]


def test_half_done_is_said(admin, sandbox, project_id, monkeypatch):
    fields = confirm(admin, project_id)
    handle = sandbox.handle

    def half(request, *args, **kwargs):
        if request.method == "DELETE":
            for agent in sandbox.store.agents_of(project_id)[:3]:
                sandbox.store.drop_agent(agent)
        return handle(request, *args, **kwargs)

    monkeypatch.setattr(sandbox, "handle", half)
    sandbox.faults.add("close", method="DELETE")
    page = admin.post(url(project_id), fields)
    assert page.status_code == 502 and "it was deleted in part" in words(page) and "1 agent" in words(page)


def test_agents_that_are_still_there_after_a_yes(admin, sandbox, project_id, monkeypatch):
    fields = confirm(admin, project_id)
    handle = sandbox.handle
    left = [{"id": "ghost", "name": "Ghost", "projectId": project_id, "systemInstruction": "Boo."}]

    def stubborn(request, *args, **kwargs):
        if request.path.startswith("/agent/") and deleted(sandbox, project_id):
            return Response(200, {"Content-Type": "application/json"}, json.dumps(left).encode())
        return handle(request, *args, **kwargs)

    monkeypatch.setattr(sandbox, "handle", stubborn)
    answer = admin.post(url(project_id), fields)
    assert "Talkstack still shows 1 agent of it" in follow(admin, answer) and deleted(sandbox, project_id)


def test_yes_that_cannot_be_read_back(admin, sandbox, project_id):
    fields = confirm(admin, project_id)
    sandbox.faults.add("500", method="GET", path="/project/:id", skip=1, times=0)
    answer = admin.post(url(project_id), fields)
    sandbox.faults.clear()
    said = follow(admin, answer)
    assert "was deleted" in said and "could not be read back" in said


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_stay_text_and_can_be_typed(admin, sandbox, project_id, name):
    sandbox.store.projects[project_id].name = name
    sandbox.store.agents_of(project_id)[0].name = name
    page = admin.get(url(project_id))
    assert "<script>alert" not in text(page) and "<img src=x" not in text(page)
    fields = {"cascade": "on", "confirm_name": name, "digest": hidden(page, "digest")}
    assert admin.post(url(project_id), fields).status_code == 303 and deleted(sandbox, project_id)
