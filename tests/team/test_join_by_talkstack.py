"""An invitation, and no account yet: one is made at Talkstack on the way, and the way leads back to the invitation."""

import pytest

from dashboard.accounts.models import Membership, User, Workspace
from tests.conftest import text
from tests.team.conftest import NORA, came_with, follow, invite, role_of

PASSWORD = "a password at talkstack"


@pytest.mark.parametrize("rule", ["anyone", "first"])
def test_signing_up_on_the_way_leads_back_and_opens_no_workspace_of_ones_own(owner, sandbox, settings, rule):
    settings.OPEN_WORKSPACES = rule
    browser = came_with(invite(owner))
    assert browser.get("/invitations/").status_code == 200
    form = text(browser.get("/sign-up/"))
    assert f'value="{NORA}"' in form, "the invited address is filled in"
    browser.post("/sign-up/", {"name": "Nora New", "email": NORA, "password": PASSWORD})
    assert browser.post("/verify/", {"email": NORA, "code": sandbox.outbox[-1].code}).status_code == 303
    answer = browser.post("/sign-in/", {"email": NORA, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/invitations/")
    assert Workspace.objects.count() == 1
    assert "Oak Care" in follow(browser, browser.post("/invitations/"))
    assert role_of(NORA) == "operator" and Membership.objects.filter(user__email=NORA).count() == 1
    browser.post("/sign-out/")
    assert browser.post("/sign-in/", {"email": NORA, "password": PASSWORD})["Location"] == "/w/", "once is enough"
    assert User.objects.get(email=NORA).way == "talkstack"
