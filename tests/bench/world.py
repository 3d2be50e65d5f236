"""The bench's world: the practice workspace with its people, and a ledger full of made-up calls."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.core.management import call_command
from django.test import Client

from dashboard.accounts.models import User, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls.models import Call
from dashboard.sandbox import Sandbox
from dashboard.sandbox.doors import adapter
from dashboard.talkstack import transport
from tests.bench import filling, made_up
from tests.conftest import OWNER_EMAIL, join, sign_in


@dataclass
class World:
    """Who looks, and at what. `now` is when the newest calls were."""

    workspace: Workspace
    viewer: Client
    operator: Client
    project_id: str
    now: datetime


@contextmanager
def opened(many: int) -> Iterator[World]:
    """The database, filled with so many calls if it is empty, and the stand-in for Talkstack mounted."""
    call_command("migrate", verbosity=0)
    sandbox = Sandbox(owner_email=OWNER_EMAIL, owner_password=settings.DEMO_PASSWORD, base_url=settings.SANDBOX_URL)
    transport.mount(settings.SANDBOX_URL, adapter(sandbox))
    sign_in(OWNER_EMAIL)
    workspace = Workspace.objects.get(slug="oak-care")
    viewer, operator = (_person(workspace, role) for role in ("viewer", "operator"))
    projects = [(each.id, each.name) for each in Upstream(workspace).client().projects.list()][:2]
    projects.append(("bench-project", "Bench Dental"))
    user, now = User.objects.get(email="operator@oakcare.example"), datetime.now(UTC) - timedelta(minutes=1)
    cast = made_up.Cast(workspace.pk, user.pk, user.email, projects, made_up.agents())
    newest = Call.objects.order_by("-at").first()
    if newest is None:
        filling.fill(many, cast, now)
    yield World(workspace, viewer, operator, projects[0][0], newest.at if newest else now)
    transport.unmount(settings.SANDBOX_URL)


def _person(workspace: Workspace, role: str) -> Client:
    email = f"{role}@oakcare.example"
    return sign_in(email) if User.objects.filter(email=email).exists() else join(workspace, role)
