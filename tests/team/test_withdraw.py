"""Taking an invitation back."""

import pytest

from dashboard.team.models import Invitation
from tests.team.conftest import NORA, TEAM, came_with, entry, follow, invite, join, words


def at(invitation: Invitation) -> str:
    return f"{TEAM}invitations/{invitation.pk}/withdraw/"


def test_its_link_stops_working(admin):
    link = invite(admin)
    browser = came_with(link)
    said = follow(admin, admin.post(at(Invitation.objects.get())))
    assert f"The invitation of {NORA} was withdrawn: its link no longer works." in said and "Invited" not in said
    page = browser.post("/invitations/", {"name": "Nora", "password": "four calm words together"})
    assert page.status_code == 410 and "withdrawn, or replaced" in words(page)
    assert entry("team.withdraw").before == {"role": "operator"}


def test_twice_is_once(admin):
    invite(admin)
    for _ in range(2):
        assert admin.post(at(Invitation.objects.get())).status_code == 303
    assert entry("team.withdraw") and Invitation.objects.get().withdrawn_at


def test_one_that_was_used_cannot_be_taken_back(admin):
    join(invite(admin))
    said = follow(admin, admin.post(at(Invitation.objects.get())))
    assert "has joined with this invitation already" in said and not Invitation.objects.get().withdrawn_at


@pytest.mark.item("S08")
def test_an_admin_takes_back_no_invitation_of_an_admin(owner, admin):
    invite(owner, role="admin")
    assert "an owner can withdraw it" in words(admin.get(TEAM))
    page = admin.post(at(Invitation.objects.get()))
    assert page.status_code == 403 and "Ask one of these people" in words(page)
    assert not Invitation.objects.get().withdrawn_at


def test_who_may(owner, operator, stranger):
    invite(owner)
    url = at(Invitation.objects.get())
    assert operator.post(url).status_code == 403 and stranger.post(url).status_code == 404
    assert owner.get(url).status_code == 405
    nothing = f"{TEAM}invitations/00000000-0000-4000-8000-000000000000/withdraw/"
    assert owner.post(nothing).status_code == 404


def test_old_ones_are_forgotten(admin, sandbox):
    from dashboard.web import registry

    invite(admin)
    (forget,) = (duty.function for duty in registry.duties() if duty.name == "forget old invitations")
    for hours, left in ((25, 1), (30 * 24, 0)):
        sandbox.tick(hours * 3600)
        forget()
        assert Invitation.objects.count() == left
