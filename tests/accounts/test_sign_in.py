"""The sign-in page: one form, one way in for each person."""

import threading
import time
from urllib.parse import quote

import pytest
from django.conf import settings as here
from django.db import connection
from django.test import Client

from dashboard.accounts import sessions
from dashboard.accounts.models import Connection, Membership, User, Workspace
from dashboard.accounts.signing import NOT_VERIFIED, WRONG
from dashboard.activity.models import Entry
from tests.accounts.conftest import person
from tests.conftest import OWNER_EMAIL, text

GOOD = {"email": OWNER_EMAIL, "password": here.DEMO_PASSWORD}


@pytest.fixture
def nobody(db, sandbox) -> Client:
    return Client()


def test_page_has_the_form(nobody):
    page = nobody.get("/sign-in/")
    assert page.status_code == 200
    assert 'name="email"' in text(page) and 'name="password"' in text(page) and 'name="tz"' in text(page)


def test_first_sign_in_of_a_talkstack_account_opens_its_workspace(nobody):
    answer = nobody.post("/sign-in/", {**GOOD, "tz": "Europe/Berlin"})
    assert (answer.status_code, answer.url) == (302, "/w/")
    workspace = Workspace.objects.get()
    assert (workspace.name, workspace.slug, workspace.practice) == ("Oak Care", "oak-care", True)
    user = User.objects.get()
    assert (user.way, user.practice, user.has_usable_password()) == ("talkstack", True, False)
    assert Membership.objects.get().role == "owner"
    assert Connection.objects.get().account_email == OWNER_EMAIL
    assert nobody.session["time_zone"] == "Europe/Berlin"
    assert set(Entry.objects.values_list("verb", flat=True)) == {"workspace.open", "sign_in"}


def test_later_sign_ins_renew_the_tokens_and_open_nothing(owner, workspace):
    before = workspace.connection.bearer
    Connection.objects.update(sign_in_needed=True)
    assert Client().post("/sign-in/", GOOD).status_code == 302
    after = Connection.objects.get()
    assert after.bearer != before and not after.sign_in_needed
    assert Workspace.objects.count() == 1
    assert Entry.objects.filter(verb="connection.renew").count() == 1


@pytest.mark.parametrize("email", [OWNER_EMAIL, "unknown@oakcare.example", "local@oakcare.example"])
@pytest.mark.item("S14")
def test_wrong_password_and_unknown_person_get_the_same_answer(nobody, email):
    person("local@oakcare.example")
    answer = nobody.post("/sign-in/", {"email": email, "password": "not the password"})
    assert answer.status_code == 422
    assert WRONG in text(answer)
    assert "sessionid" not in answer.cookies
    assert Entry.objects.get(verb="sign_in.failed").outcome.result == "refused"


def test_failure_takes_its_time(nobody, settings):
    settings.SIGN_IN_FLOOR_SECONDS = 0.3
    began = time.perf_counter()
    nobody.post("/sign-in/", {**GOOD, "password": "not the password"})
    assert time.perf_counter() - began >= 0.29


def test_local_password_is_never_sent_anywhere(nobody, asked):
    person("local@oakcare.example")
    assert (
        nobody.post("/sign-in/", {"email": "LOCAL@oakcare.example", "password": here.DEMO_PASSWORD}).status_code == 302
    )
    assert asked.seen == []
    nobody.post("/sign-in/", {"email": "local@oakcare.example", "password": "a wrong password"})
    assert not asked.told("local@oakcare.example") and not asked.told("a wrong password")


def test_talkstack_never_opens_a_local_person(nobody, sandbox, asked):
    person("twin@oakcare.example")
    sandbox.sign_up("twin@oakcare.example", "the sandbox knows me", "Twin")
    answer = nobody.post("/sign-in/", {"email": "twin@oakcare.example", "password": "the sandbox knows me"})
    assert answer.status_code == 422
    assert not asked.told("twin@") and not asked.told("the sandbox knows me")


def test_sandbox_never_signs_in_a_person_of_the_live_server(nobody, asked):
    User.objects.create_user(OWNER_EMAIL, way="talkstack", practice=False)
    assert nobody.post("/sign-in/", GOOD).status_code == 422
    assert not asked.told(OWNER_EMAIL) and not asked.told(GOOD["password"])


def test_live_server_takes_a_practice_person_over(owner, workspace, live, settings):
    settings.OPEN_WORKSPACES = "listed"
    live.sign_up(OWNER_EMAIL, "a password at talkstack", "Olive")
    bearer = workspace.connection.bearer
    answer = Client().post("/sign-in/", {"email": OWNER_EMAIL, "password": "a password at talkstack"})
    assert answer.status_code == 302
    user = User.objects.get(email=OWNER_EMAIL)
    assert not user.practice
    assert user.memberships.get().workspace == workspace
    assert Connection.objects.get(workspace=workspace).bearer == bearer, "live tokens never reach a practice connection"
    assert owner.get("/w/").status_code == 302 and "/sign-in/" in owner.get("/w/").url


def test_sandbox_is_not_asked_once_there_is_a_live_server(nobody, live, asked):
    assert nobody.post("/sign-in/", GOOD).status_code == 422
    assert asked.seen == []


def test_inactive_person_gets_the_same_words(nobody):
    person("gone@oakcare.example", is_active=False)
    answer = nobody.post("/sign-in/", {"email": "gone@oakcare.example", "password": here.DEMO_PASSWORD})
    assert answer.status_code == 422 and WRONG in text(answer)


def test_unverified_account_is_told(nobody, sandbox):
    account = sandbox.sign_up("new@oakcare.example", "brand new password", "New")
    account.verified = False
    answer = nobody.post("/sign-in/", {"email": "new@oakcare.example", "password": "brand new password"})
    assert answer.status_code == 422 and NOT_VERIFIED in text(answer)


def test_unreachable_talkstack_says_so(nobody, sandbox):
    sandbox.faults.add("down", times=0)
    answer = nobody.post("/sign-in/", GOOD)
    assert answer.status_code == 503
    assert "cannot be reached" in text(answer)
    assert f'value="{OWNER_EMAIL}"' in text(answer), "only the password is lost"
    assert here.DEMO_PASSWORD not in text(answer)


def test_busy_talkstack_says_when(nobody, sandbox):
    sandbox.faults.add("429", path="/auth/login", headers={"Retry-After": "40"})
    answer = nobody.post("/sign-in/", GOOD)
    assert answer.status_code == 429 and "40 seconds" in text(answer)


@pytest.mark.item("S19")
def test_new_session_id_and_what_its_row_says(nobody):
    nobody.post("/sign-in/", GOOD, headers={"User-Agent": "Firefox on a toaster"})
    first = nobody.session.session_key
    row = User.objects.get().sessions.get()
    assert (row.address, row.agent) == ("127.0.0.1", "Firefox on a toaster")
    nobody.post("/sign-in/", GOOD)
    assert nobody.session.session_key != first
    assert sessions.alive(User.objects.get()).count() == 1


def test_second_account_gets_no_workspace_of_its_own_by_default(owner, sandbox):
    sandbox.sign_up("late@oakcare.example", "later than first", "Late")
    late = Client()
    late.post("/sign-in/", {"email": "late@oakcare.example", "password": "later than first"})
    assert Workspace.objects.count() == 1
    assert "do not belong to a workspace" in text(late.get("/w/"))


@pytest.mark.parametrize(("rule", "count"), [("listed", 2), ("anyone", 2), ("first", 1)])
def test_who_may_open_a_workspace(owner, sandbox, settings, rule, count):
    settings.OPEN_WORKSPACES, settings.OPEN_WORKSPACES_FOR = rule, ["late@oakcare.example"]
    sandbox.sign_up("late@oakcare.example", "later than first", "Late")
    Client().post("/sign-in/", {"email": "late@oakcare.example", "password": "later than first"})
    assert Workspace.objects.count() == count
    assert Workspace.objects.exclude(slug="oak-care").values_list("slug", flat=True).first() in (
        None,
        "lates-workspace",
    )


@pytest.mark.parametrize(
    "trick",
    [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https://evil.example/",
        "https:evil.example",
        "https:/evil.example",
        "http://testserver@evil.example/",
        "javascript:alert(1)",
        "/\t/evil.example",
        "\t//evil.example",
        "/w/\r\nLocation: https://evil.example",
        " //evil.example",
        "evil.example",
        "/" + "a" * 3000,
    ],
)
@pytest.mark.item("S28")
def test_next_leads_nowhere_else(nobody, trick):
    assert nobody.post("/sign-in/", {**GOOD, "next": trick}).url == "/w/"
    assert nobody.get(f"/sign-in/?next={quote(trick)}").url == "/w/"


def test_next_leads_back(nobody):
    assert nobody.post("/sign-in/", {**GOOD, "next": "/w/oak-care/?q=a&b=ü"}).url == "/w/oak-care/?q=a&b=%C3%BC"


def test_nul_in_the_address_is_refused_in_words(nobody):
    assert nobody.post("/sign-in/", {"email": "a\x00@oakcare.example", "password": "x"}).status_code == 422


def test_other_verbs(nobody):
    assert nobody.put("/sign-in/").status_code == 405
    assert nobody.get("/sign-out/").status_code == 405


@pytest.mark.item("S20")
def test_sign_out_ends_the_session_on_the_server_and_leaves_the_connection(owner, workspace):
    cookie, bearer = owner.cookies["sessionid"].value, workspace.connection.bearer
    answer = owner.post("/sign-out/")
    assert answer.url == "/sign-in/" and answer["Clear-Site-Data"] == '"cache", "storage"'
    replay = Client()
    replay.cookies["sessionid"] = cookie
    assert "/sign-in/" in replay.get("/w/").url
    assert Connection.objects.get().bearer == bearer


def test_no_secret_is_stored_in_clear(owner, workspace, sandbox):
    link = Connection.objects.get()
    for sealed in (link.bearer, link.refresh):
        assert sealed and "sbx_" not in sealed and "sbr_" not in sealed


@pytest.mark.django_db(transaction=True)
def test_two_first_sign_ins_at_once_open_one_workspace(sandbox):
    emails = [f"p{number}@oakcare.example" for number in range(6)]
    for email in emails:
        sandbox.sign_up(email, "at the same moment", email)
    start, answers = threading.Barrier(len(emails)), []

    def go(email):
        try:
            start.wait(5)
            answers.append(Client().post("/sign-in/", {"email": email, "password": "at the same moment"}).status_code)
        finally:
            connection.close()

    threads = [threading.Thread(target=go, args=(email,)) for email in emails]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert answers == [302] * len(emails)
    assert (Workspace.objects.count(), Connection.objects.count(), Membership.objects.count()) == (1, 1, 1)
