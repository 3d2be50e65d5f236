"""Whether a workspace's connection works: the last success, the last failure in words, and since when it is refused.

While it is refused every page says so. That it begins and that it ends is written down, each once.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from dashboard.activity import record

from .models import Connection, Workspace

_NOTE_EVERY = timedelta(minutes=1)


def worked(workspace: Workspace, generation: int = 0) -> None:
    """Note that Talkstack answered: at most one write a minute, unless the last thing heard was a failure.

    `generation` is that of the credentials it answered to, 0 where it is not known.
    """
    link, now = workspace.connection, timezone.now()
    if link.failing or link.last_ok_at is None or now - link.last_ok_at >= _NOTE_EVERY:
        Connection.objects.filter(pk=link.pk).update(last_ok_at=now)
        link.last_ok_at = now
    if link.refused_at:
        mended(workspace, **_of(generation))
    if link.sign_in_needed and not link.api_key:
        # The renewal was refused and the bearer works: it is tried again when the bearer is about to run out.
        Connection.objects.filter(pk=link.pk, api_key="", **_of(generation)).update(sign_in_needed=False)
        link.sign_in_needed = False


def heard(workspace: Workspace) -> None:
    """Talkstack answered just now, and somebody looks: write it down whatever was written a moment ago."""
    link = workspace.connection
    link.last_ok_at = timezone.now()
    Connection.objects.filter(pk=link.pk).update(last_ok_at=link.last_ok_at)


def failed(workspace: Workspace, words: str, *, refused: bool = False, generation: int = 0) -> None:
    """Note a failure, in words: at most one write a minute for the same words.

    `refused`: what we show was not accepted, which every page says until it is. `generation` as for `worked`.
    """
    link, now = workspace.connection, timezone.now()
    if refused and link.refused_at is None:
        _begin_refused(workspace, now, generation)
    said = link.failing and link.last_failure == words[:300]
    if said and link.last_failure_at and now - link.last_failure_at < _NOTE_EVERY:
        return
    Connection.objects.filter(pk=link.pk).update(last_failure_at=now, last_failure=words[:300])
    link.last_failure_at, link.last_failure = now, words[:300]


def mended(workspace: Workspace, **only: Any) -> None:
    """What we show is no longer refused: pages stop saying so, once, with a record. `only`: if the connection is so."""
    link = workspace.connection
    with transaction.atomic():
        if not Connection.objects.filter(pk=link.pk, refused_at__isnull=False, **only).update(refused_at=None):
            return
        record.note(
            workspace=workspace, user=None, verb="connection.works", kind="connection", thing_name=link.account_email
        )
    link.refused_at = None


def _begin_refused(workspace: Workspace, now: datetime, generation: int) -> None:
    """The first moment stays; a late answer to credentials that were replaced meanwhile says nothing about the new ones."""
    link = workspace.connection
    with transaction.atomic():
        if Connection.objects.filter(pk=link.pk, refused_at=None, **_of(generation)).update(refused_at=now):
            link.refused_at = now
            record.note(
                workspace=workspace, user=None, verb="connection.refused", kind="connection",
                thing_name=link.account_email,
            )  # fmt: skip


def _of(generation: int) -> dict[str, int]:
    return {"generation": generation} if generation else {}
