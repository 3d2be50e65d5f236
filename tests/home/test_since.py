"""What others changed since one was last here."""

from typing import Any

import pytest

from dashboard.accounts.models import Membership, User
from dashboard.activity import record
from dashboard.home import visits
from tests.home.test_home import URL, text

HEADING = "Changed since you were last here"


@pytest.fixture
def did(workspace: Any) -> Any:
    """Writes down that somebody did something."""

    def do(email: str, verb: str, name: str = "", **more: Any) -> None:
        user = User.objects.get(email=email)
        kind = verb.partition(".")[0]
        record.note(workspace=workspace, user=user, verb=verb, kind=kind, thing_id=name, thing_name=name, **more)

    return do


def test_changes_of_others_since_the_last_visit(viewer, admin, sandbox, did):
    viewer.get(URL)
    did("admin@oakcare.example", "agent.create", "Too early to count")
    sandbox.tick(3600)
    for n in range(3):
        did("admin@oakcare.example", "agent.update", "Reminder",
            before={"system_instruction": f"{n}"}, after={"system_instruction": f"{n + 1}"})  # fmt: skip
    did("admin@oakcare.example", "call.reserve", "+12065550121")
    did("viewer@oakcare.example", "project.update", "My own doing")
    said = text(viewer.get(URL))
    assert HEADING in said and "Admin Sample changed the prompt of the agent <a" in said and "(3 times)" in said
    changed = said.partition(HEADING)[2].partition("</section>")[0]
    assert "Too early" in changed, "it was after the first visit"
    assert "My own doing" not in changed and "0121" not in changed
    assert "verb=agent.update" in changed and "thing=Reminder" in changed
    sandbox.tick(600)
    assert "(3 times)" in text(viewer.get(URL)), "the same visit"
    sandbox.tick(3600)
    assert HEADING not in text(viewer.get(URL)), "the next one"


def test_many_changes_are_counted(viewer, admin, sandbox, did):
    viewer.get(URL)
    sandbox.tick(3600)
    for n in range(23):
        did("admin@oakcare.example", "project.create", f"Project {n}")
    said = text(viewer.get(URL))
    shown, _, rest = said.partition(HEADING)[2].partition("All 23 changes")
    assert (
        shown.count("created the project") == 8 and rest.partition("</details>")[0].count("created the project") == 15
    )


def test_who_never_was_here_sees_none_and_polls_are_no_visit(viewer, admin, sandbox, did):
    did("admin@oakcare.example", "project.create", "Northgate")
    mine = Membership.objects.filter(user__email="viewer@oakcare.example")
    htmx = {"HX-Request": "true", "HX-Target": "home-now"}
    viewer.get(URL, {"seen": "x"}, headers=htmx)
    assert mine.get().here_at is None
    assert HEADING not in text(viewer.get(URL))
    first = mine.get().here_at
    sandbox.tick(60)
    viewer.get(URL)
    assert mine.get().here_at == first, "at most one write in five minutes"


def test_one_query_however_many_changes(workspace, viewer, admin, sandbox, did, django_assert_num_queries):
    before = Membership.objects.get(user__email="viewer@oakcare.example").created_at
    for n in range(150):
        did("admin@oakcare.example", "project.create", f"Project {n}")
    user = User.objects.get(email="viewer@oakcare.example")
    with django_assert_num_queries(1):
        since = visits.since(workspace, user, before)
    assert since is not None and since.entries == visits.MOST and since.more
