"""How often Talkstack is asked about a call that is over, and that no news gets lost while it is asked."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils import timezone

from dashboard.accounts.models import Connection
from dashboard.calls import follow, ledger
from dashboard.calls.models import Attempt, Call
from dashboard.talkstack import CallData
from tests.calls.conftest import call_of, start, work

NUMBER = "+12065550121"


def test_what_is_missing_after_the_end_is_asked_for_ever_more_seldom():
    now = timezone.now()
    call, waits = Call(state="voicemail", final_at=now, at=now), []
    while at := ledger.next_read(call, now):
        waits.append((at - now).total_seconds())
        now = at
    assert waits[:3] == [3, 3, 3] and waits == sorted(waits[:-1]) + waits[-1:] and len(waits) < 12
    assert now - call.final_at == ledger.SETTLE_AFTER, "a page that watches it learns the last word too"
    call.recordings, call.data = ["https://media.example/1.mp3"], {"a": "b"}
    assert ledger.next_read(call, call.final_at) is None


def test_an_open_call_is_asked_about_at_the_same_pace_as_ever():
    now = timezone.now()
    call = Call(state="ringing", at=now)
    for age, wait in ((10, 2), (300, 5), (1800, 30), (7200, 600)):
        later = now + timedelta(seconds=age)
        assert ledger.next_read(call, later) == later + timedelta(seconds=wait)


def test_the_connection_knows_at_once_that_talkstack_is_away_and_back(workspace, operator, sandbox, agent):
    start(operator, agent, NUMBER)
    work(sandbox, 5)
    link = Connection.objects.filter(workspace=workspace)
    assert not link.get().failing
    for kind, words in (("503", "has a problem"), ("refused", "cannot be reached"), ("html-200", "")):
        sandbox.faults.add(kind, times=0)
        sandbox.tick(3)
        assert follow.follow_open()
        assert link.get().failing is bool(words) and words in link.get().last_failure
        sandbox.faults.clear()
        sandbox.tick(3)
        assert follow.follow_open() and not link.get().failing


def test_news_that_come_while_talkstack_is_asked_have_it_asked_again(workspace, operator, sandbox, agent):
    call = call_of(start(operator, agent, NUMBER))
    work(sandbox, 5)
    call.refresh_from_db()
    assert call.attempt == Attempt.PLACED and call.next_read_at
    sandbox.tick(10)
    told = CallData.parse({"callSid": call.call_id or call.sid, "status": "completed"})
    came: list[Any] = []

    def watch(execute: Any, sql: str, *rest: Any) -> Any:
        answer = execute(sql, *rest)
        if not came and sql.startswith('UPDATE "calls_call" SET "next_read_at"'):
            came.append(True)
            assert ledger.hint(workspace, agent.project_id, told, timezone.now())
        return answer

    with connection.execute_wrapper(watch):
        assert follow.follow_open()
    call.refresh_from_db()
    assert came and call.next_read_at <= timezone.now()
    assert follow.follow_open()
