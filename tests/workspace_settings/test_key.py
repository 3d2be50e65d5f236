"""A new API key: asked for once for each page that was shown, shown once, and honest when its answer is lost."""

from datetime import timedelta

import pytest
from django.conf import settings as conf
from django.test import Client
from django.utils import timezone

from dashboard.accounts import connection
from dashboard.accounts.models import Connection, Workspace
from dashboard.accounts.secrets import open_
from dashboard.accounts.upstream import Upstream
from dashboard.activity import record
from dashboard.activity.models import Entry
from tests.conftest import OWNER_EMAIL, text
from tests.workspace_settings.conftest import (
    CANARY,
    GENERATE,
    KEY,
    PAGE,
    REMOVE,
    TEST,
    follow,
    link,
    shown_key,
    store,
    stored_key,
    version,
    words,
)

MAY_BE_DEAD = "The old API key may be dead."


def ask(client, page=None):
    """Press the button of this page, or of a new one."""
    return client.post(KEY, {"key_version": version(page or client.get(KEY))})


def test_the_page_says_what_it_ends(owner, workspace, asked):
    store(CANARY)
    said = words(owner.get(KEY))
    assert "The old key stops working everywhere, at once" in said and "Nothing brings the old key back." in said
    assert "The key of this workspace, ••••1a2b" in said and CANARY not in said
    assert asked.seen == []


@pytest.mark.item("S61")
@pytest.mark.item("S64")
def test_a_new_key_is_shown_once_and_used(owner, workspace, asked):
    before = link().generation
    answer = ask(owner)
    key = shown_key(answer)
    assert answer.status_code == 200 and answer["Cache-Control"] == "no-store"
    assert "it is not shown again" in words(answer) and f'data-copy="{key}"' in text(answer)
    assert asked.count(GENERATE) == 1 and stored_key() == key
    kept = link()
    assert (kept.api_key_hint, kept.key_asked_at) == (key[-4:], None) and kept.api_key_at
    assert key not in kept.api_key and kept.generation > before
    again = Workspace.objects.select_related("connection").get(pk=workspace.pk)
    assert connection.credentials(again)[0].api_key == key and Upstream(again).client().projects.list()
    page = text(owner.get(PAGE))
    assert f"••••{key[-4:]}" in page and key not in page and key[-8:] not in page


def test_it_is_written_down_without_the_key(owner, workspace):
    key = shown_key(ask(owner))
    entry = Entry.objects.get(verb="key.generate")
    assert (entry.user_email, entry.kind, entry.outcome.result) == (OWNER_EMAIL, "connection", "done")
    assert entry.outcome.words == f"The key ends in {key[-4:]}." and not (entry.before or entry.after)
    assert "asked for a new API key of the account owner@oakcare.example" in words(owner.get("/w/oak-care/activity/"))


def test_only_the_bearer_asks_even_when_a_key_is_in_use(owner, workspace, account_key, asked):
    store(account_key)
    key = shown_key(ask(owner))
    sent = asked.keys[asked.seen.index(("GET", GENERATE))]
    assert sent.startswith("Bearer ") and account_key not in sent and stored_key() == key != account_key


def test_the_sign_in_is_renewed_first_when_it_must(owner, workspace, sandbox, asked):
    store(CANARY)
    page = owner.get(KEY)
    sandbox.tick(600)
    Connection.objects.update(expires_at=timezone.now() + timedelta(seconds=5))
    shown_key(ask(owner, page))
    assert [path for _, path in asked.seen] == ["/auth/refresh-token", GENERATE]


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_never_asks(owner, workspace, asked, method):
    for headers in ({}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"HX-Request": "true"}):
        getattr(owner, method)(KEY, {"key_version": "0"}, headers=headers)
    assert asked.count(GENERATE) == 0 and link().key_version == 0 and not Entry.objects.filter(verb="key.generate")


def test_a_reload_an_old_tab_and_the_back_button_ask_for_nothing(owner, workspace, asked):
    tab, other_tab = owner.get(KEY), owner.get(KEY)
    key = shown_key(ask(owner, tab))
    for page in (tab, other_tab):
        again = ask(owner, page)
        assert again.status_code == 409 and key not in text(again) and 'name="key_version"' not in text(again)
        assert "Nothing was sent" in words(again) and "only once, and this one did" in words(again)
    assert asked.count(GENERATE) == 1 and stored_key() == key
    assert Entry.objects.filter(verb="key.generate").count() == 1


@pytest.mark.parametrize("posted", ["", "-1", "x", "99", "9" * 400, "²", "1.5", "0\x00", str(2**31 - 1), str(2**63)])
def test_a_form_that_no_page_of_ours_made(owner, workspace, asked, posted):
    assert owner.post(KEY, {"key_version": posted}).status_code == 409
    assert owner.post(KEY).status_code == 409
    assert asked.seen == [] and link().key_version == 0


def test_a_page_from_before_a_key_was_pasted_is_too_old(owner, workspace, account_key, asked):
    page = owner.get(KEY)
    owner.post(f"{KEY}paste/", {"api_key": account_key})
    assert ask(owner, page).status_code == 409 and asked.count(GENERATE) == 0


@pytest.mark.item("S23")
def test_a_fresh_password_is_asked_for(owner, workspace, settings, asked):
    page = owner.get(KEY)
    settings.FRESH_PASSWORD_SECONDS = 0
    answer = ask(owner, page)
    assert answer.status_code == 403 and "Your password, please" in words(answer)
    assert asked.count(GENERATE) == 0 and link().key_version == 0
    fields = {"key_version": version(answer)}
    wrong = owner.post(KEY, fields | {"fresh_password": "wrong"})
    assert wrong.status_code == 422 and asked.count(GENERATE) == 0
    settings.FRESH_PASSWORD_SECONDS = 900
    shown_key(owner.post(KEY, fields | {"fresh_password": conf.DEMO_PASSWORD}))
    assert asked.count(GENERATE) == 1
    assert owner.post(KEY, fields | {"fresh_password": conf.DEMO_PASSWORD}).status_code == 409


# --- Nothing was made -----------------------------------------------------------------------------------------------------
NOT_MADE = {
    "down": (502, "cannot be reached"),
    "dns": (502, "cannot be reached"),
    "connect-timeout": (502, "cannot be reached"),
    "tls": (502, "cannot be reached"),
    "400": (422, "refused this"),
    "403": (403, "does not allow this"),
    "404": (404, "could not be understood"),
    "429": (503, "asks to wait"),
}


@pytest.mark.parametrize("kind", NOT_MADE)
def test_refused_or_not_sent_leaves_everything_as_it_was(owner, workspace, sandbox, account_key, kind):
    store(account_key)
    status, said = NOT_MADE[kind]
    sandbox.faults.add(kind, path=GENERATE)
    page = ask(owner)
    assert page.status_code == status and said in words(page)
    assert "No key was made, and the old one is what it was." in words(page) and MAY_BE_DEAD not in words(page)
    assert stored_key() == account_key and link().key_asked_at is None
    assert MAY_BE_DEAD not in words(owner.get(PAGE))
    assert Entry.objects.get(verb="key.generate").outcome.result in ("refused", "not_sent")
    assert shown_key(ask(owner, page)) == stored_key() != account_key


def test_a_bearer_that_was_ended_is_renewed_for_the_next_try(owner, workspace, sandbox, asked):
    sandbox.store.tokens = {key: row for key, row in sandbox.store.tokens.items() if row.kind == "refresh"}
    page = ask(owner)
    assert page.status_code == 502 and "Press the button once more." in words(page)
    assert asked.count(GENERATE) == 1 and link().key_asked_at is None
    shown_key(ask(owner, page))


def test_without_a_sign_in_nothing_is_sent(owner, workspace, sandbox, account_key, asked):
    store(account_key)
    page = owner.get(KEY)
    sandbox.store.tokens.clear()
    Connection.objects.update(expires_at=timezone.now())
    answer = ask(owner, page)
    assert "sign in here once as owner@oakcare.example" in words(answer) and asked.count(GENERATE) == 0
    assert Entry.objects.get(verb="key.generate").outcome.result == "not_sent"
    assert link().key_asked_at is None and not link().refused_at, "the key in use is as good as it was"
    assert "Generate a new key" not in words(answer), "there is nothing to press until somebody signs in"
    owner.post("/sign-out/")
    owner.post("/sign-in/", {"email": OWNER_EMAIL, "password": conf.DEMO_PASSWORD})
    shown_key(ask(owner))


def test_secrets_that_do_not_open_send_nothing(owner, workspace, settings, asked):
    from cryptography.fernet import Fernet

    page = owner.get(KEY)
    before = Connection.objects.values("bearer", "refresh", "api_key").get()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    answer = ask(owner, page)
    assert answer.status_code == 502 and "ENCRYPTION_KEYS" in words(answer) and asked.count(GENERATE) == 0
    assert Connection.objects.values("bearer", "refresh", "api_key").get() == before


# --- The answer is lost -----------------------------------------------------------------------------------------------------
LOST = ["lost", "lost-close", "cut", "late", "slow", "hang", "close", "500", "502", "503", "lost-500", "lost-html", "redirect",
        "html-200", "text", "empty", "null", "list", "truncated"]  # fmt: skip


@pytest.mark.parametrize("kind", LOST)
def test_a_lost_answer_is_said_to_be_lost(owner, workspace, sandbox, account_key, asked, kind):
    store(account_key)
    sandbox.faults.add(kind, path=GENERATE)
    answer = ask(owner)
    assert (
        answer.status_code == 502
        and MAY_BE_DEAD in words(answer)
        and "the new one cannot be seen any more" in words(answer)
    )
    assert "Or generate once more" in words(answer) and asked.count(GENERATE) == 1
    assert stored_key() == account_key, "it may be alive, so it is kept"
    page = words(owner.get(PAGE))
    assert MAY_BE_DEAD in page and "if it works, the old key is alive" in page and "Not certain" in page
    assert "Last failure none" not in page and "A new API key was asked for, and the answer never came" in page
    entry = Entry.objects.get(verb="key.generate")
    assert entry.outcome.result == "unknown" and "no readable answer came" in entry.outcome.words
    key = shown_key(ask(owner, answer))
    assert stored_key() == key and MAY_BE_DEAD not in words(owner.get(PAGE))


def test_a_reload_after_a_lost_answer_asks_for_nothing(owner, workspace, sandbox, asked):
    sandbox.faults.add("lost-close", path=GENERATE)
    page = owner.get(KEY)
    assert ask(owner, page).status_code == 502
    assert ask(owner, page).status_code == 409 and asked.count(GENERATE) == 1


@pytest.mark.parametrize("value", [None, "two words", "", {"a": 1}, "schlüssel-mit-umlaut", "x" * 9000])
def test_an_answer_without_a_usable_key_is_lost_too(owner, workspace, sandbox, value):
    sandbox.faults.add("set", path=GENERATE, key="apiKey", value=value)
    answer = ask(owner)
    assert answer.status_code == 502 and MAY_BE_DEAD in words(answer) and stored_key() == ""


def test_a_test_that_works_says_that_the_old_key_lives(owner, workspace, sandbox, account_key):
    store(account_key)
    sandbox.faults.add("close", path=GENERATE)  # never done there
    ask(owner)
    said = follow(owner, owner.post(TEST))
    assert "So the stored key is alive, and no new one was made." in said and MAY_BE_DEAD not in said


def test_a_test_that_is_refused_leaves_the_warning(owner, workspace, sandbox, account_key):
    store(account_key)
    sandbox.faults.add("lost-close", path=GENERATE)  # done there
    ask(owner)
    said = follow(owner, owner.post(TEST))
    assert "Talkstack refused the API key" in said and MAY_BE_DEAD in said and "Mend the connection" in said


def test_without_a_key_here_the_account_goes_on_and_the_note_can_go(owner, workspace, sandbox):
    sandbox.faults.add("lost-close", path=GENERATE)
    ask(owner)
    said = follow(owner, owner.post(TEST))
    assert "The connection works" in said and MAY_BE_DEAD in said, "it says nothing about keys elsewhere"
    assert MAY_BE_DEAD not in follow(owner, owner.post(REMOVE))


def killed(workspace, ago):
    """Our process was killed so many seconds ago, after the question was written down and before its answer was."""
    asked_at = timezone.now() - timedelta(seconds=ago)
    Connection.objects.update(key_version=1, key_asked_at=asked_at)
    record.ask(workspace=workspace, user=None, verb="key.generate", kind="connection")


def test_killed_in_between_is_a_lost_answer(owner, workspace, sandbox, account_key, asked):
    store(account_key)
    killed(workspace, 0)
    page = words(owner.get(PAGE))
    assert "A new key is being asked for" in page and MAY_BE_DEAD not in page
    held = ask(owner)
    assert held.status_code == 409 and "at this moment" in words(held) and asked.count(GENERATE) == 0
    assert (
        owner.post(REMOVE).status_code == 409
        and owner.post(f"{KEY}paste/", {"api_key": account_key}).status_code == 409
    )
    sandbox.tick(60)
    assert MAY_BE_DEAD in words(owner.get(PAGE)) and MAY_BE_DEAD in words(owner.get(KEY))
    key = shown_key(ask(owner))
    assert stored_key() == key and MAY_BE_DEAD not in words(owner.get(PAGE))


def test_a_key_that_comes_after_another_one_was_stored_is_shown_and_not_stored(owner, workspace, sandbox, monkeypatch):
    handle = sandbox.handle

    def meanwhile(request, *args, **kwargs):
        answer = handle(request, *args, **kwargs)
        if request.path == GENERATE:
            Connection.objects.update(key_version=77)
        return answer

    monkeypatch.setattr(sandbox, "handle", meanwhile)
    answer = ask(owner)
    assert "It could not be stored here." in words(answer) and shown_key(answer) and stored_key() == ""
    assert "It was not stored here." in Entry.objects.get(verb="key.generate").outcome.words


# --- Who, and where -----------------------------------------------------------------------------------------------------------
@pytest.mark.item("S03")
def test_who_may(owner, admin, operator, viewer, stranger, client, workspace, asked):
    for person in (admin, operator, viewer):
        assert person.get(KEY).status_code == 403 and person.post(KEY, {"key_version": "0"}).status_code == 403
    assert stranger.get(KEY).status_code == 404 and stranger.post(KEY, {"key_version": "0"}).status_code == 404
    assert client.post(KEY, {"key_version": "0"}).status_code == 302
    assert owner.put(KEY).status_code == 405 and owner.delete(KEY).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.cookies
    assert strict.post(KEY, {"key_version": "0"}).status_code == 403
    assert asked.count(GENERATE) == 0 and link().key_version == 0


@pytest.mark.item("S63")
def test_a_sealed_key_in_another_workspaces_row_opens_nowhere(owner, stranger, workspace, asked):
    key = shown_key(ask(owner))
    mine = link()
    Connection.objects.exclude(pk=mine.pk).update(api_key=mine.api_key, api_key_hint=mine.api_key_hint)
    asked.keys.clear()
    assert "Northgate" not in text(stranger.get("/w/elsewhere/projects/"))
    assert key not in "".join(asked.keys)


def test_a_live_workspace_asks_talkstack_and_nobody_else(live, sandbox, asked, db):
    person = Client()
    assert (
        person.post("/sign-in/", {"email": "ada@talkstack.example", "password": "a-live-password"}).status_code == 302
    )
    workspace = Workspace.objects.get(practice=False)
    url = f"/w/{workspace.slug}/settings/key/"
    answer = person.post(url, {"key_version": version(person.get(url))})
    key = shown_key(answer)
    assert live.door.count(GENERATE) == 1 and asked.count(GENERATE) == 0
    assert open_(workspace.pk, "api_key", Connection.objects.get(workspace=workspace).api_key) == key
    page = text(person.get(f"/w/{workspace.slug}/settings/"))
    assert "Calls are real." in page and "Live" in page and key not in page
    assert person.post(f"/w/{workspace.slug}/settings/test/").status_code == 303
    assert key in live.door.keys[-1] and key not in "".join(asked.keys)
