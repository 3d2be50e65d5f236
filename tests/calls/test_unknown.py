"""The page of what waits for a person: unknown calls, near misses, calls held outside the hours; and hints of webhooks."""

import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from dashboard.accounts.models import User
from dashboard.activity.models import Entry
from dashboard.calls import dialing, follow, ledger, reconcile
from dashboard.calls.candidates import ids
from dashboard.calls.models import Attempt, Call
from dashboard.talkstack import CallData
from dashboard.worker import heartbeat
from tests.calls.conftest import ANSWERED, call_of, send, start, work
from tests.calls.test_reconcile import MAKE, elsewhere, lost, lost_without, page_of
from tests.conftest import sign_in, text
from tests.histories import read_one

pytestmark = pytest.mark.usefixtures("few_calls")
UNKNOWN = "/w/oak-care/calls/unknown/"


def told(sid: str, state: str, **more: Any) -> CallData:
    """What a webhook says of a call."""
    return replace(CallData.parse({"CallSid": sid, "CallStatus": state}), **more)


# --- The page -------------------------------------------------------------------------------------------------------------
def test_nothing_unknown_is_said_in_words(viewer, workspace):
    assert "Nothing is unknown" in text(viewer.get(UNKNOWN))


def test_it_says_what_is_known_and_when_it_is_decided(operator, viewer, sandbox, agent):
    call = lost_without(agent, operator, sandbox)
    page = text(viewer.get(UNKNOWN))
    assert "Not looked for yet in Talkstack&#x27;s call history of Northgate Clinics" in page
    assert "Next look" in page and "+1 206 555 0121" in page
    assert "Nobody was called" not in page
    work(sandbox, 600, step=60)
    page = text(operator.get(UNKNOWN))
    assert "Looked for 3 times" in page or "Looked for 4 times" in page
    assert ">Nobody was called</button>" in page
    assert ">Nobody was called</button>" not in text(viewer.get(UNKNOWN)), "a viewer reads"
    answer = operator.post(page_of(call, "decide/"), {"here": "unknown"})
    assert (answer.status_code, answer["Location"]) == (303, UNKNOWN)
    call.refresh_from_db()
    assert call.attempt == Attempt.NOT_CALLED


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("hang", "Talkstack did not answer in time."),
        ("lost-close", "The connection broke off before Talkstack answered."),
        ("500", "Talkstack had a problem of its own."),
        ("html-200", "Talkstack&#x27;s answer could not be understood."),
    ],
)
def test_why_it_is_unknown_is_said_wherever_it_stands(operator, sandbox, agent, kind, why):
    call = lost(operator, sandbox, agent, kind)
    assert f"{why} It is looked for in Talkstack" in text(operator.get(page_of(call)))
    assert f"{why} It is not known whether this phone rang." in text(operator.get(UNKNOWN))
    assert f"{why.rstrip('.')} · being looked for" in text(operator.get("/w/oak-care/calls/"))
    assert f"{why.rstrip('.')}: it is not known whether this phone rang." in text(operator.get("/w/oak-care/"))


def test_the_page_asks_again_by_itself_and_says_when_nobody_looks(operator, sandbox, agent):
    call = lost_without(agent, operator, sandbox)
    heartbeat.beat("a worker", first=True)
    page = text(operator.get(UNKNOWN))
    asks = re.search(r'hx-get="([^"]*\?seen=[0-9a-f]+)"', page)[1]
    poll = {"HX-Request": "true", "HX-Target": "unknown-now"}
    assert operator.get(asks, headers=poll).status_code == 204
    work(sandbox, 90)
    heartbeat.beat("a worker")
    answer = operator.get(asks, headers=poll)
    assert "Looked for once" in text(answer) and "<html" not in text(answer)
    assert "the background process is not running" not in text(answer)
    sandbox.tick(60)
    for page in (text(operator.get(UNKNOWN)), text(operator.get(page_of(call)))):
        assert "the background process is not running" in page and "once the background process runs again" in page


def test_candidates_are_shown_as_people_know_calls_and_one_is_chosen(operator, sandbox, agent, workspace):
    call = lost(operator, sandbox, agent)
    other = elsewhere(sandbox, agent, workspace)
    work(sandbox, 90)
    page = text(operator.get(UNKNOWN))
    assert page.count(">It was this one<") == 2
    assert "Answered" in page or "Talking" in page
    assert "after this one was sent" in page or "as this one was sent" in page
    why = "Talkstack did not answer in time. Calls in Talkstack&#x27;s history may be this one."
    assert why in text(operator.get(page_of(call))), "the reason stays when there is something to choose"
    assert f">{other}<" not in page, "nobody knows calls by their ids"
    call.refresh_from_db()
    before = [
        each | {"at": (datetime.fromisoformat(each["at"]) - timedelta(days=1)).isoformat()} for each in call.candidates
    ]
    Call.objects.filter(pk=call.pk).update(candidates=before)
    User.objects.update(time_zone="Asia/Tokyo")
    page = text(operator.get(UNKNOWN))
    assert len(re.findall(r">11 Mar, 02:0\d:\d\d</time></b>", page)) == 2, (
        "of an earlier day: with the day, in their zone"
    )
    assert len(re.findall(r"It was this one<span [^>]*> of <time[^>]*>11 Mar, 02:0\d:\d\d<", page)) == 2
    answer = operator.post(page_of(call, "decide/"), {"candidate": other, "here": "unknown"})
    assert answer["Location"] == UNKNOWN and "it was that call" in text(operator.get(UNKNOWN))
    call.refresh_from_db()
    assert (call.attempt, call.sid) == (Attempt.PLACED, other)


def test_none_of_these_are_not_offered_again_and_become_calls_of_their_own(operator, sandbox, agent, workspace):
    sandbox.faults.add("500", **MAKE)
    call = call_of(start(operator, agent, ANSWERED))
    send()
    sids = {elsewhere(sandbox, agent, workspace), elsewhere(sandbox, agent, workspace)}
    work(sandbox, 90)
    call.refresh_from_db()
    assert set(ids(call)) == sids and not reconcile.may_decide(call)
    assert "none of these was it" in text(operator.post(page_of(call, "decide/"), {"none": "1"}, follow=True))
    call.refresh_from_db()
    assert (call.attempt, call.candidates, set(call.ruled_out)) == (Attempt.UNKNOWN, [], sids)
    assert Entry.objects.filter(verb="call.rule_out", thing_id=str(call.pk)).count() == 1
    assert "decided that none of the 2 calls" in text(operator.get(page_of(call)))
    work(sandbox, 1200, step=60)
    read_one(workspace, agent.project_id)
    call.refresh_from_db()
    assert (call.attempt, call.candidates) == (Attempt.UNKNOWN, [])
    assert set(Call.objects.filter(attempt="", sid__in=sids).values_list("sid", flat=True)) == sids
    assert reconcile.may_decide(call)
    assert "Nothing was changed" in text(operator.post(page_of(call, "decide/"), {"none": "1"}, follow=True))


@pytest.mark.parametrize("off", [-90, 150])
def test_a_near_miss_is_for_a_person_never_for_the_machine(operator, sandbox, agent, off):
    call = lost(operator, sandbox, agent)
    sid = sandbox.rings[0].sid
    sandbox.store.calls[sid].made_at += off
    work(sandbox, 400, step=40)
    call.refresh_from_db()
    assert (call.attempt, ids(call)) == (Attempt.UNKNOWN, [sid])
    assert not reconcile.may_decide(call)
    page = text(operator.get(UNKNOWN))
    assert "not quite: clocks may differ" in page and "a little off" in page
    operator.post(page_of(call, "decide/"), {"candidate": sid})
    call.refresh_from_db()
    assert (call.attempt, call.sid) == (Attempt.PLACED, sid)


def test_a_call_that_waits_for_a_check_stands_there_too(operator, sandbox, agent, live):
    call = waited(live, agent, hours=1)
    page = text(operator.get(UNKNOWN))
    assert "Waiting for a check" in page and "does not go by itself any more" in page
    answer = operator.post(page_of(call, "release/"), {"here": "unknown"})
    assert answer["Location"] == UNKNOWN
    send()
    assert len(sandbox.rings) == 1


def test_a_page_of_many_costs_few_questions(operator, sandbox, agent, workspace, django_assert_max_num_queries):
    now = timezone.now()
    Call.objects.bulk_create(
        Call(
            workspace=workspace, project_id="p", number=ANSWERED, at=now, attempt="unknown", attempt_at=now, sending_at=now,
            candidates=[{"id": f"CA{n}", "at": now.isoformat(), "state": "completed", "fits": True}],
        )
        for n in range(120)
    )  # fmt: skip
    with django_assert_max_num_queries(8):
        page = text(operator.get(UNKNOWN))
    assert page.count(">It was this one<") == 100 and "newest hundred" in page


# --- Calling hours, asked again ---------------------------------------------------------------------------------------------
@pytest.fixture
def live(workspace: Any, settings: Any) -> Any:
    """The same workspace as a live one, whose Talkstack is the sandbox."""
    settings.TALKSTACK_API_URL = settings.TALKSTACK_CALLS_URL = settings.SANDBOX_URL
    type(workspace).objects.filter(pk=workspace.pk).update(practice=False)
    return type(workspace).objects.get(pk=workspace.pk)


def waited(workspace: Any, agent: Any, hours: float, confirmed: tuple[str, ...] = ("confirm_recent",)) -> Call:
    """A call that was asked for so long ago."""
    wish = dialing.Wish(agent.project_id, "", agent.id, agent.name, ANSWERED, {})
    user = User.objects.get(email="operator@oakcare.example")
    call = dialing.reserve(workspace, user, wish, request_key=f"{hours} {confirmed}", confirmed=confirmed)
    Call.objects.filter(pk=call.pk).update(at=timezone.now() - timedelta(hours=hours))
    return Call.objects.select_related("workspace").get(pk=call.pk)


def test_after_a_long_pause_the_hours_are_asked_again(operator, sandbox, agent, live):
    call = waited(live, agent, hours=0)
    sandbox.tick(11 * 3600)  # 20:00 at Seattle's
    Call.objects.filter(pk=call.pk).update(not_before=timezone.now())
    send()
    call.refresh_from_db()
    assert not sandbox.rings and call.held_at and dialing.waits_for_check(call)
    later = sign_in("operator@oakcare.example")
    assert "somebody has to say whether it may still go" in text(later.get(UNKNOWN))
    assert "The call goes now." in text(later.post(page_of(call, "release/"), follow=True))
    send()
    assert len(sandbox.rings) == 1


def test_who_agreed_to_the_hours_is_not_asked_again(operator, sandbox, agent, live):
    sandbox.tick(11 * 3600)
    call = waited(live, agent, hours=0, confirmed=("confirm_recent", "confirm_hours"))
    sandbox.tick(600)
    Call.objects.filter(pk=call.pk).update(not_before=timezone.now())
    send()
    assert len(sandbox.rings) == 1


# --- Hints of webhooks --------------------------------------------------------------------------------------------------------
def test_a_hint_moves_a_call_on_and_never_ends_it(operator, sandbox, agent, workspace):
    call = call_of(start(operator, agent, ANSWERED))
    send()
    call.refresh_from_db()
    now = timezone.now()
    assert ledger.hint(workspace, call.project_id, told(call.sid, "ringing"), now) == call
    call.refresh_from_db()
    assert (call.state, call.state_source) == ("ringing", "webhook")
    assert ledger.hint(workspace, call.project_id, told(call.sid, "completed"), now) == call
    assert ledger.hint(workspace, call.project_id, told(call.sid, "completed"), now) == call
    call.refresh_from_db()
    assert (call.state, call.final_at) == ("ringing", None) and call.next_read_at <= timezone.now()
    assert call.observations.filter(source="webhook", state="completed", took=False).count() == 1
    page = text(operator.get(page_of(call)))
    assert "Not confirmed yet." in page and "update said “Answered”; it is being checked" in page
    sandbox.faults.add("down", path="/call", times=0)
    follow.follow_open()
    assert "It could not be checked yet" in text(operator.get(page_of(call)))
    sandbox.faults.clear()
    work(sandbox, 120)
    page = text(operator.get(page_of(call)))
    assert "Not confirmed yet." not in page and "Answered, talked for" in page and "confirmed since" in page


def test_a_hint_knows_only_calls_of_its_own_project(operator, sandbox, agent, workspace):
    call = call_of(start(operator, agent, ANSWERED))
    send()
    call.refresh_from_db()
    assert ledger.hint(workspace, "another", told(call.sid, "ringing"), timezone.now()) is None
    assert ledger.hint(workspace, call.project_id, told("CAnobody", "ringing"), timezone.now()) is None
    assert ledger.hint(workspace, call.project_id, CallData.parse({}), timezone.now()) is None


def test_an_unheard_of_call_is_taken_in_when_talkstack_knows_it(operator, sandbox, agent, workspace):
    sid = elsewhere(sandbox, agent, workspace)
    assert follow.read_unknown(workspace, agent.project_id, "CAnobody") is None
    call = follow.read_unknown(workspace, agent.project_id, sid)
    assert call is not None and (call.sid, call.number, call.attempt) == (sid, ANSWERED, "")
    assert follow.read_unknown(workspace, agent.project_id, sid) == call
    read_one(workspace, agent.project_id)
    assert Call.objects.filter(sid=sid).count() == 1


def test_a_lost_answer_is_looked_for_when_a_webhook_names_it(operator, sandbox, agent, workspace):
    sandbox.faults.add("lag", seconds=70)
    call = lost(operator, sandbox, agent)
    work(sandbox, 65)
    sandbox.faults.clear()
    call.refresh_from_db()
    assert call.looks == 1
    Call.objects.filter(pk=call.pk).update(next_look_at=timezone.now() + timedelta(hours=1))
    assert follow.read_unknown(workspace, agent.project_id, sandbox.rings[0].sid) is None
    work(sandbox)
    call.refresh_from_db()
    assert (call.attempt, call.sid) == (Attempt.PLACED, sandbox.rings[0].sid)


def test_a_final_word_that_nobody_confirms_changes_nothing(operator, sandbox, agent, workspace):
    call = call_of(start(operator, agent, ANSWERED))
    work(sandbox, 120)
    call.refresh_from_db()
    before = (call.state, call.state_source, call.final_at)
    ledger.hint(workspace, call.project_id, told(call.sid, "failed"), timezone.now())
    work(sandbox, 30)
    call.refresh_from_db()
    assert (call.state, call.state_source, call.final_at) == before
    assert "the more trusted stays" in text(operator.get(page_of(call)))
