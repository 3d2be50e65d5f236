"""The page of a member, and another role for them."""

import pytest

from tests.conftest import text
from tests.team.conftest import at, entry, follow, invite, membership, role_of, second_owner, words


def test_page(owner, operator):
    page = words(owner.get(at("operator")))
    assert "Operator Sample" in page and "Save the role" in page and "127.0.0.1" in page
    assert "Sign them out everywhere" in page and "Remove Operator Sample" in page


def test_admins_move_people_between_viewer_and_operator(admin, operator, viewer):
    page = text(admin.get(at("operator")))
    assert 'value="admin"' not in page and 'value="owner"' not in page
    said = follow(admin, admin.post(at("operator"), {"role": "viewer", "was": "operator"}))
    assert "Operator Sample is a viewer now, and was an operator before." in said
    assert role_of("operator") == "viewer"
    record = entry("team.role")
    assert (record.before, record.after, record.thing_name) == (
        {"role": "operator"}, {"role": "viewer"}, "operator@oakcare.example",
    )  # fmt: skip


@pytest.mark.item("S04")
def test_what_was_taken_away_is_gone_at_once(owner, operator, project_id):
    page = f"/w/oak-care/projects/{project_id}/calls/new/"
    assert operator.get(page).status_code == 200
    owner.post(at("operator"), {"role": "viewer"})
    assert operator.get(page).status_code == 403


def test_owners_give_every_role(owner, viewer):
    for role in ("operator", "admin", "owner", "viewer"):
        assert owner.post(at("viewer"), {"role": role}).status_code == 303
        assert role_of("viewer") == role


def test_the_same_role_changes_nothing(owner, viewer):
    assert "is a viewer already" in follow(owner, owner.post(at("viewer"), {"role": "viewer"}))
    with pytest.raises(AssertionError):
        entry("team.role")


@pytest.mark.item("S05")
@pytest.mark.item("S08")
@pytest.mark.parametrize("role", ["admin", "owner", "root", "", "Owner", "viewer\x00"])
def test_an_admin_gives_no_more_than_operator(admin, viewer, role):
    fields = {"role": role, "is_superuser": "on", "user": "1", "workspace": "1", "member_id": "1"}
    assert admin.post(at("viewer"), fields).status_code == 422
    assert role_of("viewer") == "viewer"


@pytest.mark.item("S08")
def test_nobody_raises_their_own_role(owner, admin, operator, viewer):
    for client, who in ((viewer, "viewer"), (operator, "operator"), (admin, "admin")):
        for role in ("operator", "admin", "owner"):
            assert client.post(at(who), {"role": role}).status_code == 403
        assert role_of(who) == who


def test_an_admin_does_not_touch_admins_and_owners(owner, admin, workspace):
    from tests.team.conftest import person

    person("other@oakcare.example", workspace, "admin")
    for who in ("other", "owner"):
        before = role_of(who)
        page = admin.post(at(who), {"role": "viewer"})
        assert page.status_code == 403 and "Ask one of these people" in words(page) and "owner@oakcare" in words(page)
        assert admin.get(at(who)).status_code == 403 and role_of(who) == before


@pytest.mark.item("S08")
def test_the_last_owner_cannot_be_lowered(owner, admin):
    page = owner.post(at("owner"), {"role": "admin"})
    assert page.status_code == 409 and "You are the last owner" in words(page) and role_of("owner") == "owner"
    assert "hand the workspace over" in words(owner.get(at("owner")))


def test_an_owner_who_cannot_sign_in_does_not_count(owner, workspace):
    from tests.team.conftest import person

    person("gone@oakcare.example", workspace, "owner", is_active=False)
    assert owner.post(at("owner"), {"role": "admin"}).status_code == 409


def test_with_another_owner_one_can_go_down(owner, workspace):
    second_owner(workspace)
    said = follow(owner, owner.post(at("owner"), {"role": "operator"}))
    assert "You are an operator now; you were an owner before." in said and role_of("owner") == "operator"


def test_somebody_else_changed_it_first(owner, viewer, workspace):
    other = second_owner(workspace)
    other.post(at("viewer"), {"role": "admin"})
    page = owner.post(at("viewer"), {"role": "operator", "was": "viewer"})
    assert page.status_code == 409 and "is an admin by now" in words(page) and role_of("viewer") == "admin"
    assert 'name="was" value="admin"' in text(page)
    assert owner.post(at("viewer"), {"role": "operator", "was": "admin"}).status_code == 303


def test_invitations_end_with_the_right_to_send_them(owner, admin):
    invite(admin, "one@newcomers.example", "viewer")
    invite(admin, "two@newcomers.example", "operator")
    said = follow(owner, owner.post(at("admin"), {"role": "operator"}))
    assert "2 invitations that they had sent were withdrawn." in said
    assert entry("team.withdraw").thing_name in ("one@newcomers.example", "two@newcomers.example")


@pytest.mark.item("S23")
def test_asks_for_a_fresh_password(owner, viewer, sandbox):
    sandbox.tick(901)
    page = owner.post(at("viewer"), {"role": "admin", "was": "viewer"})
    assert page.status_code == 403 and 'name="role" value="admin"' in text(page) and role_of("viewer") == "viewer"


def test_it_reads_well_on_the_activity_page(owner, viewer):
    owner.post(at("viewer"), {"role": "operator"})
    page = words(owner.get("/w/oak-care/activity/?verb=team.role"))
    assert "changed the role of viewer@oakcare.example" in page and "Role: viewer → operator" in page
    member = membership("viewer")
    history = words(owner.get(f"/w/oak-care/activity/?kind=person&thing={member.user_id}"))
    assert "changed the role of" in history


def test_others_do_not_see_the_details(owner, operator, viewer):
    owner.post(at("viewer"), {"role": "admin"})
    assert "viewer → admin" not in words(operator.get("/w/oak-care/activity/?verb=team.role"))


def test_who_may(owner, operator, viewer, stranger):
    assert operator.get(at("viewer")).status_code == 403 and stranger.get(at("viewer")).status_code == 404
    assert owner.put(at("viewer")).status_code == 405
    assert owner.get("/w/oak-care/team/99999999/role/").status_code == 404
    assert owner.get(f"/w/oak-care/team/{2**70}/role/").status_code == 404
