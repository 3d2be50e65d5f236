"""What may not be done too fast: calls of one project, exports, searches."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.accounts import limits, tidying
from dashboard.accounts.models import Rate
from dashboard.calls.models import Attempt, Call
from tests.calls.conftest import ANSWERED, agent, call_of, send, start  # noqa: F401  # a fixture
from tests.conftest import text

pytestmark = pytest.mark.item("S32")


@pytest.mark.parametrize("path", ["activity/export/", "activity/?q=x"])
def test_a_person_may_export_and_search_only_so_often(operator, owner, sandbox, path):
    most = 10 if "export" in path else 60
    url = f"/w/oak-care/{path}"
    assert {operator.get(url).status_code for _ in range(most)} == {200}
    answer = operator.get(url)
    assert answer.status_code == 429 and 0 < int(answer["Retry-After"]) <= 60
    assert "too often" in text(answer) and "Try again in" in text(answer)
    assert owner.get(url).status_code == 200, "others are not held up"
    assert operator.get("/w/oak-care/activity/").status_code == 200, "looking is not searching"
    sandbox.tick(61)
    assert operator.get(url).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_project_places_so_many_calls_a_minute(transactional_db, operator, workspace, agent, sandbox, settings):  # noqa: F811
    settings.CALLS_PER_MINUTE = 3
    calls = [call_of(start(operator, agent, f"+120655501{number}")) for number in range(30, 35)]
    send()
    assert len(sandbox.rings) == 3
    waiting = Call.objects.filter(attempt=Attempt.RESERVED)
    assert waiting.count() == 2
    assert "3 calls a minute" in text(operator.get(f"/w/oak-care/projects/{agent.project_id}/calls/{calls[-1].pk}/"))
    sandbox.tick(30)
    send()
    assert len(sandbox.rings) == 3
    sandbox.tick(31)
    send()
    assert len(sandbox.rings) == 5 and not waiting.exists()


@pytest.mark.django_db(transaction=True)
def test_another_project_is_not_held_up(transactional_db, operator, workspace, agent, sandbox, settings):  # noqa: F811
    settings.CALLS_PER_MINUTE = 1
    now = timezone.now()
    Call.objects.create(
        workspace=workspace, project_id="other", number=ANSWERED, at=now, attempt=Attempt.PLACED, sending_at=now
    )
    start(operator, agent, ANSWERED)
    send()
    assert len(sandbox.rings) == 1


def test_counting(db, sandbox):
    assert [limits.spend("a", 2, 60) for _ in range(3)] == [0, 0, 60]
    assert limits.spend("b", 2, 60) == 0
    sandbox.tick(59)
    assert limits.spend("a", 2, 60) == 1
    sandbox.tick(2)
    assert limits.spend("a", 2, 60) == 0
    Rate.objects.update(since=timezone.now() - timedelta(days=2))
    tidying.tidy()
    assert not Rate.objects.exists()


@pytest.mark.parametrize(
    ("path", "fields", "most"),
    [
        ("/sign-up/", {"name": "N", "email": "new@y.example", "password": "long enough here"}, 20),
        ("/verify/", {"email": "new@y.example", "code": "123456"}, 30),
        ("/verify/resend/", {"email": "new@y.example"}, 20),
        ("/forgot/", {"email": "new@y.example"}, 20),
        ("/reset/", {"token": "made-up", "new_password": "long enough here"}, 30),
    ],
)
def test_account_forms_from_one_address(db, sandbox, path, fields, most):
    seen = {Client().post(path, fields).status_code for _ in range(most)}
    assert 429 not in seen
    answer = Client().post(path, fields)
    assert answer.status_code == 429 and "too often from here" in text(answer)
    assert path == "/reset/" or "new@y.example" in text(answer), "what was typed is still there"
    assert Client().post(path, fields, REMOTE_ADDR="203.0.113.9").status_code != 429


def test_the_old_password_cannot_be_guessed_in_a_browser_that_is_signed_in(operator, sandbox):
    guess = {"old_password": "a guess", "new_password": "a new long password"}
    for _ in range(10):
        assert operator.post("/account/password/", guess).status_code == 422
        sandbox.tick(70)
    answer = operator.post("/account/password/", {**guess, "old_password": "practice-makes-calm"})
    assert answer.status_code == 429 and "too many wrong passwords" in text(answer)
