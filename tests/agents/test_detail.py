from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.calls.models import Call
from tests.agents.conftest import FLU, REMINDER, shown, stored
from tests.conftest import text


def test_the_page_shows_the_whole_agent(viewer, agents, sandbox):
    page = text(viewer.get(f"{agents}{REMINDER}/"))
    assert shown(page) == stored(sandbox).prompt
    assert "<mark>{{name}}</mark>" in page and "Asks for name, clinic and appointment_time" in page
    assert "Aria" in page and "American" in page
    assert "+1 415 555 0132" in page and "Active agent" in page


def test_actions_follow_the_role(viewer, operator, admin, agents):
    seen = text(viewer.get(f"{agents}{REMINDER}/"))
    assert "calls/new/" not in seen and "/delete/" not in seen and "Stop answering" not in seen
    can_call = text(operator.get(f"{agents}{REMINDER}/"))
    assert f"calls/new/?agent={REMINDER}" in can_call and "/delete/" not in can_call
    everything = text(admin.get(f"{agents}{REMINDER}/"))
    assert "/delete/" in everything and f"{REMINDER}/edit/" in everything and "Stop answering" in everything
    assert "This needs an" not in everything


def test_an_agent_without_number_says_what_to_do(admin, agents):
    page = text(admin.get(f"{agents}{FLU}/"))
    assert f"numbers/assign/?agent_id={FLU}" in page and "Make it the active agent" in page


def test_latest_calls_come_from_the_ledger(viewer, agents, workspace, project_id):
    now = timezone.now()
    for n in range(9):
        Call.objects.create(
            workspace=workspace, project_id=project_id, agent_id=FLU, number=f"+1206555010{n}", state="completed",
            at=now - timedelta(minutes=n),
        )  # fmt: skip
    page = text(viewer.get(f"{agents}{FLU}/"))
    assert "+1 206 555 0100" in page and "+1 206 555 0105" in page and "+1 206 555 0106" not in page
    assert "9 calls</a> in the last 7 days" in page


def test_fragment(viewer, agents):
    url = f"{agents}{REMINDER}/"
    answer = viewer.get(url, headers={"HX-Request": "true", "HX-Target": "agent-facts"})
    assert 'id="agent-facts"' in text(answer) and "<html" not in text(answer)


@pytest.mark.parametrize(
    "prompt", ["{{<img src=x onerror=alert(1)>}}", "</div></textarea><script>alert(1)</script>{% url 'x' %}"]
)
def test_hostile_prompts_are_text(viewer, agents, sandbox, prompt):
    stored(sandbox).prompt = prompt
    page = text(viewer.get(f"{agents}{REMINDER}/"))
    assert shown(page) == prompt and "<img src=x" not in page and "<script>alert" not in page


def test_very_many_variables_stay_one_text(viewer, agents, sandbox):
    stored(sandbox).prompt = "{{a}} {{b}}\n" * 5000
    assert shown(text(viewer.get(f"{agents}{REMINDER}/"))) == stored(sandbox).prompt


def test_a_voice_out_of_the_catalogue_is_named_as_such(viewer, agents, sandbox):
    stored(sandbox).voice_id = "gone<b>"
    page = text(viewer.get(f"{agents}{REMINDER}/"))
    assert "not in the catalogue" in page and "gone&lt;b&gt;" in page
    stored(sandbox).voice_id = ""
    assert "does not say which voice" in text(viewer.get(f"{agents}{REMINDER}/?fresh=1"))


def test_talkstack_down(viewer, agents, sandbox):
    url = f"{agents}{REMINDER}/"
    sandbox.faults.add("down", times=0)
    assert viewer.get(url).status_code == 502
    sandbox.faults.clear()
    viewer.get(url)
    sandbox.faults.add("down", times=0)
    answer = viewer.get(f"{url}?fresh=1")
    assert answer.status_code == 200 and "Talkstack cannot be reached" in text(answer)


def test_what_could_not_be_read_is_said(viewer, agents, sandbox):
    sandbox.faults.add("500", path="/phone-number", times=0)
    sandbox.faults.add("500", method="POST", path="/project/active-agent", times=0)
    page = text(viewer.get(f"{agents}{REMINDER}/"))
    assert "Its number could not be read." in page and "Whether it is the active agent could not be read." in page


def test_unknown_agent_stranger_and_verb(viewer, stranger, owner, agents):
    assert viewer.get(f"{agents}nobody/").status_code == 404
    assert stranger.get(f"{agents}{REMINDER}/").status_code == 404
    assert owner.post(f"{agents}{REMINDER}/").status_code == 405


def test_queries_are_few(viewer, agents, django_assert_max_num_queries):
    viewer.get(agents)
    for query in ("", "", "?fresh=1"):
        with django_assert_max_num_queries(8):
            viewer.get(f"{agents}{REMINDER}/{query}")
