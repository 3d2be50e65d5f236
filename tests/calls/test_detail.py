"""The page of a call: what it says in every state, live, and what a poll costs."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls.models import Call, Observation
from dashboard.worker import heartbeat
from tests.calls.conftest import (
    ANSWERED,
    BUSY,
    FAILED,
    NO_ANSWER,
    REFUSED,
    SILENCE,
    VOICEMAIL,
    call_of,
    send,
    start,
    work,
)
from tests.conftest import text

LIVE = {"HX-Request": "true", "HX-Target": "call-live"}


def page_of(call):
    return f"/w/oak-care/projects/{call.project_id}/calls/{call.pk}/"


@pytest.mark.parametrize(
    ("number", "says"),
    [
        (ANSWERED, "Answered, talked for"),
        (BUSY, "The line was busy."),
        (NO_ANSWER, "s, nobody answered."),
        (VOICEMAIL, "A voicemail answered."),
        (SILENCE, "Answered, but nobody spoke."),
        (FAILED, "The call failed."),
    ],
)
def test_each_story_ends_in_its_sentence(operator, sandbox, agent, number, says):
    call = call_of(start(operator, agent, number))
    work(sandbox, 180)
    assert says in text(operator.get(page_of(call)))


def test_from_waiting_to_answered_with_recording_and_data(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED, var_name="Robin Sample"))
    page = text(operator.get(page_of(call)))
    assert "Waiting to be sent." in page
    assert "Cancel this call" in page
    seen = []
    for _ in range(40):
        work(sandbox)
        call.refresh_from_db()
        seen.append(call.state)
        sandbox.tick(2)
    words = list(dict.fromkeys(state for state in seen if state))
    story = ["queued", "initiated", "ringing", "in-progress", "completed"]
    assert words == [word for word in story if word in words] and {"queued", "in-progress", "completed"} <= set(words)
    page = text(operator.get(page_of(call)))
    assert "<audio" in page
    assert "Robin Sample" in page
    assert "as reported" in page
    assert "data-poll" not in page, "polling stops when all is in"
    assert [step.state for step in Observation.objects.filter(call=call, source="call_data")] == words


def test_the_recording_comes_through_us_in_slices(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    work(sandbox, 120)
    answer = operator.get(f"{page_of(call)}recording/1/", headers={"Range": "bytes=0-99"})
    assert (answer.status_code, len(answer.content)) == (206, 100)
    assert answer["Content-Type"].startswith("audio/")
    assert operator.get(f"{page_of(call)}recording/2/").status_code == 404


def test_a_poll_that_finds_nothing_new_is_empty_and_the_last_one_stops(operator, sandbox, agent):
    call = call_of(start(operator, agent, BUSY))
    work(sandbox)
    call.refresh_from_db()
    from dashboard.calls.views import _seen

    same = operator.get(f"{page_of(call)}status/?seen={_seen(call)}", headers={"HX-Request": "true"})
    assert (same.status_code, same.content) == (204, b"")
    assert same["HX-Trigger"] == '{"told": 0}'
    work(sandbox, 120)
    last = operator.get(f"{page_of(call)}status/?seen=1", headers=LIVE)
    assert last.status_code == 286
    assert text(last).strip().startswith('<div id="call-live"')


def test_a_poll_asks_talkstack_nothing_and_costs_few_queries(operator, sandbox, agent, django_assert_max_num_queries):
    call = call_of(start(operator, agent, ANSWERED))
    send()
    sandbox.faults.add("500", times=0)
    with django_assert_max_num_queries(8):
        answer = operator.get(f"{page_of(call)}status/?seen=0", headers=LIVE)
    assert answer.status_code == 200


def test_without_a_worker_the_page_says_so(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    assert "the background process is not running" in text(operator.get(page_of(call)))


def test_an_open_state_has_its_source_and_age_and_is_not_claimed_when_nobody_asks(operator, sandbox, agent):
    heartbeat.beat("a worker", first=True)
    call = call_of(start(operator, agent, ANSWERED))
    assert "this dashboard, <time" in text(operator.get("/w/oak-care/calls/")), "waiting is said by us"
    work(sandbox, 5)
    heartbeat.beat("a worker")
    page = text(operator.get(page_of(call)))
    assert "<b>Talkstack is dialling.</b>" in page or "<b>Ringing.</b>" in page
    assert "Talkstack said so <time" in page and "Last known" not in page
    sandbox.faults.add("down", times=0)
    work(sandbox, 5)
    heartbeat.beat("a worker")
    page = text(operator.get(page_of(call)))
    assert (
        "<b>Last known: " in page
        and "It may be over by now; the last question failed: Talkstack cannot be reached" in page
    )
    sandbox.faults.clear()
    work(sandbox, 5)
    sandbox.tick(60)
    page = text(operator.get(page_of(call)))
    assert "<b>Last known: " in page and "It may be over by now; the background process is not running." in page
    work(sandbox, 180)
    assert "<b>Answered, talked for" in text(operator.get(page_of(call))), "what is over needs nobody to ask"
    listed = text(operator.get("/w/oak-care/calls/"))
    assert re.search(r" · <time datetime=\"[^\"]+\" title=\"11 Mar, [^\"]+\">Talkstack</time>", listed), (
        "who said so, and when"
    )


def test_without_javascript_an_open_call_reloads_itself(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in text(operator.get(page_of(call)))
    Call.objects.filter(pk=call.pk).update(attempt="unknown")
    page = text(operator.get(page_of(call)))
    assert '<noscript><meta http-equiv="refresh" content="30"></noscript>' in page, "who decides is not hurried"


def test_another_workspaces_call_is_not_there(operator, sandbox, agent, stranger):
    call = call_of(start(operator, agent, ANSWERED))
    assert stranger.get(page_of(call)).status_code == 404
    other = Workspace.objects.get(slug="elsewhere")
    Call.objects.filter(pk=call.pk).update(workspace=other)
    assert operator.get(page_of(call)).status_code == 404


def test_hostile_text_stays_text(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED, var_name="<script>alert(1)</script>{{7*7}}{% now 'Y' %}"))
    Call.objects.filter(pk=call.pk).update(
        agent_name="<img src=x onerror=alert(1)>", state="<b>odd</b>", data={"<i>k</i>": "<u>v</u>"}, words="<s>w</s>"
    )
    page = text(operator.get(page_of(call)))
    for raw in ("<script>alert", "<img src=x", "<b>odd", "<i>k", "<u>v", "<s>w"):
        assert raw not in page
    assert "{{7*7}}" in page


def test_talkstack_reading_by_another_id_is_found_through_the_history(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    send()
    Call.objects.filter(pk=call.pk).update(call_id="internal-1", sid="internal-1")
    work(sandbox, 60)
    call.refresh_from_db()
    assert call.sid.startswith("CA")
    assert call.state == "completed"


def test_a_place_in_the_recording_can_be_linked_and_the_next_step_is_named(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    work(sandbox, 120)
    page = text(operator.get(f"{page_of(call)}?t=83"))
    assert f'{page_of(call)}recording/1/#t=83"' in page and "Begins at 1 min 23 s" in page
    assert page.count("data-speed=") == 5 and "Copy link to this moment" in page
    for junk in ("?t=-1", "?t=1e9", "?t=%00", "?t=5&r=9"):
        assert "#t=" not in text(operator.get(page_of(call) + junk))
    assert "?number=%2B12065550121&amp;days=any" in text(operator.get(page_of(call)))


def test_the_next_step_follows_from_what_happened(operator, sandbox, agent):
    for number, words in (
        (BUSY, "free a few minutes later"),
        (FAILED, "Check the number first"),
        (REFUSED, "verified at"),
    ):
        call = call_of(start(operator, agent, number))
        work(sandbox, 60)
        page = text(operator.get(page_of(call)))
        assert words in page and f"?again={call.pk}" in page


def test_how_long_it_rang_in_vain_is_seen_from_outside(operator, sandbox, agent):
    """Talkstack reports a length of 0 for it: from the first "ringing" to the end."""
    call = call_of(start(operator, agent, NO_ANSWER))
    work(sandbox, 60, step=2)
    call.refresh_from_db()
    rang = call.observations.get(state="no-answer").seen_at - call.observations.get(state="ringing").seen_at
    said = f"about {round(rang.total_seconds())} s"
    assert not call.seconds and 15 <= rang.total_seconds() <= 30
    assert f"Rang for {said}, nobody answered." in text(operator.get(page_of(call)))
    assert f">rang {said} · <time" in text(operator.get("/w/oak-care/calls/"))
    call.observations.filter(state="ringing").delete()
    page = text(operator.get(page_of(call)))
    assert "<b>Nobody answered.</b>" in page and "rang about" not in text(operator.get("/w/oak-care/calls/"))


def test_what_was_not_read_yet_is_not_said_to_be_missing(operator, sandbox, workspace, agent):
    """A call of long ago that only a history told of; then read."""
    now, told = timezone.now(), {"workspace": workspace, "project_id": agent.project_id, "number": ANSWERED}
    ended = {"at": now - timedelta(hours=14), "ended_at": now - timedelta(hours=14), "final_at": now}
    call = Call.objects.create(**told, **ended, sid="CA1", state="completed", state_source="history", state_at=now)
    page = text(operator.get(page_of(call)))
    assert page.count("Not read from Talkstack yet") == 2 and "not read yet" in page
    assert "after the end" not in page and "reported none" not in page
    assert ">call history, <time data-ago" in text(operator.get("/w/oak-care/calls/")), "told long after: how old it is"
    Call.objects.filter(pk=call.pk).update(read_at=now, next_read_at=None)
    page = text(operator.get(page_of(call)))
    assert "Talkstack reported none." in page and "Talkstack reported nothing." in page and "read yet" not in page


@pytest.mark.parametrize(
    ("state", "says"), [("voicemail", "whether something was left"), ("silence", "Listen to the recording")]
)
def test_what_is_in_a_recording_is_for_a_person_to_hear(operator, workspace, agent, state, says):
    told = {"workspace": workspace, "project_id": agent.project_id, "number": ANSWERED, "at": timezone.now()}
    call = Call.objects.create(**told, state=state, final_at=timezone.now())
    assert says not in text(operator.get(page_of(call)))
    Call.objects.filter(pk=call.pk).update(recordings=["https://api.twilio.com/1.mp3"])
    page = text(operator.get(page_of(call)))
    assert (
        says in page
        and '<a href="#recording">Listen to ' in page
        and 'id="recording"' in page
        and "Nothing was left" not in page
    )


def test_the_whole_page_costs_few_queries(operator, sandbox, agent, django_assert_max_num_queries):
    call = call_of(start(operator, agent, ANSWERED))
    work(sandbox, 120)
    operator.get(page_of(call))
    with django_assert_max_num_queries(8):  # one more once questions were asked: their answers
        operator.get(page_of(call))
