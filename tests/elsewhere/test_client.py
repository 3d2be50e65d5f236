"""The service module alone, against every dialect: what it understands, and what it says about what it does not."""

import pytest

from dashboard.talkstack import Conflict, NotFound, OutcomeUnknown, Refused, TalkstackError

from .world import SEEDED


def make_project(service, name="Sample Dental"):
    try:
        return service.projects.create(name, "Reminders")
    except OutcomeUnknown:
        return next(each for each in service.projects.list() if each.name == name)


def make_agent(service, project_id, name="Ada", number="+12065550180"):
    agent = service.agents.create(project_id, name, "Say {{name}}.", "AriaAriaAriaAriaAria", number)
    return agent if agent.id else next(each for each in service.agents.list(project_id) if each.name == name)


def test_projects(service, elsewhere, dialect):
    assert SEEDED in [each.name for each in service.projects.list()]
    project = make_project(service)
    assert (project.name, project.description) == ("Sample Dental", "Reminders")
    again = service.projects.get(project.id)
    assert (again.id, again.name) == (project.id, "Sample Dental")
    assert service.projects.update(project.id, "Renamed", "Other words").name == "Renamed"
    service.projects.set_webhook(project.id, "https://hooks.example/x")
    assert service.projects.get(project.id).webhook == "https://hooks.example/x"
    service.projects.delete(project.id)
    assert project.id not in [each.id for each in service.projects.list()]
    with pytest.raises(TalkstackError) as caught:
        service.projects.get(project.id)
    assert isinstance(caught.value, NotFound) or dialect.errors == "ok"


def test_no_projects(service, elsewhere, dialect):
    elsewhere.world.projects.clear()
    try:
        assert service.projects.list() == []
    except TalkstackError as error:
        assert dialect.list_none in ("400", "404"), error


def test_a_taken_name_is_never_said_to_be_created(service, elsewhere, dialect):
    with pytest.raises((Refused, OutcomeUnknown)) as caught:
        service.projects.create(SEEDED, "again")
    assert "<" not in caught.value.sentence
    if dialect.errors in ("json", "text", "error", "errors"):
        assert "exists already" in caught.value.sentence


def test_agents(service, elsewhere, dialect):
    project = make_project(service)
    assert service.agents.list(project.id) == []
    assert service.projects.active_agent(project.id) == ""
    if dialect.needs_number:
        with pytest.raises(Refused) as caught:
            service.agents.create(project.id, "Ada", "Say hello.", "AriaAriaAriaAriaAria")
        assert "phoneNumber" in caught.value.message
    agent = make_agent(service, project.id)
    assert [each.id for each in service.agents.list(project.id)] == [agent.id]
    whole = service.agents.get(project.id, agent.id)
    assert (whole.name, whole.prompt, whole.voice_id) == ("Ada", "Say {{name}}.", "AriaAriaAriaAriaAria")
    changed = service.agents.update(project.id, agent.id, "Bea", "Say {{name}} twice.", "RogerRogerRogerRoger")
    assert (changed.id, changed.name, changed.voice_id) == (agent.id, "Bea", "RogerRogerRogerRoger")
    service.projects.set_active_agent(project.id, agent.id)
    assert service.projects.active_agent(project.id) == agent.id
    service.projects.remove_active_agent(agent.id)
    assert service.projects.active_agent(project.id) == ""
    service.agents.delete(project.id, agent.id)
    assert service.agents.list(project.id) == []
    with pytest.raises(NotFound):
        service.agents.get(project.id, agent.id)


def test_numbers(service, elsewhere, dialect):
    project = make_project(service)
    agent = make_agent(service, project.id, number="+12065550199")
    if dialect.numbers_by_project:
        service.numbers.by_project(project.id)
    service.numbers.assign("+12065550180", agent.id, project.id)
    found = service.numbers.by_agent(agent.id)
    assert "+12065550180" in [each.e164 for each in found]
    assert {each.agent_id for each in found} == {agent.id}
    other = make_agent(service, project.id, "Cleo", "+12065550181" if dialect.needs_number else "")
    if not dialect.needs_number:
        assert service.numbers.by_agent(other.id) == []


def test_dependents_are_a_refusal_or_unknown_but_never_done(service, elsewhere, dialect):
    project = make_project(service)
    make_agent(service, project.id)
    if dialect.errors == "ok":  # no word of the answer can be told from a success: the pages look again
        service.projects.delete(project.id)
        assert project.id in [each.id for each in service.projects.list()]
    else:
        with pytest.raises((Refused, Conflict, OutcomeUnknown)):
            service.projects.delete(project.id)
    service.projects.delete(project.id, cascade=True)
    assert project.id not in [each.id for each in service.projects.list()]


def test_voices(service):
    voices = {each.id: each for each in service.voices.list()}
    assert {"AriaAriaAriaAriaAria", "RogerRogerRogerRoger"} <= set(voices)


def test_a_call(service, elsewhere, dialect, clock):
    project = make_project(service)
    agent = make_agent(service, project.id)
    service.numbers.assign("+12065550180", agent.id, project.id)
    try:
        placed = service.calls.make("+12065550121", project.id, agent.id, {"name": "Robin"})
        assert placed.call_id or placed.sid
    except OutcomeUnknown:
        assert dialect.made == "message"
    assert len(elsewhere.rings) == 1
    clock.shift(60)
    service = service.__class__(service.servers, service.credentials, service.budgets)
    elsewhere.world.tokens = dict.fromkeys(elsewhere.world.tokens, 1e12)
    (told,) = service.calls.history(project.id)
    assert (told.sid or told.id) == elsewhere.rings[0]["sid"]
    assert (told.to, told.from_) == ("+12065550121", "+12065550180")
    assert told.started_at is not None
    data = service.calls.get(told.sid or told.id, project.id)
    assert data.state == dialect.life[-1][1].replace("_", "-")
    assert data.seconds is not None
    if dialect.data != "null":
        assert data.data["employeeGoToWork"] == "true"
    if dialect.recordings in ("list", "string"):
        assert data.recordings[0].endswith(".mp3")
    if dialect.cost != "null":
        assert str(data.cost) == "0.077"
