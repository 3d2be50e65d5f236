"""Histories that say less than they seem to, and calls under other names than before: nothing is missed, nothing is there twice."""

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from dashboard.calls import follow, history, ledger
from dashboard.calls.models import Call, HistoryRead, Source
from dashboard.talkstack import CallData
from tests.calls.test_history import busy_day, ledger_of, plainly, project_id, row_of, truth, world  # noqa: F401
from tests.calls.test_reconcile import timeline_of
from tests.conftest import text
from tests.histories import read_one


def read(sandbox, workspace, project_id, turns=3, seconds=3700):  # noqa: F811
    for _ in range(turns):
        read_one(workspace, project_id)
        sandbox.tick(seconds)


# --- Answers cut shorter than anybody promises --------------------------------------------------------------------------
@pytest.mark.parametrize("options", [{"cap": 19, "order": "oldest"}, {"cap": 9, "order": "mixed"}], ids=str)
def test_a_server_that_cuts_below_its_own_default_is_found_out(sandbox, workspace, project_id, truth, options):  # noqa: F811
    sandbox.faults.add("history", times=0, **options)
    read(sandbox, workspace, project_id, 6, 130)
    assert ledger_of(project_id) == truth
    assert row_of(workspace, project_id).begun_at


@pytest.mark.parametrize("first", [0, 1])
def test_so_is_one_that_hides_the_rest_of_a_single_day_or_begins_to(sandbox, workspace, project_id, first):  # noqa: F811
    sandbox.store.project_calls[project_id].clear()
    made = busy_day(sandbox, project_id, 3, 18)
    read(sandbox, workspace, project_id, first)
    sandbox.faults.add("history", times=0, cap=7)
    made += busy_day(sandbox, project_id, 1, 10)
    read(sandbox, workspace, project_id)
    assert set(Call.objects.filter(project_id=project_id).values_list("sid", flat=True)) == set(made)
    assert not row_of(workspace, project_id).gaps


def test_a_short_history_that_hides_nothing_costs_one_question_a_turn(sandbox, workspace, project_id):  # noqa: F811
    sandbox.store.project_calls[project_id].clear()
    busy_day(sandbox, project_id, 3, 6)
    HistoryRead.objects.all().delete()
    counting, asked = sandbox.faults.add("set", path="/call/get-call-history", times=0, key="message", value="x"), []
    for _ in range(4):
        before = counting.hits
        read_one(workspace, project_id)
        asked.append(counting.hits - before)
        sandbox.tick(130)
    assert asked == [3, 1, 1, 1]
    assert row_of(workspace, project_id).begun_at


# --- Other names --------------------------------------------------------------------------------------------------------
def test_names_that_no_answer_says_together_make_no_second_row(sandbox, workspace, project_id, truth):  # noqa: F811
    for ids, spelling in (("inner", ""), ("call_id", "national"), ("sid", "spaced"), ("inner", "national")):
        rule = sandbox.faults.add("history", times=0, ids=ids, spelling=spelling)
        read(sandbox, workspace, project_id, 1, 86500)
        sandbox.faults.clear(rule.id)
    told, known = ledger_of(project_id), {row[1:] for row in truth}
    assert {row[1:] for row in told} == known and len(told) == len(truth)
    names = Call.objects.filter(project_id=project_id).values_list("sid", "call_id")
    assert {sid for sid, _ in names} == world(sandbox, project_id)
    assert all(call_id.startswith("ts-") for _, call_id in names)


def told(at, **more):
    line = {
        "to": "+12065550121",
        "from": "+12065550180",
        "status": "completed",
        "startTime": at.isoformat(),
        "duration": 31,
    }
    return CallData.parse({**line, "endTime": (at + timedelta(seconds=31)).isoformat(), **more})


@pytest.fixture
def placed(workspace, project_id):  # noqa: F811
    """A call of ours that Talkstack has named by its call id alone."""
    now = timezone.now() - timedelta(minutes=10)
    return Call.objects.create(
        workspace=workspace, project_id=project_id, number="+12065550121", from_number="+12065550180", at=now,
        attempt="placed", sending_at=now, deadline_at=now + timedelta(seconds=15), sid="ts-1", call_id="ts-1",
    )  # fmt: skip


def test_a_call_of_ours_is_known_in_the_history_by_its_time(workspace, project_id, placed):  # noqa: F811
    at = placed.at + timedelta(seconds=4)
    assert ledger.take_history(workspace, project_id, "", [told(at, sid="CA1")]) == 0
    placed.refresh_from_db()
    assert (placed.sid, placed.call_id, placed.state) == ("CA1", "ts-1", "completed")
    assert ledger.take_history(workspace, project_id, "", [told(at, sid="CA1")]) == 0


@pytest.mark.parametrize(
    "lines",
    [
        [{"sid": "CA1"}, {"sid": "CA2"}],  # two that fit: nobody knows which of them it is
        [{"call_id": "ts-2"}],  # an id of the kind that it has
        [{"sid": "CA1"}, {"call_id": "ts-1"}],  # it stands there itself
        [{"sid": "CA1", "to": "+12065550122"}],
        [{"sid": "CA1", "from": "+12065550181"}],
        [{"sid": "CA1", "direction": "inbound", "to": "+12065550180", "from": "+12065550121"}],
        [{"sid": "CA1", "startTime": "2026-03-11T12:00:00Z"}],
    ],
    ids=str,
)
def test_one_that_may_be_another_is_another(workspace, project_id, placed, lines):  # noqa: F811
    at = placed.at + timedelta(seconds=4)
    strangers = [line for line in lines if line.get("call_id") != "ts-1"]
    assert ledger.take_history(workspace, project_id, "", [told(at, **line) for line in lines]) == len(strangers)
    placed.refresh_from_db()
    assert (placed.sid, placed.call_id) == ("ts-1", "ts-1")


def test_twins_that_come_one_by_one_stay_two(workspace, project_id):  # noqa: F811
    at = timezone.now() - timedelta(minutes=10)
    for sid in ("CA1", "CA2", "CA1", "CA2"):
        ledger.take_history(workspace, project_id, "", [told(at, sid=sid)])
    assert sorted(Call.objects.values_list("sid", flat=True)) == ["CA1", "CA2"]


# --- Two rows become one ------------------------------------------------------------------------------------------------
def test_the_row_that_stays_takes_what_the_other_knew_better(workspace, project_id):  # noqa: F811
    at = timezone.now() - timedelta(minutes=10)
    ledger.take_history(workspace, project_id, "", [told(at, sid="CA1", **{"from": "+12065550181"})])
    ledger.take_history(workspace, project_id, "", [told(at, call_id="ts-1")])
    Call.objects.filter(sid="CA1").update(at=at - timedelta(seconds=1))  # the older one stays
    better = Call.objects.get(call_id="ts-1")
    data = {"callStatus": "voicemail", "duration": "30.4", "data": {"reason": "none"}}
    ledger.observe(better.pk, Source.CALL_DATA, CallData.parse(data))
    ledger.take_history(workspace, project_id, "", [told(at, sid="CA1", call_id="ts-1")])
    call = Call.objects.get(project_id=project_id)
    assert (call.sid, call.call_id) == ("CA1", "ts-1")
    assert (call.state, call.state_source, call.seconds, call.data) == (
        "voicemail",
        "call_data",
        30.4,
        {"reason": "none"},
    )


def test_a_call_whose_id_is_not_known_any_more_does_not_become_another_to_its_number(sandbox, workspace, project_id):  # noqa: F811
    sandbox.store.project_calls[project_id].clear()
    (other,) = busy_day(sandbox, project_id, 2, 1)
    read(sandbox, workspace, project_id, 1)
    there = Call.objects.get(sid=other)
    row = Call.objects.create(
        workspace=workspace, project_id=project_id, number=there.number, from_number=there.from_number, sid="ts-9",
        call_id="ts-9", state="ringing", started_at=there.started_at - timedelta(minutes=5), at=timezone.now(),
        next_read_at=timezone.now(),
    )  # fmt: skip
    assert follow.follow_open()
    row.refresh_from_db()
    assert row.sid == "ts-9"
    assert Call.objects.filter(sid=other).exists()


# --- What people are told -----------------------------------------------------------------------------------------------
def test_days_with_gaps_are_said_on_the_first_page(viewer, sandbox, workspace, project_id):  # noqa: F811
    def page():
        return html.unescape(re.sub(r"<[^>]+>", " ", text(viewer.get("/w/oak-care/"))))

    history.find()
    assert "may be missing" not in page()
    HistoryRead.objects.filter(project_id=project_id).update(gaps=["2026-03-02", "2026-03-05"])
    assert "Calls of 2 days may be missing from Northgate Clinics" in page()
    assert "2 days between 2 March and 5 March 2026" in page()
    link = f"/w/oak-care/projects/{project_id}/calls/?from=2026-03-02&to=2026-03-05"
    assert link in html.unescape(text(viewer.get("/w/oak-care/")))
    assert viewer.get(link).status_code == 200


def test_rows_that_two_workers_wrote_at_once_under_two_names_become_one(workspace, project_id):  # noqa: F811
    at = timezone.now() - timedelta(minutes=10)
    ledger.take_history(workspace, project_id, "", [told(at, sid="CA1"), told(at, call_id="ts-1")])
    assert Call.objects.filter(project_id=project_id).count() == 2, "in one answer they are two"
    ledger.take_history(workspace, project_id, "", [told(at, call_id="ts-1")])
    call = Call.objects.get(project_id=project_id)
    assert {call.sid, call.call_id} == {"CA1", "ts-1"}


def test_a_number_that_a_history_left_out_is_taken_later_and_then_stays(workspace, project_id):  # noqa: F811
    at = timezone.now() - timedelta(minutes=10)
    for line in ({"to": None, "from": None}, {}, {"to": "+12065550199"}):
        ledger.take_history(workspace, project_id, "", [told(at, sid="CA1", **line)])
    call = Call.objects.get(project_id=project_id)
    assert (call.number, call.from_number) == ("+12065550121", "+12065550180")


# --- When it happened -----------------------------------------------------------------------------------------------------
def test_the_timeline_tells_an_end_from_the_time_at_which_it_was_learned(viewer, workspace, project_id):  # noqa: F811
    """A history says answered; half a day later the call is read, and it was a voicemail."""
    at = timezone.now() - timedelta(hours=13)
    ledger.take_history(workspace, project_id, "", [told(at, sid="CA1")])
    call = Call.objects.get(sid="CA1")
    ledger.observe(call.pk, Source.CALL_DATA, CallData.parse({"callStatus": "voicemail", "duration": "31"}))
    lines = timeline_of(viewer.get(f"/w/oak-care/projects/{project_id}/calls/{call.pk}/"))
    assert [line[:2] for line in lines] == [
        (f"{at:%H:%M:%S}", "Started"),
        (f"{call.ended_at:%H:%M:%S}", "Ended: answered"),
        (f"{call.ended_at:%H:%M:%S}", "Ended: voicemail"),
    ]
    assert "learned 17:00" in lines[2][2] and "more exact than “Answered”" in lines[2][2], lines


def test_an_end_without_a_time_says_that_it_is_when_it_was_learned(viewer, workspace, project_id):  # noqa: F811
    at = timezone.now() - timedelta(hours=13)
    ledger.take_history(workspace, project_id, "", [told(at, sid="CA1", endTime=None, startTime=None)])
    call = Call.objects.get(sid="CA1")
    lines = timeline_of(viewer.get(f"/w/oak-care/projects/{project_id}/calls/{call.pk}/"))
    assert [line[1] for line in lines] == ["Ended: answered"] and "when it ended was not told" in lines[0][2]
    ledger.observe(call.pk, Source.CALL_DATA, CallData.parse({"callStatus": "failed"}))
    lines = timeline_of(viewer.get(f"/w/oak-care/projects/{project_id}/calls/{call.pk}/"))
    assert "in place of “Answered”: Talkstack's call history is trusted less" in lines[1][2]
