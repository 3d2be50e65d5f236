"""What the first page says needs a decision: found from what is kept, told to those who may decide."""

from typing import Any

import pytest
from django.utils import timezone

from dashboard.accounts import queries
from dashboard.accounts.models import Snapshot
from dashboard.accounts.upstream import Upstream
from dashboard.calls.models import Attempt
from dashboard.voices import watch
from dashboard.web import registry
from dashboard.worker import heartbeat
from tests.home.test_home import URL, call, text  # noqa: F401  (a fixture among them)


@pytest.fixture
def kept(workspace: Any) -> Any:
    """Looks at every project's agents and numbers, as their pages do, so that the answers are kept."""

    def look() -> list[registry.Decision]:
        upstream = Upstream(workspace)
        Snapshot.objects.all().delete()
        for project in upstream.fresh(projects=queries.projects()).projects.value:
            agents = upstream.fresh(numbers=queries.numbers(project.id), agents=queries.agents(project.id)).agents.value
            singly = {f"a{n}": queries.agent(project.id, agent.id) for n, agent in enumerate(agents)}
            upstream.fresh(**singly) if singly else None
        return registry.decisions(workspace)

    return look


def titles(decisions: list[registry.Decision]) -> str:
    return " | ".join(f"{each.title} {each.words}" for each in decisions)


def test_nothing_to_decide_is_said(viewer, workspace, call):  # noqa: F811
    heartbeat.beat("here")
    call(state="completed")
    assert "Nothing needs a decision." in text(viewer.get(URL))


def test_agents_without_a_number_and_numbers_without_an_agent(viewer, admin, workspace, project_id, kept, sandbox):
    """The practice world has one number that rings nobody and three agents without a number."""
    found = {each.icon: each for each in kept()}
    number, agents = found["phone-off"], found["bot"]
    assert number.title == "+1 206 555 0171 rings no agent" and "e164=%2B12065550171" in number.url
    assert agents.title == "3 agents have no number" and "and" not in agents.words.partition(".")[0]
    client = Upstream(workspace).client()
    made = [client.agents.create(project_id, f"Desk {n:02d}", "Say hello.") for n in range(12)]
    assert " and 12 more." in next(each.words for each in kept() if each.title == "15 agents have no number")
    client.numbers.assign("+12065550171", made[0].id, project_id)
    left = {each.icon: each for each in kept()}
    assert "phone-off" not in left and left["bot"].title == "14 agents have no number"
    page = text(viewer.get(URL))
    assert "14 agents have no number" in page and "This needs an admin." in page
    assert "Assign numbers</a>" in text(admin.get(URL))


def test_placeholders_that_look_wrong(admin, workspace, project_id, kept):
    client = Upstream(workspace).client()
    assert "looks wrong" not in titles(kept())
    agent = client.agents.create(project_id, "Broken", "Hello {{name }, this is {{clinic}}.")
    found = next(each for each in kept() if "looks wrong" in each.title)
    assert "Broken" in found.title and "Line 1" in found.words and f"/agents/{agent.id}/edit/" in found.url
    client.agents.create(project_id, "Broken too", "Hello {name}.")
    assert "2 prompts have placeholders that look wrong" in titles(kept())
    assert "2 prompts have placeholders that look wrong" in text(admin.get(URL))


def test_variables_that_calls_left_empty(viewer, operator, workspace, project_id, kept, call):  # noqa: F811
    from dashboard.accounts.models import User

    agent = Upstream(workspace).client().agents.create(project_id, "Asker", "Hello {{name}} of {{clinic}}.")
    user = User.objects.get(email="operator@oakcare.example")
    facts = {"agent_id": agent.id, "attempt": Attempt.PLACED, "placed_by": user}
    call(variables={"name": "Ada", "clinic": "North"}, **facts)
    assert "leave variables empty" not in titles(kept())
    call(variables={"name": " ", "clinic": "North", "gone": ""}, **facts)
    found = next(each for each in kept() if "leave variables empty" in each.title)
    assert "“name” once" in found.words and "gone" not in found.words and "Asker" in found.title
    assert "See the calls</a>" in text(operator.get(URL)) and "This needs an operator." in text(viewer.get(URL))


def test_looking_asks_nobody_and_costs_little(
    viewer, workspace, kept, sandbox, monkeypatch, django_assert_max_num_queries
):
    kept()
    registry.decisions(workspace)
    asked: list[Any] = []
    monkeypatch.setattr(sandbox, "handle", lambda request, pause=None: asked.append(request))
    with django_assert_max_num_queries(8):
        registry.decisions(workspace)
    assert asked == []


def test_a_kept_answer_that_cannot_be_read_hides_nothing_else(viewer, workspace, kept, project_id):
    Upstream(workspace).client().agents.create(project_id, "Broken", "Hello {{name }.")
    kept()
    Snapshot.objects.filter(key__startswith="numbers:").update(payload="{", stored_at=timezone.now())
    assert "looks wrong" in titles(registry.decisions(workspace))


def test_hostile_names_are_text(admin, workspace, project_id, kept):
    bad = "<img src=x onerror=alert(1)>"
    Upstream(workspace).client().agents.create(project_id, bad, "Hello {{" + bad)
    kept()
    assert bad not in admin.get(URL).content.decode()


def test_projects_that_were_not_looked_at_are_counted_until_the_background_process_was_there(
    viewer, workspace, sandbox
):
    heartbeat.beat("here")
    viewer.get(URL)
    said = text(viewer.get(URL))
    assert "3 projects not looked at yet" in said and "rings no agent" not in said and "Needs a decision" not in said
    watch.read_workspace(workspace)
    said = text(viewer.get(URL))
    assert (
        "not looked at yet" not in said
        and "+1 206 555 0171 rings no agent" in said
        and "3 agents have no number" in said
    )
    project = next(one for one in Upstream(workspace).client().projects.list() if one.name == "Northgate Clinics")
    mute = next(each for each in registry.decisions(workspace) if each.icon == "bot")
    Upstream(workspace).client().agents.create(project.id, "New desk", "Say hello.")
    watch.read_workspace(workspace)
    assert mute.title != next(each.title for each in registry.decisions(workspace) if each.icon == "bot"), "read again"


def test_a_number_that_a_project_does_not_tell_is_asked_of_its_agent(workspace, sandbox, kept):
    """A project may tell only some of its numbers (API contract, 7.1)."""
    before = {each.title for each in kept()}
    sandbox.faults.add("set", path="/phone-number", key="data", value=[], times=3)
    Snapshot.objects.all().delete()
    watch.read_workspace(workspace)
    assert {each.title for each in registry.decisions(workspace) if each.icon == "bot"} < before
