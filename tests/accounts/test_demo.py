"""`manage.py demo`: the demo people, made once."""

import io

import pytest
from django.core.management import CommandError, call_command

from dashboard.accounts.models import Membership, User, Workspace
from tests.conftest import OWNER_EMAIL, sign_in


def demo() -> str:
    out = io.StringIO()
    call_command("demo", wait=0, stdout=out)
    return out.getvalue()


def test_people_and_workspace(db, sandbox):
    assert demo().split() == [OWNER_EMAIL, *(f"{role}@oakcare.example" for role in ("admin", "operator", "viewer"))]
    assert Workspace.objects.get().slug == "oak-care"
    roles = dict(Membership.objects.values_list("user__email", "role"))
    assert roles.pop(OWNER_EMAIL) == "owner"
    for email, role in roles.items():
        assert email == f"{role}@oakcare.example"
        assert sign_in(email).get("/w/").url == "/w/oak-care/"


def test_again_changes_nothing_but_passwords(db, sandbox):
    demo()
    User.objects.filter(email="admin@oakcare.example").update(password="!")
    Membership.objects.filter(user__email="viewer@oakcare.example").update(role="operator")
    demo()
    assert (Workspace.objects.count(), User.objects.count()) == (1, 4)
    assert Membership.objects.get(user__email="viewer@oakcare.example").role == "operator"
    sign_in("admin@oakcare.example")


def test_whoever_was_removed_stays_out(db, sandbox):
    demo()
    Membership.objects.get(user__email="operator@oakcare.example").end()
    demo()
    assert not Membership.objects.filter(user__email="operator@oakcare.example").exists()


def test_opens_the_workspace_whatever_the_setting(db, sandbox, settings):
    settings.OPEN_WORKSPACES, settings.OPEN_WORKSPACES_FOR = "listed", []
    demo()
    assert Workspace.objects.exists()


@pytest.mark.item("S18")
def test_not_beside_a_live_server(db, sandbox, settings):
    settings.TALKSTACK_API_URL = "https://api.example"
    with pytest.raises(CommandError, match="live"):
        demo()


def test_short_password_is_refused(db, sandbox, settings):
    settings.DEMO_PASSWORD = "short"
    with pytest.raises(CommandError, match="DEMO_PASSWORD"):
        demo()


def test_sandbox_away(db, sandbox):
    sandbox.faults.add("down", times=0)
    with pytest.raises(CommandError, match="cannot be reached"):
        demo()
