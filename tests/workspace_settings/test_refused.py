"""Talkstack refuses what the workspace shows it: every page says so, nobody is signed out, and it is written down once."""

import pytest
from django.db import connection as database
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from dashboard.accounts import connection
from dashboard.accounts.models import Connection, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.activity.models import Entry
from dashboard.talkstack import KeyRejected
from tests.conftest import OWNER_EMAIL, text
from tests.workspace_settings.conftest import CANARY, KEY, PAGE, TEST, follow, link, shown_key, store, version, words

SAID = "Talkstack has not let this workspace in since"
HOME, PROJECTS = "/w/oak-care/", "/w/oak-care/projects/"
VOICES = "/w/oak-care/voices/"
PAGES = (HOME, PROJECTS, "/w/oak-care/calls/", VOICES, "/w/oak-care/activity/", "/w/oak-care/practice/")


def fresh(workspace):
    return Workspace.objects.select_related("connection").get(pk=workspace.pk)


def written(verb):
    return Entry.objects.filter(verb=verb).count()


def test_every_page_says_so_to_everybody(owner, admin, operator, viewer, workspace):
    owner.get(PROJECTS)
    store(CANARY)
    first = owner.get(f"{PROJECTS}?fresh=1")
    assert first.status_code == 200 and SAID in words(first) and "Northgate Clinics" in text(first), (
        "at once, with what is kept"
    )
    for person in (owner, admin, operator, viewer):
        for url in PAGES:
            page = person.get(url)
            assert page.status_code == 200 and SAID in words(page), (url, "nobody is signed out")
            if person is owner:
                assert f'<a href="{PAGE}#connection">Mend the connection</a>' in text(page)
            else:
                assert 'Ask <a href="mailto:owner@oakcare.example">' in text(
                    page
                ) and "Mend the connection" not in text(page)


def test_not_on_fragments_and_not_elsewhere(owner, stranger, workspace):
    Connection.objects.filter(workspace=workspace).update(refused_at=timezone.now())
    assert SAID not in words(owner.get(VOICES, headers={"HX-Request": "true", "HX-Target": "voices-list"}))
    assert SAID not in words(owner.get("/account/")) and SAID not in words(stranger.get("/w/elsewhere/activity/"))


def test_it_costs_one_query_and_only_where_owners_are_named(owner, viewer, workspace):
    counts = []
    for refused in (None, timezone.now()):
        for person in (owner, viewer):
            person.get(VOICES)
            Connection.objects.update(refused_at=refused)
            with CaptureQueriesContext(database) as told:
                assert (SAID in words(person.get(VOICES))) is bool(refused)
            counts.append(len(told))
    assert counts[2] == counts[0] and counts[3] == counts[1] + 1


def test_begins_and_ends_are_written_down_once_each(owner, workspace, account_key):
    store(CANARY)
    for _ in range(3):
        owner.get(f"{PROJECTS}?fresh=1")
    since = link().refused_at
    assert since and written("connection.refused") == 1
    assert Entry.objects.get(verb="connection.refused").user is None
    assert "The dashboard noticed that Talkstack refuses the connection" in words(owner.get("/w/oak-care/activity/"))
    store(account_key)
    for _ in range(3):
        assert SAID not in words(owner.get(f"{PROJECTS}?fresh=1"))
    assert link().refused_at is None and written("connection.works") == 1 == written("connection.refused")


def test_being_away_or_refusing_one_request_is_not_being_refused(owner, workspace, sandbox):
    for kind in ("down", "500", "403", "429", "404", "html"):
        sandbox.faults.add(kind, times=0)
        owner.get(f"{PROJECTS}?fresh=1")
        sandbox.faults.clear()
    assert link().refused_at is None and written("connection.refused") == 0


def test_the_first_moment_stays(owner, workspace, sandbox):
    store(CANARY)
    owner.get(f"{PROJECTS}?fresh=1")
    since = link().refused_at
    sandbox.tick(3600)
    owner.get(f"{PROJECTS}?fresh=1")
    assert link().refused_at == since


def test_a_bearer_that_is_renewed_was_not_refused(owner, workspace, sandbox):
    sandbox.store.tokens = {key: row for key, row in sandbox.store.tokens.items() if row.kind == "refresh"}
    assert owner.get(f"{PROJECTS}?fresh=1").status_code == 200
    sandbox.store.tokens = {key: row for key, row in sandbox.store.tokens.items() if row.kind == "refresh"}
    assert owner.post(f"{PROJECTS}new/", {"name": "A project"}).status_code == 502
    assert written("connection.refused") == 0 and link().refused_at is None


def test_a_sign_in_that_ended_is_said_and_mended_by_signing_in(owner, viewer, workspace, sandbox):
    viewer.get(PROJECTS)
    sandbox.store.tokens.clear()
    assert SAID in words(viewer.get(f"{PROJECTS}?fresh=1")) and link().sign_in_needed
    assert "sign out, and sign in here once as owner@oakcare.example" in words(owner.get(PAGE))
    Client().post("/sign-in/", {"email": OWNER_EMAIL, "password": "practice-makes-calm"})
    assert link().refused_at is None and written("connection.works") == 1
    assert SAID not in words(viewer.get(PROJECTS))


def test_a_renewal_that_was_refused_in_passing_is_tried_again(owner, workspace, sandbox, asked):
    owner.get(PROJECTS)
    sandbox.faults.add("401", times=0)
    assert SAID in words(owner.get(f"{PROJECTS}?fresh=1")) and link().sign_in_needed
    assert "no longer accepts this workspace's connection" in words(owner.get(HOME))
    sandbox.faults.clear()
    owner.get(f"{PROJECTS}?fresh=1")
    assert not link().sign_in_needed and link().refused_at is None
    assert "no longer accepts this workspace's connection" not in words(owner.get(HOME))
    renewed = asked.count("/auth/refresh-token")
    sandbox.tick(2 * 3600 - 30)
    owner.get(f"{PROJECTS}?fresh=1")
    assert asked.count("/auth/refresh-token") == renewed + 1 and not link().failing


def test_signing_in_mends_nothing_while_a_refused_key_is_in_use(owner, workspace):
    store(CANARY)
    owner.get(f"{PROJECTS}?fresh=1")
    Client().post("/sign-in/", {"email": OWNER_EMAIL, "password": "practice-makes-calm"})
    assert link().refused_at
    page = words(owner.get(PAGE))
    assert "Talkstack does not accept the API key ••••1a2b any more" in page and "remove the key from here" in page


def test_a_new_key_ends_it(owner, workspace):
    store(CANARY)
    owner.get(f"{PROJECTS}?fresh=1")
    answer = owner.post(KEY, {"key_version": version(owner.get(KEY))})
    assert shown_key(answer) and SAID not in words(answer) and SAID not in words(owner.get(HOME))
    assert written("connection.works") == 1


def test_a_refused_write_says_so_on_the_next_page(owner, workspace):
    store(CANARY)
    assert owner.post(f"{PROJECTS}new/", {"name": "A project"}).status_code == 502
    assert SAID in words(owner.get(HOME)) and written("connection.refused") == 1


def test_the_background_process_notices_too(workspace):
    store(CANARY)
    with pytest.raises(KeyRejected):
        Upstream(fresh(workspace)).ask(lambda client: client.projects.list())
    assert link().refused_at


def test_a_late_answer_to_the_old_key_says_nothing_about_the_new_one(workspace, account_key):
    old = fresh(workspace)
    old.connection.generation = link().generation
    store(account_key, generation=link().generation + 1)
    connection.failed(old, "Refused.", refused=True, generation=old.connection.generation)
    assert link().refused_at is None and written("connection.refused") == 0
    Connection.objects.update(refused_at=timezone.now())
    late = fresh(workspace)
    connection.worked(late, old.connection.generation)
    assert link().refused_at, "what the old key was told does not end it"


def test_one_refused_question_among_others_that_worked(owner, workspace, sandbox):
    from dashboard.accounts import queries

    sandbox.faults.add("401", path="/voices", times=0)
    for _ in range(2):
        reads = Upstream(fresh(workspace)).fresh(voices=queries.voices(), projects=queries.projects())
        assert reads.voices.error and not reads.projects.error
    assert link().refused_at is None and written("connection.refused") == 0


@pytest.mark.parametrize("refused", [True, False])
def test_owners_can_test_it_whatever_it_is(owner, workspace, refused):
    if refused:
        store(CANARY)
    said = follow(owner, owner.post(TEST))
    assert (SAID in said) is refused
