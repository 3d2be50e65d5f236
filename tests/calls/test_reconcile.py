"""Attempts without an answer: looked for in the history, joined with one call or none, decided by a person, and undone by
evidence. Nothing here ever makes a phone ring a second time.
"""

import contextlib
import html
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.utils import timezone

from dashboard.accounts.models import User
from dashboard.accounts.upstream import Upstream
from dashboard.activity.models import Entry
from dashboard.calls import attempts, dialing, reconcile
from dashboard.calls.candidates import ids
from dashboard.calls.models import Attempt, Call, Moved, Observation
from dashboard.talkstack import PlacedCall
from tests.calls.conftest import ANSWERED, BUSY, call_of, send, start, work
from tests.conftest import OWNER_EMAIL, text
from tests.histories import read_one

pytestmark = pytest.mark.usefixtures("few_calls")
MAKE = {"path": "/call/makeCall", "method": "POST"}
HISTORY = {"path": "/call/get-call-history"}


def page_of(call: Call, rest: str = "") -> str:
    return f"/w/oak-care/projects/{call.project_id}/calls/{call.pk}/{rest}"


def timeline_of(answer: Any) -> list[tuple[str, str, str]]:
    """The lines of a call's page: the time, what happened, and what stands below it."""
    lines = re.findall(
        r"<li class=\"\w+\"><time[^>]*>([^<]*)</time><i></i><span[^>]*>(.*?)</span>(?:</span>)?</li>", text(answer)
    )
    parts = [(at, *html.unescape(rest).partition('<span class="sub">')) for at, rest in lines]
    return [(at, words, below) for at, words, _, below in parts]


def lost(operator: Any, sandbox: Any, agent: Any, kind: str = "lost", number: str = ANSWERED) -> Call:
    """A call whose answer never came; with "lost" it rang, with "500" it did not."""
    rule = sandbox.faults.add(kind, **MAKE)
    call = call_of(start(operator, agent, number))
    send()
    sandbox.faults.clear(rule.id)
    call.refresh_from_db()
    assert call.attempt == Attempt.UNKNOWN
    return call


def lost_without(agent: Any, operator: Any, sandbox: Any) -> Call:
    """An attempt that nobody has in any history."""
    return lost(operator, sandbox, agent, "500")


def mirror(workspace: Any, agent: Any) -> int:
    """The worker reads the project's history into the ledger."""
    return read_one(workspace, agent.project_id, "Northgate Clinics")


def elsewhere(sandbox: Any, agent: Any, workspace: Any, number: str = ANSWERED) -> str:
    """A call that somebody places past this dashboard; gives its sid."""
    Upstream(workspace).client().calls.make(number, agent.project_id, agent.id, {})
    return str(sandbox.rings.pop().sid)


def decided(operator: Any, sandbox: Any, agent: Any, kind: str = "500") -> Call:
    """An attempt that was looked for several times, and of which a person said that nobody was called."""
    call = lost(operator, sandbox, agent, kind)
    work(sandbox, 600, step=60)
    operator.post(page_of(call, "decide/"))
    call.refresh_from_db()
    assert call.attempt == Attempt.NOT_CALLED
    return call


# --- Looking ----------------------------------------------------------------------------------------------------------
def test_it_is_looked_for_no_sooner_than_a_minute_after_its_deadline(operator, sandbox, agent):
    call = lost(operator, sandbox, agent)
    assert call.next_look_at - call.deadline_at == timedelta(seconds=60)
    assert not reconcile.look_for_unknown()
    sandbox.tick(61)
    assert reconcile.look_for_unknown()
    call.refresh_from_db()
    assert (call.attempt, call.sid) == (Attempt.PLACED, sandbox.rings[0].sid)
    work(sandbox, 20)
    call.refresh_from_db()
    assert call.state == "completed"
    lines = timeline_of(operator.get(page_of(call)))
    assert [line[1] for line in lines] == [
        "Asked for by operator@oakcare.example", "Sent to Talkstack", "No answer from Talkstack", "Ended: answered",
        "Found in Talkstack's call history",
    ], "in the order in which it happened, and nobody accepted it when it was found"  # fmt: skip
    assert [line[0] for line in lines] == sorted(line[0] for line in lines)


def test_a_history_that_lags_ninety_seconds_is_waited_for(operator, sandbox, agent):
    sandbox.faults.add("lag", seconds=90)
    call = lost(operator, sandbox, agent)
    work(sandbox, 70)
    call.refresh_from_db()
    assert (call.attempt, call.looks) == (Attempt.UNKNOWN, 1)
    assert not reconcile.may_decide(call), "one look is not enough for a person to say that nobody was called"
    work(sandbox, 120)
    call.refresh_from_db()
    assert (call.attempt, len(sandbox.rings)) == (Attempt.PLACED, 1)


def test_a_history_that_cannot_be_read_does_not_count_as_a_look(operator, sandbox, agent):
    call = lost(operator, sandbox, agent)
    sandbox.faults.add("500", **HISTORY, times=0)
    work(sandbox, 600, step=60)
    call.refresh_from_db()
    assert (call.attempt, call.looks) == (Attempt.UNKNOWN, 0)
    assert "Nothing was changed" in text(operator.post(page_of(call, "decide/"), follow=True))
    sandbox.faults.clear()
    work(sandbox, 3600, step=300)
    call.refresh_from_db()
    assert call.attempt == Attempt.PLACED


@pytest.mark.parametrize(
    ("key", "attempt"),
    [
        ("sid", Attempt.UNKNOWN),  # a call that has no id cannot be joined, and is not overlooked either
        ("to", Attempt.UNKNOWN),
        ("from", Attempt.PLACED),
        ("startTime", Attempt.PLACED),  # dateCreated is there
        ("direction", Attempt.PLACED),
        ("status", Attempt.PLACED),
    ],
)
def test_a_history_that_leaves_something_out_is_never_taken_for_an_empty_one(operator, sandbox, agent, key, attempt):
    call = lost(operator, sandbox, agent)
    sandbox.faults.add("remove", **HISTORY, times=0, key=key)
    work(sandbox, 600, step=30)
    call.refresh_from_db()
    assert call.attempt == attempt
    assert not reconcile.may_decide(call)


@pytest.mark.parametrize("written", ["+1 206 555 0121", "(206) 555-0121", "12065550121", "tel:+12065550121"])
def test_the_number_may_be_written_in_another_way(operator, sandbox, agent, written):
    call = lost(operator, sandbox, agent)
    sandbox.faults.add("set", **HISTORY, times=0, key="to", value=written)
    work(sandbox, 70)
    call.refresh_from_db()
    assert call.attempt == Attempt.PLACED


@pytest.mark.parametrize(("key", "value"), [("to", "+12065550188"), ("direction", "inbound")])
def test_another_number_or_an_incoming_call_is_not_it(operator, sandbox, agent, key, value):
    call = lost(operator, sandbox, agent)
    sandbox.faults.add("set", **HISTORY, times=0, key=key, value=value)
    work(sandbox, 70)
    call.refresh_from_db()
    assert (call.attempt, call.looks, call.candidates) == (Attempt.UNKNOWN, 1, [])


def test_without_start_times_a_person_decides(operator, sandbox, agent):
    call = lost(operator, sandbox, agent)
    sandbox.tick(70)
    undated = [replace(item, started_at=None) for item in reconcile._read(call)]
    reconcile._settle(call, [item for item in undated if reconcile.fits(call, item)])
    call.refresh_from_db()
    assert (call.attempt, ids(call)) == (Attempt.UNKNOWN, [sandbox.rings[0].sid])
    page = text(operator.get(page_of(call)))
    assert "It was this one" in page and "time not given" in page
    operator.post(page_of(call, "decide/"), {"candidate": sandbox.rings[0].sid})
    call.refresh_from_db()
    assert (call.attempt, call.sid) == (Attempt.PLACED, sandbox.rings[0].sid)


# --- One to one --------------------------------------------------------------------------------------------------------
def test_two_calls_that_fit_are_shown_to_a_person(operator, sandbox, agent, workspace):
    call = lost(operator, sandbox, agent)
    other = elsewhere(sandbox, agent, workspace)
    work(sandbox, 90)
    call.refresh_from_db()
    assert (call.attempt, set(ids(call))) == (Attempt.UNKNOWN, {sandbox.rings[0].sid, other})
    assert "Choose the right one below" in text(operator.get(page_of(call)))
    operator.post(page_of(call, "decide/"), {"candidate": "CAsomething-else"})
    call.refresh_from_db()
    assert call.attempt == Attempt.UNKNOWN, "only what the history showed can be chosen"
    operator.post(page_of(call, "decide/"), {"candidate": sandbox.rings[0].sid})
    work(sandbox, 120)
    call.refresh_from_db()
    assert (call.attempt, call.state) == (Attempt.PLACED, "completed")
    assert Entry.objects.filter(verb="call.decide", thing_id=str(call.pk)).count() == 1


def test_one_call_that_fits_two_attempts_goes_to_neither_by_itself(operator, sandbox, agent):
    first, second = lost(operator, sandbox, agent), lost_without(agent, operator, sandbox)
    work(sandbox, 300)
    for call in (first, second):
        call.refresh_from_db()
        assert (call.attempt, ids(call)) == (Attempt.UNKNOWN, [sandbox.rings[0].sid])
    operator.post(page_of(first, "decide/"), {"candidate": sandbox.rings[0].sid})
    operator.post(page_of(second, "decide/"), {"candidate": sandbox.rings[0].sid})
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.attempt, second.attempt) == (Attempt.PLACED, Attempt.UNKNOWN), "one call belongs to one attempt"
    work(sandbox, 3600, step=300)
    second.refresh_from_db()
    assert (second.attempt, ids(second)) == (Attempt.UNKNOWN, [])
    assert len([ring for ring in sandbox.rings if ring.sid]) == 1


def test_two_attempts_with_two_calls_are_sorted_out_by_one_choice(operator, sandbox, agent):
    first, second = lost(operator, sandbox, agent), lost(operator, sandbox, agent)
    work(sandbox, 80)
    operator.post(page_of(first, "decide/"), {"candidate": sandbox.rings[0].sid})
    work(sandbox, 300)
    second.refresh_from_db()
    assert (second.attempt, second.sid) == (Attempt.PLACED, sandbox.rings[1].sid)


# --- The mirror --------------------------------------------------------------------------------------------------------
def test_the_mirror_leaves_a_call_alone_that_may_be_ours(operator, sandbox, agent, workspace):
    mirror(workspace, agent)
    call = lost(operator, sandbox, agent)
    sandbox.tick(10)
    mirror(workspace, agent)
    assert not Call.objects.filter(sid=sandbox.rings[0].sid).exists()
    work(sandbox, 120)
    call.refresh_from_db()
    assert call.sid == sandbox.rings[0].sid
    mirror(workspace, agent)
    assert Call.objects.filter(sid=sandbox.rings[0].sid).count() == 1


def test_a_history_that_shows_a_lost_call_has_it_looked_for_at_once(operator, sandbox, agent, workspace):
    """It waits for hours by now; whoever has the histories read does not."""
    rule = sandbox.faults.add("history", lose=1, times=0)
    call = lost(operator, sandbox, agent)
    work(sandbox, 3600, step=120)
    call.refresh_from_db()
    assert call.looks >= 4 and call.next_look_at > timezone.now() + timedelta(minutes=20) and reconcile.may_decide(call)
    sandbox.faults.clear(rule.id)
    mirror(workspace, agent)
    call.refresh_from_db()
    assert call.next_look_at <= timezone.now() and ids(call) == [sandbox.rings[0].sid]
    assert not reconcile.may_decide(call) and not Call.objects.filter(sid=sandbox.rings[0].sid).exists()
    page = text(operator.get(page_of(call)))
    assert "history shows one call that fits. The next look takes it for this one" in page and "has no call" not in page
    sandbox.faults.add("history", lose=1, times=0)
    work(sandbox)
    call.refresh_from_db()
    assert (call.attempt, call.sid) == (Attempt.PLACED, sandbox.rings[0].sid), "what one answer showed is not forgotten"
    assert len(sandbox.rings) == 1


def test_having_the_history_read_looks_for_what_is_unknown_too(operator, viewer, sandbox, agent, workspace):
    early = lost_without(agent, operator, sandbox)
    work(sandbox, 70)
    mirror(workspace, agent)
    for enough in (False, True):
        early.refresh_from_db()
        viewer.post("/w/oak-care/calls/read/")
        looks = early.looks
        work(sandbox)
        early.refresh_from_db()
        assert (early.looks > looks) == enough, "time makes a history tell, not many looks"
        work(sandbox, 1800, step=60)


def test_another_call_of_ours_to_the_number_is_no_candidate(operator, sandbox, agent, workspace):
    call = lost_without(agent, operator, sandbox)
    sandbox.tick(40)
    other = call_of(start(operator, agent, ANSWERED, confirm_recent="1"))
    work(sandbox, 300, step=10)
    mirror(workspace, agent)
    other.refresh_from_db()
    call.refresh_from_db()
    assert (other.attempt, call.attempt, call.candidates) == (Attempt.PLACED, Attempt.UNKNOWN, [])


def test_what_a_history_once_showed_stays_for_the_person_who_decides(operator, sandbox, agent, workspace):
    call = lost(operator, sandbox, agent)
    other = elsewhere(sandbox, agent, workspace)
    work(sandbox, 70)
    sandbox.faults.add("history", lose=1, times=0)
    work(sandbox, 3600, step=120)
    call.refresh_from_db()
    assert call.looks > 3 and set(ids(call)) == {sandbox.rings[0].sid, other} and not reconcile.may_decide(call)
    operator.post(page_of(call, "decide/"), {"none": "1"})
    work(sandbox, 3600, step=120)
    call.refresh_from_db()
    assert call.candidates == [] and reconcile.may_decide(call)


def test_ids_of_two_kinds_are_one_candidate_and_two_of_one_kind_are_two(operator, sandbox, agent, workspace):
    rule = sandbox.faults.add("history", ids="inner", times=0)
    call = lost(operator, sandbox, agent)
    second = lost_without(agent, operator, sandbox)
    work(sandbox, 70)
    sandbox.faults.clear(rule.id)
    mirror(workspace, agent)
    for each in (call, second):
        each.refresh_from_db()
        assert ids(each) == [sandbox.rings[0].sid]
    elsewhere(sandbox, agent, workspace)
    mirror(workspace, agent)
    call.refresh_from_db()
    assert len(ids(call)) == 2


def test_a_mirrored_row_is_joined_and_its_address_leads_on(operator, sandbox, agent, workspace):
    call = lost(operator, sandbox, agent)
    sid = sandbox.rings[0].sid
    row = Call.objects.create(
        workspace=workspace, project_id=agent.project_id, number=ANSWERED, at=timezone.now(), sid=sid, state="ringing"
    )
    Observation.objects.create(call=row, source="webhook", state="ringing", seen_at=timezone.now())
    work(sandbox, 70)
    call.refresh_from_db()
    assert (call.attempt, call.sid) == (Attempt.PLACED, sid)
    assert not Call.objects.filter(pk=row.pk).exists()
    assert Moved.objects.get(old_id=row.pk).call_id == call.pk
    answer = operator.get(page_of(row))
    assert (answer.status_code, answer["Location"]) == (302, page_of(call))
    assert "webhook" in call.observations.values_list("source", flat=True)


def test_the_address_of_a_joined_row_leads_nobody_of_another_workspace_on(
    operator, sandbox, agent, workspace, stranger
):
    call = lost(operator, sandbox, agent)
    moved = Moved.objects.create(old_id="00000000-0000-4000-8000-000000000001", workspace=workspace, call=call)
    address = f"projects/{agent.project_id}/calls/{moved.old_id}/"
    assert stranger.get(f"/w/elsewhere/{address}").status_code == 404
    assert stranger.get(f"/w/oak-care/{address}").status_code == 404


# --- A person's decision, and evidence against it -----------------------------------------------------------------------
def test_a_call_that_turns_up_after_the_decision_wins(operator, sandbox, agent, workspace):
    sandbox.faults.add("lag", seconds=900)
    call = decided(operator, sandbox, agent, "lost")
    assert "Nobody was called." in text(operator.get(page_of(call)))
    sandbox.faults.clear()
    mirror(workspace, agent)
    work(sandbox, 10)
    call.refresh_from_db()
    assert (call.attempt, call.sid) == (Attempt.PLACED, sandbox.rings[0].sid)
    page = text(operator.get(page_of(call)))
    assert "It had been decided that nobody was called, but Talkstack&#x27;s history shows a call" in page
    assert "Decided: nobody was called" in page and "Unknown again" in page
    assert Call.objects.filter(sid=sandbox.rings[0].sid).count() == 1
    assert len(sandbox.rings) == 1


def test_a_call_that_fits_two_decided_attempts_is_put_to_a_person(operator, sandbox, agent, workspace):
    sandbox.faults.add("lag", seconds=900)
    first, second = lost(operator, sandbox, agent), lost_without(agent, operator, sandbox)
    work(sandbox, 600, step=60)
    for call in (first, second):
        operator.post(page_of(call, "decide/"))
    sandbox.faults.clear()
    mirror(workspace, agent)
    work(sandbox, 10)
    for call in (first, second):
        call.refresh_from_db()
        assert (call.attempt, ids(call)) == (Attempt.UNKNOWN, [sandbox.rings[0].sid])
    operator.post(page_of(first, "decide/"), {"candidate": sandbox.rings[0].sid})
    work(sandbox, 3600, step=60)
    page = text(operator.get(page_of(second)))
    assert "turned out to be another" in page and "history shows a call" not in page.split("How it went")[0]


def test_another_call_to_the_number_leaves_a_decision_alone(operator, sandbox, agent, workspace):
    call = decided(operator, sandbox, agent)
    sid = elsewhere(sandbox, agent, workspace)
    sandbox.tick(30)
    mirror(workspace, agent)
    call.refresh_from_db()
    assert call.attempt == Attempt.NOT_CALLED
    assert Call.objects.get(sid=sid).attempt == ""


def test_a_decision_made_while_the_history_is_read_gives_way_to_what_it_shows(operator, sandbox, agent, workspace):
    call = lost(operator, sandbox, agent)
    elsewhere(sandbox, agent, workspace)
    sandbox.tick(70)
    found = reconcile._read(call)
    assert dialing.say_not_called(call, call.placed_by)
    reconcile._settle(call, found)
    call.refresh_from_db()
    assert (call.attempt, len(call.candidates)) == (Attempt.UNKNOWN, 2)


def test_calling_again_after_the_decision_is_a_new_attempt(operator, sandbox, agent):
    call = decided(operator, sandbox, agent)
    again = call_of(start(operator, agent, ANSWERED, again_of=str(call.pk)))
    work(sandbox, 60)
    again.refresh_from_db()
    call.refresh_from_db()
    assert (again.attempt, again.again_of_id, call.attempt) == (Attempt.PLACED, call.pk, Attempt.NOT_CALLED)
    assert len([ring for ring in sandbox.rings if ring.sid]) == 1


def test_repeating_a_call_of_another_project_or_workspace_links_to_nothing(operator, sandbox, agent, stranger):
    from dashboard.accounts.models import Workspace

    theirs = Call.objects.create(
        workspace=Workspace.objects.get(slug="elsewhere"), project_id=agent.project_id, number=BUSY, at=timezone.now()
    )
    ours = Call.objects.create(
        workspace=Workspace.objects.get(slug="oak-care"), project_id="another", number=BUSY, at=timezone.now()
    )
    for other in (theirs, ours):
        call = call_of(start(operator, agent, ANSWERED, again_of=str(other.pk)))
        assert call.again_of_id is None


# --- Late answers --------------------------------------------------------------------------------------------------------
def claimed(operator: Any, agent: Any) -> tuple[Call, Any]:
    """A call that a worker took and never came back from."""
    call = call_of(start(operator, agent, ANSWERED))
    entry = dialing._claim(call, "slow worker")
    return call, entry


def test_a_late_answer_beats_a_persons_decision(operator, sandbox, agent):
    call, entry = claimed(operator, agent)
    work(sandbox, 900, step=60)
    operator.post(page_of(call, "decide/"))
    dialing._record_placed(call, "slow worker", entry, PlacedCall("CAlate", "", ANSWERED, "", {}))
    call.refresh_from_db()
    assert (call.attempt, call.call_id) == (Attempt.PLACED, "CAlate")
    assert "Talkstack&#x27;s answer came late" in text(operator.get(page_of(call)))


def test_a_late_no_settles_what_was_given_up_as_unknown(operator, sandbox, agent):
    from dashboard.talkstack.errors import Refused

    call, entry = claimed(operator, agent)
    sandbox.tick(30)
    attempts.expire_leases()
    dialing._record_failure(call, "slow worker", entry, Refused(status=400, message="no"))
    call.refresh_from_db()
    assert call.attempt == Attempt.REFUSED


def test_an_answer_of_another_workers_lease_changes_nothing(operator, sandbox, agent):
    call, entry = claimed(operator, agent)
    dialing._record_placed(call, "somebody else", entry, PlacedCall("CAother", "", ANSWERED, "", {}))
    call.refresh_from_db()
    assert (call.attempt, call.call_id) == (Attempt.SENDING, None)


def test_an_answer_with_the_id_of_another_call_is_put_to_a_person(operator, sandbox, agent):
    first = call_of(start(operator, agent, BUSY))
    send()
    first.refresh_from_db()
    call, entry = claimed(operator, agent)
    dialing._record_placed(call, "slow worker", entry, PlacedCall(first.call_id, first.sid, ANSWERED, "", {}))
    call.refresh_from_db()
    assert call.attempt == Attempt.UNKNOWN
    assert "the id of another call" in text(operator.get(page_of(call)))
    assert call.next_look_at is not None, "it is looked for like any other"
    assert Entry.objects.get(verb="call.place", thing_id=str(call.pk)).outcome.result == "unknown"


def after_the_claim(do: Any) -> Any:
    """A wrapper of queries: `do()` once the attempt is about to be committed as being sent."""

    def wrapper(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        answer = execute(sql, params, many, context)
        if sql.startswith('UPDATE "calls_call" SET "entry_id"'):
            do()
        return answer

    return connection.execute_wrapper(wrapper)


def test_a_worker_that_froze_before_it_sent_sends_nothing_any_more(operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    with after_the_claim(lambda: sandbox.tick(3600)):
        send()
    call.refresh_from_db()
    assert (call.attempt, sandbox.rings) == (Attempt.NOT_SENT, [])
    assert "Nobody was called." in text(operator.get(page_of(call)))


def test_a_frozen_worker_rings_nobody_whose_call_was_made_again_meanwhile(operator, sandbox, agent):
    call, made = call_of(start(operator, agent, ANSWERED)), []

    def meanwhile() -> None:
        if not made:
            made.append(timezone.now())
            sandbox.tick(3600)
            Call.objects.filter(pk=call.pk).update(attempt=Attempt.NOT_CALLED)

    with after_the_claim(meanwhile):
        dialing.send_next("frozen")
    call.refresh_from_db()
    assert (call.attempt, sandbox.rings) == (Attempt.NOT_CALLED, [])


# --- The database fails ----------------------------------------------------------------------------------------------------
class Failing:
    """Lets so many queries through and fails the next one, as a locked database does."""

    def __init__(self, after: int) -> None:
        self.left, self.failed = after, False

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.split(" ")[0] not in ("SAVEPOINT", "RELEASE", "ROLLBACK"):
            self.left -= 1
        if self.left == -1 and not self.failed:
            self.failed = True
            raise OperationalError("database is locked")
        return execute(sql, params, many, context)


@pytest.mark.parametrize("kind", ["", "lost", "400", "429", "down", "401"])
@pytest.mark.django_db(transaction=True)
def test_the_database_fails_at_every_query_of_sending(transactional_db, workspace, sandbox, agent, kind):
    user = User.objects.get(email=OWNER_EMAIL)
    wish = dialing.Wish(agent.project_id, "Northgate Clinics", agent.id, agent.name, ANSWERED, {})
    for after in range(60):
        sandbox.faults.clear()
        sandbox.rings.clear()
        if kind:
            sandbox.faults.add(kind, **MAKE)
        call = dialing.reserve(workspace, user, wish, request_key=f"form {after}")
        failing = Failing(after)
        with connection.execute_wrapper(failing), contextlib.suppress(OperationalError):
            dialing.send_next("worker")
        sandbox.faults.clear()
        work(sandbox, 200, step=50)
        call.refresh_from_db()
        rang = len([ring for ring in sandbox.rings if ring.sid])
        assert rang <= 1, f"query {after}: it rang {rang} times"
        assert call.attempt not in (Attempt.SENDING, Attempt.RESERVED), f"query {after}: {call.attempt}"
        if call.attempt in (Attempt.REFUSED, Attempt.NOT_SENT, Attempt.CANCELLED):
            assert rang == 0, f"query {after}"
        assert (call.attempt == Attempt.PLACED) == (rang == 1), f"query {after}: {call.attempt}, {rang} rings"
        if not failing.failed:
            break
    assert not failing.failed
    assert after > 5


# --- Waiting ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("header", "least", "most"),
    [
        ({}, 1, 10),
        ({"Retry-After": "86400"}, 890, 901),
        ({"Retry-After": "-5"}, 1, 10),
        ({"Retry-After": "junk"}, 1, 10),
        ({"Retry-After": "9" * 400}, 1, 901),
        ({"Retry-After": "nan"}, 1, 10),
        ({"Retry-After": "Wed, 11 Mar 2026 17:00:40 GMT"}, 2, 45),
    ],
    ids=["absent", "a day", "negative", "junk", "endless", "nan", "a date"],
)
def test_every_retry_after_is_a_bounded_wait(operator, sandbox, agent, header, least, most):
    sandbox.faults.add("429", **MAKE, times=1, headers=header)
    call = call_of(start(operator, agent, ANSWERED))
    send()
    call.refresh_from_db()
    assert call.attempt == Attempt.RESERVED
    wait = (call.not_before - timezone.now()).total_seconds()
    assert least <= wait + 1 and wait <= most
    work(sandbox, most + 5, step=30)
    call.refresh_from_db()
    assert (call.attempt, len(sandbox.rings)) == (Attempt.PLACED, 1)


def test_a_project_that_is_busy_for_good_ends_refused(operator, sandbox, agent):
    sandbox.faults.add("429", **MAKE, times=0, headers={"Retry-After": "1"})
    call = call_of(start(operator, agent, ANSWERED))
    work(sandbox, 600, step=10)
    call.refresh_from_db()
    assert (call.attempt, call.tries) == (Attempt.REFUSED, dialing.MOST_TRIES)
    assert not [ring for ring in sandbox.rings if ring.sid]


def test_while_one_waits_the_others_of_the_project_wait_too_and_can_be_cancelled(operator, sandbox, agent):
    sandbox.faults.add("429", **MAKE, times=1, headers={"Retry-After": "60"})
    calls = [call_of(start(operator, agent, f"+12065550{n}")) for n in (121, 122, 123)]
    send()
    operator.post(page_of(calls[1], "cancel/"))
    work(sandbox, 30)
    assert not [ring for ring in sandbox.rings if ring.sid]
    work(sandbox, 60)
    states = [Call.objects.get(pk=call.pk).attempt for call in calls]
    assert states == [Attempt.PLACED, Attempt.CANCELLED, Attempt.PLACED]
    assert sorted(ring.number for ring in sandbox.rings if ring.sid) == ["+12065550121", "+12065550123"]


@pytest.fixture
def live(workspace: Any, settings: Any) -> Any:
    """The same workspace as a live one, whose Talkstack is the sandbox."""
    settings.TALKSTACK_API_URL = settings.TALKSTACK_CALLS_URL = settings.SANDBOX_URL
    type(workspace).objects.filter(pk=workspace.pk).update(practice=False)
    return workspace


def wanted(workspace: Any, agent: Any, number: str = ANSWERED, at: datetime | None = None) -> Call:
    """A reservation, as old as it is said to be."""
    wish = dialing.Wish(agent.project_id, "", agent.id, agent.name, number, {})
    from dashboard.accounts.models import User

    call = dialing.reserve(
        workspace,
        User.objects.first(),
        wish,
        request_key=f"key {number} {at}",
        confirmed=("confirm_recent", "confirm_hours"),
    )
    if at:
        Call.objects.filter(pk=call.pk).update(at=at)
    return Call.objects.select_related("workspace").get(pk=call.pk)


def test_an_old_reservation_waits_for_a_person_and_is_let_go_once(operator, sandbox, agent, live):
    call = wanted(live, agent, at=timezone.now() - timedelta(hours=1))
    send()
    assert not sandbox.rings
    assert "check whether it still should" in text(operator.get(page_of(call)))
    assert "The call goes now." in text(operator.post(page_of(call, "release/"), follow=True))
    assert "no longer waiting" in text(operator.post(page_of(call, "release/"), follow=True))
    send()
    send()
    assert len(sandbox.rings) == 1


def test_a_call_that_was_let_go_waits_again_when_nothing_sent_it(operator, sandbox, agent, live):
    call = wanted(live, agent, at=timezone.now() - timedelta(hours=1))
    operator.post(page_of(call, "release/"))
    sandbox.tick(3600)
    send()
    assert not sandbox.rings
    call.refresh_from_db()
    assert dialing.waits_for_check(call)


def test_a_young_reservation_cannot_be_let_go_in_advance(operator, sandbox, agent, live):
    call = wanted(live, agent)
    assert "no longer waiting" in text(operator.post(page_of(call, "release/"), follow=True))
    call.refresh_from_db()
    assert call.released_at is None


def test_a_busy_talkstack_does_not_make_an_old_reservation_young(operator, sandbox, agent, live):
    old = wanted(live, agent, "+12065550122", at=timezone.now() - timedelta(hours=1))
    sandbox.faults.add("429", **MAKE, times=1, headers={"Retry-After": "20"})
    young = wanted(live, agent)
    work(sandbox, 60)
    assert [ring.number for ring in sandbox.rings if ring.sid] == [young.number]
    old.refresh_from_db()
    assert old.attempt == Attempt.RESERVED and dialing.waits_for_check(old)


def test_a_call_that_cannot_be_prepared_keeps_none_behind_it_waiting(operator, sandbox, agent, workspace):
    from dashboard.accounts.models import Workspace

    broken = Workspace.objects.create(name="Broken", slug="broken", practice=True)
    bad = Call.objects.create(
        workspace=broken, project_id="p", number=ANSWERED, at=timezone.now() - timedelta(minutes=1), attempt="reserved"
    )
    good = call_of(start(operator, agent, ANSWERED))
    send()
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.attempt, good.attempt) == (Attempt.NOT_SENT, Attempt.PLACED)


# --- Keys and foreign ids ---------------------------------------------------------------------------------------------------
def test_one_key_in_two_workspaces_is_two_calls(operator, sandbox, agent, workspace, stranger):
    from dashboard.accounts.models import User, Workspace

    other, user = Workspace.objects.get(slug="elsewhere"), User.objects.get(email="stranger@elsewhere.example")
    wish = dialing.Wish(agent.project_id, "", agent.id, "", ANSWERED, {})
    ours = dialing.reserve(workspace, User.objects.get(email="operator@oakcare.example"), wish, request_key="same")
    theirs = dialing.reserve(other, user, wish, request_key="same")
    assert ours.pk != theirs.pk


def test_an_agent_of_another_project_cannot_be_used(operator, sandbox, agent, workspace):
    client = Upstream(workspace).client()
    other = next(p for p in client.projects.list() if p.id != agent.project_id and client.agents.list(p.id))
    foreign = client.agents.list(other.id)[0]
    address = f"/w/oak-care/projects/{agent.project_id}/calls/new/"
    assert operator.get(f"{address}?agent={foreign.id}").status_code == 404
    answer = operator.post(address, {"agent_id": foreign.id, "number": ANSWERED, "request_key": "k"})
    assert answer.status_code == 404
    send()
    assert not sandbox.rings and not Call.objects.filter(attempt__gt="").exists()
