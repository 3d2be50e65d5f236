"""Giving a number to an agent: read strictly, asked before anybody loses one, recorded, and read again."""

import html
from typing import Any

import pytest

from dashboard.accounts.upstream import Upstream
from dashboard.activity.models import Entry
from dashboard.numbers.models import Assignment

FRESH, REMINDER, BY_FOLLOW_UP = "+14155550199", "+14155550132", "+14155550147"


def url(project_id: str) -> str:
    return f"/w/oak-care/projects/{project_id}/numbers/assign/"


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def rings(sandbox: Any, e164: str) -> str | None:
    return sandbox.store.numbers[e164].agent_id if e164 in sandbox.store.numbers else None


def test_the_form_is_filled_in_from_the_address(admin, project_id, agents):
    answer = admin.get(url(project_id), {"agent_id": agents["Intake questions"], "e164": REMINDER})
    said = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="+1 415 555 0132"' in said
    assert f'<option value="{agents["Intake questions"]}" selected>' in said
    assert "Intake questions (has +1 415 555 0158)" in said


def test_a_new_number_goes_to_the_agent_and_is_recorded(admin, project_id, agents, sandbox, workspace):
    wish = {"e164": "(415) 555-0199", "agent_id": agents["Flu season notice"]}
    assert admin.post(url(project_id), wish).status_code == 422, "no country"
    answer = admin.post(url(project_id), {**wish, "e164": "+1 (415) 555-0199"})
    assert answer.status_code == 303 and answer["Location"].endswith("/numbers/")
    assert rings(sandbox, FRESH) == agents["Flu season notice"]
    entry = Entry.objects.get(verb="number.assign")
    assert entry.outcome.result == "done" and entry.thing_id == FRESH and entry.before is None
    assert entry.after["agent"] == "Flu season notice" and entry.user.email.startswith("admin@")
    made = Assignment.objects.get(workspace=workspace)
    assert (made.e164, made.project_id, made.agent_id) == (FRESH, project_id, agents["Flu season notice"])
    said = text(admin.get(answer["Location"]))
    assert "+1 415 555 0199 rings Flu season notice now." in said and "4 numbers." in said


def test_a_move_names_the_agent_that_loses_it_and_asks(admin, project_id, agents, sandbox):
    wish = {"e164": REMINDER, "agent_id": agents["Flu season notice"], "losing": ""}
    answer = admin.post(url(project_id), wish)
    said = text(answer)
    assert answer.status_code == 422
    assert "+1 415 555 0132 rings Appointment reminder now; it will ring Flu season notice." in said
    assert 'name="confirm_move"' in said and 'value="+14155550132"' in said
    assert rings(sandbox, REMINDER) == agents["Appointment reminder"] and not Entry.objects.filter(verb="number.assign")
    losing = f"{project_id}/{agents['Appointment reminder']}"
    assert f'name="losing" value="{losing}"' in said
    answer = admin.post(url(project_id), {**wish, "losing": losing, "confirm_move": "on"})
    assert answer.status_code == 303 and rings(sandbox, REMINDER) == agents["Flu season notice"]
    entry = Entry.objects.get(verb="number.assign")
    assert entry.before["agent"] == "Appointment reminder" and entry.after["agent"] == "Flu season notice"
    assert "It no longer rings Appointment reminder." in text(admin.get(answer["Location"]))


def test_a_confirmation_of_something_else_asks_again(admin, project_id, agents, sandbox):
    sandbox.store.numbers[REMINDER].agent_id = agents["Missed visit follow-up"]
    wish = {"e164": REMINDER, "agent_id": agents["Flu season notice"], "confirm_move": "on"}
    answer = admin.post(url(project_id), {**wish, "losing": f"{project_id}/{agents['Appointment reminder']}"})
    assert answer.status_code == 422 and "rings Missed visit follow-up now" in text(answer)
    assert "checked" not in text(answer)


def test_a_number_of_another_project_is_a_move_too(admin, project_id, harbor, agents, sandbox):
    admin.get(f"/w/oak-care/projects/{harbor}/numbers/")
    admin.get(f"/w/oak-care/projects/{project_id}/numbers/")
    keep_projects(admin)
    answer = admin.post(url(project_id), {"e164": "+12065550164", "agent_id": agents["Flu season notice"]})
    assert answer.status_code == 422
    assert "rings Maintenance line in the project Harbor Row Homes now; it will ring Flu season notice." in text(answer)
    answer = admin.post(url(project_id), {"e164": "+12065550171", "agent_id": agents["Flu season notice"]})
    assert "belongs to the project Harbor Row Homes, where no agent has it" in text(answer)


def keep_projects(admin: Any) -> None:
    """Have the list of projects kept, as any visit of the first page does."""
    from dashboard.accounts import queries
    from dashboard.accounts.models import Workspace

    Upstream(Workspace.objects.get(slug="oak-care")).read(projects=queries.projects())


def test_a_free_number_of_the_project_needs_no_question(admin, harbor, sandbox, workspace):
    rent = next(one for one in Upstream(workspace).client().agents.list(harbor) if one.name == "Rent reminder")
    assert admin.post(url(harbor), {"e164": "+12065550171", "agent_id": rent.id}).status_code == 303
    assert rings(sandbox, "+12065550171") == rent.id


def test_an_agent_that_had_another_number_is_told_of(admin, project_id, agents):
    answer = admin.post(url(project_id), {"e164": FRESH, "agent_id": agents["Intake questions"]})
    said = text(admin.get(answer["Location"]))
    assert "Before, this agent had +1 415 555 0158: the list below shows what became of it." in said


def test_giving_it_to_whoever_has_it_changes_nothing(admin, project_id, agents):
    answer = admin.post(url(project_id), {"e164": REMINDER, "agent_id": agents["Appointment reminder"]})
    assert answer.status_code == 303 and not Entry.objects.filter(verb="number.assign")
    assert "rings Appointment reminder already. Nothing was changed." in text(admin.get(answer["Location"]))


MISTAKES = {
    "": "Type a number, or choose one",
    "0014155550199": "Write + instead of the leading 00",
    "4155550199": "Start with + and the country",
    "+1 415": "too short",
    "+1 415 555 0199 000 111": "too long",
    "+049 30 1234567": "No country begins with 0",
    "4.15555E+11": "Excel has shortened this number",
    "+1 415 555 0199; +1 415 555 0198": "one number only",
    "+1 415 555 0199 x12": "Extensions",
    "+1 415 FLOWERS": "no letters",
    "911": "Emergency numbers",
    "+1 900 555 0199": "premium",
    "+1 415\x00 555 0199": "Null characters",
}


@pytest.mark.parametrize("typed", MISTAKES)
def test_every_usual_mistake_has_its_sentence_and_nothing_typed_is_lost(typed, admin, project_id, agents, sandbox):
    answer = admin.post(url(project_id), {"e164": typed, "agent_id": agents["Flu season notice"]})
    said = text(answer)
    assert answer.status_code == 422 and MISTAKES[typed] in said
    assert typed.replace("\x00", "") in said.replace("\x00", "")
    assert f'<option value="{agents["Flu season notice"]}" selected>' in said
    assert not Entry.objects.filter(verb="number.assign")


@pytest.mark.parametrize(
    "typed", ["’+1 415 555 0199", "tel:+14155550199", "\u202a+1 415 555 0199\u202c", "＋１４１５５５５０１９９"]
)
def test_what_is_clear_is_taken(typed, admin, project_id, agents, sandbox):
    assert admin.post(url(project_id), {"e164": typed, "agent_id": agents["Flu season notice"]}).status_code == 303
    assert rings(sandbox, FRESH)


def test_an_agent_that_is_gone_is_said_to_be_gone(admin, project_id):
    answer = admin.post(url(project_id), {"e164": FRESH, "agent_id": "gone"})
    assert answer.status_code == 422 and "not in the project any more" in text(answer)
    assert "Choose the agent" in text(admin.post(url(project_id), {"e164": FRESH}))


def test_fragment(admin, project_id, agents):
    htmx = {"HX-Request": "true", "HX-Target": "assign-form"}
    answer = admin.post(url(project_id), {"e164": "x", "agent_id": ""}, headers=htmx)
    assert answer.status_code == 422 and "<html" not in text(answer) and 'id="assign-form"' in text(answer)
    done = admin.post(url(project_id), {"e164": FRESH, "agent_id": agents["Flu season notice"]}, headers=htmx)
    assert done["HX-Redirect"].endswith("/numbers/")


def test_talkstacks_own_refusal_is_shown(admin, project_id, agents, sandbox):
    sandbox.faults.add("400", path="/phone-number/add-number", message="<b>not verified</b> in Twilio")
    answer = admin.post(url(project_id), {"e164": FRESH, "agent_id": agents["Flu season notice"]})
    assert answer.status_code == 422 and "<b>not" not in answer.content.decode()
    assert Entry.objects.get(verb="number.assign").outcome.result == "refused"
    assert not Assignment.objects.exists()


def test_talkstack_away_changes_nothing_and_loses_nothing(admin, project_id, agents, sandbox):
    admin.get(url(project_id))
    sandbox.faults.add("down", times=0)
    answer = admin.post(url(project_id), {"e164": FRESH, "agent_id": agents["Flu season notice"]})
    said = text(answer)
    assert answer.status_code == 502 and "The number was not assigned." in said and FRESH in said
    assert not Entry.objects.filter(verb="number.assign")
    assert admin.get(url(project_id)).status_code == 200


def test_a_lost_answer_is_looked_up(admin, project_id, agents, sandbox):
    sandbox.faults.add("lost-close", path="/phone-number/add-number")
    answer = admin.post(url(project_id), {"e164": FRESH, "agent_id": agents["Flu season notice"]})
    assert answer.status_code == 303
    assert "Talkstack did not answer, but its list shows it" in text(admin.get(answer["Location"]))
    assert Entry.objects.get(verb="number.assign").outcome.result == "unknown" and Assignment.objects.exists()


def test_an_answer_lost_before_the_deed_stays_unknown(admin, project_id, agents, sandbox):
    sandbox.faults.add("500", path="/phone-number/add-number")
    answer = admin.post(url(project_id), {"e164": FRESH, "agent_id": agents["Flu season notice"]})
    assert answer.status_code == 502 and "may or may not have happened" in text(answer)
    assert "does not show it at Flu season notice now" in text(answer) and "Nothing was done" not in text(answer)
    assert not Assignment.objects.exists()


def test_a_project_without_agents_leads_to_making_one(admin, workspace):
    project = Upstream(workspace).client().projects.create("Quiet", "")
    said = text(admin.get(url(project.id)))
    assert "No agent yet" in said and f"/projects/{project.id}/agents/new/" in said


def test_roles_strangers_and_verbs(viewer, operator, owner, project_id, stranger):
    for person in (viewer, operator):
        assert person.get(url(project_id)).status_code == 403
        assert person.post(url(project_id), {}).status_code == 403
    assert stranger.post(url(project_id), {}).status_code == 404
    assert owner.put(url(project_id)).status_code == 405


def test_hostile_names_are_text(admin, sandbox, project_id, agents):
    for agent in sandbox.store.agents.values():
        agent.name = "</option><script>alert(1)</script>"
    answer = admin.post(url(project_id), {"e164": REMINDER, "agent_id": agents["Flu season notice"]})
    assert "<script>alert" not in answer.content.decode() and "it will ring </option>" in text(answer)


def test_few_queries(admin, project_id, django_assert_max_num_queries):
    admin.get(url(project_id))
    with django_assert_max_num_queries(8):
        admin.get(url(project_id))
