"""The page of the background: who works, what each duty does, what waits here, and what an outage looks like."""

import html
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from django.utils import timezone

from dashboard.accounts.models import Connection, Workspace
from dashboard.calls.models import Attempt, Call
from dashboard.web import process, registry
from dashboard.worker import diary as diaries
from dashboard.worker import heartbeat, loop
from dashboard.worker.diary import Diary
from dashboard.worker.models import DutyRun, Heartbeat
from tests.calls.conftest import ANSWERED, agent, call_of, start  # noqa: F401  (a fixture among them)

URL = "/w/oak-care/background/"


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def reserved(workspace: Workspace, **facts: Any) -> Call:
    at = timezone.now()
    known = {"project_id": "p", "number": "+12065550121", "at": at, "attempt": Attempt.RESERVED, "attempt_at": at}
    return Call.objects.create(workspace=workspace, **(known | facts))


def test_nothing_runs_and_what_that_means(admin, workspace):
    said = text(admin.get(URL))
    assert "No background process is running." in said and "python manage.py worker" in said
    assert f"Nothing of {workspace.name} waits." in said
    assert all(duty.about for duty in registry.duties() if duty.name.startswith(("send", "look", "follow", "tidy")))
    assert "Looks in Talkstack's history for calls whose answer was lost." in said
    assert said.count("Send calls") == 1, "the lanes are one line"


def test_processes_and_their_duties(admin, sandbox):
    pk, book = heartbeat.beat("machine-a:41", first=True), Diary()
    book.begins("follow open calls")
    book.ends("follow open calls", True)
    book.begins("send mails")
    book.fails("send mails", ValueError("a secret of some other workspace"))
    book.write(pk)
    heartbeat.beat("machine-b:7", first=True)
    said = text(admin.get(URL))
    assert "2 background processes are running." in said and "machine-a:41" in said and "machine-b:7" in said
    assert (
        "1 duty fails:</b> send mails." in said
        and "It broke. The log of this process says more." in said
        and "secret" not in said
    )
    heartbeat.stopped("machine-b:7")
    assert "1 more of the last day, which ended" in text(admin.get(URL))
    sandbox.tick(60)
    said = text(admin.get(URL))
    assert "No background process is running." in said and "Stopped" in said and "Silent" in said


def test_what_waits_is_this_workspaces_alone(admin, workspace, stranger):
    elsewhere = Workspace.objects.get(slug="elsewhere")
    reserved(workspace)
    reserved(workspace, not_before=timezone.now() + timedelta(minutes=3))
    reserved(workspace, attempt=Attempt.UNKNOWN, next_look_at=timezone.now())
    reserved(workspace, attempt=Attempt.PLACED, next_read_at=timezone.now(), read_problem="Talkstack is away.")
    for _ in range(7):
        reserved(elsewhere)
    said = text(admin.get(URL))
    assert "1 call to be sent</a>" in said and "1 call to be sent after a pause" in said
    assert "1 call to be looked for" in said and "1 call to be followed once Talkstack answers again" in said
    assert "7 call" not in said
    assert 'href="/w/oak-care/calls/unknown/"' in said


def test_an_outage_is_waited_for(admin, workspace):
    failed = {"last_failure": "Talkstack cannot be reached.", "last_failure_at": timezone.now(), "last_ok_at": None}
    Connection.objects.filter(workspace=workspace).update(**failed)
    said = text(admin.get(URL))
    assert "Waiting for Talkstack." in said and "what waits goes on then" in said
    Connection.objects.filter(workspace=workspace).update(last_ok_at=timezone.now())
    assert "Waiting for Talkstack." not in text(admin.get(URL))


def test_duties_that_need_talkstack_say_that_they_wait_for_it_and_since_when(admin, workspace, sandbox):
    pk, book = heartbeat.beat("machine:1", first=True), Diary()
    for duty in registry.duties():
        book.begins(duty.name)
        book.ends(duty.name, False)
    book.write(pk)

    def states() -> dict[str, str]:
        rows = re.findall(
            r'<td class="to"><b>([^<]+)</b>.*?<td class="what wrap">(.*?)</td>', text(admin.get(URL)), re.DOTALL
        )
        return {name: " ".join(re.sub(r"<[^>]+>", " ", state).split()) for name, state in rows}

    def those(words: str) -> set[str]:
        return {name for name, state in states().items() if words in state}

    assert those("Ready") == set(states()) and len(states()) > 12
    ok = timezone.now()
    link = Connection.objects.filter(workspace=workspace)
    link.update(last_ok_at=ok, last_failure="Talkstack cannot be reached.", last_failure_at=ok + timedelta(minutes=3))
    waiting = those("when it last answered")
    assert waiting == those("Waiting for Talkstack since") and f'datetime="{ok.isoformat()}"' in text(admin.get(URL))
    assert {
        "Send calls",
        "Follow open calls",
        "Read call histories",
        "Ask about calls",
        "Look at webhook addresses",
    } <= waiting
    assert {"Send mails", "Tidy up", "Pass webhook events on", "Let old calls go", "Fill the search"} <= those("Ready")
    assert waiting | those("Ready") == set(states())
    link.update(last_ok_at=None)
    assert those("it has not answered yet") == waiting
    link.update(refused_at=ok)
    assert those("refused since") == waiting
    link.update(refused_at=None, last_ok_at=ok + timedelta(minutes=4))
    assert those("Ready") == set(states())


def test_a_poll_answers_204_until_something_changes(admin, workspace, sandbox):
    heartbeat.beat("machine:1", first=True)
    htmx = {"HX-Request": "true", "HX-Target": "background-now"}
    seen = text(admin.get(URL)).partition("?seen=")[2].partition('"')[0]
    sandbox.tick(3)
    heartbeat.beat("machine:1")
    answer = admin.get(URL, {"seen": seen}, headers=htmx)
    assert answer.status_code == 204 and "HX-Target" in answer["Vary"], "beating alone is no news"
    reserved(workspace)
    answer = admin.get(URL, {"seen": seen}, headers=htmx)
    assert answer.status_code == 200 and "to be sent" in text(answer) and "<html" not in text(answer)


def test_few_queries_whatever_waits(admin, workspace, django_assert_max_num_queries):
    heartbeat.beat("machine:1", first=True)
    admin.get(URL)
    for number in range(20):
        reserved(workspace, number=f"+120655501{number:02d}")
        heartbeat.beat(f"machine:{number}", first=True)
    # Four of every page, two of this one, and what each room is asked for: one or two queries a kind of work.
    with django_assert_max_num_queries(24):
        admin.get(URL)


def test_the_diary_is_written_sparingly(db, sandbox):
    pk, book = heartbeat.beat("machine:1", first=True), Diary()

    def turn(**did: Any) -> None:
        book.begins("duty")
        book.ends("duty", did.get("something", False))

    turn()
    assert book.write(pk) == 1
    for _ in range(50):
        turn()
    assert book.write(pk) == 0, "another turn is no news"
    sandbox.tick(diaries.WRITE_AGAIN_AFTER.total_seconds())
    turn()
    assert book.write(pk) == 1
    turn(something=True)
    assert book.write(pk) == 1
    book.begins("duty")
    assert [book.fails("duty", ValueError()) for _ in range(3)] == [1, 2, 3]
    assert book.write(pk) == 1
    run = DutyRun.objects.get()
    assert (run.failures, run.problem_at is not None, bool(run.problem)) == (3, True, True)
    turn()
    assert book.write(pk) == 1 and DutyRun.objects.get().problem == ""
    sandbox.tick(2 * 24 * 3600)
    heartbeat.beat("machine:2", first=True)
    assert not DutyRun.objects.exists(), "what a process did goes with it"


def loops(names: list[str], until: Callable[[], bool], duties: list[registry.Duty] | None = None) -> list[bool]:
    """Run so many background processes in threads until something is so, then stop them; whether each ended in order."""
    stop, ended = threading.Event(), []

    def one(name: str) -> None:
        ended.append(loop.run(name, stop, duties))
        connections.close_all()

    threads = [threading.Thread(target=one, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    watch = threading.Event()
    for _ in range(300):
        if until():
            break
        watch.wait(0.05)  # the threads have the time to themselves
    stop.set()
    for thread in threads:
        thread.join(25)
    return ended


@pytest.mark.django_db(transaction=True)
def test_two_processes_share_every_duty(transactional_db, operator, sandbox, agent):  # noqa: F811
    """All duties of both at once, on real transactions: each phone rings once, and every call is followed to its end."""
    calls = [call_of(start(operator, agent, f"+12065550{number}")) for number in range(120, 126)]
    lost = call_of(start(operator, agent, "+12065550119"))  # the connection drops after dialling: unknown

    def over() -> bool:
        if Call.objects.filter(attempt__in=[Attempt.RESERVED, Attempt.SENDING]).exists():
            return False  # no clock jumps while a request is under way
        sandbox.tick(5)
        mine = Call.objects.filter(pk__in=[call.pk for call in [*calls, lost]])
        return not mine.exclude(attempt=Attempt.PLACED).exists() and not mine.filter(final_at=None).exists()

    assert loops(["machine-a:1", "machine-b:2"], over) == [True, True]
    assert sorted(ring.number for ring in sandbox.rings) == sorted([*(call.number for call in calls), lost.number])
    assert Call.objects.filter(attempt=Attempt.PLACED).count() == 7
    assert Call.objects.count() == Call.objects.exclude(sid=None).values("sid").distinct().count()
    assert set(Heartbeat.objects.exclude(stopped_at=None).values_list("name", flat=True)) == {
        "machine-a:1",
        "machine-b:2",
    }
    assert not DutyRun.objects.exclude(problem="").exists()
    assert {run.duty for run in DutyRun.objects.exclude(finished_at=None)} >= {"follow open calls", "send mails"}


@pytest.mark.django_db(transaction=True)
def test_an_outage_makes_duties_wait_and_not_fail(transactional_db, operator, admin, sandbox, agent, caplog):  # noqa: F811
    """Talkstack is away: nothing fails, the page says that it waits; what was reserved goes when both are back."""
    during = call_of(start(operator, agent, ANSWERED))
    sandbox.faults.add("down", times=0)
    settled = Call.objects.filter(pk=during.pk, attempt=Attempt.NOT_SENT).exists
    told = Connection.objects.filter(workspace__slug="oak-care", last_failure_at__isnull=False).exists
    assert loops(["machine:1"], lambda: settled() and told()) == [True]
    assert not DutyRun.objects.exclude(problem="").exists()
    assert "failed; it is tried again" not in caplog.text
    assert "Waiting for Talkstack." in text(admin.get(URL)) and not sandbox.rings
    sandbox.faults.clear()
    after = call_of(start(operator, agent, "+12065550122", confirm_recent="on"))
    assert "1 call to be sent</a>" in text(admin.get(URL)), "no process runs: it waits"
    assert loops(["machine:2"], Call.objects.filter(pk=after.pk, attempt=Attempt.PLACED).exists) == [True]
    assert [ring.number for ring in sandbox.rings] == ["+12065550122"]
    during.refresh_from_db()
    assert during.attempt == Attempt.NOT_SENT, "what was not sent is a person's to send again"


def test_a_failing_duty_is_told_once_and_rests_longer_each_time(caplog):
    duty = registry.Duty("fails", lambda: None, 0.01)
    rests = [loop._rest(failures, duty, ValueError("broken duty")) for failures in (1, 2, 3, 4, 5, 6, 200)]
    assert rests == [5, 10, 20, 40, 80, 120, 120]
    assert caplog.text.count("the duty fails failed; it is tried again") == 1


@pytest.mark.django_db(transaction=True)
def test_a_long_duty_hears_that_it_is_to_stop():
    begun, steps = threading.Event(), []

    def long() -> None:
        while not process.stopping():
            steps.append(1)
            begun.set()

    assert not process.stopping(), "outside a background process nothing stops"
    assert loops(["machine:1"], begun.is_set, [registry.Duty("long", long, 3600)]) == [True]
    assert steps


@pytest.mark.skipif(connections["default"].vendor != "sqlite", reason="PostgreSQL finds the index by itself")
def test_the_worker_looks_for_work_along_an_index(db):
    """Also without statistics: what it asks several times a second must not walk through every call there ever was."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from dashboard.analysis import sending
    from dashboard.calls import attempts, dialing, follow, reconcile

    for ask, table, index in (
        (lambda: dialing.send_next("test"), "calls_call", "calls_due"),
        (attempts.expire_leases, "calls_call", "calls_due"),
        (reconcile.look_for_unknown, "calls_call", "calls_due"),
        (follow.follow_open, "calls_call", "calls_to_read"),
        (lambda: sending.ask_next("test"), "calls_analysis", "analyses_due"),
        (sending.expire, "calls_analysis", "analyses_due"),
    ):
        with CaptureQueriesContext(connection) as asked:
            ask()
        with connection.cursor() as cursor:
            for query in asked.captured_queries:
                cursor.execute("EXPLAIN QUERY PLAN " + query["sql"])
                plan = " | ".join(str(row[3]) for row in cursor.fetchall())
                assert f"SCAN {table}" not in plan and index in plan, plan
