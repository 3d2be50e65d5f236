"""Sessions: rows that end everywhere at once, by time or by hand, and that polls do not prolong."""

import pytest
from django.test import Client

from dashboard.accounts.models import Session, User
from tests.accounts.conftest import person
from tests.conftest import sign_in, text


@pytest.mark.item("S21")
def test_idle_session_ends(owner, sandbox, settings):
    sandbox.tick(settings.SESSION_IDLE_SECONDS - 60)
    assert owner.get("/account/").status_code == 200
    sandbox.tick(settings.SESSION_IDLE_SECONDS - 60)
    assert owner.get("/account/").status_code == 200
    sandbox.tick(settings.SESSION_IDLE_SECONDS + 1)
    assert "/sign-in/" in owner.get("/account/").url


@pytest.mark.item("S21")
def test_no_activity_prolongs_a_session_for_ever(owner, sandbox, settings):
    for _ in range(settings.SESSION_ABSOLUTE_SECONDS // (settings.SESSION_IDLE_SECONDS - 60)):
        sandbox.tick(settings.SESSION_IDLE_SECONDS - 60)
        assert owner.post("/account/", {"name": "Olive", "time_zone": "UTC"}).status_code == 302
    sandbox.tick(settings.SESSION_IDLE_SECONDS - 60)
    assert "/sign-in/" in owner.get("/account/").url


@pytest.mark.item("S21")
def test_last_seen_is_written_at_most_once_a_minute(owner, sandbox):
    before = Session.objects.get().last_seen
    sandbox.tick(30)
    owner.get("/account/")
    assert Session.objects.get().last_seen == before
    sandbox.tick(31)
    owner.get("/account/?seen=3")
    assert Session.objects.get().last_seen == before, "a poll is nobody's doing"
    owner.get("/account/")
    assert Session.objects.get().last_seen > before


def test_ending_a_row_ends_the_session_everywhere(owner):
    second = Client()
    second.cookies["sessionid"] = owner.cookies["sessionid"].value
    assert second.get("/account/").status_code == 200
    Session.objects.all().delete()
    assert "/sign-in/" in owner.get("/account/").url
    assert "/sign-in/" in second.get("/account/").url


@pytest.mark.item("S22")
def test_disabled_person_is_out_at_once(db, sandbox):
    person("local@oakcare.example")
    client = sign_in("local@oakcare.example")
    User.objects.update(is_active=False)
    assert "/sign-in/" in client.get("/account/").url


@pytest.mark.item("S22")
def test_own_sessions_are_listed_without_their_keys_and_can_be_ended(db, sandbox):
    person("local@oakcare.example")
    here, there = sign_in("local@oakcare.example"), sign_in("local@oakcare.example")
    page = text(here.get("/account/"))
    assert here.session.session_key not in page and there.session.session_key not in page
    row = Session.objects.get(session_key=there.session.session_key)
    assert here.post(f"/account/sessions/{row.public_id}/end/").status_code == 302
    assert "/sign-in/" in there.get("/account/").url
    assert here.get("/account/").status_code == 200


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/150.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/150.0 Safari/537.36 Edg/150.0", "Edge on Windows"),
        ("curl/8.0", "curl/8.0"),
        ("", "A browser that did not say its name"),
    ],
)
def test_browser_in_words(agent, words):
    assert Session(agent=agent).browser == words


def test_strangers_session_cannot_be_ended(db, sandbox):
    person("a@oakcare.example")
    person("b@oakcare.example")
    mine, theirs = sign_in("a@oakcare.example"), sign_in("b@oakcare.example")
    row = Session.objects.get(session_key=theirs.session.session_key)
    assert mine.post(f"/account/sessions/{row.public_id}/end/").status_code == 404
    assert theirs.get("/account/").status_code == 200


def test_end_all_others(db, sandbox):
    person("local@oakcare.example")
    here, *others = [sign_in("local@oakcare.example") for _ in range(3)]
    here.post("/account/sessions/end-others/")
    assert here.get("/account/").status_code == 200
    assert all("/sign-in/" in other.get("/account/").url for other in others)


def test_ending_ones_present_session_is_signing_out(owner):
    row = Session.objects.get()
    assert owner.post(f"/account/sessions/{row.public_id}/end/").url == "/sign-in/"
    assert "/sign-in/" in owner.get("/account/").url


def test_session_ended_while_its_request_runs_is_not_brought_back(owner):
    """A save never makes a row again that somebody has ended."""
    store = owner.session
    assert store.get("_auth_user_id")
    Session.objects.all().delete()
    store["anything"] = 1
    try:
        store.save()
    except Exception as error:
        assert type(error).__name__ == "UpdateError"
    assert not Session.objects.exists()
