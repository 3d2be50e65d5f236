"""Call histories fill the ledger: the same world ends as the same rows, however it is told and whoever dies meanwhile."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls import history, ledger
from dashboard.calls.models import Call, HistoryRead, Observation
from dashboard.sandbox import Sandbox
from dashboard.sandbox.call_api import build
from tests.conftest import text
from tests.histories import read_one
from tests.projects.conftest import words

HISTORY = {"path": "/call/get-call-history"}
CALLS = "/w/oak-care/calls/"


@pytest.fixture
def project_id(sandbox: Sandbox, project_id: str) -> str:
    """Northgate Clinics with fewer calls: more than the first answer holds, over three weeks. The other projects have a few."""
    for each, others in sandbox.store.project_calls.items():
        others[:] = others if each == project_id else others[-12:]
    calls = sandbox.store.project_calls[project_id]
    calls[:] = calls[-72 * (len(calls) // 72) :: len(calls) // 72]
    return project_id


def row_of(workspace: Workspace, project_id: str) -> HistoryRead:
    return HistoryRead.objects.get(workspace=workspace, project_id=project_id)


def turns(sandbox: Sandbox, minutes: float = 0.0, step: float = 61.0) -> None:
    """The worker's two duties for so long, by all clocks."""
    gone = 0.0
    while True:
        history.find()
        while history.read_due():
            pass
        if gone >= minutes * 60:
            return
        sandbox.tick(step)
        gone += step


def ledger_of(project_id: str) -> set[tuple[Any, ...]]:
    """What the rows of a project say, without our own ids and times."""
    names = ("sid", "number", "from_number", "direction", "state", "seconds", "cost", "started_at", "ended_at", "at")
    return set(Call.objects.filter(project_id=project_id).values_list(*names))


def world(sandbox: Sandbox, project_id: str) -> set[str]:
    """The sids of all calls that the project has at Talkstack."""
    return {call.sid for call in sandbox.store.project_calls[project_id]}


def busy_day(sandbox: Sandbox, project_id: str, days_ago: int, many: int) -> list[str]:
    """So many more calls on one day; gives their sids."""
    store = sandbox.store
    agent = next(row for row in store.agents.values() if row.project_id == project_id and store.number_of(row.id))
    number, at = store.number_of(agent.id), sandbox.now() - days_ago * 86400
    made = []
    for n in range(many):
        to, story = f"+1206555{100 + n % 100:04d}", ("answered", "busy", "no-answer", "failed")[n % 4]
        call = build(
            sandbox.chance, store.projects[project_id], agent, to, (number.id, number.e164), {}, story, at + n * 7.0
        )
        store.add_call(call)
        store.live.pop(call.sid, None)
        made.append(call.sid)
    store.project_calls[project_id].sort(key=lambda call: call.made_at)
    return made


# --- All of it ----------------------------------------------------------------------------------------------------------
def test_the_whole_history_comes_in_and_the_list_says_how_far(viewer, sandbox, workspace, project_id):
    turns(sandbox, 10)
    assert {call.sid for call in Call.objects.filter(project_id=project_id)} == world(sandbox, project_id)
    row = row_of(workspace, project_id)
    assert row.begun_at and row.gaps == [] and row.back_to <= date(2026, 3, 10)
    told = history.told(workspace, project_id)
    assert told.begun and not told.problem and told.read_at


DISTORTED = [
    {},
    {"order": "oldest"},
    {"order": "mixed", "cap": 40},
    {"cap": 25},
    {"ids": "call_id"},
    {"ids": "id", "spelling": "national"},
    {"spelling": "bare", "behind": 90, "order": "mixed"},
    {"lose": 5, "cap": 60},
]


@pytest.fixture(scope="module")
def plainly() -> set[tuple[Any, ...]]:
    """What `truth` found, once for all: the sandbox begins each test with the same calls."""
    return set()


@pytest.fixture
def truth(sandbox, workspace, project_id, plainly) -> set[tuple[Any, ...]]:
    """The ledger after a plain history, gone again."""
    sandbox.tick(3600)
    history.find()
    if not plainly:
        for _ in range(4):
            read_one(workspace, project_id)
        plainly |= ledger_of(project_id)
    Call.objects.all().delete()
    HistoryRead.objects.all().delete()
    assert len(plainly) == len(world(sandbox, project_id))
    return plainly


@pytest.mark.parametrize("options", DISTORTED, ids=str)
def test_however_it_is_told_the_ledger_ends_the_same(sandbox, workspace, project_id, truth, options):
    Call.objects.create(workspace=workspace, project_id="another", from_number="+14155550132", at=timezone.now())
    sandbox.faults.add("history", times=0, **options)
    for _ in range(4 if options.get("lose") else 3):
        read_one(workspace, project_id)
        sandbox.tick(3700)
    assert ledger_of(project_id) == truth


def test_ids_that_change_from_answer_to_answer_make_no_second_row(sandbox, workspace, project_id, truth):
    for ids in ("inner", "both", "sid", "inner", "call_id"):
        rule = sandbox.faults.add("history", times=0, ids=ids)
        read_one(workspace, project_id)
        sandbox.faults.clear(rule.id)
        sandbox.tick(86500)
    assert ledger_of(project_id) == truth


class Killed(BaseException):
    """The process is gone: nothing of ours catches this."""


def test_a_worker_killed_at_any_step_loses_nothing(sandbox, workspace, project_id, truth):
    sandbox.faults.add("history", times=0, cap=60, order="mixed")
    died = 0
    for step in (0, 1, 2, 3, 5, 8, 13, 40, 90, 150, 300, 600, 1000):
        left = [step]

        def dies(execute: Any, sql: str, params: Any, many: bool, context: Any, left: Any = left) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise Killed
            return execute(sql, params, many, context)

        try:
            with connection.execute_wrapper(dies):
                read_one(workspace, project_id)
        except Killed:
            died += 1
            if connection.needs_rollback:
                connection.set_rollback(False)
        sandbox.tick(61)
    assert died > 5
    for _ in range(3):
        read_one(workspace, project_id)
        sandbox.tick(61)
    assert ledger_of(project_id) == truth


def test_one_reads_a_project_at_a_time_until_the_lease_runs_out(sandbox, workspace, project_id):
    history.find()
    HistoryRead.objects.exclude(project_id=project_id).delete()
    HistoryRead.objects.update(lease_until=timezone.now() + history.LEASE)
    assert not history.read_due()
    assert read_one(workspace, project_id) == 0
    sandbox.tick(61)
    assert history.read_due()
    assert Call.objects.filter(project_id=project_id).exists()


# --- More than an answer holds --------------------------------------------------------------------------------------------
def test_a_day_with_more_calls_than_an_answer_is_divided(sandbox, workspace, project_id):
    made = busy_day(sandbox, project_id, 9, 90)
    sandbox.faults.add("history", times=0, cap=40)
    for _ in range(3):
        read_one(workspace, project_id)
        sandbox.tick(130)
    assert Call.objects.filter(sid__in=made).count() == 90
    assert row_of(workspace, project_id).gaps == []


def test_what_cannot_be_shown_is_a_gap_with_a_name_and_closes_later(viewer, sandbox, workspace, project_id):
    busy_day(sandbox, project_id, 9, 120)
    rule = sandbox.faults.add("history", times=0, cap=20)
    for _ in range(5):
        read_one(workspace, project_id)
        sandbox.tick(130)
    gap = (datetime(2026, 3, 11, tzinfo=UTC) - timedelta(days=9)).date()
    assert gap.isoformat() in row_of(workspace, project_id).gaps
    assert gap in history.told(workspace, project_id).gaps
    sandbox.faults.clear(rule.id)
    sandbox.tick(7 * 3600)
    for _ in range(3):
        read_one(workspace, project_id)
        sandbox.tick(130)
    assert row_of(workspace, project_id).gaps == []
    assert {call.sid for call in Call.objects.filter(project_id=project_id)} == world(sandbox, project_id)


def test_a_history_that_cannot_be_narrowed_still_gives_its_newest_calls(sandbox, workspace, project_id):
    many = len(world(sandbox, project_id))
    newest = [item.raw for item in Upstream(workspace).client().calls.history(project_id, 50)]
    sandbox.faults.add("text", **HISTORY, times=0, body={"data": newest})
    for _ in range(3):
        read_one(workspace, project_id)
        sandbox.tick(130)
    row = row_of(workspace, project_id)
    assert Call.objects.count() == len(newest) < many
    assert "cannot be narrowed" in row.problem and row.read_at and row.begun_at is None


# --- When Talkstack is away ---------------------------------------------------------------------------------------------
def test_an_outage_waits_longer_and_longer_and_catches_up(sandbox, workspace, project_id):
    turns(sandbox)
    rule = sandbox.faults.add("down", **HISTORY, times=0)
    waits = []
    for _ in range(12):
        sandbox.tick(700)
        while history.read_due():
            pass
        row = row_of(workspace, project_id)
        waits.append((row.next_read_at - timezone.now()).total_seconds())
    assert row.problem and history.told(workspace, project_id).problem
    assert waits[0] < 125 and 500 < waits[-1] <= 601
    since = row.problem_at
    made = busy_day(sandbox, project_id, 0, 5)
    sandbox.faults.clear(rule.id)
    sandbox.tick(601)
    while history.read_due():
        pass
    row = row_of(workspace, project_id)
    assert (row.problem, row.problem_at) == ("", None) and since
    assert Call.objects.filter(sid__in=made).count() == 5


def test_after_an_outage_of_several_kinds_nothing_untrue_stays(viewer, sandbox, workspace, project_id):
    """Away first, then the key is refused; once anybody is answered again, every history is read and says nothing any more."""
    turns(sandbox)
    sandbox.faults.add("down", times=0)
    turns(sandbox, 10)
    away = row_of(workspace, project_id)
    sandbox.faults.clear()
    sandbox.faults.add("401", times=0)
    turns(sandbox, 14)
    refused = row_of(workspace, project_id)
    assert away.problem != refused.problem and "did not accept the key" in refused.problem
    assert refused.problem_at > away.tried_at, "it was away then, not refused"
    page = words(viewer.get(CALLS))
    assert "did not accept the key" in page and "last tried" in page
    sandbox.tick(600)
    while history.read_due():
        pass
    row = row_of(workspace, project_id)
    assert row.next_read_at - timezone.now() > timedelta(minutes=5) and row.problem_at == refused.problem_at
    sandbox.faults.clear()
    sandbox.tick(121)
    assert not history.read_due(), "nobody was answered yet"
    Upstream(workspace).ask(lambda client: client.projects.list())
    while history.read_due():
        pass
    assert not HistoryRead.objects.exclude(problem="", problem_at=None, tried_at=None, away=False).exists()
    assert "did not accept the key" not in words(viewer.get(CALLS))


def test_a_history_that_fails_alone_is_asked_no_more_often_than_when_all_is_well(sandbox, workspace, project_id):
    turns(sandbox)
    rule = sandbox.faults.add("down", **HISTORY, times=0)
    sandbox.tick(3600)
    while history.read_due():
        pass
    hits = rule.hits
    for _ in range(9):
        sandbox.tick(13)
        Upstream(workspace).ask(lambda client: client.projects.list())
        assert not history.read_due()
    assert rule.hits == hits
    sandbox.faults.clear(rule.id)
    sandbox.faults.add("429", **HISTORY, times=1, headers={"Retry-After": "600"})
    sandbox.tick(13)
    Upstream(workspace).ask(lambda client: client.projects.list())
    assert history.read_due()
    sandbox.tick(300)
    Upstream(workspace).ask(lambda client: client.projects.list())
    assert not history.read_due(), "who is asked to wait waits"


def test_all_since_the_last_reading_is_read_again_after_days(sandbox, workspace, project_id):
    turns(sandbox)
    sandbox.tick(6 * 86400)
    made = busy_day(sandbox, project_id, 4, 60)
    HistoryRead.objects.update(recent_at=timezone.now(), month_at=timezone.now())
    read_one(workspace, project_id)
    assert Call.objects.filter(sid__in=made).count() == 60


def test_a_busy_talkstack_is_left_alone_as_long_as_it_says(sandbox, workspace, project_id):
    history.find()
    sandbox.faults.add("429", **HISTORY, times=1, headers={"Retry-After": "90"})
    assert history.read_due()
    assert not history.read_due(), "every history of the account waits"
    sandbox.tick(91)
    assert history.read_due()


def test_a_deleted_project_ends_its_reading_in_words(admin, sandbox, workspace, project_id):
    turns(sandbox)
    sandbox.store.projects[project_id].is_deleted = True
    kept = Call.objects.count()
    sandbox.tick(130)
    while history.read_due():
        pass
    row = row_of(workspace, project_id)
    assert row.gone_at and "no longer at Talkstack" in row.problem
    sandbox.tick(86400)
    history.find()
    while history.read_due():
        pass
    assert row_of(workspace, project_id).gone_at == row.gone_at and Call.objects.count() == kept


# --- Late and contradicting -----------------------------------------------------------------------------------------------
def test_a_call_that_shows_up_days_late_is_found_by_reading_again(sandbox, workspace, project_id):
    turns(sandbox, 3)
    assert row_of(workspace, project_id).begun_at
    sandbox.tick(60)
    late = busy_day(sandbox, project_id, 18, 1)
    read_one(workspace, project_id)
    assert not Call.objects.filter(sid__in=late).exists()
    sandbox.tick(86400)
    for _ in range(3):
        read_one(workspace, project_id)
        sandbox.tick(130)
    assert Call.objects.filter(sid__in=late).exists()


def test_what_a_history_says_against_the_row_is_kept_once_for_every_change(viewer, sandbox, workspace, project_id):
    sandbox.tick(3600)
    read_one(workspace, project_id)
    call = Call.objects.filter(project_id=project_id, state="completed").first()
    Call.objects.filter(pk=call.pk).update(state="voicemail", state_source="call_data")
    told = [item for item in Upstream(workspace).client().calls.history(project_id, 1000) if item.id == call.sid]
    call.observations.all().delete()
    for state in ("completed", "completed", "ringing", "ringing", "completed"):
        told[0].__dict__["state"] = state
        ledger.take_history(workspace, project_id, "", told)
    call.refresh_from_db()
    seen = Observation.objects.filter(call=call, source="history").values_list("state", "took")
    assert list(seen) == [("completed", False), ("ringing", False), ("completed", False)]
    assert call.state == "voicemail"
    page = text(viewer.get(f"/w/oak-care/projects/{project_id}/calls/{call.pk}/"))
    assert "call history still said Ringing" in page and "not believed" in page
    assert "the more trusted stays" in page


# --- Reading it now -----------------------------------------------------------------------------------------------------
def test_anybody_may_have_it_read_now(viewer, sandbox, workspace, project_id):
    turns(sandbox)
    assert not history.read_due()
    page = text(viewer.get(CALLS))
    assert "Read Talkstack's history now" in page and "History read" in page
    answer = viewer.post(f"{CALLS}read/")
    assert (answer.status_code, answer["Location"]) == (303, CALLS)
    assert "Being read now" in text(viewer.get(CALLS))
    assert history.read_due()
    project = f"/w/oak-care/projects/{project_id}/calls/"
    answer = viewer.post(f"{project}read/")
    assert answer["Location"] == project
    assert row_of(workspace, project_id).next_read_at <= timezone.now()


def test_asking_while_it_is_being_read_reads_it_once_more(sandbox, workspace, project_id):
    history.find()
    row = row_of(workspace, project_id)
    assert HistoryRead.objects.filter(pk=row.pk).update(lease_until=timezone.now() + history.LEASE)
    row.refresh_from_db()
    history.ask_now(workspace, project_id)
    history.read(row)
    assert row_of(workspace, project_id).next_read_at <= timezone.now()


def test_a_project_of_another_workspace_cannot_be_asked_for(stranger, workspace, project_id):
    history.find()
    assert stranger.post(f"/w/oak-care/projects/{project_id}/calls/read/").status_code == 404
    stranger.post(f"/w/elsewhere/projects/{project_id}/calls/read/")
    assert row_of(workspace, project_id).asked_at is None
    assert not HistoryRead.objects.exclude(workspace=workspace).filter(project_id=project_id).exists()
