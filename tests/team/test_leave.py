"""Leaving, and handing the workspace over."""

import pytest

from dashboard.accounts.models import Connection, Membership
from tests.conftest import text
from tests.team.conftest import TEAM, entry, follow, invite, membership, person, role_of, second_owner, words

LEAVE, HAND_OVER = f"{TEAM}leave/", f"{TEAM}hand-over/"


def test_everybody_but_the_last_owner_can_leave(owner, admin, operator, viewer):
    for client, who in ((admin, "admin"), (operator, "operator"), (viewer, "viewer")):
        assert "Leave Oak Care" in words(client.get(LEAVE)) and role_of(who) == who
        said = follow(client, client.post(LEAVE))
        assert "You have left Oak Care." in said and "You do not belong to a workspace yet." in said
        assert client.get("/w/oak-care/").status_code == 404
    assert entry("team.leave").before == {"role": "viewer"}


@pytest.mark.item("S08")
def test_the_last_owner_hands_over_first(owner, admin):
    page = owner.get(LEAVE)
    assert "Hand it over first" in words(page) and 'class="btn stop"' not in text(page)
    page = owner.post(LEAVE)
    assert page.status_code == 409 and HAND_OVER in text(page) and role_of("owner") == "owner"


def test_one_of_two_owners_can_leave(owner, workspace):
    second_owner(workspace)
    assert owner.post(LEAVE).status_code == 303
    assert not Membership.objects.filter(user__email="owner@oakcare.example").exists()


def test_leaving_keeps_ones_sessions(viewer):
    viewer.post(LEAVE)
    assert viewer.get("/account/").status_code == 200


def test_hand_over(owner, operator, workspace):
    page = words(owner.get(HAND_OVER))
    assert "connection to Talkstack stays" in page and "owner@oakcare.example" in page and "Operator Sample" in page
    said = follow(owner, owner.post(HAND_OVER, {"member": membership("operator").pk, "sure": "on"}))
    assert "Operator Sample is an owner of Oak Care now, and you are an admin." in said
    assert (role_of("operator"), role_of("owner")) == ("owner", "admin")
    assert Connection.objects.get(workspace=workspace).account_email == "owner@oakcare.example"
    assert operator.get(HAND_OVER).status_code == 200 and owner.get(HAND_OVER).status_code == 403
    assert entry("team.hand_over").before == {"role": "operator"}
    assert entry("team.role").after == {"role": "admin"} and entry("team.role").thing_name == "owner@oakcare.example"


def test_what_only_owners_send_ends_with_it(owner, operator):
    invite(owner, "a@newcomers.example", "admin")
    invite(owner, "b@newcomers.example", "viewer")
    said = follow(owner, owner.post(HAND_OVER, {"member": membership("operator").pk, "sure": "on"}))
    assert "1 invitation that you had sent was withdrawn." in said


@pytest.mark.item("S02")
def test_only_to_somebody_of_this_team(owner, operator, stranger, workspace):
    theirs = Membership.objects.get(user__email="stranger@elsewhere.example")
    gone = person("gone@oakcare.example", workspace, "admin", is_active=False).memberships.get()
    for member in (theirs.pk, membership("owner").pk, gone.pk, "", "x", 10**30, "1 OR 1=1"):
        page = owner.post(HAND_OVER, {"member": member, "sure": "on"})
        assert page.status_code == 422, member
    assert role_of("owner") == "owner" and theirs.role == "owner"


def test_alone_there_is_nobody_to_hand_it_to(owner):
    assert "Nobody else is here yet" in words(owner.get(HAND_OVER))
    assert owner.post(HAND_OVER, {"member": membership("owner").pk, "sure": "on"}).status_code == 422


@pytest.mark.item("S23")
def test_asks_for_a_fresh_password(owner, operator, sandbox):
    sandbox.tick(901)
    assert owner.post(HAND_OVER, {"member": membership("operator").pk, "sure": "on"}).status_code == 403
    assert role_of("operator") == "operator"


def test_who_may(owner, admin, viewer, stranger):
    assert admin.get(HAND_OVER).status_code == admin.post(HAND_OVER).status_code == 403
    assert stranger.get(LEAVE).status_code == stranger.post(HAND_OVER).status_code == 404
    assert owner.put(LEAVE).status_code == owner.put(HAND_OVER).status_code == 405


def test_handing_over_wants_a_tick(owner, operator):
    page = owner.post(HAND_OVER, {"member": membership("operator").pk})
    assert page.status_code == 422 and "Tick this to go on." in words(page)
    assert role_of("owner") == "owner"
