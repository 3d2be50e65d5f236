"""The second factor: set up with an app, asked for at every sign-in, codes that work once, and a workspace that demands it."""

import base64
import re
import time

import pytest
from django.test import Client
from django_otp.oath import TOTP

from dashboard.accounts import second_factor
from dashboard.accounts.models import RecoveryCode, SecondFactor, Session, User, Workspace
from dashboard.activity.models import Entry
from tests.accounts.conftest import person
from tests.at_once import at_once
from tests.conftest import sign_in, text

EMAIL = "otto@oakcare.example"
BASE = "/account/second-factor/"


def app_code(user: User, drift: int = 0) -> str:
    """What the person's authenticator app shows now."""
    clock = TOTP(base64.b32decode(second_factor.key_of(SecondFactor.objects.get(user=user))), drift=drift)
    clock.time = time.time()
    return f"{clock.token():06d}"


def set_up(client: Client, user: User) -> list[str]:
    """Set it up through the pages; the recovery codes."""
    assert client.post(BASE + "start/").status_code == 302
    page = text(client.get(BASE + "confirm/"))
    assert 'role="img"' in page and "style=" not in page
    answer = client.post(BASE + "confirm/", {"code": app_code(user)})
    assert answer.status_code == 200, text(answer)
    return re.findall(r"<code>([a-z0-9]{4}-[a-z0-9]{4}-[a-z0-9]{4})</code>", text(answer))


def first_step(email: str = EMAIL, password: str = "practice-makes-calm", client: Client | None = None) -> Client:
    """The password, after which the code is asked for."""
    client = client or Client()
    answer = client.post("/sign-in/", {"email": email, "password": password})
    assert (answer.status_code, answer.url) == (302, "/sign-in/code/")
    return client


@pytest.fixture
def otto(workspace: Workspace, sandbox) -> User:
    return person(EMAIL, workspace, "admin")


@pytest.fixture
def codes(otto: User, sandbox) -> list[str]:
    codes = set_up(sign_in(EMAIL), otto)
    sandbox.tick(60)
    return codes


@pytest.mark.item("S15")
def test_with_it_the_password_alone_opens_nothing(otto, codes):
    client = first_step()
    for path in ("/w/", "/w/oak-care/", "/account/"):
        assert "/sign-in/" in client.get(path).url
    assert client.get("/sign-in/code/").status_code == 200
    answer = client.post("/sign-in/code/", {"code": app_code(otto)})
    assert answer.status_code == 302
    assert client.get("/w/oak-care/").status_code == 200


@pytest.mark.item("S07")
def test_the_second_step_is_nowhere_without_the_first(otto, codes, sandbox):
    client = Client()
    answer = client.post("/sign-in/code/", {"code": app_code(otto)})
    assert answer.status_code == 302 and answer.url.startswith("/sign-in/")
    assert "/sign-in/" in client.get("/account/").url
    late = first_step()
    sandbox.tick(601)
    assert late.post("/sign-in/code/", {"code": app_code(otto)}).url.startswith("/sign-in/")
    assert "/sign-in/" in late.get("/account/").url


@pytest.mark.item("S15")
def test_a_code_works_once(otto, codes):
    code = app_code(otto)
    assert first_step().post("/sign-in/code/", {"code": code}).status_code == 302
    answer = first_step().post("/sign-in/code/", {"code": code})
    assert answer.status_code == 422 and "used already" in text(answer)


@pytest.mark.item("S15")
@pytest.mark.parametrize(("drift", "status"), [(-2, 422), (-1, 302), (0, 302), (1, 302), (2, 422)])
def test_one_step_of_30_seconds_to_either_side(otto, codes, drift, status):
    assert first_step().post("/sign-in/code/", {"code": app_code(otto, drift)}).status_code == status


@pytest.mark.item("S15")
def test_five_wrong_codes_in_a_quarter_of_an_hour(otto, codes, sandbox):
    client = first_step()
    wrong = "000000" if app_code(otto) != "000000" else "111111"
    assert [client.post("/sign-in/code/", {"code": wrong}).status_code for _ in range(5)] == [422] * 5
    answer = client.post("/sign-in/code/", {"code": app_code(otto)})
    assert answer.status_code == 429 and "Wait" in text(answer)
    sandbox.tick(901)
    assert first_step().post("/sign-in/code/", {"code": app_code(otto)}).status_code == 302


@pytest.mark.item("S16")
def test_recovery_codes_work_once_and_are_kept_as_fingerprints(otto, codes):
    assert len(codes) == 10 == len(set(codes))
    kept = " ".join(RecoveryCode.objects.values_list("digest", flat=True))
    assert not [code for code in codes if code in kept or code.replace("-", "") in kept]
    client = first_step()
    assert client.post("/sign-in/code/", {"code": f" {codes[0].upper()} "}).status_code == 302
    assert "9 of 10 are left" in text(client.get("/w/oak-care/"))
    assert Entry.objects.filter(user=otto).first().verb == "sign_in.recovery", "told apart from the app's code"
    assert first_step().post("/sign-in/code/", {"code": codes[0]}).status_code == 422


@pytest.mark.item("S16")
@pytest.mark.django_db(transaction=True)
def test_one_code_at_the_same_moment_opens_one_session(transactional_db, otto, codes, sandbox):
    for code in (codes[1], app_code(otto)):
        clients = [first_step() for _ in range(4)]
        Session.objects.filter(user=otto).delete()
        at_once(4, lambda clients=clients, code=code: clients.pop().post("/sign-in/code/", {"code": code}))
        assert Session.objects.filter(user=otto).count() == 1, code


def test_new_recovery_codes_end_the_old_ones(otto, codes, sandbox):
    client = first_step()
    client.post("/sign-in/code/", {"code": app_code(otto)})
    answer = client.post(BASE + "codes/")
    assert "shown again" in text(answer)
    assert first_step().post("/sign-in/code/", {"code": codes[0]}).status_code == 422


@pytest.mark.item("S23")
def test_a_fresh_password_is_asked_for(otto, sandbox):
    client = sign_in(EMAIL)
    sandbox.tick(901)
    answer = client.post(BASE + "start/", {"next": "/w/oak-care/?a=<b>"})
    assert answer.status_code == 403 and "Your password, please" in text(answer)
    assert 'name="next" value="/w/oak-care/?a=&lt;b&gt;"' in text(answer)
    assert not SecondFactor.objects.exists()
    answer = client.post(BASE + "start/", headers={"Referer": "http://testserver/account/second-factor/?a=1"})
    assert 'href="/account/second-factor/?a=1">Cancel' in text(answer)
    assert 'href="/w/">Cancel' in text(client.post(BASE + "start/", headers={"Referer": "https://evil.example//evil/"}))
    wrong = client.post(BASE + "start/", {"fresh_password": "no", "fresh_back": "/account/?b=1"})
    assert 'href="/account/?b=1">Cancel' in text(wrong)
    assert wrong.status_code == 422 and "not your password" in text(wrong)
    assert client.post(BASE + "start/", {"fresh_password": "practice-makes-calm"}).status_code == 302
    assert SecondFactor.objects.exists()


def test_removing_it_is_written_down(otto, codes):
    client = first_step()
    client.post("/sign-in/code/", {"code": app_code(otto)})
    assert client.post(BASE + "remove/", follow=True).status_code == 200
    assert not RecoveryCode.objects.exists()
    assert list(Entry.objects.filter(verb__startswith="factor").values_list("verb", flat=True)) == [
        "factor.remove",
        "factor.add",
    ]
    assert sign_in(EMAIL).get("/account/").status_code == 200


@pytest.mark.item("S11")
def test_setting_it_up_ends_the_other_sessions(otto, sandbox):
    here, there = sign_in(EMAIL), sign_in(EMAIL)
    set_up(here, otto)
    assert here.get("/account/").status_code == 200
    assert "/sign-in/" in there.get("/account/").url


def test_a_secret_that_was_never_confirmed_is_asked_of_nobody(otto):
    client = sign_in(EMAIL)
    client.post(BASE + "start/")
    answer = client.post(BASE + "confirm/", {"code": "12345x"})
    assert answer.status_code == 422 and "newest one" in text(answer)
    assert sign_in(EMAIL).get("/account/").status_code == 200


@pytest.mark.item("S61")
def test_the_secret_is_sealed_and_shown_nowhere_afterwards(otto, codes):
    factor = SecondFactor.objects.get(user=otto)
    key = second_factor.key_of(factor)
    assert key not in factor.key
    client = first_step()
    client.post("/sign-in/code/", {"code": app_code(otto)})
    for path in (BASE, BASE + "confirm/", "/account/", "/w/oak-care/activity/"):
        assert key not in text(client.get(path, follow=True)).replace(" ", "")


class TestDemanded:
    @pytest.fixture(autouse=True)
    def demand(self, workspace):
        Workspace.objects.filter(pk=workspace.pk).update(second_factor="admin")

    @pytest.mark.item("S15")
    def test_admins_set_one_up_first_and_operators_do_not(self, otto, operator, sandbox):
        client = sign_in(EMAIL)
        answer = client.get("/w/oak-care/projects/?q=x")
        assert answer.status_code == 302
        assert answer.url == "/account/second-factor/?next=/w/oak-care/projects/%3Fq%3Dx"
        assert "Oak Care demands a second factor" in text(client.get(answer.url))
        assert client.post("/w/oak-care/projects/new/", {"name": "x"}).status_code == 302
        notice = client.post("/w/oak-care/projects/new/", {"name": "x"}, headers={"HX-Request": "true"})
        assert notice.status_code == 403 and "still on the page" in text(notice)
        poll = client.get("/w/oak-care/projects/?seen=1", headers={"HX-Request": "true"})
        assert poll.status_code == 286
        assert operator.get("/w/oak-care/").status_code == 200
        set_up(client, otto)
        assert client.get("/w/oak-care/projects/").status_code == 200

    def test_after_setting_it_up_one_is_led_back(self, otto):
        client = sign_in(EMAIL)
        client.post(BASE + "start/", {"next": "/w/oak-care/projects/"})
        answer = client.post(BASE + "confirm/", {"code": app_code(otto)})
        assert 'href="/w/oak-care/projects/"' in text(answer)

    def test_without_it_no_project_is_made(self, otto, sandbox):
        before = len(sandbox.store.projects)
        sign_in(EMAIL).post("/w/oak-care/projects/new/", {"name": "x", "description": ""})
        assert len(sandbox.store.projects) == before


def test_in_the_dialog_over_a_page(otto, codes):
    htmx = {"HX-Request": "true", "HX-Current-URL": "http://testserver/w/oak-care/projects/new/"}
    client = Client()
    first = client.post("/sign-in/", {"email": EMAIL, "password": "practice-makes-calm"}, headers=htmx)
    assert 'hx-post="/sign-in/code/"' in text(first)
    wrong = client.post("/sign-in/code/", {"code": "x"}, headers=htmx)
    assert wrong.status_code == 422 and 'id="sign-in-dialog"' in text(wrong)
    done = client.post("/sign-in/code/", {"code": app_code(otto)}, headers=htmx)
    assert done.status_code == 200 and "signed-in" in done["HX-Trigger"]
    gone = Client().post("/sign-in/code/", {"code": "1"}, headers=htmx)
    assert gone.status_code == 401 and 'name="password"' in text(gone)
