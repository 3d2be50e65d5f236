"""Inviting: who may, as what, and the link that is shown once."""

import hashlib

import pytest
from django.core import mail as sent_mails
from django.core.mail.backends.base import BaseEmailBackend
from django.test import Client

from dashboard.accounts import mail
from dashboard.accounts.models import OutgoingMail, Workspace
from dashboard.team.models import Invitation
from tests.conftest import OWNER_EMAIL, sign_in, text
from tests.team.conftest import NORA, TEAM, entry, follow, invite, link_on, person, words

INVITE = f"{TEAM}invite/"


@pytest.fixture
def with_mail(settings):
    settings.EMAIL_URL = "smtp+plain://127.0.0.1:2525"
    settings.EMAIL_FROM = "dashboard@oakcare.example"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


def test_page_offers_the_roles_one_may_give(owner, admin):
    page = text(admin.get(INVITE))
    assert 'value="operator"' in page and 'value="viewer"' in page and 'value="admin"' not in page
    assert "Admins are invited by an owner" in page and "No mail can be sent from here" in page
    page = text(owner.get(INVITE))
    assert 'value="admin"' in page and 'value="owner"' not in page


def test_the_link_is_shown_once(admin):
    answer = admin.post(INVITE, {"email": f" {NORA.upper()} ", "role": "operator"})
    assert admin.head(answer["Location"]).status_code == 200
    first, second = admin.get(answer["Location"]), admin.get(answer["Location"])
    assert "not shown again" in words(first) and "hand it to nora@newcomers.example yourself" in words(first)
    assert link_on(first) and not link_on(second)
    made = Invitation.objects.get()
    assert (made.email, made.role, made.invited_by.email) == (NORA, "operator", "admin@oakcare.example")
    assert (made.expires_at - made.created_at).total_seconds() == pytest.approx(24 * 3600, abs=5)


@pytest.mark.item("S17")
def test_the_token_is_stored_and_recorded_nowhere(admin):
    token = invite(admin).strip("/").rpartition("/")[2]
    assert len(token) >= 43
    made = Invitation.objects.get()
    assert made.digest == hashlib.sha256(token.encode()).hexdigest()
    assert token not in repr(Invitation.objects.values()) + repr(vars(entry("team.invite")))
    assert entry("team.invite").after == {"role": "operator"} and entry("team.invite").thing_name == NORA


def test_the_link_waits_for_its_own_workspace_only(admin, workspace):
    from tests.team.conftest import elsewhere, membership

    elsewhere(membership("admin").user)
    admin.post(INVITE, {"email": NORA, "role": "viewer"})
    assert not link_on(admin.get("/w/elm/team/"))
    assert link_on(admin.get(TEAM))


def test_a_link_that_nobody_looked_at_is_not_kept(admin, sandbox):
    admin.post(INVITE, {"email": NORA, "role": "viewer"})
    sandbox.tick(601)
    assert not link_on(admin.get(TEAM))


def test_mailed_when_mail_is_set_up(admin, with_mail):
    link = invite(admin)
    row = OutgoingMail.objects.get()
    assert row.to == NORA and link not in row.body, "sealed"
    assert mail.send_next()
    message = sent_mails.outbox[0]
    assert message.subject == "Admin Sample invites you to Oak Care" and link in message.body
    assert "as an operator" in message.body and "&" not in message.body


def test_what_the_inviter_is_told_about_mail(admin, with_mail):
    answer = admin.post(INVITE, {"email": NORA, "role": "viewer"})
    page = words(admin.get(answer["Location"]))
    assert "A mail with the link is on its way." in page and "only if the mail does not arrive" in page


def test_names_in_the_mail_are_one_line_and_short(owner, workspace, with_mail):
    person("x@oakcare.example", workspace, "owner", name="Eve\r\nBcc: all@evil.example " + "x" * 150)
    invite(sign_in("x@oakcare.example"))
    assert mail.send_next()
    message = sent_mails.outbox[0]
    assert "\n" not in message.subject and "\r" not in message.subject and len(message.subject) < 180
    assert "\nBcc" not in message.body


@pytest.mark.parametrize("email", ["", "nora", "nora@", "a@b@c.example", "x" * 300 + "@y.example", "nora@\x00.example"])
def test_addresses_that_are_none(admin, email):
    page = admin.post(INVITE, {"email": email, "role": "operator"})
    assert page.status_code == 422 and 'value="operator"' in text(page)
    assert not Invitation.objects.exists()


def test_a_role_has_to_be_chosen(admin):
    page = admin.post(INVITE, {"email": NORA})
    assert page.status_code == 422 and "Choose what they may do." in words(page) and NORA in text(page)


def test_a_member_is_not_invited(admin, viewer):
    page = admin.post(INVITE, {"email": "Viewer@OakCare.example", "role": "operator"})
    assert page.status_code == 422 and "Viewer Sample belongs to the team already, as a viewer." in words(page)
    assert not Invitation.objects.exists()


def test_somebody_who_is_invited_already_is_said_and_can_be_replaced(owner, admin):
    old = invite(owner, role="admin")
    page = admin.post(INVITE, {"email": NORA, "role": "viewer"})
    assert page.status_code == 422 and "has invited this address already, as an admin" in words(page)
    assert 'name="confirm_replace"' in text(page) and Invitation.objects.count() == 1
    new = invite(admin, role="viewer", confirm_replace="on")
    assert new != old
    assert Client().get(old).status_code == 303
    browser = Client()
    browser.get(old)
    assert "withdrawn, or replaced" in words(browser.get("/invitations/"))
    browser.get(new)
    assert "as a viewer" in words(browser.get("/invitations/"))


def test_one_that_ran_out_gives_way_by_itself(owner, sandbox):
    invite(owner)
    sandbox.tick(24 * 3600 + 1)
    assert invite(sign_in(OWNER_EMAIL))


@pytest.mark.item("S08")
@pytest.mark.item("S05")
@pytest.mark.parametrize("role", ["owner", "admin", "superuser", ""])
def test_an_admin_gives_no_role_above_their_own(admin, role):
    page = admin.post(INVITE, {"email": NORA, "role": role, "is_superuser": "on", "workspace": "2", "invited_by": "1"})
    assert page.status_code == 422 and not Invitation.objects.exists()


def test_not_even_an_owner_invites_an_owner(owner):
    assert owner.post(INVITE, {"email": NORA, "role": "owner"}).status_code == 422
    assert invite(owner, role="admin")


@pytest.mark.item("S32")
def test_so_many_an_hour(admin):
    for n in range(20):
        assert admin.post(INVITE, {"email": f"n{n}@newcomers.example", "role": "viewer"}).status_code == 303
    page = admin.post(INVITE, {"email": NORA, "role": "viewer"})
    assert page.status_code == 429 and page["Retry-After"] and Invitation.objects.count() == 20
    assert admin.get(INVITE).status_code == 200


@pytest.mark.item("S23")
def test_asks_for_a_fresh_password(admin, sandbox):
    sandbox.tick(901)
    fields = {"email": NORA, "role": "viewer"}
    page = admin.post(INVITE, fields)
    assert page.status_code == 403 and NORA in text(page) and not Invitation.objects.exists()
    page = admin.post(INVITE, {**fields, "fresh_password": "not the password"})
    assert page.status_code == 422 and not Invitation.objects.exists()
    assert "is invited as a viewer" in follow(
        admin, admin.post(INVITE, {**fields, "fresh_password": "practice-makes-calm"})
    )


def test_where_strangers_invite_the_link_goes_to_the_mailbox_alone(admin, settings, with_mail):
    settings.OPEN_WORKSPACES = "anyone"
    assert "shown to nobody else" in words(admin.get(INVITE))
    answer = admin.post(INVITE, {"email": NORA, "role": "viewer"})
    page = admin.get(answer["Location"])
    assert not link_on(page) and "/invitations/" not in text(page).replace("/team/invitations/", "")
    assert "The link is in the mail alone" in words(page)
    assert Invitation.objects.get().only_mailed


def test_where_strangers_invite_and_no_mail_is_set_up_it_says_how_they_join(admin, settings):
    settings.OPEN_WORKSPACES = "anyone"
    assert "signing in with their Talkstack account" in words(admin.get(INVITE))
    answer = admin.post(INVITE, {"email": NORA, "role": "viewer"})
    page = admin.get(answer["Location"])
    assert link_on(page) and "signing in with their Talkstack account" in words(page)
    assert not Invitation.objects.get().only_mailed


def test_who_may(owner, operator, viewer, stranger):
    assert viewer.post(INVITE).status_code == 403 and operator.get(INVITE).status_code == 403
    assert stranger.post(INVITE).status_code == 404 and owner.put(INVITE).status_code == 405
    assert "Ask one of these people" in words(operator.get(INVITE))


class Stopped(BaseEmailBackend):
    """A mail server that is not there."""

    def send_messages(self, email_messages):
        raise ConnectionRefusedError


@pytest.mark.parametrize("rule", ["first", "anyone"])
def test_a_mail_that_does_not_go_is_seen(owner, stranger, with_mail, sandbox, settings, rule):
    settings.OPEN_WORKSPACES, settings.EMAIL_BACKEND = rule, f"{__name__}.Stopped"
    Workspace.objects.exclude(slug="oak-care").delete()
    owner.post(INVITE, {"email": NORA, "role": "viewer"})
    assert "could not be sent" not in words(owner.get(TEAM)), "on its way"
    sandbox.tick(121)
    assert "The mail is still waiting to be sent: is the background process running?" in words(owner.get(TEAM))
    assert mail.send_next()
    page = words(owner.get(TEAM))
    assert "The mail could not be sent yet: the mail server cannot be reached. It is tried again by itself." in page
    assert ("nobody can hand it over" in page) == (rule == "anyone")
    background = words(owner.get("/w/oak-care/background/"))
    assert "1 mail that could not be sent yet, because the mail server cannot be reached" in background
    OutgoingMail.objects.update(tries=6)
    assert "is not tried again: the mail server cannot be reached." in words(owner.get(TEAM))
    OutgoingMail.objects.update(problem="SMTPRecipientsRefused")
    assert "does not take mails for this address" in words(owner.get(TEAM))


def test_a_mail_of_another_workspace_is_not_seen(owner, stranger, with_mail, settings):
    settings.EMAIL_BACKEND = f"{__name__}.Stopped"
    stranger.post("/w/elsewhere/team/invite/", {"email": NORA, "role": "viewer"})
    assert mail.send_next()
    assert "could not be sent" in words(stranger.get("/w/elsewhere/team/"))
    invite(owner)
    assert "could not be sent" not in words(owner.get(TEAM)) + words(owner.get("/w/oak-care/background/"))
