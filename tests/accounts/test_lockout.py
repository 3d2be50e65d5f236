"""Too many wrong passwords: a growing wait for whoever typed them, and for nobody else."""

import re
import time

import pytest
from axes.models import AccessAttempt
from django.test import Client
from requests.adapters import BaseAdapter

from dashboard.accounts.models import User
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
