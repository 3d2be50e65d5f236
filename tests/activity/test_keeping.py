"""The one door past AppendOnly: old entries go when a workspace says so, none within a year, and nobody else can touch one."""

import ast
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

import dashboard
from dashboard.accounts.models import Workspace
from dashboard.activity import keeping, record
from dashboard.activity.models import Entry, Outcome
from dashboard.calls.models import Call
from dashboard.web.middleware import RequestId
from tests.activity.conftest import PAGE, done
from tests.at_once import at_once
from tests.conftest import text

HOUSE = Path(dashboard.__file__).parent
BACK_DOORS = {
    "_base_manager", "_default_manager", "_raw_delete", "_update", "save_base", "Collector", "RawSQL", "RunSQL",
    "cursor", "_do_update", "_do_insert", "connection_created",
}  # fmt: skip
HARMLESS = {
    "dashboard/web/views.py",  # asks the database whether it is there
    "dashboard/calls/texts.py",  # tells SQLite's text index to tidy itself
    "dashboard/webhooks/views_receive.py",  # says how long SQLite may wait for its lock
}


def aged(workspace: Any, days: float, many: int = 1, **more: Any) -> None:
    """So many entries with their outcomes, from so many days ago."""
    what = {"verb": "project.update", "kind": "project", "thing_name": "Old"} | more
    at = timezone.now() - timedelta(days=days)
    made = Entry.objects.bulk_create([Entry(workspace=workspace, asked_at=at, **what) for _ in range(many)])
    Outcome.objects.bulk_create([Outcome(entry=entry, result="done") for entry in made])


def keep(workspace: Any, days: int | None) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(keep_entries_days=days)


def names() -> list[str]:
    return sorted(
        Entry.objects.exclude(thing_name="").filter(verb="project.update").values_list("thing_name", flat=True)
    )


def test_what_is_a_persons_alone_goes_by_the_setting_and_never_within_a_year(workspace, settings):
    aged(None, 731, thing_name="older than two years")
    aged(None, 729, thing_name="two years")
    aged(None, 364, thing_name="a year")
    aged(workspace, 800, thing_name="the workspace's")
    assert keeping.let_go() is False and names() == ["a year", "the workspace's", "two years"]
    settings.SIGN_INS_KEEP_DAYS = 1
    assert keeping.let_go() is False and names() == ["a year", "the workspace's"]


def test_what_is_older_goes_with_its_outcome(workspace, elsewhere, settings):
    settings.SIGN_INS_KEEP_DAYS = 0
    aged(workspace, 366, thing_name="a year and a day")
    aged(workspace, 364, thing_name="not a year yet")
    aged(elsewhere, 4000, thing_name="theirs")
    aged(None, 4000, thing_name="a person's own")
    outcomes = Outcome.objects.count()
    assert keeping.let_go() is False and Outcome.objects.count() == outcomes, "for ever is the default"
    keep(workspace, 365)
    assert keeping.let_go() is False
    assert names() == ["a person's own", "not a year yet", "theirs"]
    entry = Entry.objects.get(verb="keeping.entries")
    assert (entry.workspace, entry.user, entry.after, entry.outcome.result) == (workspace, None, {"entries": 1}, "done")
    assert Outcome.objects.count() == outcomes  # one went, one came with the record of that


def test_nobody_can_have_a_younger_one_go(workspace):
    aged(workspace, 364)
    keep(workspace, 1)
    keeping.let_go()
    assert names() == ["Old"]


def test_a_longer_time_counts_at_once(workspace):
    aged(workspace, 400)
    keep(workspace, 365)
    keep(workspace, None)
    assert keeping.let_go() is False and names() == ["Old"]


def test_a_call_outlives_its_entry(workspace):
    aged(workspace, 400, kind="call", verb="call.place")
    entry = Entry.objects.get(verb="call.place")
    call = Call.objects.create(
        workspace=workspace, number="+12065550121", at=timezone.now(), entry=entry, attempt="unknown"
    )
    keep(workspace, 365)
    keeping.let_go()
    call.refresh_from_db()
    assert call.entry is None and call.attempt == "unknown"


def test_batches_are_bounded_and_one_record_a_day_counts_on(workspace, sandbox, django_assert_max_num_queries, viewer):
    aged(workspace, 400, many=501)
    keep(workspace, 365)
    with django_assert_max_num_queries(20):
        assert keeping.let_go() is True
    assert len(names()) == 1
    assert keeping.let_go() is False
    assert Entry.objects.get(verb="keeping.entries").after == {"entries": 501}
    assert "The dashboard</b> let old entries of the activity go" in text(viewer.get(PAGE))
    sandbox.tick(86400)
    aged(workspace, 400)
    keeping.let_go()
    assert [each.after["entries"] for each in Entry.objects.filter(verb="keeping.entries")] == [1, 501]


@pytest.mark.django_db(transaction=True)
def test_several_workers_at_once(transactional_db, workspace):
    aged(workspace, 400, many=1700)
    keep(workspace, 365)

    def work() -> bool:
        while keeping.let_go():
            pass
        return True

    assert at_once(4, work) == [True] * 4 and not names()
    assert Entry.objects.get(verb="keeping.entries").after == {"entries": 1700}


def test_values_go_and_nothing_else_changes(workspace):
    wanted = {"agent": "A", "number": "+12065550137", "variables": {"name": "Pat"}, "confirmed": []}
    entry = done(workspace, "call.reserve", "call", thing_id="c1", thing_name="+12065550137", after=wanted)
    other = done(workspace, "call.reserve", "call", thing_id="c2", thing_name="+12065550137", after=wanted)
    agent = done(workspace, "agent.update", "agent", thing_id="c1", after={"variables": {"name": "Pat"}})
    keeping.drop_values(workspace, ["c1", "c3"])
    for each in (entry, other, agent):
        each.refresh_from_db()
    assert entry.after == wanted | {"variables": "no longer kept"} and entry.before is None
    assert Entry.objects.filter(pk=entry.pk, before__isnull=True).exists(), "NULL stays NULL"
    assert other.after == wanted and agent.after == {"variables": {"name": "Pat"}}


@pytest.mark.item("S71")
def test_no_other_module_goes_around_append_only():
    """Entries are changed or removed by activity/keeping.py alone; nothing in the product holds a tool to get past it."""
    found = []
    for path in HOUSE.rglob("*.py"):
        name = str(path.relative_to(HOUSE.parent))
        if name == "dashboard/activity/keeping.py" or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = getattr(node, "attr", getattr(node, "id", ""))
            tool = called in BACK_DOORS or (isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "raw")
            if tool and name not in HARMLESS:
                found.append(f"{name}: {called}")
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) == "QuerySet":
                found.append(f"{name}: a plain QuerySet")
    assert found == []


def test_who_uses_the_door():
    """What the door offers to others is known: an entry's age, and what it says of somebody who was called."""
    users = {
        str(path.relative_to(HOUSE))
        for path in HOUSE.rglob("*.py")
        if "dashboard.activity import keeping" in path.read_text(encoding="utf-8")
    }
    assert users == {
        "activity/apps.py", "calls/forgetting.py", "calls/keeping.py", "workspace_settings/actions_keeping.py",
    }  # fmt: skip


def test_everything_of_one_request_is_one_step(workspace, viewer):
    """A deed on many things is one step: its entries carry the id of the request, and the list of them says so."""

    def many(request: Any) -> HttpResponse:
        for n in range(3):
            record.note(workspace=workspace, user=None, verb="project.update", kind="project", thing_name=f"Thing {n}")
        return HttpResponse()

    answers = [RequestId(many)(RequestFactory().post("/")) for _ in range(2)]
    record.note(workspace=workspace, user=None, verb="project.update", kind="project", thing_name="Outside")
    for answer in answers:
        entries = Entry.objects.filter(request_id=answer["X-Request-ID"])
        assert sorted(entries.values_list("thing_name", flat=True)) == ["Thing 0", "Thing 1", "Thing 2"]
    assert Entry.objects.get(thing_name="Outside").request_id == ""
    assert text(viewer.get(PAGE)).count("one step with 3 entries") == 6
