"""A bearer is renewed before it runs out, once, however many want it; and each kind of workspace has its own servers."""

import threading

import pytest
from django.db import connection as database
from django.db.models import F
from django.test import Client

from dashboard.accounts import connection
from dashboard.accounts.models import Connection, Workspace
from dashboard.accounts.secrets import open_, seal
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import KeyRejected, TalkstackError, Tokens, Unavailable
from tests.conftest import OWNER_EMAIL

REFRESH = "/auth/refresh-token"


def fresh(workspace):
    return Workspace.objects.select_related("connection").get(pk=workspace.pk)


def bearer(workspace):
    return open_(workspace.pk, "bearer", Connection.objects.get(workspace=workspace).bearer)


def test_good_bearer_is_used_as_it_is(workspace, asked):
    credentials, _generation = connection.credentials(workspace)
    assert credentials.bearer == bearer(workspace) and not credentials.api_key
    assert asked.seen == []


def test_bearer_is_renewed_before_it_runs_out(workspace, sandbox, asked):
    before = bearer(workspace)
    sandbox.tick(2 * 3600 - 30)
    credentials, generation = connection.credentials(fresh(workspace))
    assert credentials.bearer not in ("", before)
    assert asked.count(REFRESH) == 1
    assert generation == Connection.objects.get().generation
    assert connection.credentials(fresh(workspace))[0] == credentials and asked.count(REFRESH) == 1
    assert Upstream(fresh(workspace)).client().projects.list()


def test_api_key_comes_first_and_needs_no_renewing(workspace, sandbox, asked):
    Connection.objects.update(api_key=seal(workspace.pk, "api_key", "k" * 64))
    sandbox.tick(3 * 3600)
    credentials, _generation = connection.credentials(fresh(workspace))
    assert credentials.api_key == "k" * 64 and asked.seen == []


def test_a_bearer_is_had_beside_a_key_and_never_the_key(workspace, sandbox, asked):
    before = bearer(workspace)
    Connection.objects.update(api_key=seal(workspace.pk, "api_key", "k" * 64))
    credentials, _generation = connection.bearer_credentials(fresh(workspace))
    assert (credentials.bearer, credentials.api_key) == (before, "") and asked.seen == []
    sandbox.tick(2 * 3600 - 30)
    credentials, _generation = connection.bearer_credentials(fresh(workspace))
    assert credentials.bearer not in ("", before) and not credentials.api_key and asked.count(REFRESH) == 1


def test_a_new_key_while_a_bearer_is_renewed_loses_neither(workspace, sandbox, monkeypatch):
    handle = sandbox.handle

    def meanwhile(request, *args, **kwargs):
        sealed = seal(workspace.pk, "api_key", "k" * 64)
        Connection.objects.update(api_key=sealed, generation=F("generation") + 1, key_version=1)
        return handle(request, *args, **kwargs)

    sandbox.tick(2 * 3600 - 30)
    before, old = bearer(workspace), fresh(workspace)
    monkeypatch.setattr(sandbox, "handle", meanwhile)
    renewed = connection.renew(old, old.connection.generation)
    assert open_(workspace.pk, "bearer", renewed.bearer) == bearer(workspace) != before
    assert open_(workspace.pk, "api_key", renewed.api_key) == "k" * 64


def test_a_renewal_does_not_overwrite_a_newer_sign_in(workspace, sandbox):
    renewing = fresh(workspace).connection
    Client().post("/sign-in/", {"email": OWNER_EMAIL, "password": "practice-makes-calm"})
    newest = bearer(workspace)
    assert not connection.store(fresh(workspace), Tokens("from-the-renewal", "", None), renewing)
    assert bearer(workspace) == newest


@pytest.mark.parametrize(
    ("fields", "can"),
    [
        ({}, True),
        ({"expires_at": None, "refresh": ""}, True),
        ({"bearer": "", "refresh": ""}, False),
        ({"bearer": ""}, True),
        ({"bearer": "", "sign_in_needed": True}, False),
    ],
)
def test_whether_the_account_can_still_do(workspace, fields, can):
    Connection.objects.update(**fields)
    assert connection.can_sign_in(Connection.objects.get()) is can


def test_refused_renewal_asks_for_the_owner_once(workspace, sandbox, asked):
    sandbox.tick(40 * 24 * 3600)
    for _ in range(3):
        with pytest.raises(KeyRejected) as error:
            connection.credentials(fresh(workspace))
        assert "sign in again" in error.value.sentence
    assert asked.count(REFRESH) == 1
    link = Connection.objects.get()
    assert link.sign_in_needed and link.failing and "sign in again" in link.last_failure
    Client().post("/sign-in/", {"email": OWNER_EMAIL, "password": "practice-makes-calm"})
    assert connection.credentials(fresh(workspace))[0].bearer


def test_renewal_that_cannot_be_asked_leaves_the_old_bearer_while_it_lasts(workspace, sandbox):
    sandbox.tick(2 * 3600 - 30)
    sandbox.faults.add("down", path=REFRESH, times=0)
    assert connection.credentials(fresh(workspace))[0].bearer == bearer(workspace)
    sandbox.tick(60)
    with pytest.raises(Unavailable):
        connection.credentials(fresh(workspace))
    link = Connection.objects.get()
    assert not link.sign_in_needed and link.renewing_until is None and link.failing
    sandbox.faults.clear()
    assert connection.credentials(fresh(workspace))[0].bearer


def test_dead_renewers_lease_runs_out(workspace, sandbox, asked):
    from datetime import timedelta

    from django.utils import timezone

    sandbox.tick(2 * 3600 - 30)
    Connection.objects.update(renewing_until=timezone.now() - timedelta(seconds=1))
    assert connection.credentials(fresh(workspace))[0].bearer and asked.count(REFRESH) == 1


def test_rejected_bearer_is_renewed_and_the_read_tried_again(workspace, sandbox, asked):
    from dashboard.accounts import queries

    sandbox.store.tokens = {key: row for key, row in sandbox.store.tokens.items() if row.kind == "refresh"}
    reads = Upstream(fresh(workspace)).strict(voices=queries.voices(), active=queries.active_project())
    assert reads.voices.value
    assert asked.count(REFRESH) == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_who_want_it_at_once_make_one_request(sandbox, asked):
    Client().post("/sign-in/", {"email": OWNER_EMAIL, "password": "practice-makes-calm"})
    workspace = Workspace.objects.get()
    sandbox.tick(2 * 3600 - 30)
    start, got = threading.Barrier(20), []

    def want():
        try:
            start.wait()
            got.append(connection.credentials(fresh(workspace))[0].bearer)
        except (TalkstackError, threading.BrokenBarrierError) as error:
            got.append(error)
        finally:
            database.close()

    threads = [threading.Thread(target=want) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert asked.count(REFRESH) == 1
    assert len(got) == 20 and set(got) == {bearer(workspace)}


def test_nothing_of_one_kind_goes_to_the_others_server(workspace, live, asked):
    other = Workspace.objects.create(name="Live", slug="live", practice=False)
    Connection.objects.create(
        workspace=other, account_email="ada@talkstack.example", bearer=seal(other.pk, "bearer", "live-bearer")
    )
    assert connection.servers(workspace).api_url == "http://sandbox.test"
    assert connection.servers(other).api_url == connection.servers(other).calls_url == "http://live.test"
    for each in (workspace, other):
        try:
            Upstream(fresh(each)).client().voices.list()
        except TalkstackError:
            assert each == other
    assert "live-bearer" not in "".join(asked.keys) and bearer(workspace) not in "".join(live.door.keys)
    assert "live-bearer" in "".join(live.door.keys)


def test_live_workspace_without_a_live_server_asks_nobody(db, asked):
    other = Workspace.objects.create(name="Live", slug="live", practice=False)
    Connection.objects.create(workspace=other, account_email="x@y.example", bearer=seal(other.pk, "bearer", "b" * 30))
    with pytest.raises(Unavailable) as error:
        Upstream(other).client()
    assert "No address" in error.value.sentence and asked.seen == []


def test_health_is_noted_at_most_once_a_minute(workspace, sandbox, django_assert_num_queries):
    link = fresh(workspace)
    connection.worked(link)
    with django_assert_num_queries(0):
        connection.worked(link)
    connection.failed(link, "Something")
    with django_assert_num_queries(0):
        connection.failed(link, "Something")
    assert Connection.objects.get().failing
    sandbox.tick(1)
    connection.worked(link)
    assert not Connection.objects.get().failing
