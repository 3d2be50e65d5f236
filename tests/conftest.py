"""The fixed cast and the fresh world that every test starts from.

owner, admin, operator and viewer belong to the practice workspace "oak-care"; stranger owns another one.
"""

import gc
import os
import pickle

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's loop makes Django refuse the ORM otherwise

from collections.abc import Callable, Iterator  # noqa: E402
from datetime import UTC, datetime  # noqa: E402
from typing import Any  # noqa: E402

import pytest  # noqa: E402
import time_machine  # noqa: E402
from django.conf import settings  # noqa: E402
from django.contrib.auth.models import AnonymousUser  # noqa: E402
from django.test import Client, RequestFactory  # noqa: E402

from dashboard.sandbox import Sandbox, world  # noqa: E402
from dashboard.sandbox.doors import adapter  # noqa: E402
from dashboard.sandbox.store import Account, Store  # noqa: E402
from dashboard.talkstack import transport  # noqa: E402
from tests import first_sign_in  # noqa: E402
from tests.browser_found import INSTALL, chromium  # noqa: E402

MIDDAY = datetime(2026, 3, 11, 17, 0, tzinfo=UTC)  # a Wednesday, within calling hours from New York to Los Angeles
OWNER_EMAIL = "owner@oakcare.example"
_made: list[bytes] = []


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if chromium():
        return
    if os.environ.get("REQUIRE_BROWSER"):
        raise pytest.UsageError(f"Chromium is required here. Install it with:  {INSTALL}")
    for item in items:
        if "browser" in item.keywords:
            item.add_marker(pytest.mark.skip(reason=f"Chromium is missing: {INSTALL}"))


def pytest_collection_finish() -> None:
    """What is there now stays: looking through all of it for garbage again and again took a tenth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def demo_team(store: Store, now: float, email: str, password: str, *rest: Any) -> Account:
    """The demo team with its three weeks of calls: made once in a process, as that takes a while, then copied."""
    if not _made:
        first = Store()
        world.oak_care(first, now, email, password, *rest)
        _made.append(pickle.dumps({name: value for name, value in vars(first).items() if name != "lock"}))
    vars(store).update(pickle.loads(_made[0]))
    return next(iter(store.accounts.values()))


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A freshly seeded stand-in for Talkstack, mounted on the practice address; `sandbox.tick(seconds)` moves all clocks."""
    with time_machine.travel(MIDDAY, tick=True) as clock:
        stand_in = Sandbox(
            owner_email=OWNER_EMAIL,
            owner_password=settings.DEMO_PASSWORD,
            base_url=settings.SANDBOX_URL,
            seed=demo_team,
        )
        stand_in.tick, stand_in.untouched = clock.shift, stand_in.store.version
        transport.mount(settings.SANDBOX_URL, adapter(stand_in))
        yield stand_in
        transport.unmount(settings.SANDBOX_URL)


def sign_in(email: str, password: str = settings.DEMO_PASSWORD) -> Client:
    """A browser that went through the sign-in page."""
    client = Client()
    answer = client.post("/sign-in/", {"email": email, "password": password})
    assert answer.status_code in (302, 303), answer.content.decode()[:2000]
    return client


def signed_in(user: Any) -> Client:
    """A browser that this person came in with already, the way of the sign-in page but for the page: it has its own tests."""
    from dashboard.accounts import signing
    from dashboard.accounts.sessions import SessionStore

    request: Any = RequestFactory().get("/")
    request.session, request.user = SessionStore(), AnonymousUser()
    signing.begin(request, user)
    request.session.save()
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = request.session.session_key
    return client


@pytest.fixture
def owner(db: None, sandbox: Sandbox) -> Client:
    """The owner, who came in through the sign-in page and thereby opened the workspace."""
    return first_sign_in.once(sandbox, MIDDAY, lambda: sign_in(OWNER_EMAIL))


@pytest.fixture
def workspace(owner: Client) -> Any:
    from dashboard.accounts.models import Workspace

    return Workspace.objects.get(slug="oak-care")


def join(workspace: Any, role: str) -> Client:
    """A new local person with `role` in the workspace, signed in."""
    from dashboard.accounts.models import Membership, User

    user = User.objects.create_user(f"{role}@oakcare.example", settings.DEMO_PASSWORD, name=f"{role.title()} Sample")
    Membership.objects.create(workspace=workspace, user=user, role=role)
    return signed_in(user)


@pytest.fixture
def admin(workspace: Any) -> Client:
    return join(workspace, "admin")


@pytest.fixture
def operator(workspace: Any) -> Client:
    return join(workspace, "operator")


@pytest.fixture
def viewer(workspace: Any) -> Client:
    return join(workspace, "viewer")


@pytest.fixture
def stranger(owner: Client) -> Client:
    """Somebody who is signed in and owns another practice workspace, none of whose facts concern oak-care."""
    from dashboard.accounts.models import Connection, Membership, User, Workspace

    user = User.objects.create_user("stranger@elsewhere.example", settings.DEMO_PASSWORD, name="Sam Stranger")
    other = Workspace.objects.create(name="Elsewhere", slug="elsewhere", practice=True)
    Connection.objects.create(workspace=other, account_email=user.email)
    Membership.objects.create(workspace=other, user=user, role="owner")
    return signed_in(user)


@pytest.fixture
def project_id(sandbox: Sandbox, owner: Client) -> str:
    """The id of the demo project "Northgate Clinics"."""
    from dashboard.accounts.models import Workspace
    from dashboard.accounts.upstream import Upstream

    projects = Upstream(Workspace.objects.get(slug="oak-care")).client().projects.list()
    return next(project.id for project in projects if project.name == "Northgate Clinics")


def text(answer: Any) -> str:
    """What a page says, as text."""
    return answer.content.decode()


Reader = Callable[[Any], str]
