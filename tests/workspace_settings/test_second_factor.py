"""Who must use a second factor here."""

import pytest
from django.conf import settings as conf
from django.utils import timezone

from dashboard.accounts.models import SecondFactor, User, Workspace
from dashboard.accounts.second_factor import PASSED
from dashboard.activity.models import Entry
from tests.conftest import OWNER_EMAIL, text
from tests.workspace_settings.conftest import FACTOR, PAGE, follow, words


@pytest.fixture
def own_factor(owner, workspace):
    """The owner has a second factor and gave it."""
    user = User.objects.get(email=OWNER_EMAIL)
    SecondFactor.objects.create(user=user, key="sealed", confirmed_at=timezone.now())
    session = owner.session
    session[PASSED] = True
    session.save()


def demanded():
    return Workspace.objects.get(slug="oak-care").second_factor


def test_the_page_says_who_has_none(owner, admin, operator, viewer, own_factor):
    said = words(owner.get(PAGE))
    assert "Admins and owners 1 has none yet" in said and "Everybody 3 have none yet" in said
    assert "set up your own before" not in said
    SecondFactor.objects.create(user=User.objects.get(email="viewer@oakcare.example"), key="begun")
    assert "Everybody 3 have none yet" in words(owner.get(PAGE)), "one that was never confirmed is none"


@pytest.mark.parametrize(
    ("choice", "kept", "said"),
    [
        ("admin", "admin", "Admins and owners must use a second factor from now on. 1 person has to set one up"),
        ("viewer", "viewer", "Everybody here must use a second factor from now on. 2 people have to set one up"),
    ],
)
def test_demanding(owner, admin, viewer, own_factor, choice, kept, said):
    assert said in follow(owner, owner.post(FACTOR, {"second_factor": choice}))
    assert demanded() == kept
    entry = Entry.objects.get(verb="workspace.second_factor")
    assert entry.before == {"second_factor": "Nobody has to"} and entry.outcome.result == "done"
    assert entry.after["second_factor"] in ("Admins and owners", "Everybody")
    assert admin.get("/w/oak-care/").status_code == 302, "asked to set one up"
    assert viewer.get("/w/oak-care/").status_code == (302 if choice == "viewer" else 200)
    assert "nothing had to be changed" in follow(owner, owner.post(FACTOR, {"second_factor": choice}))
    assert "Nobody has to use" in follow(owner, owner.post(FACTOR, {"second_factor": "nobody"}))
    assert demanded() == "" and admin.get("/w/oak-care/").status_code == 200


def test_nobody_demands_what_they_do_not_have(owner, workspace):
    assert "set up your own" in words(owner.get(PAGE)) and "/account/second-factor/?next=" in text(owner.get(PAGE))
    page = owner.post(FACTOR, {"second_factor": "admin"})
    assert page.status_code == 422 and "Set up your own second factor first" in words(page) and demanded() == ""
    assert not Entry.objects.filter(verb="workspace.second_factor").exists()
    SecondFactor.objects.create(user=User.objects.get(email=OWNER_EMAIL), key="begun and never confirmed")
    assert owner.post(FACTOR, {"second_factor": "admin"}).status_code == 422


@pytest.mark.parametrize("junk", [None, "", "owner", "operator", "x" * 500, "\x00"])
def test_a_choice_that_is_none_changes_nothing(owner, own_factor, workspace, junk):
    Workspace.objects.update(second_factor="admin")
    page = owner.post(FACTOR, {} if junk is None else {"second_factor": junk})
    assert page.status_code == 422 and demanded() == "admin"


@pytest.mark.item("S23")
def test_a_fresh_password_is_asked_for(owner, own_factor, settings):
    settings.FRESH_PASSWORD_SECONDS = 0
    assert owner.post(FACTOR, {"second_factor": "admin"}).status_code == 403 and demanded() == ""
    sent = {"second_factor": "admin", "fresh_password": conf.DEMO_PASSWORD}
    assert owner.post(FACTOR, sent).status_code == 303 and demanded() == "admin"


@pytest.mark.item("S03")
def test_who_may(owner, admin, operator, viewer, stranger, workspace):
    for person in (admin, operator, viewer):
        assert person.post(FACTOR, {"second_factor": "nobody"}).status_code == 403
    assert stranger.post(FACTOR, {"second_factor": "nobody"}).status_code == 404
    assert owner.get(FACTOR).status_code == 405
    said = words(admin.get(PAGE))
    assert "Who must use one Nobody has to" in said
