"""Who belongs to the team, and what each role can do."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.accounts import second_factor, verbs
from dashboard.accounts.models import SecondFactor, User
from dashboard.accounts.roles import Role, at_least
from tests.conftest import text
from tests.team.conftest import NORA, TEAM, at, came_with, invite, membership, person, words
from tests.test_access import TABLE, names


def test_everybody_sees_the_people(owner, admin, viewer):
    page = words(viewer.get(TEAM))
    assert "Viewer Sample (you)" in page and "admin@oakcare.example" in page and "Talkstack" in page
    assert "Second factor" not in page and "Last seen" not in page
    assert at("admin") not in text(viewer.get(TEAM)) and f"{TEAM}invite/" not in text(viewer.get(TEAM))


def test_admins_see_more_and_lead_to_those_they_look_after(owner, admin, operator):
    user = User.objects.get(email="operator@oakcare.example")
    second_factor.start(user)
    SecondFactor.objects.update(confirmed_at=user.created_at)
    page = text(admin.get(TEAM))
    assert "Second factor" in page and "Last seen" in page and re.search(r'badge good">Yes', page)
    assert at("operator") in page and at("owner@oakcare.example") not in page
    assert at("admin") not in page, "nobody manages themselves"
    assert at("admin") in text(owner.get(TEAM))


def test_open_invitations_are_for_admins(owner, admin, viewer):
    invite(owner)
    page = words(admin.get(TEAM))
    assert f"{NORA} as an operator, by" in page and "good until" in page
    assert NORA not in words(viewer.get(TEAM))


def test_an_invitation_that_ran_out_is_not_listed(owner, admin, sandbox):
    invite(owner)
    sandbox.tick(24 * 3600 + 1)
    from tests.conftest import OWNER_EMAIL, sign_in

    assert NORA not in words(sign_in(OWNER_EMAIL).get(TEAM))


def test_what_one_may_not_do_names_whom_to_ask(owner, admin, operator, workspace):
    person("gone@oakcare.example", workspace, "admin", name="Gwen Gone", is_active=False)
    page = text(operator.get(TEAM))
    table = page[page.index("What each role can do") :]
    assert table.count("not yours to do") == 2
    assert "mailto:admin@oakcare.example" in table and "mailto:owner@oakcare.example" in table
    assert "gone@oakcare.example" not in table
    assert "not yours to do" not in words(owner.get(TEAM))
    assert words(admin.get(TEAM)).count("not yours to do") == 1


def test_ones_own_role_is_marked(operator):
    page = text(operator.get(TEAM))
    assert "Yours is operator" in page
    assert re.search(r'<th scope="col" class="mine"><span>Operator</span>', page)


@pytest.mark.parametrize("verb", verbs.VERBS, ids=lambda verb: verb.words)
def test_the_table_says_what_the_pages_demand(verb):
    for name in verb.pages:
        assert names()[name].callback.required_role == verb.role, name


def test_every_page_is_in_the_table():
    assert sorted(page for verb in verbs.VERBS for page in verb.pages) == sorted(TABLE)


def test_the_table_by_roles():
    assert [group.cells for group in verbs.table("viewer", [])] == [
        tuple(at_least(role, needed) for role in Role) for needed in Role
    ]
    assert verbs.of("viewer") == [verb.words for verb in verbs.VERBS if verb.role == "viewer"]
    assert len(verbs.of("owner")) == len(verbs.VERBS)
    assert verbs.of("operator")[0].startswith("Start calls")


def test_queries_do_not_grow_with_the_team(owner, workspace):
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert owner.get(TEAM).status_code == 200
        return len(seen)

    before = count()
    for n in range(15):
        person(f"p{n}@oakcare.example", workspace, "operator", name=f"Person {n}")
    for n in range(5):
        invite(owner, f"i{n}@newcomers.example")
    owner.get(TEAM)
    assert count() == before <= 8


def test_no_page_asks_more_than_a_few_times(owner, viewer, operator, workspace, django_assert_max_num_queries):
    for n in range(9):
        person(f"p{n}@oakcare.example", workspace, "operator")
    owner.get(TEAM)
    for path in (
        TEAM,
        f"{TEAM}invite/",
        f"{TEAM}leave/",
        f"{TEAM}hand-over/",
        at("viewer"),
        at("owner"),
        at("viewer", "remove/"),
    ):
        with django_assert_max_num_queries(8):
            assert owner.get(path).status_code == 200, path
    assert "or anybody else above with such a role" in words(viewer.get(TEAM))
    browser = came_with(invite(owner))
    with django_assert_max_num_queries(8):
        browser.get("/invitations/")


def test_the_last_owner_is_told_to_hand_over(owner, admin):
    page = words(owner.get(TEAM))
    assert "You are the only owner" in page and "Hand over the workspace" in page and "Leave the workspace" not in page
    assert "Leave the workspace" in words(admin.get(TEAM))


def test_hostile_names_are_text(owner, workspace):
    person("x@oakcare.example", workspace, "viewer", name="<script>alert(1)</script>{{7*7}}")
    page = text(owner.get(TEAM))
    assert "<script>alert" not in page and "&lt;script&gt;" in page
    page = text(owner.get(f"{TEAM}{membership('x').pk}/role/"))
    assert "<script>alert" not in page and "{{7*7}}" in page


def test_verbs(owner, stranger):
    assert stranger.get(TEAM).status_code == 404
    assert owner.post(TEAM).status_code == 405
