"""Secrets: sealed, bound to their place, readable after a rotation, never overwritten by a wrong key."""

import pytest
from cryptography.fernet import Fernet

from dashboard.accounts import connection
from dashboard.accounts.models import Connection
from dashboard.accounts.secrets import SecretUnreadable, open_, seal
from dashboard.talkstack import KeyRejected


@pytest.mark.item("S61")
def test_round_trip_and_nothing_to_keep():
    sealed = seal(7, "bearer", "s3cret-ü")
    assert "s3cret" not in sealed and open_(7, "bearer", sealed) == "s3cret-ü"
    assert seal(7, "bearer", "") == "" and open_(7, "bearer", "") == ""


@pytest.mark.parametrize(("workspace", "field"), [(8, "bearer"), (7, "api_key"), (7, "")])
@pytest.mark.item("S63")
def test_copied_elsewhere_it_does_not_open(workspace, field):
    with pytest.raises(SecretUnreadable):
        open_(workspace, field, seal(7, "bearer", "s3cret"))


@pytest.mark.parametrize("damage", ["", "x", "gAAAAA"])
def test_damaged_it_does_not_open(damage):
    with pytest.raises(SecretUnreadable) as error:
        open_(7, "bearer", seal(7, "bearer", "s3cret")[:-8] + damage)
    assert "s3cret" not in str(error.value)


@pytest.mark.item("S62")
def test_old_key_still_reads_and_the_first_one_writes(settings):
    old, new = settings.ENCRYPTION_KEYS[0], Fernet.generate_key().decode()
    sealed = seal(7, "bearer", "s3cret")
    settings.ENCRYPTION_KEYS = [new, old]
    assert open_(7, "bearer", sealed) == "s3cret"
    renewed = seal(7, "bearer", "s3cret")
    settings.ENCRYPTION_KEYS = [new]
    assert open_(7, "bearer", renewed) == "s3cret"
    with pytest.raises(SecretUnreadable):
        open_(7, "bearer", sealed)


@pytest.mark.item("S66")
def test_wrong_key_says_so_and_overwrites_nothing(workspace, settings):
    before = Connection.objects.values().get()
    settings.ENCRYPTION_KEYS = [Fernet.generate_key().decode()]
    with pytest.raises(KeyRejected) as error:
        connection.credentials(workspace)
    assert "ENCRYPTION_KEYS" in error.value.sentence
    after = Connection.objects.values().get()
    secret = ("bearer", "refresh", "api_key", "generation")
    assert [after[name] for name in secret] == [before[name] for name in secret]


@pytest.mark.item("S63")
def test_another_workspaces_secret_is_refused(workspace, stranger):
    mine = Connection.objects.get(workspace=workspace)
    Connection.objects.exclude(pk=mine.pk).update(bearer=mine.bearer)
    other = Connection.objects.exclude(pk=mine.pk).get()
    with pytest.raises(KeyRejected):
        connection.credentials(other.workspace)
