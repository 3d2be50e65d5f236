"""Reads with their age, kept answers, and writes with their record."""

import json
import threading
import time
from dataclasses import replace

import pytest
from django.db import DatabaseError, connection

from dashboard.accounts import queries
from dashboard.accounts.models import Connection, Snapshot, UpstreamFact, User, Workspace
from dashboard.accounts.secrets import seal
from dashboard.accounts.upstream import Upstream
from dashboard.activity.models import Entry
from dashboard.talkstack import KeyRejected, NotFound, OutcomeUnknown, Refused, Unavailable
from tests.conftest import text


def again(workspace):
    return Upstream(Workspace.objects.select_related("connection").get(pk=workspace.pk))


def rename(upstream, project_id, name, actor=None):
    return upstream.write(
        actor, "project.update", lambda client: client.projects.update(project_id, name, "d"),
        kind="project", thing_id=project_id, thing_name=name, before={"name": "old"}, after={"name": name},
        project_id=project_id,
    )  # fmt: skip


def test_missing_answer_is_asked_for_and_kept(upstream, workspace, sandbox, asked):
    reads = upstream.read(projects=queries.projects())
    assert reads.projects.value and not reads.stale and not reads.projects.snapshot
    count = len(asked.seen)
    sandbox.tick(3600)
    kept = again(workspace).read(projects=queries.projects())
    assert kept.projects.value == reads.projects.value and kept.projects.snapshot and kept.stale
    assert len(asked.seen) == count, "a kept answer of any age is used at once"


def test_every_query_comes_back_alike_from_what_is_kept(upstream, workspace, project_id):
    agent = upstream.strict(agents=queries.agents(project_id)).agents.value[0]
    asking = {
        "projects": queries.projects(),
        "project": queries.project(project_id),
        "agents": queries.agents(project_id),
        "agent": queries.agent(project_id, agent.id),
        "numbers": queries.numbers(project_id),
        "agent_numbers": queries.agent_numbers(agent.id),
        "voices": queries.voices(),
        "active_project": queries.active_project(),
        "active_agent": queries.active_agent(project_id),
    }
    new = upstream.strict(**asking)
    kept = again(workspace).read(**asking)
    for name in asking:
        assert kept[name].value == new[name].value, name
        assert kept[name].snapshot or new[name].value is None, name


def test_what_is_kept_is_there_without_asking(upstream, workspace, asked):
    assert upstream.kept(voices=queries.voices()).voices.value is None and asked.seen == []
    upstream.read(voices=queries.voices())
    count = len(asked.seen)
    assert again(workspace).kept(voices=queries.voices()).voices.value and len(asked.seen) == count


def test_fresh_falls_back_with_the_error_and_strict_raises(upstream, workspace, sandbox):
    upstream.read(voices=queries.voices())
    sandbox.tick(100)
    sandbox.faults.add("down", times=0)
    reads = again(workspace).fresh(voices=queries.voices(), projects=queries.projects())
    assert reads.voices.value and reads.voices.snapshot and reads.voices.stale
    assert isinstance(reads.voices.error, Unavailable) and reads.error is reads.voices.error
    assert reads.projects.value is None
    with pytest.raises(Unavailable):
        reads.projects.must()
    with pytest.raises(Unavailable):
        again(workspace).strict(voices=queries.voices())
    assert Connection.objects.get().failing


def test_hanging_server_costs_one_budget_however_many_reads(upstream, sandbox, project_id):
    sandbox.faults.add("hang", times=0)
    began = time.perf_counter()
    reads = upstream.fresh(
        voices=queries.voices(), agents=queries.agents(project_id), numbers=queries.numbers(project_id)
    )
    assert all(isinstance(read.error, Unavailable) for read in reads)
    assert time.perf_counter() - began < 0.9


def test_what_is_gone_is_gone(upstream, workspace, sandbox, project_id):
    upstream.read(project=queries.project(project_id))
    upstream.client().projects.delete(project_id, cascade=True)
    reads = again(workspace).fresh(project=queries.project(project_id))
    assert reads.project.value is None and isinstance(reads.error, NotFound)
    assert not Snapshot.objects.filter(key__startswith="project:").exists()


def test_unreadable_kept_answer_is_asked_for_again(upstream, workspace):
    upstream.read(voices=queries.voices())
    Snapshot.objects.update(payload='[{"nonsense": 1}]')
    assert again(workspace).read(voices=queries.voices()).voices.value
    Snapshot.objects.update(payload="not json")
    assert not again(workspace).read(voices=queries.voices()).voices.snapshot


def test_kept_answer_from_before_a_write_is_not_used(upstream, workspace, project_id):
    upstream.read(project=queries.project(project_id))
    rename(again(workspace), project_id, "Northgate Renamed")
    assert again(workspace).read(project=queries.project(project_id)).project.value.name == "Northgate Renamed"


@pytest.mark.django_db(transaction=True)
def test_slow_read_never_brings_back_what_a_write_has_changed(workspace, project_id, settings):
    settings.BUDGETS = {**settings.BUDGETS, "read": 5.0}
    query, answered, go_on = queries.project(project_id), threading.Event(), threading.Event()
    seen = []

    def fetch(client):
        old = query.fetch(client)
        answered.set()
        go_on.wait(5)
        return old

    def read():
        try:
            seen.append(again(workspace).fresh(project=replace(query, fetch=fetch)).project)
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    assert answered.wait(5)
    rename(again(workspace), project_id, "Northgate Renamed")
    go_on.set()
    reader.join(5)
    assert seen[0].value.name == "Northgate Clinics" and not seen[0].error
    assert not Snapshot.objects.filter(key=query.key).exists()
    assert again(workspace).read(project=query).project.value.name == "Northgate Renamed"
    assert Snapshot.objects.get(key=query.key).generation == Workspace.objects.get().generation


def test_kept_answers_belong_to_their_workspace(upstream, workspace, stranger, project_id):
    upstream.read(project=queries.project(project_id), voices=queries.voices())
    other = Workspace.objects.select_related("connection").get(slug="elsewhere")
    theirs = Upstream(other)
    reads = theirs.read(project=queries.project(project_id), voices=queries.voices())
    assert reads.values() == [None, None] and isinstance(reads.error, KeyRejected)
    assert theirs.kept_name(project_id) == ""


def test_any_number_of_reads_costs_the_same(upstream, workspace, project_id, django_assert_num_queries):
    two = {"a": queries.voices(), "b": queries.projects()}
    four = {**two, "c": queries.agents(project_id), "d": queries.numbers(project_id)}
    upstream.fresh(**four)
    for asking in (two, four):
        with django_assert_num_queries(3):
            upstream.fresh(**asking)
        with django_assert_num_queries(1):
            upstream.read(**asking)


def test_path_of_the_project_list_is_kept(upstream):
    from dashboard.accounts import facts

    facts.forget()
    upstream.strict(projects=queries.projects())
    fact = UpstreamFact.objects.get(key="list_projects_path")
    assert fact.server == "http://sandbox.test" and fact.value.startswith("/")
    facts.forget()
    assert upstream.client().servers.list_projects_path == fact.value
    facts.forget()


def test_write_leaves_its_record(upstream, project_id, workspace):
    owner = User.objects.get()
    rename(upstream, project_id, "Northgate Renamed", owner)
    entry = Entry.objects.get(verb="project.update")
    assert (entry.user, entry.user_email, entry.thing_id) == (owner, owner.email, project_id)
    assert (entry.before, entry.after, entry.outcome.result) == ({"name": "old"}, {"name": "Northgate Renamed"}, "done")


def test_thing_that_gets_its_id_by_the_write(upstream, workspace):
    made = upstream.write(
        None, "project.create", lambda client: client.projects.create("New", "d"), kind="project", thing_name="New",
        named=lambda project: (project.id, project.name),
    )  # fmt: skip
    outcome = Entry.objects.get(verb="project.create").outcome
    assert (outcome.thing_id, outcome.thing_name) == (made.id, "New")


@pytest.mark.parametrize(
    ("fault", "error", "result"),
    [
        ("down", Unavailable, "not_sent"),
        ("lost", OutcomeUnknown, "unknown"),
        ("500", OutcomeUnknown, "unknown"),
        ("400", Refused, "refused"),
        ("401", KeyRejected, "refused"),
        ("html", OutcomeUnknown, "unknown"),
    ],
)
def test_write_that_fails_says_how_and_is_sent_once(upstream, project_id, sandbox, asked, fault, error, result):
    sandbox.faults.add(fault, path="/project", times=0)
    generation = upstream.workspace.generation
    with pytest.raises(error) as raised:
        rename(upstream, project_id, "Northgate Renamed")
    outcome = Entry.objects.get(verb="project.update").outcome
    assert (outcome.result, outcome.words) == (result, raised.value.sentence)
    assert sum(1 for method, path in asked.seen if project_id in path) <= 1
    assert Workspace.objects.get().generation == generation + 2


def test_write_without_a_connection_is_recorded_and_not_sent(upstream, project_id, sandbox, asked):
    sandbox.tick(40 * 24 * 3600)
    with pytest.raises(KeyRejected):
        rename(upstream, project_id, "Northgate Renamed")
    assert Entry.objects.get(verb="project.update").outcome.result == "refused"
    assert not any(project_id in path for _method, path in asked.seen)


def test_write_that_cannot_be_written_down_is_not_sent(upstream, project_id, asked):
    def full(execute, sql, *rest):
        if "activity_entry" in sql:
            raise DatabaseError("database or disk is full")
        return execute(sql, *rest)

    with connection.execute_wrapper(full), pytest.raises(DatabaseError):
        rename(upstream, project_id, "Northgate Renamed")
    assert asked.seen == []


@pytest.mark.django_db(transaction=True)
def test_outcome_that_cannot_be_written_does_not_undo_the_deed(upstream, project_id, asked):
    def full(execute, sql, *rest):
        if "activity_outcome" in sql:
            raise DatabaseError("database or disk is full")
        return execute(sql, *rest)

    with connection.execute_wrapper(full):
        rename(upstream, project_id, "Northgate Renamed")
    assert not hasattr(Entry.objects.get(verb="project.update"), "outcome")


def test_bug_in_a_write_is_recorded_as_failed(upstream):
    with pytest.raises(ZeroDivisionError):
        upstream.write(None, "project.update", lambda client: 1 // 0, kind="project")
    assert Entry.objects.get(verb="project.update").outcome.result == "failed"


def test_kept_payload_is_what_talkstack_sent(upstream, project_id):
    value = upstream.strict(project=queries.project(project_id)).project.value
    row = Snapshot.objects.get(key=queries.project(project_id).key)
    assert json.loads(row.payload) == value.raw


def test_keys_of_hostile_ids_fit_and_differ():
    keys = {queries.agent("a:b", "c").key, queries.agent("a", "b:c").key, queries.agent("a", "b%3Ac").key}
    assert len(keys) == 3
    assert len(queries.project("x" * 9000).key) < 200 and "\x00" not in queries.project("\x00").key
    assert queries.project("x" * 9000).key != queries.project("x" * 9001).key


def test_an_entry_says_which_credentials_were_used(admin, viewer, upstream, workspace, project_id):
    """To admins, and the key by its last characters alone."""
    rename(upstream, project_id, "One")
    with_sign_in = Entry.objects.get(verb="project.update")
    assert with_sign_in.sent_with == "the sign-in of owner@oakcare.example"
    key = upstream.client().user.generate_api_key()
    Connection.objects.update(api_key=seal(workspace.pk, "api_key", key), api_key_hint=key[-4:])
    rename(again(workspace), project_id, "Two")
    with_key = Entry.objects.filter(verb="project.update").first()
    assert with_key.sent_with == f"the API key ••••{key[-4:]}"
    page = f"/w/oak-care/activity/{with_key.pk}/"
    assert with_key.sent_with in text(admin.get(page)) and key not in text(admin.get(page))
    assert "Sent to Talkstack with" not in text(viewer.get(page))
