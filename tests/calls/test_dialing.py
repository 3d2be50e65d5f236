"""No phone rings twice by our doing, whatever Talkstack answers and however often the button is pressed."""

import pytest

from dashboard.activity.models import Entry
from dashboard.calls import attempts, dialing
from dashboard.calls.models import Attempt, Call
from tests.calls.conftest import ANSWERED, DROPPED, REFUSED, call_of, fill, form_of, send, start, work
from tests.conftest import text

MAKE = {"path": "/call/makeCall", "method": "POST"}

OUTCOMES = [
    ("down", {}, Attempt.NOT_SENT, 0),
    ("dns", {}, Attempt.NOT_SENT, 0),
    ("connect-timeout", {}, Attempt.NOT_SENT, 0),
    ("tls", {}, Attempt.NOT_SENT, 0),
    *[(str(status), {}, Attempt.REFUSED, 0) for status in (400, 401, 402, 403, 404, 405, 413, 415, 422)],
    ("409", {}, Attempt.UNKNOWN, 0),
    ("500", {}, Attempt.UNKNOWN, 0),
    ("502", {}, Attempt.UNKNOWN, 0),
    ("503", {}, Attempt.UNKNOWN, 0),
    ("504", {}, Attempt.UNKNOWN, 0),
    ("html", {}, Attempt.UNKNOWN, 0),
    ("redirect", {}, Attempt.UNKNOWN, 0),
    ("hang", {}, Attempt.UNKNOWN, 0),
    ("close", {}, Attempt.UNKNOWN, 0),
    ("lost", {}, Attempt.UNKNOWN, 1),
    ("lost-close", {}, Attempt.UNKNOWN, 1),
    ("lost-500", {}, Attempt.UNKNOWN, 1),
    ("lost-html", {}, Attempt.UNKNOWN, 1),
    ("late", {"seconds": 30}, Attempt.UNKNOWN, 1),
    ("slow", {"seconds": 30}, Attempt.UNKNOWN, 1),
    ("cut", {}, Attempt.UNKNOWN, 1),
    ("html-200", {}, Attempt.UNKNOWN, 1),
    ("truncated", {}, Attempt.UNKNOWN, 1),
    ("empty", {}, Attempt.UNKNOWN, 1),
    ("text", {}, Attempt.UNKNOWN, 1),
    ("null", {}, Attempt.UNKNOWN, 1),
    ("list", {}, Attempt.UNKNOWN, 1),
    ("remove", {"key": "call_id"}, Attempt.UNKNOWN, 1),
]


@pytest.mark.parametrize(("kind", "options", "attempt", "rings"), OUTCOMES, ids=[row[0] for row in OUTCOMES])
def test_every_answer_leaves_a_true_state_and_at_most_one_ring(operator, sandbox, agent, kind, options, attempt, rings):
    call = call_of(start(operator, agent, ANSWERED))
    sandbox.faults.add(kind, **MAKE, times=0, **options)
    work(sandbox, 30)
    call.refresh_from_db()
    assert call.attempt == attempt
    assert len([ring for ring in sandbox.rings if ring.sid]) == rings
    page = text(operator.get(f"/w/oak-care/projects/{agent.project_id}/calls/{call.pk}/"))
    assert "Traceback" not in page
    assert Entry.objects.get(verb="call.place", thing_id=str(call.pk)).outcome.result != "done"


@pytest.mark.parametrize("kind", ["lost", "lost-500", "cut", "html-200", "late"])
def test_an_answer_lost_after_the_deed_is_found_in_the_history(operator, sandbox, agent, kind):
    sandbox.faults.add(kind, **MAKE, times=1, seconds=30)
    call = call_of(start(operator, agent, ANSWERED))
    work(sandbox, 40)
    call.refresh_from_db()
    assert call.attempt == Attempt.UNKNOWN, "no sooner than a minute after the deadline"
    work(sandbox, 120)
    call.refresh_from_db()
    assert (call.attempt, call.state) == (Attempt.PLACED, "completed")
    assert len(sandbox.rings) == 1


def test_the_story_of_the_dropped_number_ends_placed(operator, sandbox, agent):
    call = call_of(start(operator, agent, DROPPED))
    work(sandbox, 200)
    call.refresh_from_db()
    assert (call.attempt, len(sandbox.rings)) == (Attempt.PLACED, 1)


def test_a_refusal_is_told_in_talkstacks_words(operator, sandbox, agent):
    call = call_of(start(operator, agent, REFUSED))
    work(sandbox)
    page = text(operator.get(f"/w/oak-care/projects/{agent.project_id}/calls/{call.pk}/"))
    assert "Talkstack refused the call; nobody was called." in page


def test_busy_talkstack_waits_and_goes_again_once(operator, sandbox, agent):
    sandbox.faults.add("429", **MAKE, times=1, headers={"Retry-After": "30"})
    call = call_of(start(operator, agent, ANSWERED))
    work(sandbox, 10)
    call.refresh_from_db()
    assert (call.attempt, len(sandbox.rings)) == (Attempt.RESERVED, 0)
    work(sandbox, 40)
    call.refresh_from_db()
    assert (call.attempt, len(sandbox.rings)) == (Attempt.PLACED, 1)


def test_the_same_form_again_is_the_same_call(operator, sandbox, agent):
    fields = form_of(operator, agent.project_id, agent.id) | fill(agent, ANSWERED)
    address = f"/w/oak-care/projects/{agent.project_id}/calls/new/?agent={agent.id}"
    first, second = operator.post(address, fields), operator.post(address, fields)
    send()
    third = operator.post(address, fields)
    assert first["Location"] == second["Location"] == third["Location"]
    send()
    assert (Call.objects.filter(attempt__gt="").count(), len(sandbox.rings)) == (1, 1)


def test_a_form_without_its_key_sends_nothing(operator, sandbox, agent):
    address = f"/w/oak-care/projects/{agent.project_id}/calls/new/?agent={agent.id}"
    answer = operator.post(address, fill(agent, ANSWERED))
    assert answer.status_code == 422
    assert "Please press the button once more" in text(answer)
    assert not Call.objects.filter(attempt__gt="").exists()


def test_cancelled_while_reserved_never_rings(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    address = f"/w/oak-care/projects/{agent.project_id}/calls/{call.pk}/"
    page = text(operator.post(f"{address}cancel/", follow=True))
    assert "Cancelled. Nobody was called." in page
    send()
    assert not sandbox.rings


def test_too_late_to_cancel_says_so(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    send()
    page = text(operator.post(f"/w/oak-care/projects/{agent.project_id}/calls/{call.pk}/cancel/", follow=True))
    assert "Too late to cancel" in page
    assert len(sandbox.rings) == 1


def test_an_attempt_whose_worker_died_becomes_unknown_and_is_never_sent_again(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    dialing._claim(call, "a worker that dies here")
    work(sandbox, 30)
    call.refresh_from_db()
    assert (call.attempt, len(sandbox.rings)) == (Attempt.UNKNOWN, 0)


def test_two_workers_send_it_once(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    assert dialing._claim(call, "one") is not None
    assert dialing._claim(call, "two") is None


def test_a_late_answer_to_a_lost_lease_is_evidence(operator, sandbox, agent, settings):
    call = call_of(start(operator, agent, ANSWERED))
    entry = dialing._claim(call, "slow worker")
    sandbox.tick(30)
    assert attempts.expire_leases() == 1
    from dashboard.talkstack import PlacedCall

    dialing._record_placed(call, "slow worker", entry, PlacedCall("CAlate", "", ANSWERED, "", {}))
    call.refresh_from_db()
    assert (call.attempt, call.call_id) == (Attempt.PLACED, "CAlate")


def test_a_person_decides_only_after_several_looks(operator, sandbox, agent):
    sandbox.faults.add("500", **MAKE, times=1)
    call = call_of(start(operator, agent, ANSWERED))
    address = f"/w/oak-care/projects/{agent.project_id}/calls/{call.pk}/"
    work(sandbox, 70)
    assert "Nothing was changed" in text(operator.post(f"{address}decide/", follow=True))
    work(sandbox, 600, step=30)
    assert "Nobody was called</button>" in text(operator.get(address))
    operator.post(f"{address}decide/")
    call.refresh_from_db()
    assert call.attempt == Attempt.NOT_CALLED
    assert not sandbox.rings
