"""The numbers of a project: all that is known of them, and what happens if somebody calls one now."""

import html
from typing import Any

import pytest

from dashboard.accounts.models import Snapshot
from dashboard.accounts.upstream import Upstream
from dashboard.numbers import known
from dashboard.numbers.models import Assignment
from dashboard.talkstack import Agent, Number
from dashboard.web import registry

NAME = "<img src=x onerror=alert(1)>"


def url(project_id: str, slug: str = "oak-care") -> str:
    return f"/w/{slug}/projects/{project_id}/numbers/"


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_each_number_with_its_agent_and_its_opening_words(viewer, project_id):
    said = text(viewer.get(url(project_id)))
    assert "+1 415 555 0132" in said and "Appointment reminder" in said and "answers" in said
    assert "Its prompt begins: “You are the friendly phone assistant of Northgate Clinics." in said
    assert "3 numbers." in said
    assert "re-assigned, not released" in said and "Twilio" in said


def test_the_voice_is_told_when_the_agent_was_read_singly(viewer, project_id, workspace):
    from dashboard.accounts import queries

    upstream = Upstream(workspace)
    agent = next(one for one in upstream.client().agents.list(project_id) if one.name == "Appointment reminder")
    assert "Voice: Aria" not in text(viewer.get(url(project_id)))
    upstream.fresh(agent=queries.agent(project_id, agent.id), voices=queries.voices())
    assert "Voice: Aria, American, expressive" in text(viewer.get(url(project_id)))


def test_a_number_without_an_agent_offers_to_assign_it(admin, viewer, harbor):
    said = text(admin.get(url(harbor)))
    assert "2 numbers, 1 without an agent." in said
    assert "No agent" in said and f"{url(harbor)}assign/?e164=%2B12065550171" in said
    assert "assign/" not in text(viewer.get(url(harbor)))


def test_fragment(viewer, project_id):
    answer = viewer.get(url(project_id), headers={"HX-Request": "true", "HX-Target": "numbers-table"})
    assert answer.status_code == 200 and "<html" not in text(answer) and "+1 415 555 0132" in text(answer)
    assert "HX-Target" in answer["Vary"]


def test_what_was_assigned_here_is_kept_when_talkstack_leaves_it_out(viewer, workspace, project_id, sandbox):
    agent = Upstream(workspace).client().agents.list(project_id)[0]
    Assignment.objects.create(workspace=workspace, project_id=project_id, e164="+14155550199", agent_id=agent.id)
    said = text(viewer.get(url(project_id)))
    assert "+1 415 555 0199" in said and "Talkstack does not mention it" in said


def test_what_single_agents_say_counts_when_the_project_query_says_nothing(viewer, sandbox, project_id):
    sandbox.faults.add("404", path="/phone-number", times=0, request='"projectId"')
    said = text(viewer.get(url(project_id)))
    assert "+1 415 555 0132" in said and "+1 415 555 0158" in said


def test_an_agent_that_is_not_listed_is_said_to_be_unknown(viewer, sandbox, project_id):
    sandbox.store.numbers["+14155550132"].agent_id = "somebody-else"
    assert "Unknown agent" in text(viewer.get(url(project_id)))


def test_talkstack_away_shows_what_was_known(viewer, sandbox, project_id):
    viewer.get(url(project_id))
    sandbox.faults.add("down", times=0)
    answer = viewer.get(url(project_id) + "?fresh=1")
    assert answer.status_code == 200
    assert "Talkstack could not be asked just now." in text(answer) and "+1 415 555 0132" in text(answer)
    assert 'hx-trigger="click, load"' not in answer.content.decode()


def test_talkstack_away_from_the_start_says_so(viewer, sandbox, project_id):
    Snapshot.objects.all().delete()
    sandbox.faults.add("down", times=0)
    answer = viewer.get(url(project_id))
    assert answer.status_code == 200 and "not known just now" in text(answer)


def test_a_stale_list_asks_again_by_itself(viewer, sandbox, project_id):
    viewer.get(url(project_id))
    assert "click, load" not in viewer.get(url(project_id)).content.decode()
    sandbox.tick(60)
    assert "click, load" in viewer.get(url(project_id)).content.decode()


def test_a_project_without_numbers_says_what_they_are_for(admin, viewer, workspace):
    project = Upstream(workspace).client().projects.create("Quiet", "")
    assert "No number yet" in text(viewer.get(url(project.id)))
    assert "Create an agent" in text(admin.get(url(project.id)))


def test_stranger_and_verbs(owner, project_id, stranger):
    assert stranger.get(url(project_id)).status_code == 404
    assert owner.post(url(project_id)).status_code == 405


@pytest.mark.parametrize("project", ["a%2Fb", "..", "x" * 5000, "%00", "-1"])
def test_odd_project_ids_are_never_an_error_of_ours(viewer, project):
    assert viewer.get(f"/w/oak-care/projects/{project}/numbers/").status_code < 500


def test_hostile_names_are_text(viewer, sandbox, project_id):
    for agent in sandbox.store.agents.values():
        agent.name, agent.prompt = NAME, NAME + " {{ x }} {% load %}"
    body = viewer.get(url(project_id)).content.decode()
    assert NAME not in body and "&lt;img src=x" in body and "{% load %}" in html.unescape(body)


def test_few_queries_however_many_agents(viewer, sandbox, project_id, django_assert_max_num_queries):
    viewer.get(url(project_id))
    with django_assert_max_num_queries(8):
        viewer.get(url(project_id))


class TestMerge:
    A, B = (Agent(id, id.upper(), "p", "", "", "") for id in ("a", "b"))

    def number(self, e164: str, agent_id: str = "") -> Number:
        return Number(e164, "", "", "p", agent_id)

    def test_the_project_wins_over_the_agent(self):
        lines = known.merge([self.number("+1", "a")], [self.number("+1", "b")], [self.A, self.B], [])
        assert [(line.e164, line.agent_id, line.agent) for line in lines] == [("+1", "a", self.A)]

    def test_an_agent_fills_in_what_the_project_left_open(self):
        lines = known.merge([self.number("+1")], [self.number("+1", "b")], [self.A, self.B], [])
        assert [line.agent_id for line in lines] == ["b"]

    def test_the_number_in_an_agents_own_details_counts(self):
        agent = Agent("a", "A", "p", "", "", "+2")
        assert [line.e164 for line in known.merge([], [], [agent], [])] == ["+2"]


def test_deletions_learn_what_was_assigned_here(workspace):
    Assignment.objects.create(workspace=workspace, project_id="p", e164="+14155550199", agent_id="a")
    of_project = [one for ask in registry.dependents_of("project") for one in ask(workspace, "p")]
    of_agent = [one for ask in registry.dependents_of("agent") for one in ask(workspace, "a")]
    assert [(one.kind, one.id, one.agent_id) for one in of_project if one.kind == "number"] == [
        ("number", "+14155550199", "a")
    ]
    assert of_agent == of_project


def test_a_project_that_is_not_there_has_no_page(viewer, project_id):
    assert viewer.get(url("nothing-like-it")).status_code == 404
