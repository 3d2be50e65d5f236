"""What the tests of questions share: a set, calls that have ended, and a worker that asks what is due."""

import re
from typing import Any

import pytest
from django.test import Client

from dashboard.accounts.models import Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.analysis import sending
from dashboard.calls import ledger
from dashboard.calls.models import Analysis, Asking, Call, Question, QuestionSet
from tests.calls.conftest import agent
from tests.conftest import text

__all__ = ["agent"]
CONFIRMED, SCORE, REASON, WHY = (
    "Is the visit confirmed?",
    "How satisfied, from 1 to 5?",
    "Why not?",
    "In their own words?",
)
QUESTIONS = [
    (CONFIRMED, "Boolean", []),
    (SCORE, "Number", []),
    (REASON, "Selector", ["Too far away", "Too dear", "No time"]),
    (WHY, "Text", []),
]


def questions(*rows: tuple[str, str, list[str]], name: str = "After the visit", **more: Any) -> dict[str, Any]:
    """The fields of the form of a set."""
    fields: dict[str, Any] = {"name": name, "rows": str(len(rows)), "do": "save"}
    for n, (words, kind, options) in enumerate(rows):
        fields |= {f"q{n}-text": words, f"q{n}-type": kind, f"q{n}-options": "\n".join(options), f"q{n}-id": ""}
    return fields | more


def base(project_id: str) -> str:
    return f"/w/oak-care/projects/{project_id}/questions/"


@pytest.fixture
def question_set(admin: Client, project_id: str) -> QuestionSet:
    """A set with one question of every kind, made by an admin."""
    answer = admin.post(f"{base(project_id)}new/", questions(*QUESTIONS))
    assert answer.status_code == 303, text(answer)
    return QuestionSet.objects.get()


def question(words: str) -> Question:
    return Question.objects.get(text=words, retired_at=None)


@pytest.fixture
def ended(operator: Client, workspace: Workspace, project_id: str) -> Call:
    """A call that was answered and is over."""
    told = Upstream(workspace).client().calls.history(project_id, 40)
    ledger.take_history(
        workspace, project_id, "Northgate Clinics", [each for each in told if each.state == "completed"][:1]
    )
    return Call.objects.select_related("workspace").get(state="completed")


def past_calls(workspace: Workspace, project_id: str, many: int) -> list[Call]:
    """So many calls of the stand-in's past, in the ledger."""
    told = Upstream(workspace).client().calls.history(project_id, many)
    ledger.take_history(workspace, project_id, "Northgate Clinics", told)
    return list(Call.objects.filter(workspace=workspace, project_id=project_id).order_by("-at"))


def ask_about(client: Client, call: Call, question_set: QuestionSet, key: str = "") -> Any:
    """Press "Ask" on the page of a call."""
    page = text(client.get(f"/w/oak-care/projects/{call.project_id}/calls/{call.pk}/analysis/"))
    found = re.search(r'name="request_key" value="([^"]+)"', page)
    fields = {"set": question_set.pk, "request_key": key or (found[1] if found else "none")}
    return client.post(f"/w/oak-care/projects/{call.project_id}/calls/{call.pk}/analysis/ask/", fields)


def asking_worker() -> int:
    """The worker asks everything that is due; gives how many steps that took."""
    steps = 0
    while sending.ask_next("test worker"):
        steps += 1
        assert steps < 500
    return steps


def state_of(call: Call) -> str:
    return Analysis.objects.get(call=call).state


def asked_of(workspace: Workspace, project_id: str) -> dict[str, Any]:
    """The ids of a set and of an asking, for tables of addresses."""
    made = QuestionSet.objects.create(workspace=workspace, project_id=project_id, name="For every address")
    Question.objects.create(question_set=made, text="Is it?", type="Boolean")
    asking = Asking.objects.create(workspace=workspace, project_id=project_id, question_set=made, total=1)
    return {"set_id": made.pk, "asking_id": asking.pk}
