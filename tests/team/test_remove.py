"""Removing somebody: what ends, and what goes on."""

import pytest
from django.utils import timezone

from dashboard.accounts.models import Membership, Session, User
from dashboard.calls.models import Call
from tests.conftest import sign_in, text
from tests.team.conftest import at, elsewhere, entry, follow, invite, person, role_of, second_owner, words


def call(workspace, email: str, number: str, **fields) -> Call:
    user = User.objects.get(email=email)
    return Call.objects.create(
        workspace=workspace, project_id="p1", number=number, at=timezone.now(), placed_by=user, **fields
    )


@pytest.fixture
def calls(workspace, operator) -> list[Call]:
    """Three calls of the operator that are not over, three that are, and one of somebody else."""
    mine = [
        call(workspace, "operator@oakcare.example", f"+1206555011{n}", attempt=attempt, state=state, final_at=final)
        for n, (attempt, state, final) in enumerate(
            [
                ("reserved", "", None),
                ("unknown", "", None),
                ("placed", "ringing", None),
                ("placed", "completed", timezone.now()),
                ("cancelled", "", None),
                ("refused", "", None),
            ]  # fmt: skip
        )
    ]
    call(workspace, "owner@oakcare.example", "+12065550119", attempt="placed", state="ringing")
    return mine


def test_page_says_what_ends_and_what_goes_on(admin, operator, calls):
    page = admin.get(at("operator", "remove/"))
    said = words(page)
    assert "Ends at once" in said and "127.0.0.1" in said and "and end 1 session" in said
    for n, each in enumerate(calls):
        assert (f"/calls/{each.pk}/" in text(page)) == (n < 3), each.attempt
    assert "+1 206 555 0119" not in said and "These calls go on" in said
    assert role_of("operator") == "operator", "looking changes nothing"


@pytest.mark.item("S22")
@pytest.mark.item("S04")
def test_all_their_sessions_end_at_once(admin, operator, calls):
    second = sign_in("operator@oakcare.example")
    assert operator.get("/w/oak-care/").status_code == second.get("/w/oak-care/").status_code == 200
    said = follow(admin, admin.post(at("operator", "remove/")))
    assert "Operator Sample was removed; 2 sessions ended. 3 calls of theirs go on." in said
    for browser in (operator, second):
        assert browser.get("/w/oak-care/")["Location"].startswith("/sign-in/")
    assert not Session.objects.filter(user__email="operator@oakcare.example").exists()
    assert sign_in("operator@oakcare.example").get("/w/oak-care/").status_code == 404
    assert Call.objects.filter(attempt="reserved").exists()
    record = entry("team.remove")
    assert record.before == {"role": "operator"} and record.after == {"sessions_ended": 2, "calls_that_go_on": 3}


def test_many_calls_are_counted(admin, operator, workspace):
    for n in range(18):
        call(workspace, "operator@oakcare.example", f"+12065550{100 + n}", attempt="reserved")
    page = admin.get(at("operator", "remove/"))
    assert text(page).count("/calls/") >= 15 and "3 more" in words(page)


def test_their_invitations_end(owner, admin):
    invite(admin)
    assert "Invitations that end" in words(owner.get(at("admin", "remove/")))
    said = follow(owner, owner.post(at("admin", "remove/")))
    assert "1 invitation that they had sent was withdrawn." in said


@pytest.mark.item("S08")
def test_rank(owner, admin, viewer, workspace):
    person("other@oakcare.example", workspace, "admin")
    for who in ("other", "owner"):
        assert admin.get(at(who, "remove/")).status_code == admin.post(at(who, "remove/")).status_code == 403
    assert Membership.objects.filter(workspace=workspace).count() == 4
    assert owner.post(at("other", "remove/")).status_code == 303


@pytest.mark.item("S08")
def test_owners_remove_owners_but_never_the_last(owner, workspace):
    other = second_owner(workspace)
    assert other.post(at("owner", "remove/")).status_code == 303
    assert other.post(at("second", "remove/"))["Location"].endswith("/team/leave/")
    assert role_of("second") == "owner"


def test_the_last_owner_who_can_sign_in_stays(owner, workspace):
    """An admin cannot try, the owner is sent to leave; what is left is a second owner whose account is switched off."""
    second_owner(workspace)
    User.objects.filter(email="second@oakcare.example").update(is_active=False)
    assert owner.post(at("second", "remove/")).status_code == 303
    assert "Hand it over first" in words(owner.get("/w/oak-care/team/leave/"))


def test_it_ends_their_sessions_elsewhere_too_but_not_their_membership_there(owner, operator):
    other = elsewhere(User.objects.get(email="operator@oakcare.example"))
    owner.post(at("operator", "remove/"))
    assert operator.get("/w/elm/").status_code == 302
    assert Membership.objects.filter(workspace=other).count() == 1
    assert sign_in("operator@oakcare.example").get("/w/elm/").status_code == 200


@pytest.mark.item("S23")
def test_asks_for_a_fresh_password(owner, operator, sandbox):
    url = at("operator", "remove/")
    sandbox.tick(901)
    assert owner.post(url).status_code == 403 and role_of("operator") == "operator"
    assert owner.post(url, {"fresh_password": "practice-makes-calm"}).status_code == 303
    assert owner.post(url).status_code == 404, "gone is gone"


def test_who_may(owner, operator, viewer, stranger):
    url = at("viewer", "remove/")
    assert operator.post(url).status_code == 403 and stranger.post(url).status_code == 404
    assert owner.put(url).status_code == 405
