"""Entries to look at."""

from typing import Any

import pytest

from dashboard.accounts.models import User
from dashboard.activity import record
from dashboard.activity.models import Entry

PAGE = "/w/oak-care/activity/"


def done(workspace: Any, verb: str, kind: str, **what: Any) -> Entry:
    """Something that was asked for and done; `result` and `words` say what came of it, `user` is an e-mail address."""
    result, words, made = what.pop("result", "done"), what.pop("words", ""), what.pop("made", "")
    user = User.objects.filter(email=what.pop("user", "owner@oakcare.example")).first()
    entry = record.asking(workspace=workspace, user=user, verb=verb, kind=kind, **what)
    if result:
        record.outcome(entry, result, words, thing_id=made or None)
    return entry


@pytest.fixture
def elsewhere(stranger: Any) -> Any:
    """The stranger's workspace."""
    from dashboard.accounts.models import Workspace

    return Workspace.objects.get(slug="elsewhere")


def fill(workspace: Any, many: int) -> None:
    """So many entries, a second apart, made at once; each with its outcome."""
    from datetime import timedelta

    from django.utils import timezone

    from dashboard.activity.models import Outcome

    now = timezone.now()
    kinds = ("project", "agent", "number", "call")
    Entry.objects.bulk_create(
        [
            Entry(
                workspace=workspace, verb=f"{kinds[n % 4]}.{'place' if n % 4 == 3 else 'update'}", kind=kinds[n % 4],
                thing_id=f"t{n % 50}", thing_name=f"Thing {n}", user_email=f"p{n % 5}@oakcare.example",
                asked_at=now - timedelta(seconds=n), before={"name": "a"}, after={"name": f"b{n}"},
            )
            for n in range(many)
        ],
        batch_size=2000,
    )  # fmt: skip
    listed = Entry.objects.filter(workspace=workspace, thing_name__startswith="Thing ", outcome=None).values_list(
        "pk", flat=True
    )
    Outcome.objects.bulk_create([Outcome(entry_id=pk, result="done") for pk in listed], batch_size=2000)
