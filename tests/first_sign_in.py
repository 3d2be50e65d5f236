"""The owner's first sign-in, once in a process: later tests begin with the rows and the tokens that it left.

It goes through the sign-in page. Its clock stands still meanwhile, so that nothing it wrote is later than the tests' clock.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import time_machine
from django.apps import apps
from django.conf import UserSettingsHolder, settings
from django.db import transaction
from django.test import Client

from dashboard.sandbox import Sandbox


@dataclass
class Left:
    """What the sign-in left: rows by model, tokens at Talkstack, and the browser's cookies."""

    rows: dict[Any, list[Any]]
    tokens: dict[str, Any]
    cookies: Any


_left: list[Left] = []


def once(sandbox: Sandbox, moment: Any, sign_in: Callable[[], Client]) -> Client:
    """The owner's browser. Where a test began with something of its own, the sign-in is done anew."""
    if not _as_new(sandbox):
        return sign_in()
    if not _left:
        return _for_the_first_time(sandbox, moment, sign_in)
    with transaction.atomic():
        for model, rows in _left[0].rows.items():
            model._base_manager.bulk_create(rows)
    sandbox.store.tokens.update(_left[0].tokens)
    sandbox.store.touch()
    client = Client()
    client.cookies = copy.deepcopy(_left[0].cookies)
    return client


def _for_the_first_time(sandbox: Sandbox, moment: Any, sign_in: Callable[[], Client]) -> Client:
    before = _rows()
    with time_machine.travel(moment, tick=False):
        client = sign_in()
    if not before:  # else some of the rows are the test's own
        _left.append(Left(_rows(), dict(sandbox.store.tokens), copy.deepcopy(client.cookies)))
    return client


def _as_new(sandbox: Sandbox) -> bool:
    """Whether the sandbox, the settings and the database are as every test finds them."""
    from dashboard.accounts.models import User
    from dashboard.activity.models import Entry

    version = getattr(sandbox, "untouched", None)
    changed = (
        isinstance(settings._wrapped, UserSettingsHolder) or sandbox.faults.rules() or sandbox.store.version != version
    )
    return not changed and not User.objects.exists() and not Entry.objects.exists()


def _rows() -> dict[Any, list[Any]]:
    ours = [model for model in apps.get_models() if model._meta.managed and model.__module__.startswith("dashboard.")]
    return {model: rows for model in ours if (rows := list(model._base_manager.all()))}
