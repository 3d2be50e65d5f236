"""What admins can do about a member's sessions, password and second factor, and what they cannot."""

import io
import re

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from dashboard.accounts import local_reset, second_factor
from dashboard.accounts.models import RecoveryCode, SecondFactor, User
from tests.conftest import sign_in, text
from tests.team.conftest import TEAM, at, came_with, elsewhere, entry, follow, invite, membership, person, words

ACTS = ("sessions/end/", "reset-link/", "second-factor/remove/")


def factor(email: str) -> User:
    """The person, with a second factor."""
    user = User.objects.get(email=email)
    second_factor.start(user)
    SecondFactor.objects.filter(user=user).update(confirmed_at=timezone.now())
    RecoveryCode.objects.create(user=user, digest="0" * 64)
    return user


def link_on(page) -> str:
    found = re.search(r'value="(http://testserver/reset/\?token=[^"]+)"', text(page))
    return found[1].replace("&amp;", "&") if found else ""


@pytest.mark.item("S22")
def test_sessions_end(admin, operator):
    said = follow(admin, admin.post(at("operator", "sessions/end/")))
    assert "Operator Sample was signed out: 1 session ended." in said and "Nowhere at the moment" in said
    assert operator.get("/w/oak-care/").status_code == 302
    assert entry("team.sessions").after == {"sessions_ended": 1}
    assert sign_in("operator@oakcare.example").get("/w/oak-care/").status_code == 200


def test_a_link_for_a_password(admin, operator):
    answer = admin.post(at("operator", "reset-link/"))
    page = admin.get(answer["Location"])
    link = link_on(page)
    assert link and "A new password for Operator Sample" in words(page) and not link_on(admin.get(TEAM))
    nobody = Client()
    nobody.get(link)
    fields = {"token": link.partition("token=")[2], "new_password": "another four calm words"}
    assert nobody.post("/reset/", fields).status_code == 303
    assert sign_in("operator@oakcare.example", "another four calm words")
    record = entry("team.reset_link")
    assert record.thing_name == "operator@oakcare.example" and link.partition("token=")[2] not in repr(vars(record))


def test_none_for_a_password_that_is_talkstacks(owner, workspace):
    person("ts@oakcare.example", workspace, "viewer", way="talkstack")
    assert "Make a link for a password" not in words(owner.get(at("ts")))
    said = follow(owner, owner.post(at("ts", "reset-link/")))
    assert "signs in with Talkstack" in said and not link_on(owner.get(TEAM))


def test_a_lost_phone(admin, operator):
    user = factor("operator@oakcare.example")
    assert "Remove the second factor" in words(admin.get(at("operator")))
    said = follow(admin, admin.post(at("operator", "second-factor/remove/")))
    assert "The second factor of Operator Sample was removed, and 1 session ended." in said
    assert second_factor.of(user) is None and not RecoveryCode.objects.exists()
    assert operator.get("/w/oak-care/").status_code == 302
    record = entry("factor.remove")
    assert (record.user.email, record.workspace.slug) == ("admin@oakcare.example", "oak-care")
    assert "has no second factor" in follow(admin, admin.post(at("operator", "second-factor/remove/")))


def test_an_account_that_opens_another_workspace_is_not_ours_to_open(owner, operator):
    user = factor("operator@oakcare.example")
    elsewhere(user, "owner")
    page = words(owner.get(at("operator")))
    assert "They also belong to another workspace" in page and "manage.py reset_link operator@oakcare.example" in page
    assert "Elm" not in page and "Make a link for a password" not in page and "Remove the second factor" not in page
    said = follow(owner, owner.post(at("operator", "reset-link/")))
    assert "This can't be done here" in said and "manage.py reset_link operator@oakcare.example" in said
    assert not link_on(owner.get(TEAM))
    said = follow(owner, owner.post(at("operator", "second-factor/remove/")))
    assert "--second-factor" in said and second_factor.of(user) is not None


def test_a_link_opens_no_workspace_that_is_joined_after_it_was_made(admin, viewer):
    """An admin makes a link, keeps it, and waits until the person joins another workspace."""
    link = link_on(admin.get(admin.post(at("viewer", "reset-link/"))["Location"]))
    elsewhere(User.objects.get(email="viewer@oakcare.example"))
    fields = {"token": link.partition("token=")[2], "new_password": "another four calm words"}
    page = Client().post("/reset/", fields)
    assert page.status_code == 422 and "no longer good" in words(page)


@pytest.mark.item("S08")
@pytest.mark.parametrize("act", ACTS)
def test_rank(owner, admin, operator, workspace, act):
    person("other@oakcare.example", workspace, "admin")
    for who in ("other", "owner"):
        assert admin.post(at(who, act)).status_code == 403
    assert operator.post(at("other", act)).status_code == 403
    assert owner.post(at("other", act)).status_code == 303


@pytest.mark.parametrize("act", ACTS)
def test_ones_own_account_is_looked_after_elsewhere(owner, act):
    answer = owner.post(at("owner", act))
    assert answer["Location"] == "/account/" and "Nothing was done." in words(owner.get("/account/"))


@pytest.mark.item("S23")
@pytest.mark.parametrize("act", ACTS[1:])
def test_asks_for_a_fresh_password(owner, operator, sandbox, act):
    user = factor("operator@oakcare.example")
    sandbox.tick(901)
    assert owner.post(at("operator", act)).status_code == 403
    assert second_factor.of(user) is not None and not link_on(owner.get(TEAM))


@pytest.mark.parametrize("act", ACTS)
def test_who_may(owner, viewer, stranger, act):
    url = at("viewer", act)
    assert viewer.post(url).status_code == 403 and stranger.post(url).status_code == 404
    assert owner.get(url).status_code == 405 and owner.post(f"{TEAM}99999999/{act}").status_code == 404


def command(*args: str) -> str:
    out = io.StringIO()
    call_command("reset_link", *args, stdout=out)
    return out.getvalue()


def test_whoever_runs_the_dashboard_can(owner, operator):
    user = factor("operator@oakcare.example")
    elsewhere(user)
    said = command("Operator@OakCare.example", "--second-factor")
    assert "was removed, and 1 sessions ended" in said and second_factor.of(user) is None
    token = said.strip().partition("token=")[2]
    assert local_reset.check(token) == user
    assert {each.workspace.slug for each in entries("team.reset_link")} == {"oak-care", "elm"}
    assert entry("team.reset_link").user is None and entry("factor.remove").user is None
    assert "The dashboard made a link with which operator@oakcare.example sets a new password" in words(
        owner.get("/w/oak-care/activity/")
    )


def entries(verb: str):
    from dashboard.activity.models import Entry

    return Entry.objects.filter(verb=verb)


def test_the_command_says_why_not(owner):
    with pytest.raises(CommandError, match="Nobody has this"):
        command("nobody@oakcare.example")
    with pytest.raises(CommandError, match="signs in with Talkstack"):
        command("owner@oakcare.example")
    assert "is not set up" in command("owner@oakcare.example", "--second-factor")


def test_somebody_without_a_workspace_gets_one_too(owner):
    person("lost@newcomers.example")
    assert "/reset/?token=" in command("lost@newcomers.example")


def test_a_second_factor_is_asked_for_on_the_way_to_an_invitation(owner):
    """Signing in stops at the code and goes on to the invitation."""
    link = invite(owner, "viewer@newcomers.example", "viewer")
    person("viewer@newcomers.example")
    user = factor("viewer@newcomers.example")
    browser = came_with(link)
    answer = browser.post(
        "/sign-in/", {"email": user.email, "password": "practice-makes-calm", "next": "/invitations/"}
    )
    assert answer["Location"] != "/invitations/"
    code = second_factor.renew_codes(user)[0]
    answer = browser.post(answer["Location"], {"code": code})
    assert answer["Location"] == "/invitations/"
    assert "Join as a viewer" in words(browser.get("/invitations/"))
    assert browser.post("/invitations/").status_code == 303 and membership(user.email).role == "viewer"
