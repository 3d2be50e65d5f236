"""Changing one's own password while signed in."""

import pytest
from django.conf import settings as here
from django.test import Client

from dashboard.accounts import connection
from dashboard.accounts.models import Connection, User
from dashboard.accounts.upstream import Upstream
from tests.accounts.conftest import person
from tests.accounts.joining import entry, everything_recorded, told, took
from tests.conftest import OWNER_EMAIL, sign_in, text

URL, OLD, FRESH = "/account/password/", here.DEMO_PASSWORD, "four calm words together"
GOOD = {"old_password": OLD, "new_password": FRESH}
WRONG = "This is not the password you have now"


@pytest.fixture
def local(db, sandbox) -> Client:
    person("local@oakcare.example")
    return sign_in("local@oakcare.example")


def signed_in(client) -> bool:
    return "/sign-in/" not in client.get("/account/").get("Location", "")


def test_page_and_the_way_to_it(local, owner):
    page = text(local.get(URL))
    assert 'autocomplete="current-password"' in page and 'autocomplete="new-password"' in page
    assert "sent nowhere" in page and "practice account" in text(owner.get(URL))
    assert URL in text(local.get("/account/"))


# a local person


@pytest.mark.item("S11")
def test_local_password_is_changed_here(local, asked):
    elsewhere = sign_in("local@oakcare.example")
    answer = local.post(URL, GOOD)
    assert (answer.status_code, answer.url) == (303, "/account/")
    assert "Your password was changed" in text(local.get("/account/"))
    assert signed_in(local) and not signed_in(elsewhere)
    assert User.objects.get(email="local@oakcare.example").check_password(FRESH)
    assert entry("account.password") == ("done", "local@oakcare.example")
    assert asked.seen == []
    assert Client().post("/sign-in/", {"email": "local@oakcare.example", "password": OLD}).status_code == 422


@pytest.mark.item("S11")
def test_wrong_old_password_is_told_at_its_field(local):
    answer = local.post(URL, {**GOOD, "old_password": "not it"})
    page = text(answer)
    assert answer.status_code == 422 and WRONG in page and 'id="id_old_password_error"' in page
    assert signed_in(local) and "not it" not in page and FRESH not in page
    assert entry("account.password")[0] == "refused"


@pytest.mark.parametrize(
    ("new", "words"), [("short", "at least 12"), ("password1234", "too common"), (OLD, "already"), ("", "required")]
)
def test_local_password_rules(local, new, words):
    answer = local.post(URL, {**GOOD, "new_password": new})
    assert answer.status_code == 422 and words in text(answer)
    assert 'id="id_new_password_error"' in text(answer)
    assert User.objects.get(email="local@oakcare.example").check_password(OLD)


@pytest.mark.item("S09")
def test_long_passwords_with_spaces_count_in_full(local):
    long = "  " + "a very long one " * 8
    assert local.post(URL, {**GOOD, "new_password": long}).status_code == 303
    again = sign_in("local@oakcare.example", long)
    assert again.post(URL, {"old_password": long.strip(), "new_password": FRESH}).status_code == 422


# somebody whose password is Talkstack's


def test_talkstack_password_is_changed_there(owner, workspace, asked):
    elsewhere = sign_in(OWNER_EMAIL)
    before = Connection.objects.get().bearer
    answer = owner.post(URL, GOOD)
    assert (answer.status_code, answer.url) == (303, "/account/")
    assert asked.count("/auth/change-password") == 1
    assert signed_in(owner) and not signed_in(elsewhere)
    assert Connection.objects.get().bearer != before, "the account's workspace has new tokens"
    assert Upstream(workspace).client().projects.list()
    assert sign_in(OWNER_EMAIL, FRESH)
    assert entry("account.password") == ("done", OWNER_EMAIL)


def test_bearer_is_the_persons_own_and_not_the_workspaces(owner, workspace, sandbox, asked):
    sandbox.sign_up("late@oakcare.example", "later than first", "Late")
    late = sign_in("late@oakcare.example", "later than first")
    kept, _generation = connection.credentials(workspace)
    answer = late.post(URL, {"old_password": "later than first", "new_password": FRESH})
    assert answer.status_code == 303
    assert sign_in("late@oakcare.example", FRESH) and sign_in(OWNER_EMAIL)
    change = asked.seen.index(("POST", "/auth/change-password"))
    assert asked.keys[change].startswith("Bearer ") and kept.bearer not in asked.keys[change]


def test_wrong_old_password_at_talkstack_is_not_the_end_of_the_session(owner, asked):
    answer = owner.post(URL, {**GOOD, "old_password": "not it"})
    assert answer.status_code == 422 and WRONG in text(answer) and 'id="id_old_password_error"' in text(answer)
    assert signed_in(owner) and asked.count("/auth/change-password") == 0
    assert entry("account.password")[0] == "refused"


def test_401_of_change_password_is_about_what_was_typed(owner, sandbox):
    sandbox.faults.add("401", path="/auth/change-password")
    answer = owner.post(URL, GOOD)
    assert answer.status_code == 422 and WRONG in text(answer) and signed_in(owner)


def test_password_that_talkstack_does_not_like(owner):
    answer = owner.post(URL, {**GOOD, "new_password": "ab"})
    assert answer.status_code == 422 and "at least 6 characters" in text(answer)
    assert 'id="id_new_password_error"' in text(answer)


@pytest.mark.parametrize("member", [2, 3, 8, 9])
def test_account_that_talkstack_does_not_let_in(owner, sandbox, member):
    told(sandbox, "/auth/login", {"loginStatus": member})
    answer = owner.post(URL, GOOD)
    assert answer.status_code == 422 and 'class="note bad"' in text(answer) and signed_in(owner)


@pytest.mark.parametrize(
    ("kind", "path", "status", "words"),
    [
        ("down", "", 503, "cannot be reached"),
        ("500", "/auth/login", 503, "cannot be reached"),
        ("429", "/auth/login", 429, "asks to wait"),
        ("429", "/auth/change-password", 429, "asks to wait"),
        ("500", "/auth/change-password", 502, "no readable answer"),
        ("html", "/auth/change-password", 502, "no readable answer"),
    ],
)
def test_talkstack_in_trouble(owner, sandbox, kind, path, status, words):
    sandbox.faults.add(kind, path=path, times=0)
    answer = owner.post(URL, GOOD)
    assert answer.status_code == status and words in text(answer)
    assert FRESH not in text(answer) and OLD not in text(answer)
    sandbox.faults.clear()
    assert sign_in(OWNER_EMAIL) and signed_in(owner)


def test_lost_answer_is_settled_by_trying_the_new_password(owner, sandbox):
    sandbox.faults.add("lost-close", path="/auth/change-password")
    answer = owner.post(URL, GOOD)
    assert answer.status_code == 303 and entry("account.password")[0] == "done"
    assert sign_in(OWNER_EMAIL, FRESH)


def test_connection_stays_as_it_is_when_new_tokens_do_not_come(owner, workspace, sandbox):
    bearer = Connection.objects.get().bearer
    sandbox.faults.add("500", path="/auth/login", skip=1, times=0)
    assert owner.post(URL, GOOD).status_code == 303
    assert Connection.objects.get().bearer == bearer


def test_live_persons_password_goes_to_the_live_server(db, live, sandbox, asked):
    ada = sign_in("ada@talkstack.example", "a-live-password")
    assert ada.post(URL, {"old_password": "a-live-password", "new_password": FRESH}).status_code == 303
    assert live.door.count("/auth/change-password") == 1 and asked.seen == []


# the usual


def test_nobody_is_asked_to_sign_in_and_nothing_is_parked(db, sandbox, local):
    local.session.flush()
    anonymous = Client()
    assert "/sign-in/" in anonymous.get(URL).url
    assert "/sign-in/" in anonymous.post(URL, GOOD).url


def test_answers_take_their_time(local, settings):
    settings.SIGN_IN_FLOOR_SECONDS = 0.3
    assert took(lambda: local.post(URL, {**GOOD, "old_password": "not it"})) >= 0.29


def test_get_changes_nothing_and_a_post_needs_its_token(local):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = local.cookies
    assert strict.get(URL).status_code == 200
    assert strict.post(URL, GOOD).status_code == 403
    assert local.put(URL).status_code == 405


def test_secrets_are_in_no_log_or_record(local, owner, sandbox, caplog):
    caplog.set_level("DEBUG")
    sandbox.faults.add("400", path="/auth/change-password", body={"message": f"{OLD} to {FRESH}: no"})
    page = text(owner.post(URL, GOOD))
    assert "*** to ***: no" in page
    owner.post(URL, GOOD), local.post(URL, GOOD)
    for secret in (OLD, FRESH):
        assert secret not in caplog.text + everything_recorded()
