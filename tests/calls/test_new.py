"""Starting a call: what is seen before pressing, what is asked, and that nothing typed is lost."""

import html
import re

import pytest
from django.utils import timezone

from dashboard.accounts.models import Snapshot, Workspace
from dashboard.activity.models import Entry
from dashboard.calls.models import Attempt, Call
from tests.calls.conftest import ANSWERED, call_of, fill, form_of, start
from tests.conftest import text

EASTERN = "+12125550121"


def address(agent, query=True):
    return f"/w/oak-care/projects/{agent.project_id}/calls/new/" + (f"?agent={agent.id}" if query else "")


def test_choose_an_agent_first(operator, agent):
    page = text(operator.get(address(agent, query=False)))
    assert "Which agent calls?" in page
    assert f"?agent={agent.id}" in page


def test_a_field_for_every_variable_and_the_opening_words(operator, agent):
    page = text(operator.get(address(agent)))
    for name in ("name", "clinic"):
        assert f'name="var_{name}"' in page
    assert "How it begins" in page
    assert "Calls from +1" in page


def test_check_shows_words_time_and_last_contact_and_reserves_nothing(operator, sandbox, agent):
    fields = form_of(operator, agent.project_id, agent.id) | fill(agent, ANSWERED, var_name="Robin Sample")
    page = text(operator.post(address(agent), fields | {"check": "1"}))
    assert "<mark>Robin Sample</mark>" in page
    assert "guessed from the number" in page
    assert "Nobody of this workspace has called this number yet." in page
    assert not Call.objects.exists()


def test_check_as_a_fragment(operator, agent):
    fields = form_of(operator, agent.project_id, agent.id) | fill(agent, ANSWERED) | {"check": "1"}
    answer = operator.post(address(agent), fields, headers={"HX-Request": "true", "HX-Target": "call-preview"})
    assert text(answer).strip().startswith('<div id="call-preview"')
    assert "HX-Target" in answer["Vary"]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("2065550121", "Start with + and the country"),
        ("0012065550121", "Write + instead of the leading 00"),
        ("+1206555CALL", "no letters"),
        ("4.4E+11", "Excel"),
        ("", "required"),
        ("911", "Emergency"),
    ],
)
def test_a_wrong_number_is_explained_and_nothing_is_lost(operator, agent, typed, says):
    answer = start(operator, agent, typed, var_name="Robin Sample")
    assert answer.status_code == 422
    assert says in text(answer)
    assert "Robin Sample" in text(answer)
    assert not Call.objects.exists()


def test_an_empty_variable_is_asked_about(operator, sandbox, agent):
    answer = start(operator, agent, ANSWERED, var_name="")
    assert answer.status_code == 422
    assert 'name="confirm_empty"' in text(answer)
    call_of(start(operator, agent, ANSWERED, var_name="", confirm_empty="on"))


def test_a_value_with_braces_is_sent_as_typed_and_said(operator, sandbox, agent):
    fields = form_of(operator, agent.project_id, agent.id) | fill(agent, ANSWERED, var_name="{{clinic}}")
    assert "contains braces" in text(operator.post(address(agent), fields | {"check": "1"}))
    call = call_of(operator.post(address(agent), fields))
    assert call.variables["name"] == "{{clinic}}"


def test_the_reservation_is_on_record(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    entry = Entry.objects.get(verb="call.reserve", thing_id=str(call.pk))
    assert (entry.user_email, entry.thing_name) == ("operator@oakcare.example", ANSWERED)


def test_call_again_has_the_same_variables(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED, var_name="Robin Sample"))
    page = text(operator.get(f"{address(agent, query=False)}?again={call.pk}"))
    assert 'value="Robin Sample"' in page
    assert 'value="+1 206 555 0121"' in page


def test_a_call_placed_elsewhere_is_called_again_once_an_agent_is_chosen(operator, workspace, agent):
    told = {"workspace": workspace, "project_id": agent.project_id, "number": ANSWERED, "state": "completed"}
    call = Call.objects.create(**told, variables={"name": "Robin Sample"}, at=timezone.now(), final_at=timezone.now())
    page = text(operator.get(f"{address(agent, query=False)}?again={call.pk}"))
    assert "Which agent calls?" in page and "the call to +1 206 555 0121" in page
    link = next(each for each in re.findall(r'href="([^"]+)"', page) if f"agent={agent.id}" in each)
    page = text(operator.get(link.replace("&amp;", "&")))
    assert 'value="Robin Sample"' in page and 'value="+1 206 555 0121"' in page
    assert re.search(rf'name="again_of" value="{call.pk}"', page)


def test_an_unknown_call_is_decided_before_it_is_called_again(operator, workspace, agent):
    told = {"workspace": workspace, "project_id": agent.project_id, "agent_id": agent.id, "number": ANSWERED}
    call = Call.objects.create(**told, attempt=Attempt.UNKNOWN, at=timezone.now(), attempt_at=timezone.now())
    page, again = (
        f"/w/oak-care/projects/{agent.project_id}/calls/{call.pk}/",
        f"{address(agent, query=False)}?again={call.pk}",
    )
    assert "Call again" not in text(operator.get(page))
    answer = operator.get(again)
    assert answer.status_code == 409 and f'href="{page}"' in text(answer)
    assert "Decide first" in text(answer) and "request_key" not in text(answer)
    Call.objects.filter(pk=call.pk).update(attempt=Attempt.NOT_CALLED)
    assert again in text(operator.get(page)) and 'value="+1 206 555 0121"' in text(operator.get(again))


def test_unknown_again_asks_for_an_agent(operator, agent):
    assert "Which agent calls?" in text(operator.get(f"{address(agent, query=False)}?again=nonsense"))


@pytest.mark.parametrize("kept", [True, False])
def test_talkstack_away_calls_nobody_and_gives_back_what_was_typed(operator, sandbox, agent, kept):
    fields = form_of(operator, agent.project_id, agent.id) | fill(agent, "+1 206 555 0121", var_name="Robin Sample")
    rule = sandbox.faults.add("down", times=0)
    if not kept:
        Snapshot.objects.all().delete()
    for more in ({}, {"check": "1"}):
        answer = operator.post(address(agent), fields | more)
        page = text(answer)
        assert answer.status_code == 502
        assert "Nobody was called." in page and "What you typed is still here" in page
        assert 'value="Robin Sample"' in page and 'value="+1 206 555 0121"' in page
        assert f'value="{fields["request_key"]}"' in page, "pressed again, it is still one call"
        assert ("How it begins" in page) == kept
        assert not Call.objects.exists()
    sandbox.faults.clear(rule.id)
    assert call_of(operator.post(address(agent), fields)).variables["name"] == "Robin Sample"


@pytest.mark.parametrize(
    ("fault", "status", "says"),
    [
        ("down", 502, "Talkstack cannot be reached"),
        ("hang", 502, "Talkstack did not answer"),
        ("500", 502, "Talkstack"),
        ("401", 502, "Talkstack did not accept the key"),
        ("403", 403, "Talkstack does not allow this"),
        ("429", 503, "Talkstack is busy"),
    ],
)
def test_a_fresh_form_while_talkstack_is_away(operator, sandbox, agent, fault, status, says):
    asked_for = f"{address(agent)}&number=%2B12065550121"
    operator.get(address(agent))
    sandbox.faults.add(fault, times=0)
    answer = operator.get(asked_for)
    page = text(answer)
    assert answer.status_code == status and "Nobody was called." in page and says in page
    assert page.count("Talkstack described it <time") == 1 and "How it begins" in page
    assert 'value="+12065550121"' in page and 'name="var_clinic"' in page
    assert f'href="{html.escape(asked_for)}">Try again</a>' in page
    Snapshot.objects.all().delete()
    answer = operator.get(asked_for)
    page = text(answer)
    assert answer.status_code == status and "Nobody was called." in page and says in page
    assert "<nav" in page and "All calls" not in page.partition("<main")[2], "in the frame, not the page of errors"
    assert f'href="{html.escape(asked_for)}">' in page and "?number=%2B12065550121" in page
    assert 'name="request_key"' not in page and not Call.objects.exists() and not sandbox.rings
    sandbox.faults.clear()
    assert operator.get(asked_for).status_code == 200


def test_while_talkstack_is_away_the_list_of_agents_fills_the_form_too(operator, sandbox, agent):
    """Also of an agent that was never looked at singly, and with the values of a call to be repeated."""
    call = call_of(start(operator, agent, ANSWERED, var_name="Robin Sample"))
    Snapshot.objects.all().delete()
    operator.get(f"/w/oak-care/projects/{agent.project_id}/agents/")
    sandbox.faults.add("down", times=0)
    answer = operator.get(f"{address(agent, query=False)}?again={call.pk}")
    page = text(answer)
    assert answer.status_code == 502 and "Talkstack described it <time" in page and "Calls from +1" in page
    assert 'value="Robin Sample"' in page and f"?again={call.pk}" in page
    assert operator.get(f"{address(agent)}", headers={"HX-Request": "true"}).headers["HX-Retarget"] == "#messages"


def test_a_check_by_htmx_leaves_the_form_alone_when_talkstack_is_away(operator, sandbox, agent):
    fields = form_of(operator, agent.project_id, agent.id) | fill(agent, ANSWERED) | {"check": "1"}
    sandbox.faults.add("down", times=0)
    answer = operator.post(address(agent), fields, headers={"HX-Request": "true", "HX-Target": "call-preview"})
    assert (answer.status_code, answer["HX-Retarget"]) == (502, "#messages")


def test_a_viewer_may_not(viewer, agent):
    assert viewer.get(address(agent)).status_code == 403


class TestLive:
    """The guards of a live workspace. The server behind it is the same stand-in."""

    @pytest.fixture(autouse=True)
    def live(self, settings, workspace, agent):
        settings.TALKSTACK_API_URL = settings.TALKSTACK_CALLS_URL = settings.SANDBOX_URL
        Workspace.objects.filter(pk=workspace.pk).update(practice=False)

    def test_called_recently_must_be_confirmed(self, operator, sandbox, agent):
        call_of(start(operator, agent, ANSWERED))
        answer = start(operator, agent, ANSWERED)
        assert answer.status_code == 422
        assert "ago by operator@oakcare.example" in text(answer)
        call_of(start(operator, agent, ANSWERED, confirm_recent="on"))
        assert Call.objects.count() == 2

    def test_outside_calling_hours_must_be_confirmed(self, operator, sandbox, agent):
        sandbox.tick(7.5 * 3600)
        answer = start(operator, agent, EASTERN)
        assert answer.status_code == 422
        assert "Calling hours are 9:00 to 20:00" in text(answer)
        call_of(start(operator, agent, EASTERN, confirm_hours="on"))

    def test_an_old_reservation_waits_for_a_check(self, operator, sandbox, agent):
        from tests.calls.conftest import send

        call = call_of(start(operator, agent, ANSWERED))
        sandbox.tick(6 * 60)
        send()
        assert not sandbox.rings
        page = f"/w/oak-care/projects/{agent.project_id}/calls/{call.pk}/"
        assert "does not go by itself any more" in text(operator.get(page))
        operator.post(f"{page}release/")
        send()
        assert len(sandbox.rings) == 1


def test_a_number_in_the_address_is_known_at_once(operator, sandbox, agent):
    page = text(operator.get(f"{address(agent)}&number=%2B12065550121"))
    assert 'value="+12065550121"' in page
    assert "guessed from the number" in page
