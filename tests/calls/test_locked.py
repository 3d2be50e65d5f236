"""Another process holds the database for longer than anybody waits: no phone rings, and the page says so."""

import contextlib
import sqlite3
from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection

from dashboard.calls import dialing
from dashboard.calls.models import Call
from tests.calls.conftest import ANSWERED, call_of, fill, form_of, send, start
from tests.conftest import text

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="one lock for the whole database is SQLite's way"),
]


@contextlib.contextmanager
def locked() -> Iterator[None]:
    """Nobody else can write; ours waits 50 ms for it."""
    connection.ensure_connection()
    connection.connection.execute("PRAGMA busy_timeout=50")
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()
        connection.connection.execute("PRAGMA busy_timeout=20000")


def test_nothing_is_reserved_and_the_page_says_that_nothing_was_sent(transactional_db, operator, sandbox, agent):
    fields = form_of(operator, agent.project_id, agent.id) | fill(agent, ANSWERED)
    address = f"/w/oak-care/projects/{agent.project_id}/calls/new/?agent={agent.id}"
    with locked():
        answer = operator.post(address, fields)
        notice = operator.post(address, fields, headers={"HX-Request": "true", "HX-Target": "call-form"})
    for busy in (answer, notice):
        assert busy.status_code == 503
        assert "Nothing was sent and nothing was changed." in text(busy)
    assert notice["HX-Retarget"] == "#messages"
    assert not Call.objects.filter(attempt__gt="").exists()
    call_of(operator.post(address, fields))
    send()
    assert len(sandbox.rings) == 1, "the same form, sent again, is one call"


def test_a_worker_that_cannot_write_sending_rings_nobody(transactional_db, operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    with locked(), pytest.raises(OperationalError):
        dialing.send_next("worker")
    assert not sandbox.rings
    send()
    call.refresh_from_db()
    assert (call.attempt, len(sandbox.rings)) == ("placed", 1)


@pytest.mark.parametrize(("step", "attempt"), [("cancel", "reserved"), ("release", "reserved"), ("decide", "unknown")])
def test_a_decision_that_cannot_be_written_says_so(transactional_db, operator, sandbox, agent, step, attempt):
    call = call_of(start(operator, agent, ANSWERED))
    Call.objects.filter(pk=call.pk).update(attempt=attempt, looks=3)
    with locked():
        answer = operator.post(f"/w/oak-care/projects/{agent.project_id}/calls/{call.pk}/{step}/")
    assert (answer.status_code, "Nothing was sent" in text(answer)) == (503, True)
    call.refresh_from_db()
    assert call.attempt == attempt


def test_an_answer_outlives_a_session_that_cannot_be_saved(transactional_db, operator, sandbox, agent):
    call = call_of(start(operator, agent, ANSWERED))
    Call.objects.filter(pk=call.pk).update(attempt="placed")
    page = f"/w/oak-care/projects/{agent.project_id}/calls/{call.pk}/"
    with locked():
        assert operator.post(f"{page}decide/").status_code == 303, "only its message is lost"
        assert operator.get(page).status_code == 200
