"""An admin of another workspace, and a viewer of this one, who try what they may not do."""

import pytest
from django.test import Client

from dashboard.accounts.models import Membership, User
from dashboard.accounts.sessions import alive
from dashboard.team.models import Invitation
from tests.team.conftest import NORA, TEAM, invite, join, membership, words

THEIRS = "/w/elsewhere/team/"
POSTS = ("role/", "remove/", "sessions/end/", "reset-link/", "second-factor/remove/")


def everybody() -> list[tuple[int, int, str]]:
    return list(Membership.objects.order_by("pk").values_list("workspace_id", "user_id", "role"))


@pytest.mark.item("S02")
def test_members_of_another_workspace_are_not_there(owner, admin, viewer, stranger):
    before, living = everybody(), alive(User.objects.get(email="viewer@oakcare.example")).count()
    for who in ("owner", "admin", "viewer"):
        for act in POSTS:
            url = f"{THEIRS}{membership(who).pk}/{act}"
            answer = stranger.post(url, {"role": "viewer", "was": who, "workspace": "oak-care", "slug": "oak-care"})
            assert answer.status_code == 404, (who, act)
            if act in ("role/", "remove/"):
                assert stranger.get(url).status_code == 404
    assert everybody() == before
    assert alive(User.objects.get(email="viewer@oakcare.example")).count() == living == 1


@pytest.mark.item("S02")
def test_invitations_of_another_workspace_are_not_there(owner, stranger):
    invite(owner)
    pk = Invitation.objects.get().pk
    assert stranger.post(f"{THEIRS}invitations/{pk}/withdraw/").status_code == 404
    assert Invitation.objects.get().withdrawn_at is None
    assert NORA not in words(stranger.get(THEIRS)) and "oakcare" not in words(stranger.get(THEIRS))


def test_an_invitation_opens_only_the_workspace_it_is_of(owner, stranger):
    invite_link = stranger.post(f"{THEIRS}invite/", {"email": NORA, "role": "admin"})
    assert invite_link.status_code == 303
    from tests.team.conftest import link_on

    link = link_on(stranger.get(THEIRS))
    Invitation.objects.update(only_mailed=True)
    browser, answer = join(link, workspace="oak-care", workspace_id="1", slug="oak-care", next="/w/oak-care/")
    assert answer["Location"] == "/w/elsewhere/" and browser.get("/w/oak-care/").status_code == 404


def test_whoever_invited_an_address_first_gains_nothing_where_it_is_invited_next(owner, stranger):
    """The stranger opens the link himself: no account with Nora's address comes of it, and hers at Talkstack lets her in."""
    stranger.post(f"{THEIRS}invite/", {"email": NORA, "role": "viewer"})
    from tests.team.conftest import link_on

    squatter, _answer = join(link_on(stranger.get(THEIRS)))
    assert not User.objects.filter(email=NORA).exists()
    invite(owner)
    assert "/sign-in/" in squatter.get("/w/oak-care/")["Location"]
    page = squatter.post("/invitations/")
    assert page.status_code in (303, 404) and not Membership.objects.filter(workspace__slug="oak-care", role="operator")


@pytest.mark.item("S03")
@pytest.mark.item("S08")
def test_a_viewer_can_only_look_and_leave(owner, admin, viewer):
    invite(owner)
    before = everybody()
    urls = [f"{TEAM}invite/", f"{TEAM}hand-over/", f"{TEAM}invitations/{Invitation.objects.get().pk}/withdraw/"]
    urls += [f"{TEAM}{membership(who).pk}/{act}" for who in ("owner", "admin", "viewer") for act in POSTS]
    fields = {"role": "owner", "email": "me@evil.example", "member": membership("viewer").pk, "is_admin": "1"}
    for url in urls:
        for headers in ({}, {"HX-Request": "true"}):
            answer = viewer.post(url, fields, headers=headers)
            assert answer.status_code == 403, url
    assert everybody() == before and Invitation.objects.filter(withdrawn_at=None).count() == 1
    page = words(viewer.get(f"{TEAM}invite/"))
    assert "Ask one of these people" in page and "admin@oakcare.example" in page


@pytest.mark.item("S05")
def test_leaving_and_looking_take_no_fields(viewer, owner):
    viewer.get(f"{TEAM}?member_id=1&role=owner")
    viewer.post(f"{TEAM}leave/", {"user": membership("owner").user_id, "member_id": membership("owner").pk})
    assert membership("owner").role == "owner"
    assert not Membership.objects.filter(user__email="viewer@oakcare.example").exists()


def test_whoever_was_removed_cannot_go_on(owner, admin, viewer):
    """A request that was under way with an old membership finds nothing of it."""
    from dashboard.accounts.models import Workspace
    from dashboard.team import actions
    from dashboard.team.held import NotThere, OutOfRank

    workspace, user = Workspace.objects.get(slug="oak-care"), User.objects.get(email="admin@oakcare.example")
    target = membership("viewer").pk
    membership("admin").delete()
    for act in (actions.remove, actions.end_sessions, actions.make_reset_link, actions.remove_factor):
        with pytest.raises(NotThere):
            act(workspace, user, target)
    Membership.objects.create(workspace=workspace, user=user, role="operator")
    for act in (actions.remove, actions.end_sessions, actions.make_reset_link, actions.remove_factor):
        with pytest.raises(OutOfRank):
            act(workspace, user, target)
    with pytest.raises(OutOfRank):
        actions.change_role(workspace, user, target, "operator")
    with pytest.raises(OutOfRank):
        actions.hand_over(workspace, user, target)


def test_nobody_at_all_is_asked_to_sign_in(owner):
    for path in ("", "invite/", "leave/", "hand-over/"):
        assert Client().get(f"{TEAM}{path}")["Location"].startswith("/sign-in/")
