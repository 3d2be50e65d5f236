"""What the tests of the team share: addresses, members, invitations, and people who come with a link."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from dashboard.accounts.models import Connection, Membership, User, Workspace
from dashboard.activity.models import Entry
from tests.conftest import sign_in, text

TEAM = "/w/oak-care/team/"
NORA = "nora@newcomers.example"
PASSWORD = "four calm words together"


def words(page: Any) -> str:
    """A page without its tags, in one line."""
    shown = re.sub(r"<[^>]+>", " ", text(page).replace("&#x27;", "'").replace("&quot;", '"'))
    return re.sub(r"\s+", " ", shown).replace(" .", ".").replace(" ,", ",")


def follow(client: Client, answer: Any) -> str:
    """The words of the page that a see-other leads to."""
    assert answer.status_code == 303, text(answer)[:3000]
    return words(client.get(answer["Location"]))


def membership(email: str, slug: str = "oak-care") -> Membership:
    """Somebody's membership, by the part of their address before the @ or by all of it."""
    address = email if "@" in email else f"{email}@oakcare.example"
    return Membership.objects.select_related("user").get(user__email=address, workspace__slug=slug)


def at(email: str, rest: str = "role/") -> str:
    """An address about a member."""
    return f"{TEAM}{membership(email).pk}/{rest}"


def role_of(email: str) -> str:
    return membership(email).role


def person(email: str, workspace: Workspace | None = None, role: str = "", **fields: Any) -> User:
    """A local person, with a role if a workspace is given."""
    user = User.objects.create_user(email, settings.DEMO_PASSWORD, **fields)
    if workspace is not None:
        Membership.objects.create(workspace=workspace, user=user, role=role)
    return user


def second_owner(workspace: Workspace) -> Client:
    """Another owner of the workspace, signed in."""
    person("second@oakcare.example", workspace, "owner", name="Sue Second")
    return sign_in("second@oakcare.example")


def elsewhere(user: User, role: str = "viewer") -> Workspace:
    """Another workspace to which this person belongs too."""
    other, made = Workspace.objects.get_or_create(slug="elm", defaults={"name": "Elm & Sons", "practice": True})
    if made:
        Connection.objects.create(workspace=other, account_email="elm@elm.example")
    Membership.objects.create(workspace=other, user=user, role=role)
    return other


def invite(client: Client, email: str = NORA, role: str = "operator", **more: str) -> str:
    """Invite somebody; the path of the link that the next page shows."""
    answer = client.post(f"{TEAM}invite/", {"email": email, "role": role, **more})
    assert answer.status_code == 303, words(answer)
    return link_on(client.get(answer["Location"]))


def link_on(page: Any) -> str:
    """The path of the invitation's link on a page, "" if there is none."""
    found = re.search(rf'value="{settings.PUBLIC_URL}(/invitations/[^"]+)"', text(page))
    return found[1] if found else ""


def came_with(link: str, client: Client | None = None) -> Client:
    """A browser that opened the link."""
    browser = client or Client()
    answer = browser.get(link)
    assert (answer.status_code, answer["Location"]) == (303, "/invitations/")
    return browser


def join(link: str, **fields: str) -> tuple[Client, Any]:
    """Somebody new who opens the link and makes an account; the browser and the answer."""
    browser = came_with(link)
    return browser, browser.post("/invitations/", {"name": "Nora Newcomer", "password": PASSWORD, **fields})


def entry(verb: str) -> Entry:
    """The newest record with this verb."""
    found = Entry.objects.filter(verb=verb).first()
    assert found is not None, verb
    return found


@pytest.fixture
def nobody(owner: Client) -> Client:
    """A browser that is signed in as nobody, in a world where the demo workspace is there."""
    return Client()
