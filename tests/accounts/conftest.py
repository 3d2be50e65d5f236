"""What the tests of people and connections share."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from requests.adapters import BaseAdapter

from dashboard.accounts.models import Membership, User, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.sandbox.doors import adapter
from dashboard.talkstack import transport


class Counting(BaseAdapter):
    """A door that keeps the address and the key of every request that goes through it."""

    def __init__(self, inner: BaseAdapter) -> None:
        super().__init__()
        self.inner = inner
        self.seen: list[tuple[str, str]] = []
        self.keys: list[str] = []
        self.bodies: list[str] = []

    def send(self, request: Any, **options: Any) -> Any:
        self.seen.append((request.method, urlsplit(request.url).path))
        self.bodies.append((request.body or b"").decode() if isinstance(request.body or b"", bytes) else request.body)
        self.keys.append(request.headers.get("Authorization", "") + request.headers.get("x-api-key", ""))
        return self.inner.send(request, **options)

    def close(self) -> None:
        self.inner.close()

    def told(self, words: str) -> bool:
        """Whether any request that went out had these words in its body."""
        return any(words in body for body in self.bodies)

    def count(self, path: str) -> int:
        return sum(1 for _method, seen in self.seen if seen == path)


@pytest.fixture
def asked(sandbox: Any) -> Iterator[Counting]:
    """Every request that reaches the practice server from now on."""
    door = Counting(adapter(sandbox))
    transport.mount(settings.SANDBOX_URL, door)
    yield door


@pytest.fixture
def live(settings: Any, sandbox: Any) -> Iterator[Any]:
    """A live server beside the practice one, with an account of its own: ada@talkstack.example."""
    from dashboard.sandbox import Sandbox

    settings.TALKSTACK_API_URL = settings.TALKSTACK_CALLS_URL = "http://live.test"
    world = Sandbox(owner_email="ada@talkstack.example", owner_password="a-live-password", base_url="http://live.test")
    door = Counting(adapter(world))
    transport.mount("http://live.test", door)
    world.door = door
    yield world
    transport.unmount("http://live.test")


@pytest.fixture
def upstream(workspace: Any) -> Upstream:
    return Upstream(workspace)


def person(email: str, workspace: Workspace | None = None, role: str = "", **fields: Any) -> User:
    """A local person, with a role if a workspace is given."""
    user = User.objects.create_user(email, settings.DEMO_PASSWORD, **fields)
    if workspace:
        Membership.objects.create(workspace=workspace, user=user, role=role)
    return user
