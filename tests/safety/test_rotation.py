"""New encryption keys: every stored secret is sealed anew, old keys still read meanwhile, and an interruption is no harm."""

import io
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.management import CommandError, call_command

from dashboard.accounts import mail, second_factor
from dashboard.accounts.management.commands.rotate_keys import places
from dashboard.accounts.models import Connection, OutgoingMail, SecondFactor, User, Workspace
from dashboard.accounts.secrets import fingerprint, open_, seal

pytestmark = pytest.mark.item("S62")


@pytest.fixture
def full(workspace: Workspace, settings: Any) -> Workspace:
    """A workspace with a secret in every place that holds one."""
    link = Connection.objects.get(workspace=workspace)
    Connection.objects.filter(pk=link.pk).update(api_key=seal(workspace.pk, "api_key", "k" * 64))
    user = User.objects.get(email="owner@oakcare.example")
    second_factor.start(user)
    settings.EMAIL_URL = "smtp://mail.example.com"
    mail.send("x@y.example", "Hello", "accounts/mail_reset.txt", {"link": "https://dashboard.example.com/"})
    fingerprint(workspace, "+12065550121")
    return Workspace.objects.get(pk=workspace.pk)


def opened() -> list[str]:
    """Every secret there is, as it is."""
    return [open_(owner, field, getattr(row, column)) for row, column, owner, field in places()]


def rotate() -> str:
    told = io.StringIO()
    call_command("rotate_keys", stdout=told)
    return told.getvalue()


def test_old_keys_still_read_and_can_be_retired_afterwards(full, settings):
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    before = opened()
    assert len([secret for secret in before if secret]) == 6
    settings.ENCRYPTION_KEYS = [new, old]
    assert opened() == before
    assert rotate().startswith("6 secrets")
    settings.ENCRYPTION_KEYS = [new]
    assert opened() == before
    assert rotate().startswith("0 secrets"), "again, it has nothing to do"
    assert mail.configured() and OutgoingMail.objects.count() == 1 and SecondFactor.objects.count() == 1


def test_an_interrupted_rotation_goes_on(full, settings):
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    before = opened()
    settings.ENCRYPTION_KEYS = [new, old]
    row, column, owner, field = next(iter(places()))
    row.__class__.objects.filter(pk=row.pk).update(
        **{column: seal(owner, field, open_(owner, field, getattr(row, column)))}
    )
    assert opened() == before
    assert rotate().startswith("5 secrets")


def test_what_cannot_be_read_is_named_and_left(full, settings):
    sealed = [getattr(row, column) for row, column, _, _ in places()]
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(CommandError, match="6 could not be read"):
        rotate()
    assert [getattr(row, column) for row, column, _, _ in places()] == sealed


def test_every_sealed_column_is_rotated(full):
    """Whatever looks sealed in the database is one of the places."""
    from django.apps import apps

    known = {getattr(row, column) for row, column, _, _ in places()} - {""}
    found = set()
    for model in apps.get_models():
        if not model.__module__.startswith("dashboard.") or model.__name__ == "Session" or not model._meta.managed:
            continue
        for values in model.objects.values_list():
            found |= {value for value in values if isinstance(value, str) and value.startswith("gAAAA")}
    assert found == known and len(known) == 6
