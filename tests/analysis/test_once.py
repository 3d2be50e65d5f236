"""Every call is asked about once: killed at every step, by several workers at once, pressed several times at once."""

import json
import os
import signal
import sys
import threading
import time
import urllib.request
from collections import Counter
from types import FrameType
from typing import Any

import pytest
import time_machine
from django.db import connections

from dashboard.accounts.models import User, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.analysis import actions, sending, settling
from dashboard.analysis.eligible import Again
from dashboard.calls import ledger
from dashboard.calls.models import Analysis, Answer, Asking, AskingState, Question, QuestionSet
from tests.analysis.conftest import past_calls
from tests.at_once import at_once
from tests.calls.test_kill import practice_server
from tests.conftest import OWNER_EMAIL, sign_in

__all__ = ["practice_server"]
CODE = (sending.__file__, settling.__file__)


def a_set(workspace: Workspace, project_id: str) -> QuestionSet:
    made = QuestionSet.objects.create(workspace=workspace, project_id=project_id, name="After the visit")
    Question.objects.create(question_set=made, text="Is the visit confirmed?", type="Boolean")
    return made


def ask(workspace: Workspace, question_set: QuestionSet, key: str = "a form") -> Asking:
    user = User.objects.get(email=OWNER_EMAIL)
    calls = ledger.of_workspace(workspace, question_set.project_id)
    return actions.ask(workspace, user, question_set, calls, request_key=key, most=500, again=Again(), words=[])


def killed_at(step: int) -> bool:
    """Ask in a child that dies as the `step`-th function of the asking code begins or ends. False when it came through."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        seen = 0

        def trace(frame: FrameType, event: str, arg: object) -> Any:
            nonlocal seen
            if frame.f_code.co_filename not in CODE or frame.f_code.co_name.startswith("<"):
                return None
            if event in ("call", "return"):
                seen += 1
                if seen == step:
                    os.kill(os.getpid(), signal.SIGKILL)
            return trace

        try:
            sys.settrace(trace)
            sending.ask_next(f"child {step}")
        finally:
            sys.settrace(None)
            os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def posts(server: str) -> Counter[str]:
    """How often the stand-in was asked about each call."""
    with urllib.request.urlopen(f"{server}/_sandbox/asked", timeout=5) as answer:
        return Counter(each["sid"] for each in json.load(answer)["asked"])


@pytest.mark.django_db(transaction=True)
def test_killed_at_every_step(practice_server, settings):
    settings.BUDGETS = {**settings.BUDGETS, "analysis": 5.0}
    sign_in(OWNER_EMAIL)
    workspace = Workspace.objects.get(slug="oak-care")
    project = next(each for each in Upstream(workspace).client().projects.list() if each.name == "Northgate Clinics")
    past_calls(workspace, project.id, 100)
    asking = ask(workspace, a_set(workspace, project.id))
    step, killed = 0, True
    while killed:
        step += 1
        killed = killed_at(step)
        assert step < 100, "the asking code is longer than this test looks"
    with time_machine.travel(time.time() + 7200, tick=True):
        expired = sending.expire()
        asked = posts(practice_server)
        lost = set(Analysis.objects.filter(state=AskingState.LOST).values_list("call__sid", flat=True))
        answered = set(Analysis.objects.filter(state=AskingState.ANSWERED).values_list("call__sid", flat=True))
        assert expired == len(lost) > 5 and answered and step > 20
        assert set(asked) <= lost | answered and set(asked.values()) == {1} and 3 < len(asked) < asking.total
        while sending.ask_next("the next worker"):
            pass
    asked = posts(practice_server)
    assert set(asked.values()) == {1} and not Analysis.objects.filter(state=AskingState.WAITING).exists()
    states = dict(Analysis.objects.values_list("call__sid", "state"))
    assert {state for sid, state in states.items() if sid not in asked} == {AskingState.LOST}
    assert Answer.objects.exclude(value="").count() == list(states.values()).count(AskingState.ANSWERED)


@pytest.mark.django_db(transaction=True)
def test_eight_workers_ask_about_every_call_once(transactional_db, workspace, sandbox, project_id):
    past_calls(workspace, project_id, 20)
    question_set = a_set(workspace, project_id)
    askings = at_once(6, lambda: ask(workspace, question_set))
    assert len({each.pk for each in askings}) == 1 and askings[0].total == 20

    def ask_all() -> None:
        while sending.ask_next(f"worker {threading.get_ident()}"):
            pass

    at_once(8, ask_all)
    counted = Counter(each.sid for each in sandbox.asked)
    assert len(counted) == 20 and set(counted.values()) == {1}
    assert Analysis.objects.filter(state=AskingState.ANSWERED).count() == 20
    assert Asking.objects.get().finished_at
