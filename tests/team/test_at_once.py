"""Two at the same moment: real transactions, real threads."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from dashboard.accounts.models import Membership, User
from dashboard.team.models import Invitation
from tests.conftest import sign_in
from tests.team.conftest import NORA, PASSWORD, TEAM, at, came_with, invite, person, second_owner, words

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*what: Callable[[], Any]) -> list[Any]:
    """Do these things in threads that begin together; what each gave, in order."""
    gate, results = threading.Barrier(len(what)), [None] * len(what)

    def one(n: int) -> None:
        gate.wait()
        try:
            results[n] = what[n]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(n,)) for n in range(len(what))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def owners() -> int:
    return Membership.objects.filter(role="owner", workspace__slug="oak-care").count()


@pytest.mark.item("S17")
def test_one_link_in_six_browsers_is_one_account(transactional_db, admin):
    link = invite(admin)
    browsers = [came_with(link) for _ in range(6)]
    fields = {"name": "Nora", "password": PASSWORD}
    answers = at_once(*(lambda each=each: each.post("/invitations/", fields) for each in browsers))
    assert sorted(answer["Location"] for answer in answers if answer.status_code == 303).count("/w/oak-care/") == 1
    assert User.objects.filter(email=NORA).count() == Membership.objects.filter(user__email=NORA).count() == 1
    for browser, answer in zip(browsers, answers, strict=True):
        assert answer.status_code in (303, 410)
        if answer.status_code == 303 and answer["Location"] == "/invitations/":
            page = browser.get("/invitations/")
            assert page.status_code == 410 and "It was used already" in words(page)


def test_one_button_pressed_in_four_windows_is_one_membership(transactional_db, admin):
    link = invite(admin)
    person(NORA)
    windows = [came_with(link, sign_in(NORA)) for _ in range(4)]
    answers = at_once(*(lambda each=each: each.post("/invitations/") for each in windows))
    assert {answer.status_code for answer in answers} == {303}
    assert Membership.objects.filter(user__email=NORA).count() == 1
    for window in windows:
        window.get("/invitations/")
        assert window.get("/w/oak-care/").status_code == 200


@pytest.mark.item("S08")
@pytest.mark.parametrize("how", ["leave", "lower", "lower each other", "leave and go down"])
def test_two_owners_at_once_leave_one(transactional_db, owner, workspace, admin, how):
    other = second_owner(workspace)
    mine, theirs = at("owner"), at("second")
    ways = {
        "leave": (lambda: owner.post(f"{TEAM}leave/"), lambda: other.post(f"{TEAM}leave/")),
        "lower": (lambda: owner.post(mine, {"role": "viewer"}), lambda: other.post(theirs, {"role": "viewer"})),
        "lower each other": (
            lambda: owner.post(theirs, {"role": "viewer"}),
            lambda: other.post(mine, {"role": "viewer"}),
        ),
        "leave and go down": (
            lambda: owner.post(f"{TEAM}leave/"),
            lambda: other.post(theirs, {"role": "operator"}),
        ),
    }
    statuses = sorted(answer.status_code for answer in at_once(*ways[how]))
    assert owners() == 1 and statuses[0] == 303 and statuses[1] in (403, 404, 409)


def test_two_admins_invite_the_same_person(transactional_db, owner, admin):
    fields = {"email": NORA, "role": "viewer"}
    answers = at_once(*(lambda each=each: each.post(f"{TEAM}invite/", fields) for each in (owner, admin)))
    assert sorted(answer.status_code for answer in answers) == [303, 422]
    assert Invitation.objects.filter(withdrawn_at=None).count() == 1


def test_withdrawn_while_it_is_used(transactional_db, admin):
    link = invite(admin)
    browser, made = came_with(link), Invitation.objects.get()
    url = f"{TEAM}invitations/{made.pk}/withdraw/"
    at_once(lambda: admin.post(url), lambda: browser.post("/invitations/", {"name": "N", "password": PASSWORD}))
    made.refresh_from_db()
    joined = Membership.objects.filter(user__email=NORA).exists()
    assert joined == bool(made.used_at) == (not made.withdrawn_at)


def test_removed_twice_at_once(transactional_db, owner, admin, viewer):
    url = at("viewer", "remove/")
    statuses = sorted(each.status_code for each in at_once(lambda: owner.post(url), lambda: admin.post(url)))
    assert statuses == [303, 404] and viewer.get("/w/oak-care/").status_code == 302
