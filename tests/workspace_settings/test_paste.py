"""A key that somebody has already: tried first, stored only if it is taken and of the same account."""

import pytest
from django.conf import settings as conf

from dashboard.accounts.models import Connection, Snapshot
from dashboard.activity.models import Entry
from tests.conftest import text
from tests.workspace_settings.conftest import (
    CANARY,
    GENERATE,
    KEY,
    PAGE,
    PASTE,
    REMOVE,
    follow,
    link,
    store,
    stored_key,
    words,
)


def test_the_page(owner, workspace, asked):
    page = owner.get(PASTE)
    assert 'type="password"' in text(page) and 'autocomplete="off"' in text(page) and "fresh_password" not in text(page)
    assert "It is tried at Talkstack first" in words(page) and asked.seen == []


@pytest.mark.item("S61")
def test_a_key_that_counts_is_stored_and_used(owner, workspace, account_key, asked):
    said = follow(owner, owner.post(PASTE, {"api_key": f"  {account_key}\r\n"}))
    assert "Talkstack took the key, and it is stored." in said and f"••••{account_key[-4:]}" in said
    assert stored_key() == account_key and account_key not in link().api_key and account_key not in said
    assert asked.keys[0] == account_key, "it alone was shown"
    assert asked.count(GENERATE) == 0
    entry = Entry.objects.get(verb="key.paste")
    assert entry.outcome.result == "done" and entry.outcome.words == f"The key ends in {account_key[-4:]}."


BAD = {
    "": "Paste the key here",
    "   ": "Paste the key here",
    "x" * 15: "too short",
    "x" * 201: "too long",
    "a key with spaces in it": "a space or a character",
    "tab\there" + "x" * 30: "a space or a character",
    "línea" + "x" * 30: "a space or a character",
    "x" * 20 + "\x00": "invisible NUL",
    "x" * 20 + "\x1b[31m" + "x" * 20: "a space or a character",
    "x" * 20 + "\r\nX-Other: 1": "a space or a character",
}


@pytest.mark.parametrize("typed", BAD)
def test_what_cannot_be_a_key(owner, workspace, asked, typed):
    page = owner.post(PASTE, {"api_key": typed})
    assert page.status_code == 422 and BAD[typed] in words(page)
    assert not typed.strip() or typed.strip("\x00") not in text(page)
    assert asked.seen == [] and stored_key() == "" and not Entry.objects.filter(verb="key.paste")


def test_a_refused_key_is_said_at_the_field(owner, workspace, account_key):
    store(account_key)
    page = owner.post(PASTE, {"api_key": CANARY})
    assert page.status_code == 422 and "Talkstack does not accept this key. Nothing was stored." in words(page)
    assert 'aria-invalid="true"' in text(page) and CANARY not in text(page) and stored_key() == account_key
    assert Entry.objects.get(verb="key.paste").outcome.result == "refused"
    assert not link().refused_at, "it says nothing about the key in use"


@pytest.mark.parametrize(("kind", "status"), [("down", 502), ("hang", 502), ("500", 502), ("429", 503)])
def test_away_stores_nothing(owner, workspace, sandbox, account_key, kind, status):
    sandbox.faults.add(kind, path="/", times=0)
    page = owner.post(PASTE, {"api_key": account_key})
    assert page.status_code == status and "the key could not be tried, and nothing was stored" in words(page)
    assert account_key not in text(page) and stored_key() == ""


def test_where_the_list_is_not_found_the_active_project_is_asked_for(owner, workspace, sandbox, account_key, asked):
    sandbox.faults.add("404", path="/project", times=0, message="Cannot GET /project")
    sandbox.faults.add("404", path="/user/projects", times=0, message="Cannot GET /user/projects")
    sandbox.faults.add("404", path="/user/get-projects", times=0, message="Cannot GET")
    assert owner.post(PASTE, {"api_key": CANARY}).status_code == 422 and stored_key() == ""
    assert owner.post(PASTE, {"api_key": account_key}).status_code == 303 and stored_key() == account_key


@pytest.mark.parametrize("seen_before", [True, False])
def test_a_key_of_another_account_is_another_workspace(owner, workspace, sandbox, account_key, seen_before):
    if seen_before:
        owner.get("/w/oak-care/projects/")
    else:
        Snapshot.objects.all().delete()
    sandbox.faults.add("set", path="/project", key="data.*.user_id", value="somebody-else")
    page = owner.post(PASTE, {"api_key": account_key})
    assert page.status_code == 422 and "another account is another workspace" in words(page) and stored_key() == ""
    assert Entry.objects.get(verb="key.paste").outcome.result == "refused"


def test_a_key_that_was_lost_or_refused_is_mended_by_pasting(owner, workspace, account_key):
    from django.utils import timezone

    store(CANARY, refused_at=timezone.now(), key_asked_at=timezone.now())
    said = follow(owner, owner.post(PASTE, {"api_key": account_key}))
    assert "has not let this workspace in" not in said and "may be dead" not in said
    assert Entry.objects.get(verb="connection.works").user is None


def test_somebody_else_changed_the_key_meanwhile(owner, workspace, sandbox, account_key, monkeypatch):
    handle = sandbox.handle

    def meanwhile(request, *args, **kwargs):
        if request.header("x-api-key"):
            Connection.objects.update(key_version=5)
        return handle(request, *args, **kwargs)

    monkeypatch.setattr(sandbox, "handle", meanwhile)
    assert owner.post(PASTE, {"api_key": account_key}).status_code == 409 and stored_key() == ""


@pytest.mark.item("S23")
@pytest.mark.item("S64")
def test_a_fresh_password_is_asked_for_on_the_page_and_no_page_carries_the_key(owner, workspace, settings, account_key):
    settings.FRESH_PASSWORD_SECONDS = 0
    assert 'name="fresh_password"' in text(owner.get(PASTE))
    for typed in ({}, {"fresh_password": "wrong"}):
        answer = owner.post(PASTE, {"api_key": account_key} | typed)
        assert "Password of owner@oakcare.example" in words(answer)
        assert account_key not in text(answer) and stored_key() == ""
    assert owner.post(PASTE, {"fresh_password": conf.DEMO_PASSWORD}).status_code == 422
    assert owner.post(PASTE, {"api_key": account_key, "fresh_password": conf.DEMO_PASSWORD}).status_code == 303
    assert stored_key() == account_key


@pytest.mark.item("S64")
def test_a_session_that_ended_keeps_no_key(owner, workspace, sandbox, account_key):
    from dashboard.accounts.models import ParkedForm
    from dashboard.accounts.secrets import open_

    sandbox.tick(9 * 3600)
    assert owner.post(PASTE, {"api_key": account_key, "fresh_password": "typed-here"}).status_code == 302
    for form in ParkedForm.objects.all():
        kept = open_(form.user_id, f"parked {form.pk}", form.body)
        assert account_key not in kept and "typed-here" not in kept


# --- Removing -----------------------------------------------------------------------------------------------------------------
def test_removing_goes_back_to_the_account(owner, workspace, account_key, asked):
    store(account_key)
    said = follow(owner, owner.post(REMOVE))
    assert "The key was removed from here." in said and "Talkstack took the sign-in of owner@oakcare.example" in said
    assert "none: the account's sign-in is used" in said and link().api_key == link().api_key_hint == ""
    assert asked.keys[-1].startswith("Bearer ") and Entry.objects.get(verb="key.remove").outcome.result == "done"
    assert "There was no key here" in follow(owner, owner.post(REMOVE))


def test_a_refused_key_is_mended_by_removing_it(owner, workspace):
    from django.utils import timezone

    store(CANARY, refused_at=timezone.now())
    assert "remove the key from here" in words(owner.get(PAGE))
    said = follow(owner, owner.post(REMOVE))
    assert "The connection works" in said and "has not let this workspace in" not in said


def test_the_only_way_in_is_not_removed(owner, workspace, account_key):
    store(account_key, bearer="", refresh="", expires_at=None)
    said = follow(owner, owner.post(REMOVE))
    assert "without it there would be nothing to connect with" in said and stored_key() == account_key
    store(account_key, sign_in_needed=True)
    assert owner.post(REMOVE).status_code == 303 and stored_key() == account_key


@pytest.mark.item("S23")
def test_removing_asks_for_a_fresh_password(owner, workspace, settings, account_key):
    store(account_key)
    settings.FRESH_PASSWORD_SECONDS = 0
    assert owner.post(REMOVE).status_code == 403 and stored_key() == account_key
    assert owner.post(REMOVE, {"fresh_password": conf.DEMO_PASSWORD}).status_code == 303 and stored_key() == ""


def test_a_page_from_before_it_was_removed_generates_nothing(owner, workspace, account_key, asked):
    from tests.workspace_settings.conftest import version

    store(account_key)
    page = owner.get(KEY)
    owner.post(REMOVE)
    assert owner.post(KEY, {"key_version": version(page)}).status_code == 409 and asked.count(GENERATE) == 0


@pytest.mark.item("S03")
def test_who_may(owner, admin, operator, viewer, stranger, workspace, account_key):
    store(account_key)
    for person in (admin, operator, viewer):
        assert person.get(PASTE).status_code == 403
        assert person.post(PASTE, {"api_key": CANARY}).status_code == 403 and person.post(REMOVE).status_code == 403
    assert stranger.get(PASTE).status_code == stranger.post(REMOVE).status_code == 404
    assert owner.get(REMOVE).status_code == owner.put(PASTE).status_code == 405
    assert stored_key() == account_key
