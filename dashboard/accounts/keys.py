"""The API key of a workspace: asked for once a form, kept sealed, known to people by its last characters.

Talkstack replaces the account's key the moment a new one is asked for, and its answer is the only time that the new one
can be seen (API contract, 2.1). So each page of ours may ask once: a conditional UPDATE of `key_version` decides, and is
committed before anything is sent. Storing or forgetting a key raises it too: pages from before that are too old.
"""

import re
from datetime import timedelta

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from dashboard.activity.models import Entry

from . import connection
from .models import Connection, Workspace
from .secrets import seal

ASKING = "key.generate"
MASK = "••••"
_FIT = re.compile(r"[\x21-\x7e]{1,8000}")  # what a header can hold
_SHOWN, _SHORTEST_SHOWN = 4, 16


class NotNow(Exception):
    """It is not this form's turn: nothing was sent and nothing was changed."""


class TooOld(NotNow):
    """The form was used already, or the key was changed since its page was opened."""


class UnderWay(NotNow):
    """A new key is being asked for at this moment."""


def begin(workspace: Workspace, version: int) -> int:
    """Take the one go of a page that showed `version`; gives what the version is from now on. Raises NotNow.

    Commit before anything is sent.
    """
    if under_way(workspace):
        raise UnderWay
    rows = Connection.objects.filter(workspace=workspace, key_version=version)
    if not rows.update(key_version=version + 1, key_asked_at=timezone.now()):
        raise TooOld
    return version + 1


def under_way(workspace: Workspace) -> bool:
    """Whether a new key is being asked for just now: one was, nothing came of it yet, and its time is not over."""
    most = 2 * settings.BUDGETS["write"] + 5  # renewing the sign-in, then asking
    since = timezone.now() - timedelta(seconds=most)
    return Entry.objects.filter(workspace=workspace, verb=ASKING, asked_at__gt=since, outcome=None).exists()


def settle(workspace: Workspace, version: int) -> None:
    """It is certain that no new key was made: the old one is what it was."""
    Connection.objects.filter(workspace=workspace, key_version=version).update(key_asked_at=None)


def keep(workspace: Workspace, version: int, key: str) -> bool:
    """Keep a key, sealed, if `version` is still the newest; the workspace uses it from now on."""
    values = {
        "api_key": seal(workspace.pk, "api_key", key),
        "api_key_hint": hint(key),
        "api_key_at": timezone.now(),
        "last_ok_at": timezone.now(),
    }
    if not _change(workspace, version, values):
        return False
    connection.mended(workspace)
    return True


def forget(workspace: Workspace, version: int) -> bool:
    """Forget the key, if `version` is still the newest; the workspace uses the account's sign-in from now on."""
    return _change(workspace, version, {"api_key": "", "api_key_hint": "", "api_key_at": None})


def fits(key: str) -> bool:
    """Whether it can be sent at all."""
    return _FIT.fullmatch(key) is not None


def hint(key: str) -> str:
    """The last characters, for people; "" for one that is too short to show any of it."""
    return key[-_SHOWN:] if len(key) >= _SHORTEST_SHOWN else ""


def masked(link: Connection) -> str:
    """What people see of the stored key: "••••1a2b"; "" if there is none."""
    return f"{MASK}{link.api_key_hint}" if link.api_key else ""


def _change(workspace: Workspace, version: int, values: dict[str, object]) -> bool:
    rows = Connection.objects.filter(workspace=workspace, key_version=version)
    return bool(
        rows.update(**values, key_asked_at=None, key_version=F("key_version") + 1, generation=F("generation") + 1)
    )
