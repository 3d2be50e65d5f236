"""Too many wrong passwords: a growing wait for whoever typed them, and for nobody else."""

import re
import time

import pytest
from axes.models import AccessAttempt
from django.conf import settings as here
from django.test import Client
from requests.adapters import BaseAdapter

from dashboard.accounts.models import Membership, User
from dashboard.activity.models import Entry
from dashboard.activity.phrases import phrase
from dashboard.sandbox.doors import adapter
from dashboard.talkstack import transport
from tests.accounts.conftest import person
from tests.conftest import OWNER_EMAIL, sign_in, text

EMAIL, WRONG = "otto@oakcare.example", "not the password"
HOME, CAFE, OFFICE = "198.51.100.7", "203.0.113.9", "192.0.2.33"


def attempt(email: str, password: str, address: str = HOME, client: Client | None = None, **extra):
    return (client or Client()).post("/sign-in/", {"email": email, "password": password}, REMOTE_ADDR=address, **extra)


def fail(times: int, email: str = EMAIL, address: str = HOME, client: Client | None = None, tick=None) -> None:
    for _ in range(times):
        assert attempt(email, WRONG, address, client).status_code == 422
        if tick:
            tick(70)


@pytest.fixture
def otto(db, sandbox) -> User:
    return person(EMAIL)


@pytest.fixture
def password(settings) -> str:
    return settings.DEMO_PASSWORD


@pytest.mark.item("S13")
def test_the_wait_grows_to_an_hour_and_ends(otto, sandbox, password):
    fail(5)
    waits = []
    for _ in range(6):
        answer = attempt(EMAIL, password)
        assert answer.status_code == 429 and "Wait" in text(answer) and password not in text(answer)
        waits.append(int(answer["Retry-After"]))
        if len(waits) < 6:
            sandbox.tick(waits[-1])
            fail(1)
    assert waits == [4, 8, 16, 32, 64, 3600]
    sandbox.tick(3590)
    assert attempt(EMAIL, password).status_code == 429
    sandbox.tick(11)
    assert attempt(EMAIL, password).status_code == 302


@pytest.mark.item("S13")
def test_ten_failures_lock_the_account_only_for_whoever_made_them(otto, sandbox, password):
    fail(10, tick=sandbox.tick)
    assert attempt(EMAIL, password).status_code == 429
    assert attempt(EMAIL, password, CAFE).status_code == 302, "a correct password from another address"
    assert attempt(OWNER_EMAIL, password).status_code == 302, "another account from the same address"


@pytest.mark.item("S13")
def test_a_known_browser_is_not_locked_out_by_its_neighbours(otto, sandbox, password):
    mine = Client()
    assert attempt(EMAIL, password, OFFICE, mine).status_code == 302
    fail(10, address=OFFICE, tick=sandbox.tick)
    for number in range(10):
        fail(1, email=f"nobody{number}@oakcare.example", address=OFFICE)
        sandbox.tick(70)
    assert attempt(EMAIL, password, OFFICE).status_code == 429, "the neighbour"
    assert attempt(EMAIL, password, OFFICE, mine).status_code == 302, "the browser that signed in before"


@pytest.mark.item("S13")
def test_twenty_failures_from_one_address_lock_the_address(otto, sandbox, password):
    for number in range(20):
        fail(1, email=f"somebody{number}@oakcare.example", tick=sandbox.tick)
    answer = attempt(EMAIL, password)
    assert answer.status_code == 429 and int(answer["Retry-After"]) > 3400
    assert attempt(EMAIL, password, CAFE).status_code == 302


def test_a_known_browser_cannot_guess_for_ever(otto, sandbox, password):
    mine = Client()
    assert attempt(EMAIL, password, HOME, mine).status_code == 302
    mine.post("/sign-out/")
    for address in (HOME, CAFE) * 5:
        fail(1, address=address, client=mine, tick=sandbox.tick)
    assert attempt(EMAIL, password, OFFICE, mine).status_code == 429


def test_a_mark_of_another_account_or_a_made_up_one_is_none(otto, sandbox, password):
    other = Client()
    assert attempt(OWNER_EMAIL, password, HOME, other).status_code == 302
    fail(10, address=CAFE, tick=sandbox.tick)
    other.post("/sign-out/")
    assert attempt(EMAIL, password, CAFE, other).status_code == 429
    other.cookies["device"] = "made-up:mark"
    assert attempt(EMAIL, password, CAFE, other).status_code == 429


def test_addresses_of_one_network_are_one(otto, sandbox, password):
    for number in range(10):
        fail(1, address=f"2001:db8:1:2::{number + 1:x}", tick=sandbox.tick)
    assert attempt(EMAIL, password, "2001:db8:1:2::ffff").status_code == 429
    assert attempt(EMAIL, password, "2001:db8:1:3::1").status_code == 302


@pytest.mark.item("S29")
def test_the_address_is_the_one_that_the_configured_proxy_names(otto, sandbox, password, settings):
    settings.TRUSTED_PROXIES = ["10.0.0.1", "10.0.0.2"]
    for _ in range(10):
        attempt(EMAIL, WRONG, "10.0.0.1", headers={"X-Forwarded-For": f"1.1.1.1, {CAFE}, 10.0.0.2"})
        sandbox.tick(70)
    seen = set(AccessAttempt.objects.values_list("ip_address", flat=True))
    assert seen == {CAFE}, "the nearest that is no proxy, not what the visitor claims"
    attempt(EMAIL, WRONG, OFFICE, headers={"X-Forwarded-For": HOME})
    assert OFFICE in set(AccessAttempt.objects.values_list("ip_address", flat=True)), "nobody else is believed"


def test_nothing_that_was_typed_is_kept_but_the_account(otto, sandbox):
    Client().post("/sign-in/", {"email": EMAIL, "password": "S3CRET-CANARY", "next": "/w/?NEXT-CANARY"})
    row = AccessAttempt.objects.get()
    assert "CANARY" not in f"{vars(row)}"


def test_the_fresh_password_counts_too(otto, sandbox, workspace):
    client = sign_in(EMAIL)
    sandbox.tick(901)
    for _ in range(10):
        answer = client.post("/account/second-factor/start/", {"fresh_password": WRONG})
        assert answer.status_code == 422
        sandbox.tick(70)
    assert client.post("/account/second-factor/start/", {"fresh_password": WRONG}).status_code == 429


def words_of(answer, email: str) -> str:
    """The page without what differs from request to request by itself."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text(answer).replace(email, ""))


class Slow(BaseAdapter):
    """A Talkstack that takes a second to answer."""

    def __init__(self, inner: BaseAdapter) -> None:
        super().__init__()
        self.inner = inner

    def send(self, request, **options):
        time.sleep(1.0)
        return self.inner.send(request, **options)

    def close(self) -> None:
        self.inner.close()


@pytest.mark.item("S14")
def test_unknown_address_and_wrong_password_are_one_answer(otto, owner, sandbox, settings):
    """A local person, one of Talkstack's, and nobody: same status, same words, same time, also when Talkstack is slow."""
    settings.SIGN_IN_FLOOR_SECONDS = 0.2
    settings.BUDGETS = {**settings.BUDGETS, "write": 5.0}
    transport.mount(settings.SANDBOX_URL, Slow(adapter(sandbox)))
    told, times = [], []
    for email in (EMAIL, OWNER_EMAIL, "nobody@oakcare.example"):
        took = []
        for _ in range(2):
            began = time.perf_counter()
            answer = attempt(email, WRONG)
            took.append(time.perf_counter() - began)
        times.append(min(took))
        told.append((answer.status_code, words_of(answer, email)))
    assert {status for status, _ in told} == {422} and len({words for _, words in told}) == 1
    assert max(times) <= 1.2 * min(times) + 0.1, times


@pytest.mark.item("S14")
def test_also_while_talkstack_is_away(otto, sandbox):
    sandbox.faults.add("down", times=0)
    answers = [attempt(email, WRONG) for email in (EMAIL, "nobody@oakcare.example")]
    assert [answer.status_code for answer in answers] == [503, 503]
    told = {words_of(answer, email) for answer, email in zip(answers, (EMAIL, "nobody@oakcare.example"), strict=True)}
    assert len(told) == 1
    assert all("cannot be reached" in text(answer) for answer in answers)


AWAY = "cannot be reached"
OTHERS = {EMAIL: HOME, "nobody@oakcare.example": CAFE}


@pytest.mark.item("S13")
def test_an_outage_of_talkstack_makes_no_password_wrong(otto, owner, sandbox, password):
    """The owner's password is Talkstack's. Tries while it is away are held back in the end, and never once it is back."""
    sandbox.faults.add("down", times=0)
    for _ in range(5):
        answer = attempt(OWNER_EMAIL, password)
        assert answer.status_code == 503 and AWAY in text(answer)
    held = attempt(OWNER_EMAIL, password)
    assert held.status_code == 429 and held["Retry-After"] == "4"
    assert "Your password was not checked" in text(held) and "wrong" not in text(held)
    sandbox.faults.clear()
    assert attempt(OWNER_EMAIL, password).status_code == 302
    assert not AccessAttempt.objects.exists()


@pytest.mark.item("S13")
@pytest.mark.item("S14")
def test_an_outage_is_no_time_to_guess_local_passwords(otto, sandbox):
    """A local person and nobody: the same words and waits at every try, and after five they grow as ever."""
    sandbox.faults.add("down", times=0)
    said = {email: [attempt(email, WRONG, address) for _ in range(7)] for email, address in OTHERS.items()}
    assert [answer.status_code for answer in said[EMAIL]] == [503] * 5 + [429] * 2
    for mine, nobodys in zip(*said.values(), strict=True):
        assert mine.status_code == nobodys.status_code
        assert words_of(mine, EMAIL) == words_of(nobodys, "nobody@oakcare.example")
    assert attempt(EMAIL, here.DEMO_PASSWORD).status_code == 429, "not checked, whatever it is"
    sandbox.faults.clear()
    sandbox.faults.add("down", times=1, skip=1)  # away again right after it answered: that counts
    assert attempt(EMAIL, WRONG).status_code == 503
    assert AccessAttempt.objects.filter(username=EMAIL).count() == 1
    sandbox.faults.clear()
    fail(4)
    assert "too many wrong passwords" in text(attempt(EMAIL, WRONG)), "once it is back they are counted as ever"


def test_twenty_unchecked_tries_hold_an_address_and_no_known_browser(otto, sandbox, password):
    mine = Client()
    assert attempt(EMAIL, password, OFFICE, mine).status_code == 302
    sandbox.faults.add("down", times=0)
    answers = []
    for number in range(20):
        answers.append(attempt(f"nobody{number}@oakcare.example", WRONG, OFFICE).status_code)
        sandbox.tick(70)
    assert answers == [503] * 20
    assert attempt(EMAIL, password, OFFICE).status_code == 429
    assert attempt(EMAIL, password, OFFICE, mine).status_code == 302
    assert attempt(EMAIL, password, CAFE).status_code == 302


def entries(verb: str) -> list[Entry]:
    return list(Entry.objects.filter(verb=verb))


@pytest.mark.item("S13")
def test_whoever_comes_in_is_told_what_failed_meanwhile(otto, sandbox, password, workspace):
    """Guesses from many addresses, each too few to wait for: they keep nobody out, and they are seen."""
    Membership.objects.create(workspace=workspace, user=otto, role="admin")
    assert attempt(EMAIL, password, OFFICE).status_code == 302
    sandbox.tick(60)
    for number in range(4):
        fail(4, address=f"203.0.113.{number + 1}")
    mine = Client()
    assert attempt(EMAIL, password, OFFICE, mine).status_code == 302
    said = text(mine.get("/w/oak-care/"))
    assert "16 tries to sign in as you have failed since you were last here, from 4 addresses." in said
    assert "change your password and set up a second factor on the page of your account" in said
    page = text(mine.get("/account/"))
    assert "16 tries to sign in as you failed" in page and "from 4 addresses" in page
    sandbox.tick(60)
    again = Client()
    assert attempt(EMAIL, password, OFFICE, again).status_code == 302
    assert "failed since" not in text(again.get("/w/oak-care/")), "said once"
    other = Client()
    attempt(OWNER_EMAIL, password, OFFICE, other)
    assert "to sign in as you" not in text(other.get("/account/")), "nobody else is told"


def test_a_slip_of_ones_own_is_no_news(otto, sandbox, password):
    mine = Client()
    fail(2, client=mine)
    assert attempt(EMAIL, password, HOME, mine).status_code == 302
    said = text(mine.get("/account/", REMOTE_ADDR=HOME))
    assert "since you were last here" not in said
    assert "2 tries to sign in as you failed" in said and "one address: the one you are at now" in said


def test_waiting_is_written_down_once_an_hour(otto, sandbox):
    fail(5)
    for _ in range(3):
        assert attempt(EMAIL, WRONG).status_code == 429
    held = entries("sign_in.held")
    assert [each.thing_name for each in held] == [EMAIL] and held[0].after == {"address": HOME}
    assert "too many wrong passwords" in held[0].outcome.words
    sandbox.tick(3601)
    fail(5)
    attempt(EMAIL, WRONG)
    assert len(entries("sign_in.held")) == 2


def test_a_wrong_fresh_password_names_who_and_what_for(otto, sandbox, workspace):
    Membership.objects.create(workspace=workspace, user=otto, role="admin")
    client = sign_in(EMAIL)
    sandbox.tick(901)
    client.post("/w/oak-care/team/invite/", {"email": "n@oakcare.example", "role": "viewer", "fresh_password": WRONG})
    client.post("/account/second-factor/start/", {"fresh_password": WRONG})
    alone, in_team = entries("password.failed")
    assert (in_team.user, in_team.outcome.result) == (otto, "refused")
    assert phrase(in_team) == "typed a wrong password where it was asked for again"
    assert in_team.after["in_order_to"] == "invite, change and remove viewers and operators"
    assert alone.after["in_order_to"] == "set up a second factor"
    page = sign_in(EMAIL).get("/w/oak-care/activity/")
    assert "In order to" in text(page) and "set up a second factor" in text(page)
    assert not entries("sign_in.failed")
