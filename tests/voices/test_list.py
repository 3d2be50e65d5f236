"""The page of voices."""

import html
from typing import Any

import pytest
from django.db.models import Q

from dashboard.accounts.models import Snapshot, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.voices import uses, watch
from dashboard.web import registry

URL = "/w/oak-care/voices/"
BAD = "<img src=x onerror=alert(1)>"


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_every_voice_can_be_heard_and_is_described(viewer):
    said = text(viewer.get(URL))
    assert "12 of 12 voices" in said and "Aria" in said and "Scottish" in said
    assert said.count('data-play="/w/oak-care/voices/') == 11
    assert said.count('<audio class="sound no-js"') == 11
    assert "Talkstack has no preview of this voice." in said
    assert "Talkstack does not describe this voice." in said


def test_counts_and_filters_live_in_the_address(viewer):
    said = text(viewer.get(URL, {"accent": "british"}))
    assert "2 of 12 voices" in said and "George" in said and "Arthur" in said and "Aria<" not in said
    assert 'value="british" checked' in said
    assert "No voice fits" in text(viewer.get(URL, {"q": "nobody has this"}))


def test_fragment(viewer):
    htmx = {"HX-Request": "true", "HX-Target": "voices-found"}
    answer = viewer.get(URL, {"q": "aria"}, headers=htmx)
    assert answer.status_code == 200 and "<html" not in text(answer) and "1 of 12 voices" in text(answer)


def test_who_uses_which_is_known_after_the_background_process_read_the_agents(viewer, workspace, sandbox):
    assert "is not known yet" in text(viewer.get(URL))
    assert watch.read_agents() is False
    said = text(viewer.get(URL))
    assert "known for all 8 agents" in said and "the oldest answer is from" in said
    assert "Used by" in said and "Appointment reminder" in said and "Intake questions" in said
    assert text(viewer.get(URL, {"used": "1"})).count('class="card voice"') == 7
    known = uses.of_workspace(workspace)
    assert (known.known, known.listed, known.complete) == (8, 8, True)


def test_an_agent_that_is_gone_no_longer_counts(viewer, workspace, sandbox):
    watch.read_agents()
    gone = next(one for one in sandbox.store.agents.values() if one.name == "Intake questions")
    sandbox.store.drop_agent(gone)
    sandbox.tick(400)
    watch.read_agents()
    assert uses.of_workspace(workspace).listed == 7


def test_agents_read_lately_are_left_alone(workspace, sandbox):
    assert watch.read_workspace(workspace) == 8 + 3, "eight agents, and the numbers of the three that seem to have none"
    assert watch.read_workspace(workspace) == 0
    sandbox.tick(watch.READ_AGAIN_AFTER.total_seconds() + 1)
    assert watch.read_workspace(workspace) == 8 + 3


def test_the_round_is_bounded_and_goes_on_where_it_stopped(workspace, sandbox, monkeypatch):
    monkeypatch.setattr(watch, "PER_ROUND", 6)
    assert watch.read_workspace(workspace) == 6
    assert watch.read_workspace(workspace) == 5


def test_lists_are_bounded_too_and_the_ones_read_longest_ago_come_first(workspace, sandbox, monkeypatch):
    monkeypatch.setattr(watch, "LISTS_PER_ROUND", 4)
    lists = Snapshot.objects.filter(workspace=workspace).filter(
        Q(key__startswith="agents:") | Q(key__startswith="numbers:")
    )
    lists.delete()
    watch.read_workspace(workspace)
    assert lists.count() == 4
    sandbox.tick(watch.EVERY_SECONDS)
    watch.read_workspace(workspace)
    assert lists.count() == 6, "two for each of the three projects"


def test_the_round_ends_when_talkstack_is_away(workspace, sandbox):
    sandbox.faults.add("503", path="/agent", method="POST", times=0)
    assert watch.read_workspace(workspace) == 3, "what came beside the first refusal; nothing is asked after it"
    sandbox.faults.clear()
    sandbox.faults.add("down", times=0)
    assert watch.read_workspace(workspace) == 0


def test_a_workspace_that_waits_for_a_sign_in_is_left_alone(workspace, sandbox):
    workspace.connection.sign_in_needed = True
    workspace.connection.save()
    watch.read_agents()
    assert not Snapshot.objects.filter(workspace=workspace, key__startswith="agent:").exists()


def test_the_duty_is_registered():
    assert [duty.every_seconds for duty in registry.duties() if duty.name == "read agents' voices"] == [120]


def test_talkstack_away(viewer, sandbox):
    sandbox.faults.add("down", times=0)
    answer = viewer.get(URL)
    assert answer.status_code == 200 and "Talkstack could not be asked just now." in text(answer)
    sandbox.faults.clear()
    viewer.get(URL)
    sandbox.faults.add("html", times=0)
    said = text(viewer.get(URL, {"fresh": "1"}))
    assert "12 of 12 voices" in said and "Application error" not in said


@pytest.mark.parametrize("key", ["name", "labels", "preview_url", "voice_id"])
@pytest.mark.parametrize("kind", ["remove", "null"])
def test_missing_pieces_never_break_the_page(viewer, sandbox, key, kind):
    if kind == "remove":
        sandbox.faults.add("remove", path="/voices", key=key)
    else:
        sandbox.faults.add("set", path="/voices", key=key, value=None)
    assert viewer.get(URL).status_code == 200


def test_hostile_strings_are_text_and_odd_addresses_are_not_played(viewer, sandbox):
    voices = [
        {"name": BAD, "voice_id": "a/b", "labels": {BAD: BAD, "gender": BAD}, "preview_url": "javascript:alert(1)"},
        {"name": "", "voice_id": BAD, "labels": {}, "preview_url": "data:audio/wav;base64,AAAA"},
        {"name": "Elsewhere", "voice_id": "x", "labels": None, "preview_url": "https://evil.example/a.mp3"},
    ]
    sandbox.faults.add("set", path="/voices", key="voices", value=voices)
    body = viewer.get(URL).content.decode()
    assert BAD not in body and "data-play" not in body.partition("<main")[2] and "javascript:" not in body
    assert "on a server that this dashboard does not fetch from" in body


def test_stranger_and_verbs(owner, stranger):
    assert stranger.get(URL).status_code == 404
    assert owner.post(URL).status_code == 405


def test_few_queries(viewer, sandbox, django_assert_max_num_queries):
    watch.read_agents()
    viewer.get(URL)
    with django_assert_max_num_queries(8):
        viewer.get(URL)


def test_another_workspace_sees_nothing_of_it(workspace, sandbox):
    watch.read_agents()
    other = Workspace.objects.create(name="Elsewhere", slug="elsewhere", practice=True)
    assert uses.of_workspace(other).by_voice == {}
    assert Upstream(other).workspace == other
