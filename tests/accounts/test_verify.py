"""The page that takes the code from the mail, and sends another one."""

import pytest
from django.test import Client

from dashboard.accounts.models import Session
from dashboard.accounts.sayings import SIGNING_IN, VERIFYING
from dashboard.talkstack import LoginStatus, VerificationStatus
from tests.accounts.joining import NEW, entry, everything_recorded, mail_to, told, took
from tests.conftest import OWNER_EMAIL, text

EMAIL = NEW["email"]


@pytest.fixture
def newcomer(db, sandbox) -> Client:
    """Somebody who has signed up, more than a minute ago."""
    client = Client()
    client.post("/sign-up/", NEW)
    sandbox.tick(61)
    return client


def code(sandbox) -> str:
    return mail_to(sandbox, EMAIL).code


def test_right_code_leads_to_signing_in_with_the_address_filled_in(newcomer, sandbox):
    spaced = " ".join(code(sandbox))
    answer = newcomer.post("/verify/", {"email": EMAIL, "code": f" {spaced} "})
    assert (answer.status_code, answer.url) == (303, "/sign-in/")
    page = text(newcomer.get("/sign-in/"))
    assert f'value="{EMAIL}"' in page and "is verified" in page
    assert sandbox.accounts[EMAIL].verified
    assert entry("account.verify") == ("done", EMAIL)


def test_page_works_for_somebody_who_comes_from_nowhere(db, sandbox):
    page = Client().get("/verify/")
    assert page.status_code == 200 and 'autocomplete="one-time-code"' in text(page)
    assert "data-wait=" not in text(page) and not Session.objects.exists()


def test_wrong_code(newcomer, sandbox):
    answer = newcomer.post("/verify/", {"email": EMAIL, "code": "x-x-x-x"})
    page = text(answer)
    assert answer.status_code == 422 and VERIFYING[VerificationStatus.INVALID_CODE].words in page
    assert 'value="x-x-x-x"' in page and 'id="id_code_error"' in page
    assert entry("account.verify")[0] == "refused"


def test_old_code_offers_another(newcomer, sandbox):
    old = code(sandbox)
    sandbox.tick(601)
    page = text(newcomer.post("/verify/", {"email": EMAIL, "code": old}))
    assert VERIFYING[VerificationStatus.RESEND_INVITE].words in page
    assert 'formaction="/verify/resend/"' in page


def test_unknown_address_offers_an_account(db, sandbox):
    page = text(Client().post("/verify/", {"email": "who@oakcare.example", "code": "123456"}))
    assert VERIFYING[VerificationStatus.ACCOUNT_NOT_FOUND].words in page and 'class="btn" href="/sign-up/"' in page


def test_verified_address_leads_to_signing_in(db, sandbox):
    client = Client()
    assert client.post("/verify/", {"email": OWNER_EMAIL, "code": "123456"}).url == "/sign-in/"
    assert VERIFYING[VerificationStatus.ACCOUNT_EXISTS].words in text(client.get("/sign-in/"))


def test_every_answer_of_talkstack_has_its_words():
    assert set(VERIFYING) == set(VerificationStatus)
    assert len({saying.words for saying in VERIFYING.values()}) == len(VERIFYING)


@pytest.mark.parametrize("http", [200, 400])
@pytest.mark.parametrize("member", [each for each in VerificationStatus if each is not VerificationStatus.SUCCESS])
def test_each_answer_says_what_to_do(newcomer, sandbox, member, http):
    told(sandbox, "/auth/verify-email", {"verificationStatus": int(member)}, http)
    answer = newcomer.post("/verify/", {"email": EMAIL, "code": "123456"})
    saying = VERIFYING[member]
    assert (answer.status_code, answer.get("Location", "")) == ((303, "/sign-in/") if saying.go else (422, ""))
    page = text(newcomer.get("/sign-in/") if saying.go else answer)
    assert saying.words in page and f'value="{EMAIL}"' in page


@pytest.mark.parametrize("data", [{"email": EMAIL}, {"code": "123456"}, {"email": "no", "code": "1"}])
def test_invalid_form(newcomer, asked, data):
    answer = newcomer.post("/verify/", data)
    assert answer.status_code == 422 and asked.seen == []
    assert all(f'value="{value}"' in text(answer) for value in data.values())


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("down", 503, "cannot be reached"),
        ("500", 502, "no readable answer"),
        ("html", 502, "no readable answer"),
        ("429", 429, "asks to wait"),
        ("422", 422, "did not verify"),
    ],
)
@pytest.mark.parametrize("page", ["/verify/", "/verify/resend/"])
def test_talkstack_in_trouble(newcomer, sandbox, kind, status, words, page):
    sandbox.faults.add(kind, times=0)
    answer = newcomer.post(page, {"email": EMAIL, "code": "123456"})
    assert answer.status_code == status
    assert (words if page == "/verify/" or kind != "422" else "sent no code") in text(answer)
    assert f'value="{EMAIL}"' in text(answer) and 'value="123456"' in text(answer)


def test_another_code(newcomer, sandbox):
    first = code(sandbox)
    answer = newcomer.post("/verify/resend/", {"email": EMAIL, "code": ""})
    assert (answer.status_code, answer.url) == (303, "/verify/")
    assert code(sandbox) != first
    page = text(newcomer.get("/verify/"))
    assert f"Another code is on its way to {EMAIL}" in page and "data-wait=" in page
    assert entry("account.resend") == ("done", EMAIL)


def test_another_code_too_soon_is_told_without_asking(newcomer, sandbox, asked):
    newcomer.post("/verify/resend/", {"email": EMAIL})
    answer = newcomer.post("/verify/resend/", {"email": EMAIL, "code": "12"})
    assert answer.status_code == 429 and 55 <= int(answer["Retry-After"]) <= 60
    assert "You can ask for another one in" in text(answer) and 'value="12"' in text(answer)
    assert "optional" not in text(answer), "the code is what the page is for"
    assert asked.count("/auth/resend-code") == 1
    sandbox.tick(61)
    assert newcomer.post("/verify/resend/", {"email": EMAIL}).status_code == 303


def test_wait_is_for_one_address(newcomer, sandbox):
    newcomer.post("/verify/resend/", {"email": EMAIL})
    assert newcomer.post("/verify/resend/", {"email": "who@oakcare.example"}).status_code == 422


def test_talkstacks_own_wait_is_kept(db, sandbox):
    Client().post("/sign-up/", NEW)
    other = Client()
    answer = other.post("/verify/resend/", {"email": EMAIL})
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 50
    assert 'data-wait="' in text(answer) and 'data-wait="' in text(other.get("/verify/"))


def test_another_code_for_a_verified_address_leads_to_signing_in(db, sandbox):
    answer = Client().post("/verify/resend/", {"email": OWNER_EMAIL})
    assert answer.status_code == 422 and 'class="btn" href="/sign-in/"' in text(answer)


def test_sign_in_of_an_unverified_account_leads_to_the_code(newcomer):
    answer = newcomer.post("/sign-in/", {"email": EMAIL, "password": NEW["password"]})
    assert answer.status_code == 422 and 'class="btn" href="/verify/"' in text(answer)
    fresh = Client()
    fresh.post("/sign-in/", {"email": EMAIL, "password": NEW["password"]})
    assert f'value="{EMAIL}"' in text(fresh.get("/verify/"))


def test_every_answer_to_a_sign_in_has_its_words():
    assert set(SIGNING_IN) == set(LoginStatus)
    same = {LoginStatus.USER_NOT_FOUND, LoginStatus.INVALID_PASSWORD}
    others = [saying.words for member, saying in SIGNING_IN.items() if member not in same]
    assert len({*others, SIGNING_IN[LoginStatus.USER_NOT_FOUND].words}) == len(LoginStatus) - 1


@pytest.mark.parametrize("member", list(LoginStatus))
def test_each_answer_to_a_sign_in_says_what_to_do(db, sandbox, member):
    told(sandbox, "/auth/login", {"loginStatus": int(member)}, 200)
    answer = Client().post("/sign-in/", {"email": EMAIL, "password": "whatever it is"})
    assert answer.status_code == 422 and SIGNING_IN[member].words in text(answer)


def test_practice_says_where_the_mails_are(newcomer, owner, viewer):
    assert "This is a practice installation" in text(newcomer.get("/verify/"))
    assert "/practice/outbox/" not in text(newcomer.get("/verify/"))
    assert "/w/oak-care/practice/outbox/" in text(owner.get("/verify/"))
    assert "/practice/outbox/" not in text(viewer.get("/verify/")), "viewers may not open it"


def test_answers_take_their_time(newcomer, settings):
    settings.SIGN_IN_FLOOR_SECONDS = 0.3
    assert took(lambda: newcomer.post("/verify/", {"email": EMAIL, "code": "000"})) >= 0.29
    assert took(lambda: newcomer.post("/verify/resend/", {"email": "who@oakcare.example"})) >= 0.29


def test_verbs_and_tokens(newcomer):
    assert newcomer.get("/verify/resend/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/verify/", {"email": EMAIL, "code": "1"}).status_code == 403
    assert strict.post("/verify/resend/", {"email": EMAIL}).status_code == 403


def test_code_is_in_no_log_record_or_address(newcomer, sandbox, caplog):
    caplog.set_level("DEBUG")
    sandbox.faults.add("422", path="/auth/verify-email", body={"message": "no: 246813579"})
    page = text(newcomer.post("/verify/", {"email": EMAIL, "code": "246813579"}))
    assert "no: ***" in page
    answer = newcomer.post("/verify/", {"email": EMAIL, "code": code(sandbox)})
    for secret in ("246813579", code(sandbox)):
        assert secret not in caplog.text + everything_recorded() + answer.url
