"""Forms that are sent after the session has ended, or after another sign-in: they wait for their person, and for nobody else."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from dashboard.accounts.models import ParkedForm, Session, User
from tests.accounts.conftest import person
from tests.conftest import text

EMAIL, OTHER = "otto@oakcare.example", "bea@oakcare.example"
TYPED = {"email": "nora@newcomers.example", "role": "viewer", "note": "Typed <b>for long</b>"}
INVITE = "/w/oak-care/team/invite/"


class Browser(Client):
    """A browser that checks tokens, with one page open in a tab."""

    def __init__(self) -> None:
        super().__init__(enforce_csrf_checks=True)
        self.token = ""

    def open(self, path: str) -> str:
        page = text(self.get(path))
        self.token = re.findall(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[-1]
        return page

    def sign_in(self, email: str, next_path: str = "") -> Any:
        """In a tab of its own: the page that is open keeps its old token."""
        was = self.token
        self.open("/sign-in/")
        answer = self.send("/sign-in/", {"email": email, "password": settings.DEMO_PASSWORD, "next": next_path})
        self.token = was
        return answer

    def send(self, path: str, fields: dict[str, str], **more: Any) -> Any:
        return self.post(path, {**fields, "csrfmiddlewaretoken": self.token}, **more)


@pytest.fixture
def tab(workspace: Any) -> Browser:
    """Otto, an admin, with the invitation form open; Bea is another admin."""
    person(EMAIL, workspace, "admin")
    person(OTHER, workspace, "admin")
    found = Browser()
    found.sign_in(EMAIL)
    found.open(INVITE)
    return found


def end_from_elsewhere(tab: Browser) -> None:
    elsewhere = Browser()
    elsewhere.sign_in(EMAIL)
    elsewhere.open("/account/")
    assert elsewhere.send("/account/sessions/end-others/", {}).status_code == 302


def sign_out(tab: Browser) -> None:
    was = tab.token
    tab.open("/account/")
    tab.send("/sign-out/", {})
    tab.token = was


def idle(tab: Browser) -> None:
    Session.objects.update(last_seen="2020-01-01T00:00Z")


def idle_and_polled(tab: Browser) -> None:
    """What a page asks by itself finds no session, and takes its cookie away."""
    idle(tab)
    tab.get(f"{INVITE}?seen=1", headers={"HX-Request": "true"})


@pytest.mark.item("S27")
@pytest.mark.parametrize("ended", [end_from_elsewhere, sign_out, idle, idle_and_polled])
def test_a_form_of_a_session_that_is_over_waits_for_its_person(tab, ended):
    ended(tab)
    answer = tab.send(INVITE, TYPED)
    kept = ParkedForm.objects.get()
    assert answer["Location"] == f"/sign-in/?next=/account/parked/{kept.pk}/&unsent=kept"
    assert "Nothing was sent: your session had ended. What you typed is kept" in tab.open(answer["Location"])
    onward = tab.sign_in(EMAIL, f"/account/parked/{kept.pk}/")
    page = tab.open(onward["Location"])
    assert "Typed &lt;b&gt;for long" in page and f'action="{INVITE}"' in page
    assert tab.send(INVITE, TYPED).status_code in (303, 422), "the token is a good one"


@pytest.mark.parametrize("gone", ["removed", "disabled"])
def test_somebody_who_was_taken_out_gets_nothing_back(owner, tab, gone):
    if gone == "removed":
        pk = User.objects.get(email=EMAIL).memberships.get().pk
        assert owner.post(f"/w/oak-care/team/{pk}/remove/").status_code == 303
    else:
        User.objects.filter(email=EMAIL).update(is_active=False)
    answer = tab.send(INVITE, TYPED)
    assert answer["Location"] == f"/sign-in/?next={INVITE}&unsent=lost" and not ParkedForm.objects.exists()
    assert "could not be kept" in tab.open(answer["Location"])


@pytest.mark.item("S20")
@pytest.mark.item("S22")
@pytest.mark.parametrize("ended", [end_from_elsewhere, sign_out])
def test_the_cookie_of_a_session_that_was_ended_opens_nothing(tab, ended):
    key = tab.cookies[settings.SESSION_COOKIE_NAME].value
    ended(tab)
    assert Session.objects.get(session_key=key).session_data == ""
    replayed = Client()
    replayed.cookies[settings.SESSION_COOKIE_NAME] = key
    assert "/sign-in/" in replayed.get("/account/")["Location"]
    assert replayed.get("/w/oak-care/").status_code == 302
    assert not Session.objects.get(session_key=key).get_decoded()


@pytest.mark.item("S20")
def test_the_mark_of_the_last_session_signs_nobody_in(tab):
    only = Client()
    only.cookies["last"] = tab.cookies["last"].value
    assert tab.cookies[settings.SESSION_COOKIE_NAME].value not in only.cookies["last"].value
    assert "/sign-in/" in only.get("/account/")["Location"]
    only.cookies["last"] = "made-up"
    assert only.post(INVITE, TYPED)["Location"].endswith("unsent=lost") and not ParkedForm.objects.exists()


def test_an_old_page_of_the_same_person_waits_for_them(tab):
    sign_out(tab)
    tab.sign_in(EMAIL)
    answer = tab.send(INVITE, TYPED)
    kept = ParkedForm.objects.get()
    assert answer.status_code == 403 and f'href="/account/parked/{kept.pk}/"' in text(answer)
    notice = tab.send(INVITE, TYPED, headers={"HX-Request": "true"})
    assert notice.status_code == 403 and "/account/parked/" in text(notice) and "<html" not in text(notice)
    assert "Typed &lt;b&gt;for long" in tab.open(f"/account/parked/{kept.pk}/")


def test_an_old_page_of_somebody_else_does_not(tab):
    sign_out(tab)
    tab.sign_in(OTHER)
    answer = tab.send(INVITE, TYPED)
    assert answer.status_code == 403 and "copy it before you reload" in text(answer)
    sign_out(tab)
    tab.sign_in(EMAIL)
    assert tab.send(INVITE, TYPED).status_code == 403
    assert not ParkedForm.objects.exists(), "from two sign-ins ago: whose it was is not known for certain"


@pytest.mark.parametrize("token", ["", "x" * 64, "short", "é" * 64])
def test_a_made_up_token_keeps_nothing(tab, token):
    sign_out(tab)
    tab.sign_in(EMAIL)
    tab.token = token
    assert tab.send(INVITE, TYPED).status_code == 403 and not ParkedForm.objects.exists()


def test_forms_before_signing_in_are_not_kept(tab):
    sign_out(tab)
    tab.sign_in(EMAIL)
    answer = tab.send("/sign-in/", {"email": EMAIL, "password": "x"})
    assert answer.status_code == 403 and not ParkedForm.objects.exists()


def test_a_form_that_a_second_factor_comes_before_waits_too(tab, workspace):
    type(workspace).objects.update(second_factor="admin")
    answer = tab.send(INVITE, TYPED)
    kept = ParkedForm.objects.get()
    assert answer["Location"] == f"/account/second-factor/?next=/account/parked/{kept.pk}/"
    page = tab.open(answer["Location"])
    assert "Nothing was sent: a second factor is asked for first." in page and f"/account/parked/{kept.pk}/" in page
    assert "Typed &lt;b&gt;for long" in tab.open(f"/account/parked/{kept.pk}/")
