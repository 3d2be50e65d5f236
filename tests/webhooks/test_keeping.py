"""How long events are kept, that there are never too many, and that secret addresses are in no log."""

import gzip
import logging
from typing import Any

import pytest

from dashboard.webhooks import addresses, keeping
from dashboard.webhooks.models import Endpoint, Event, Relay, Secret
from tests.projects.conftest import at, words
from tests.safety.test_rotation import opened, rotate
from tests.test_leaks import forms_of, log
from tests.webhooks.conftest import HERE, deliver, told

__all__ = ["log"]
DAY = 86400


def settle() -> None:
    Event.objects.update(due_at=None)


@pytest.mark.parametrize(
    ("calls", "variables", "days"), [(None, None, 30), (400, None, 30), (7, None, 7), (400, 3, 3), (None, 90, 30)]
)
def test_handled_events_go_with_their_age(sender, door, sandbox, workspace, calls, variables, days):
    type(workspace).objects.filter(pk=workspace.pk).update(keep_calls_days=calls, keep_variables_days=variables)
    deliver(sender, door, told("CA1", "completed"))
    settle()
    sandbox.tick((days - 0.1) * DAY)
    assert not keeping.let_go() and Event.objects.count() == 1
    sandbox.tick(0.2 * DAY)
    keeping.let_go()
    assert not Event.objects.exists()


def test_whoever_deletes_the_project_is_told_what_stays_of_its_events(admin, sender, door, project_id, workspace):
    page = f"/w/oak-care/projects/{project_id}/delete/"
    assert "webhook event" not in words(admin.get(page))
    deliver(sender, door, told("CA1", "completed"))
    assert "Its 1 webhook event stays until it is 30 days old." in words(admin.get(page))
    type(workspace).objects.filter(pk=workspace.pk).update(keep_calls_days=7)
    deliver(sender, door, told("CA2", "completed"))
    assert "Its 2 webhook events stay until each is 7 days old." in words(admin.get(page))


def test_what_still_waits_does_not_go(sender, door, sandbox):
    deliver(sender, door, told("CA1", "completed"))
    sandbox.tick(400 * DAY)
    keeping.let_go()
    assert Event.objects.count() == 1
    Event.objects.update(due_at=None, relay=Relay.WAITING, relay_due_at="2026-01-01T00:00:00Z")
    keeping.let_go()
    assert Event.objects.count() == 1


def test_there_are_never_too_many(sender, door, monkeypatch):
    monkeypatch.setattr(keeping, "MOST_BYTES", 250)
    for n in range(4):
        assert deliver(sender, door, told(f"CA{n}", "completed")).status_code == 200
    keeping.let_go()
    assert Endpoint.objects.get().full and deliver(sender, door, told("CA9", "completed")).status_code == 429
    settle()
    keeping.let_go()
    assert not Endpoint.objects.get().full and deliver(sender, door, told("CA9", "completed")).status_code == 200


@pytest.mark.item("S62")
def test_the_secret_is_sealed_anew_with_new_keys(endpoint, door, settings, admin, project_id):
    from cryptography.fernet import Fernet

    before = opened()
    assert door.split("/")[2] in before
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode(), *settings.ENCRYPTION_KEYS]
    rotate()
    settings.ENCRYPTION_KEYS = settings.ENCRYPTION_KEYS[:1]
    assert opened() == before and addresses.opened(Secret.objects.select_related("endpoint").get()) in door


@pytest.mark.item("S63")
def test_a_secret_moved_to_another_endpoint_does_not_open(endpoint, door, workspace):
    from dashboard.accounts.secrets import SecretUnreadable

    Secret.objects.update(endpoint=addresses.ensure(workspace, "another", "Another"))
    with pytest.raises(SecretUnreadable):
        addresses.opened(Secret.objects.select_related("endpoint").get())


@pytest.mark.item("S67")
def test_the_address_is_in_no_log(admin, sender, door, sandbox, log, settings, project_id):
    settings.PUBLIC_URL = HERE
    token = door.split("/")[2]
    admin.post(at(project_id, "webhook/"), {"choice": "ours"})
    assert token in sandbox.store.projects[project_id].webhook
    sender.get(door)
    sender.get(door.rstrip("/") + "/nowhere/", headers={"Referer": f"{HERE}{door}"})
    deliver(sender, door, b"x" * 2_000_000)
    deliver(sender, door, gzip.compress(b"{}"), **{"Content-Encoding": "gzip"})
    sandbox.faults.add("500", path="/project/call-status", body={"message": f"not {HERE}{door}"})
    admin.post(at(project_id, "webhook/address/new/"))
    assert any("/hooks/***" in line for line in log.lines)
    for shape in forms_of(token):
        assert not [line for line in log.lines if shape.decode() in line]


def test_what_web_servers_write_is_masked(caplog: Any):
    """gunicorn's access log has handlers of its own; what it fills in is a dictionary of its own kind."""
    from gunicorn.glogging import SafeAtoms

    path = f"/hooks/hook-{'a' * 43}/"
    atoms = SafeAtoms({"r": f"POST {path} HTTP/1.1", "U": path, "f": f"{HERE}{path}", "s": "200"})
    for name, line, args in (
        ("gunicorn.access", '%(r)s %(s)s "%(f)s" %(missing)s', [atoms]),
        ("gunicorn.error", "Error handling request %s", [path]),
        ("django.server", '"%s" %s', [f"POST {path} HTTP/1.1", 200]),
    ):
        logger = logging.getLogger(name)
        record = logger.makeRecord(name, logging.INFO, __file__, 1, line, tuple(args), None)
        assert logger.filter(record)
        assert "aaaa" not in record.getMessage() and "/hooks/***" in record.getMessage(), name
    assert atoms["U"] == path, "what others hold is left alone"
