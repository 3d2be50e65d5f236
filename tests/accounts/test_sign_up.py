"""The page that makes a Talkstack account."""

import pytest
from django.test import Client

from dashboard.accounts.models import Connection, Membership, Session, User, Workspace
from dashboard.accounts.sayings import SIGNING_UP
from dashboard.talkstack import SignUpStatus
from tests.accounts.conftest import person
from tests.accounts.joining import NEW, entry, everything_recorded, mail_to, told, took
from tests.conftest import OWNER_EMAIL, text

TOKENS = {"token": "sbx_" + "a" * 40, "refreshToken": "sbr_" + "b" * 40, "expirationTime": "2026-03-11T19:00:00.000Z"}


@pytest.fixture
def nobody(db, sandbox) -> Client:
    return Client()


def test_page_has_the_form_and_is_found_from_signing_in(nobody):
    page = nobody.get("/sign-up/")
    assert page.status_code == 200
    assert all(f'name="{name}"' in text(page) for name in NEW)
    assert 'autocomplete="new-password"' in text(page) and 'autocomplete="username"' in text(page)
    assert "/sign-up/" in text(nobody.get("/sign-in/")) and "/forgot/" in text(nobody.get("/sign-in/"))


def test_sign_up_leads_to_the_code_with_the_address_filled_in(nobody, sandbox):
    answer = nobody.post("/sign-up/", NEW)
    assert (answer.status_code, answer.url) == (303, "/verify/")
    assert mail_to(sandbox, NEW["email"]).code
    page = text(nobody.get("/verify/"))
    assert f'value="{NEW["email"]}"' in page and "Your account was made" in page
    assert 'data-wait="60"' in page or 'data-wait="59"' in page
    assert entry("account.sign_up") == ("done", NEW["email"])
    assert not User.objects.exists(), "nobody is known here before their first sign-in"


def test_the_whole_way_in(nobody, sandbox):
    nobody.post("/sign-up/", NEW)
    nobody.post("/verify/", {"email": NEW["email"], "code": mail_to(sandbox, NEW["email"]).code})
    assert nobody.post("/sign-in/", {"email": NEW["email"], "password": NEW["password"]}).status_code == 302
    assert Workspace.objects.get().memberships.get().user.email == NEW["email"]


@pytest.mark.parametrize(
    "change", [{"name": ""}, {"email": ""}, {"email": "not one"}, {"password": ""}, {"name": "a\x00b"}]
)
def test_invalid_form_keeps_what_was_typed_but_the_password(nobody, asked, change):
    answer = nobody.post("/sign-up/", {**NEW, **change})
    assert answer.status_code == 422 and asked.seen == []
    for name in ("name", "email"):
        assert name in change or f'value="{NEW[name].replace(chr(39), "&#x27;")}"' in text(answer)
    assert "Nora&#x27;s own" not in text(answer)


def test_every_answer_of_talkstack_has_its_words():
    assert set(SIGNING_UP) == set(SignUpStatus)
    assert len({saying.words for saying in SIGNING_UP.values()}) == len(SIGNING_UP)


@pytest.mark.parametrize("http", [200, 400])
@pytest.mark.parametrize("member", [each for each in SignUpStatus if each is not SignUpStatus.SUCCESS])
def test_each_answer_says_what_happened_and_what_to_do(nobody, sandbox, member, http):
    told(sandbox, "/auth/signup", {"signupStatus": int(member)}, http)
    answer = nobody.post("/sign-up/", NEW)
    saying = SIGNING_UP[member]
    if saying.go:
        assert (answer.status_code, answer.url) == (303, "/verify/")
        page = text(nobody.get(answer.url))
        assert f'value="{NEW["email"]}"' in page
    else:
        page = text(answer)
        assert answer.status_code == 422 and f'value="{NEW["name"]}"' in page and f'value="{NEW["email"]}"' in page
    assert saying.words in page
    assert NEW["password"] not in page
    assert entry("account.sign_up")[0] == "refused"


def test_account_that_exists_leads_to_signing_in_with_the_address_filled_in(owner, sandbox):
    visitor = Client()
    answer = visitor.post("/sign-up/", {**NEW, "email": OWNER_EMAIL})
    assert SIGNING_UP[SignUpStatus.ACCOUNT_ALREADY_EXISTS].words in text(answer)
    assert 'href="/sign-in/"' in text(answer)
    assert f'value="{OWNER_EMAIL}"' in text(visitor.get("/sign-in/"))


def test_address_that_waits_for_its_code_leads_to_the_code(nobody, sandbox):
    nobody.post("/sign-up/", NEW)
    answer = Client().post("/sign-up/", {**NEW, "password": "another password"})
    assert answer.url == "/verify/"


@pytest.mark.parametrize("fields", [{}, {"is_active": False}, {"way": "talkstack", "practice": False}])
def test_address_of_somebody_known_otherwise_is_not_sent_anywhere(nobody, asked, fields):
    person(NEW["email"], **fields)
    answer = nobody.post("/sign-up/", NEW)
    assert answer.status_code == 422 and SIGNING_UP[SignUpStatus.ACCOUNT_ALREADY_EXISTS].words in text(answer)
    assert asked.seen == []


def test_password_that_talkstack_does_not_like_is_told_at_its_field(nobody):
    answer = nobody.post("/sign-up/", {**NEW, "password": "short"})
    page = text(answer)
    assert answer.status_code == 422 and "password must have at least 6 characters" in page
    assert 'id="id_password_error"' in page


def test_talkstack_repeating_the_password_does_not_show_it(nobody, sandbox):
    words = f"password {NEW['password']} is too plain"
    told(sandbox, "/auth/signup", {"message": words, "signupStatus": 4})
    page = text(nobody.post("/sign-up/", NEW))
    assert "is too plain" in page and "Nora&#x27;s own" not in page
    assert "Nora's own" not in everything_recorded()


@pytest.mark.parametrize(
    ("kind", "status", "words", "result"),
    [
        ("down", 503, "cannot be reached", "not_sent"),
        ("500", 502, "no readable answer", "unknown"),
        ("html", 502, "no readable answer", "unknown"),
        ("html-200", 502, "no readable answer", "unknown"),
        ("lost-close", 502, "no readable answer", "unknown"),
        ("403", 422, "did not make this account", "refused"),
        ("422", 422, "did not make this account", "refused"),
    ],
)
def test_talkstack_in_trouble(nobody, sandbox, kind, status, words, result):
    sandbox.faults.add(kind, path="/auth/signup", times=0)
    answer = nobody.post("/sign-up/", NEW)
    assert answer.status_code == status
    assert words in text(answer) and f'value="{NEW["email"]}"' in text(answer)
    assert NEW["password"] not in text(answer)
    assert entry("account.sign_up")[0] == result


def test_busy_talkstack_says_when(nobody, sandbox):
    sandbox.faults.add("429", path="/auth/signup", headers={"Retry-After": "40"})
    answer = nobody.post("/sign-up/", NEW)
    assert (answer.status_code, answer["Retry-After"]) == (429, "40") and "40 seconds" in text(answer)


def test_tokens_in_the_answer_are_used(nobody, sandbox):
    told(
        sandbox, "/auth/signup", {"signupStatus": 3, "user": {"email": NEW["email"], "name": "Nora New"}, **TOKENS}, 200
    )
    answer = nobody.post("/sign-up/", NEW)
    assert (answer.status_code, answer.url) == (303, "/w/")
    user = User.objects.get()
    assert (user.email, user.way, user.practice) == (NEW["email"], "talkstack", True)
    assert Membership.objects.get().role == "owner" and "sbx_" not in Connection.objects.get().bearer
    assert Session.objects.get().user == user


def test_tokens_do_not_open_what_hangs_on_an_unproven_address(owner, workspace, sandbox):
    known = User.objects.create_user(NEW["email"], way="talkstack", practice=True)
    Membership.objects.create(workspace=workspace, user=known, role="admin")
    told(sandbox, "/auth/signup", {"signupStatus": 3, **TOKENS}, 200)
    visitor = Client()
    assert visitor.post("/sign-up/", NEW).url == "/verify/"
    assert not known.sessions.exists()


def test_tokens_do_not_replace_those_of_a_connection(owner, workspace, sandbox):
    Connection.objects.update(account_email=NEW["email"])
    bearer = Connection.objects.get().bearer
    told(sandbox, "/auth/signup", {"signupStatus": 3, **TOKENS}, 200)
    assert Client().post("/sign-up/", NEW).url == "/verify/"
    assert Connection.objects.get().bearer == bearer


def test_listed_addresses_are_verified_first(nobody, sandbox, settings):
    settings.OPEN_WORKSPACES, settings.OPEN_WORKSPACES_FOR = "listed", [NEW["email"]]
    told(sandbox, "/auth/signup", {"signupStatus": 3, **TOKENS}, 200)
    assert nobody.post("/sign-up/", NEW).url == "/verify/"
    assert not Workspace.objects.exists()


def test_live_server_gets_the_account_when_there_is_one(nobody, live, sandbox, asked):
    assert nobody.post("/sign-up/", NEW).url == "/verify/"
    assert NEW["email"] in live.accounts and asked.seen == []
    assert "practice installation" not in text(nobody.get("/verify/"))


def test_somebody_signed_in_has_an_account_already(owner, asked):
    assert owner.get("/sign-up/").url == "/w/" and owner.post("/sign-up/", NEW).url == "/w/"
    assert asked.seen == []


def test_answers_take_their_time(nobody, settings):
    settings.SIGN_IN_FLOOR_SECONDS = 0.3
    assert took(lambda: nobody.post("/sign-up/", {**NEW, "email": OWNER_EMAIL})) >= 0.29


def test_get_changes_nothing_and_a_post_needs_its_token(nobody):
    nobody.get("/sign-up/")
    assert not Session.objects.exists()
    assert Client(enforce_csrf_checks=True).post("/sign-up/", NEW).status_code == 403
    assert nobody.put("/sign-up/").status_code == 405


def test_secrets_are_in_no_log_record_or_address(nobody, caplog, sandbox):
    caplog.set_level("DEBUG")
    answer = nobody.post("/sign-up/", NEW)
    sandbox.faults.add("500", path="/auth/signup", body={"message": NEW["password"]})
    nobody.post("/sign-up/", {**NEW, "email": "other@oakcare.example"})
    assert NEW["password"] not in caplog.text + everything_recorded() + answer.url
