"""A forgotten password: asking for a link, and setting a new password with it."""

from urllib.parse import quote

import pytest
from django.conf import settings as here
from django.test import Client

from dashboard.accounts import local_reset, pasted, sessions
from dashboard.accounts.models import Session, User
from tests.accounts.conftest import person
from tests.accounts.joining import entry, everything_recorded, mail_to, told, took
from tests.conftest import OWNER_EMAIL, sign_in, text

NEUTRAL = "If there is an account with this address, a link is on its way."
FRESH = "four calm words together"


@pytest.fixture
def nobody(db, sandbox) -> Client:
    return Client()


@pytest.fixture
def local(db, sandbox) -> User:
    return person("local@oakcare.example")


def link_for(client, sandbox, email=OWNER_EMAIL) -> str:
    client.post("/forgot/", {"email": email})
    return mail_to(sandbox, email).link


# asking


@pytest.mark.parametrize("email", [OWNER_EMAIL, "unknown@oakcare.example", "local@oakcare.example"])
def test_everybody_gets_the_same_answer(nobody, local, sandbox, email):
    answer = nobody.post("/forgot/", {"email": email})
    assert (answer.status_code, answer.url) == (303, "/reset/?sent=1")
    assert NEUTRAL in text(nobody.get(answer.url))
    assert entry("account.forgot") == ("done", email)


@pytest.mark.parametrize("status", [200, 400, 404, 422, 401, 403])
def test_every_answer_about_the_address_is_the_same(nobody, sandbox, status):
    told(sandbox, "/auth/forgot-password", {}, status)
    assert nobody.post("/forgot/", {"email": OWNER_EMAIL}).url == "/reset/?sent=1"


def test_everybody_waits_the_same_time(nobody, local, sandbox, settings):
    nobody.get(nobody.post("/forgot/", {"email": "first@oakcare.example"}).url)  # the first one loads the program
    settings.SIGN_IN_FLOOR_SECONDS = 0.4
    times = [
        took(lambda email=email: nobody.post("/forgot/", {"email": email}))
        for email in (OWNER_EMAIL, "unknown@oakcare.example", "local@oakcare.example")
    ]
    assert min(times) >= 0.39 and max(times) <= 1.2 * min(times) + 0.1, times


def test_local_address_is_sent_nowhere(nobody, local, asked):
    nobody.post("/forgot/", {"email": "Local@OakCare.example"})
    assert not asked.told("oakcare")


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("down", 503, "cannot be reached"),
        ("500", 502, "no readable answer"),
        ("html", 502, "no readable answer"),
        ("lost-close", 502, "no readable answer"),
        ("429", 429, "asks to wait"),
    ],
)
def test_talkstack_in_trouble(nobody, sandbox, kind, status, words):
    sandbox.faults.add(kind, path="/auth/forgot-password", times=0)
    answer = nobody.post("/forgot/", {"email": OWNER_EMAIL})
    assert answer.status_code == status and words in text(answer)
    assert f'value="{OWNER_EMAIL}"' in text(answer)


def test_invalid_address(nobody, asked):
    answer = nobody.post("/forgot/", {"email": "not one"})
    assert answer.status_code == 422 and 'value="not one"' in text(answer) and asked.seen == []


def test_page_says_who_gets_no_mail_and_where_practice_mails_are(nobody, owner):
    page = text(nobody.get("/forgot/"))
    assert "an admin of your workspace can hand you a link" in page and "practice installation" in page
    assert "/practice/outbox/" not in page and "/w/oak-care/practice/outbox/" in text(owner.get("/reset/"))


# the link of a Talkstack account


def test_link_is_pasted_and_the_new_password_works(nobody, sandbox):
    answer = nobody.post("/reset/", {"token": link_for(nobody, sandbox), "new_password": FRESH})
    assert (answer.status_code, answer.url) == (303, "/sign-in/")
    assert "Your new password is set" in text(nobody.get("/sign-in/"))
    assert nobody.post("/sign-in/", {"email": OWNER_EMAIL, "password": FRESH}).status_code == 302
    assert entry("account.reset")[0] == "done"


def test_token_leaves_the_address_at_once(nobody, sandbox):
    token = link_for(nobody, sandbox).partition("token=")[2]
    answer = nobody.get(f"/reset/?token={quote(token)}")
    assert answer.status_code in (302, 303) and answer.url == "/reset/"
    page = text(nobody.get("/reset/"))
    assert f'value="{token}"' in page
    assert token not in str(Session.objects.get().get_decoded())
    assert nobody.post("/reset/", {"token": token, "new_password": FRESH}).url == "/sign-in/"
    assert token not in text(nobody.get("/reset/"))


def test_token_in_the_address_is_kept_for_an_hour(nobody, sandbox):
    nobody.get("/reset/?token=abcdefgh")
    sandbox.tick(3601)
    assert "abcdefgh" not in text(nobody.get("/reset/"))


@pytest.mark.parametrize("junk", ["", "a" * 2001, "%00", "%F0%9F%92%A9", "x&token=y"])
def test_junk_in_the_address(nobody, junk):
    assert nobody.get(f"/reset/?token={junk}").url == "/reset/"
    assert nobody.get("/reset/").status_code == 200


def test_token_is_good_once(nobody, sandbox):
    link = link_for(nobody, sandbox)
    nobody.post("/reset/", {"token": link, "new_password": FRESH})
    answer = nobody.post("/reset/", {"token": link, "new_password": "another good password"})
    page = text(answer)
    assert answer.status_code == 422 and "This link is no longer good" in page and 'class="btn" href="/forgot/"' in page
    assert f'value="{link}"' in page and "another good password" not in page
    assert entry("account.reset")[0] == "refused"


def test_token_is_good_for_an_hour(nobody, sandbox):
    link = link_for(nobody, sandbox)
    sandbox.tick(3601)
    assert nobody.post("/reset/", {"token": link, "new_password": FRESH}).status_code == 422


def test_password_that_talkstack_does_not_like(nobody, sandbox):
    answer = nobody.post("/reset/", {"token": link_for(nobody, sandbox), "new_password": "ab"})
    assert answer.status_code == 422 and "at least 6 characters" in text(answer)
    assert 'id="id_new_password_error"' in text(answer)


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("down", 503, "cannot be reached"),
        ("500", 502, "no readable answer"),
        ("html", 502, "no readable answer"),
        ("429", 429, "asks to wait"),
        ("404", 422, "no longer good"),
    ],
)
def test_reset_with_talkstack_in_trouble(nobody, sandbox, kind, status, words):
    sandbox.faults.add(kind, path="/auth/reset-password", times=0)
    answer = nobody.post("/reset/", {"token": "some-token", "new_password": FRESH})
    assert answer.status_code == status and words in text(answer)
    assert 'value="some-token"' in text(answer) and FRESH not in text(answer)


def test_other_sessions_of_the_account_end_when_it_signs_in_again(owner, sandbox):
    browser = Client()
    browser.post("/reset/", {"token": link_for(browser, sandbox), "new_password": FRESH})
    assert owner.get("/w/").status_code == 302 and "/sign-in/" not in owner.get("/w/").url
    browser.post("/sign-in/", {"email": OWNER_EMAIL, "password": FRESH})
    assert "/sign-in/" in owner.get("/w/").url
    assert "/sign-in/" not in browser.get("/w/").url
    later = sign_in(OWNER_EMAIL, FRESH)
    assert "/sign-in/" not in browser.get("/w/").url and "/sign-in/" not in later.get("/w/").url


def test_reset_by_somebody_signed_in_leads_to_their_sessions(owner, sandbox):
    answer = owner.post("/reset/", {"token": link_for(owner, sandbox), "new_password": FRESH})
    assert answer.url == "/account/" and "The new password is set" in text(owner.get("/account/"))


# a local person's link


def use(client, link, new=FRESH):
    return client.post("/reset/", {"token": link, "new_password": new})


@pytest.mark.item("S17")
def test_local_link_works_once_here_and_ends_all_sessions(nobody, local, asked):
    inside = sign_in(local.email)
    link = local_reset.make_link(local)
    assert link.startswith(f"{here.PUBLIC_URL}/reset/?token=")
    assert use(nobody, link).url == "/sign-in/"
    assert f'value="{local.email}"' in text(nobody.get("/sign-in/"))
    assert "/sign-in/" in inside.get("/w/").url
    assert sign_in(local.email, FRESH)
    again = use(nobody, link, "and once more with it")
    assert again.status_code == 422 and "no longer good" in text(again)
    assert entry("account.reset") == ("done", local.email)
    assert asked.seen == []


def test_local_link_opened_in_the_browser(nobody, local):
    path = local_reset.make_link(local).removeprefix(here.PUBLIC_URL)
    assert nobody.get(path).url == "/reset/"
    assert local_reset.make_token(local).partition(":")[0] in text(nobody.get("/reset/"))


def test_local_link_used_by_the_person_while_signed_in(local):
    inside = sign_in(local.email)
    assert use(inside, local_reset.make_link(local)).url == "/sign-in/"
    assert inside.get("/account/").status_code == 302
    assert not sessions.alive(local).exists()


@pytest.mark.item("S17")
def test_local_link_is_good_for_an_hour(nobody, local, sandbox):
    link = local_reset.make_link(local)
    sandbox.tick(3590)
    assert local_reset.check(pasted.token_in(link)) == local
    sandbox.tick(20)
    assert local_reset.check(pasted.token_in(link)) is None and use(nobody, link).status_code == 422


@pytest.mark.parametrize("change", ["password", "email", "active", "way", "gone"])
def test_local_link_ends_with_what_it_was_made_for(nobody, local, change):
    token = local_reset.make_token(local)
    if change == "password":
        local.set_password("changed in between")
    elif change == "email":
        local.email = "moved@oakcare.example"
    elif change == "active":
        local.is_active = False
    elif change == "way":
        local.way = "talkstack"
    local.save()
    if change == "gone":
        local.delete()
    assert local_reset.check(token) is None


@pytest.mark.parametrize(
    "spoil", [lambda t: t[:-1], lambda t: t + "x", lambda t: t.replace("here-", "here-9"), lambda t: "here-"]
)
def test_spoilt_local_token_is_refused_and_sent_nowhere(nobody, local, asked, spoil):
    assert use(nobody, spoil(local_reset.make_token(local))).status_code == 422
    assert asked.seen == []


def test_link_of_one_person_is_not_good_for_another(local):
    other = person("other@oakcare.example")
    mine, theirs = local_reset.make_token(local), local_reset.make_token(other)
    assert mine != theirs and local_reset.check(theirs) == other


def test_no_local_link_for_somebody_of_talkstacks(owner):
    with pytest.raises(ValueError, match="local"):
        local_reset.make_link(User.objects.get())


@pytest.mark.parametrize(
    ("new", "words"), [("short", "at least 12"), ("password1234", "too common"), (here.DEMO_PASSWORD, "already")]
)
def test_local_password_rules(nobody, local, new, words):
    link = local_reset.make_link(local)
    answer = use(nobody, link, new)
    assert answer.status_code == 422 and words in text(answer)
    assert use(nobody, link).status_code == 303, "the link is still good"


# what was pasted


@pytest.mark.parametrize(
    ("pasted_text", "token"),
    [
        ("abc123", "abc123"),
        ("  abc\n123 ", "abc123"),
        ("https://app.example/reset?token=abc123", "abc123"),
        ("<https://app.example/reset?token=abc123&email=a%40b.c>", "abc123"),
        ("https://app.example/reset?resetToken=abc123", "abc123"),
        ("https://app.example/reset?x=abc123", "abc123"),
        ("https://app.example/#/reset?token=abc123", "abc123"),
        ("https://app.example/reset#abc123", "abc123"),
        ("https://app.example/reset/abc123/", "abc123"),
        ("www.app.example/reset?token=a%2Bb", "a+b"),
        ("https://[broken", ""),
        ("https://app.example/?a=1&b=2", ""),
        ("https://app.example/", ""),
    ],
)
def test_token_is_found_in_what_was_pasted(pasted_text, token):
    assert pasted.token_in(pasted_text) == token


def test_text_without_a_token(nobody, asked):
    answer = nobody.post("/reset/", {"token": "https://app.example/", "new_password": FRESH})
    assert answer.status_code == 422 and "Copy the whole link" in text(answer) and asked.seen == []


# the usual


def test_reset_takes_its_time(nobody, local, settings):
    settings.SIGN_IN_FLOOR_SECONDS = 0.3
    assert took(lambda: use(nobody, "here-wrong")) >= 0.29


def test_get_changes_nothing_and_a_post_needs_its_token(nobody):
    nobody.get("/forgot/"), nobody.get("/reset/"), nobody.get("/reset/?sent=1")
    assert not Session.objects.exists()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/forgot/", {"email": OWNER_EMAIL}).status_code == 403
    assert strict.post("/reset/", {"token": "x", "new_password": FRESH}).status_code == 403
    assert nobody.delete("/reset/").status_code == 405 and nobody.put("/forgot/").status_code == 405


@pytest.mark.item("S17")
def test_secrets_are_in_no_log_record_or_address(nobody, local, sandbox, caplog):
    caplog.set_level("DEBUG")
    token = link_for(nobody, sandbox).partition("token=")[2]
    own = local_reset.make_token(local)
    nobody.get(f"/reset/?token={token}")
    sandbox.faults.add("400", path="/auth/reset-password", body={"message": f"password {FRESH} for {token}"})
    page = text(use(nobody, token))
    assert FRESH not in page
    use(nobody, token), use(nobody, own)
    for secret in (token, own, FRESH):
        assert secret not in caplog.text + everything_recorded()
