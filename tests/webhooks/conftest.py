"""What the tests of webhooks share: an endpoint with its secret, deliveries, and a worker that does what is due."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls.models import Call
from dashboard.webhooks import actions, addresses, handling
from dashboard.webhooks.models import Endpoint, Event
from tests.projects.conftest import asked

__all__ = ["asked"]
HERE = "http://127.0.0.1:8000"


@pytest.fixture
def endpoint(workspace: Workspace, project_id: str) -> Endpoint:
    """The endpoint of "Northgate Clinics"."""
    return addresses.ensure(workspace, project_id, "Northgate Clinics")


@pytest.fixture
def door(endpoint: Endpoint) -> str:
    """The path that Talkstack would deliver to."""
    return f"/hooks/{actions.secret_for(endpoint)}/"


@pytest.fixture
def sender() -> Client:
    """Somebody without a session, a cookie or a form."""
    return Client(enforce_csrf_checks=True)


def told(sid: str, status: str, **more: Any) -> dict[str, Any]:
    """An event as the stand-in sends it."""
    return {"callSid": sid, "status": status, "from": "+14155550132", "to": "+12065550121", **more}


def deliver(sender: Client, door: str, body: Any, content_type: str = "application/json", **headers: str) -> Any:
    """One delivery: JSON of anything that is not bytes."""
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return sender.generic("POST", door, data, content_type=content_type, headers=headers)


def call_with(workspace: Workspace, project_id: str, sid: str, **more: Any) -> Call:
    """A call of ours that Talkstack has placed."""
    values = {"attempt": "placed", "state": "queued", "state_source": "call_data", "number": "+12065550121", **more}
    return Call.objects.create(workspace=workspace, project_id=project_id, sid=sid, at=timezone.now(), **values)


def handle() -> None:
    """The worker handles whatever is due."""
    while handling.handle_due():
        pass


def one() -> Event:
    """The only event there is."""
    return Event.objects.get()


def kept(workspace: Workspace, project_id: str) -> dict[str, Any]:
    """The ids of an event and of a secret, for tests that walk through every address."""
    endpoint = addresses.ensure(workspace, project_id, "Northgate Clinics")
    secret, _ = addresses.make(endpoint)
    now = timezone.now()
    event = Event.objects.create(
        endpoint=endpoint, hint=secret.hint, key="0" * 64, body=b"{}", size=2, received_at=now, last_at=now
    )
    return {"event_id": event.pk, "secret_id": secret.pk}
