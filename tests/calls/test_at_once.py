"""The button pressed twenty times at once, two workers at once: real transactions, real threads."""

import threading

import pytest

from dashboard.calls import dialing
from dashboard.calls.models import Call
from tests.at_once import at_once
from tests.calls.conftest import ANSWERED, call_of, fill, form_of, start

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_presses_are_one_call(transactional_db, operator, sandbox, agent):
    fields = form_of(operator, agent.project_id, agent.id) | fill(agent, ANSWERED)
    address = f"/w/oak-care/projects/{agent.project_id}/calls/new/?agent={agent.id}"
    answers = at_once(20, lambda: operator.post(address, fields))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer["Location"] for answer in answers}) == 1
    at_once(4, lambda: dialing.send_next(f"worker {threading.get_ident()}"))
    assert Call.objects.filter(attempt__gt="").count() == 1
    assert len(sandbox.rings) == 1


def test_eight_workers_send_ten_calls_once_each(transactional_db, operator, sandbox, agent):
    calls = [call_of(start(operator, agent, f"+12065550{n}")) for n in range(120, 130)]

    def send_all() -> None:
        while dialing.send_next(f"worker {threading.get_ident()}"):
            pass

    at_once(8, send_all)
    assert sorted(ring.number for ring in sandbox.rings) == sorted(call.number for call in calls)
    assert Call.objects.filter(attempt="placed").count() == 10
