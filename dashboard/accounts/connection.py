"""A workspace's connection: which servers it may speak to, and with what.

A bearer is renewed before it runs out, once, however many threads and processes want it: whoever wins a conditional
UPDATE makes the one request, with no transaction and no lock open meanwhile; the others read the row again for up to
three seconds. Secrets are opened here and nowhere else.
"""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from dashboard.talkstack import Budgets, Client, Credentials, KeyRejected, Servers, TalkstackError, Tokens, Unavailable

from . import facts
from .health import failed, heard, mended, worked
from .models import Connection, Workspace
from .secrets import SecretUnreadable, open_, seal

AGAIN = "The owner must sign in again: Talkstack no longer accepts the stored sign-in."
_RENEW_BEFORE = timedelta(seconds=60)
_LEASE = timedelta(seconds=20)
_WAIT_SECONDS = 3.0
_log = logging.getLogger(__name__)


def budgets() -> Budgets:
    """How long each kind of request may take, from the settings."""
    return Budgets(**settings.BUDGETS)


def servers(workspace: Workspace) -> Servers:
    """The servers of this workspace, and only those: the sandbox for practice, Talkstack for live.

    Raises Unavailable for a live workspace when no live server is set up: nothing of it goes anywhere else.
    """
    return servers_for(workspace.practice)


def servers_for(practice: bool) -> Servers:
    """The servers of practice workspaces, or of live ones; raises Unavailable if there are none."""
    api, calls, path = settings.SANDBOX_URL, settings.SANDBOX_URL, ""
    if not practice:
        api, calls = settings.TALKSTACK_API_URL, settings.TALKSTACK_CALLS_URL
        path = settings.TALKSTACK_LIST_PROJECTS_PATH
    if not api:
        raise Unavailable("No address of Talkstack is set up here, so nothing was sent.", sent=False)
    return Servers(api, calls, path or facts.get(api, facts.LIST_PATH))


def credentials(workspace: Workspace) -> tuple[Credentials, int]:
    """What to show Talkstack, and its generation: the API key if there is one, else a bearer good for a while.

    Renews the bearer when it is about to run out. Raises KeyRejected when only a person's signing in can help, and
    Unavailable when the bearer has run out and cannot be renewed just now.
    """
    link = _link(workspace)
    if link.api_key:
        return Credentials(api_key=_opened(workspace, "api_key", link.api_key)), link.generation
    return bearer_credentials(workspace)


def bearer_credentials(workspace: Workspace) -> tuple[Credentials, int]:
    """The same with a bearer, whatever API key there is: nothing else may ask for a new key (API contract, 2.1)."""
    link = _link(workspace)
    for _ in range(2):  # the first renewing may find that only the API key has changed meanwhile
        if not link.expires_at or link.expires_at - timezone.now() >= _RENEW_BEFORE:
            break
        generation = link.generation
        link = renew(workspace, generation)
        if link.generation == generation:
            break
    if not link.bearer:
        raise KeyRejected(AGAIN)
    return Credentials(bearer=_opened(workspace, "bearer", link.bearer)), link.generation


def can_sign_in(link: Connection) -> bool:
    """Whether the account's sign-in may still do, as far as is known here."""
    lasts = bool(link.bearer) and (link.expires_at is None or link.expires_at > timezone.now())
    return lasts or (bool(link.refresh) and not link.sign_in_needed)


def renew(workspace: Workspace, generation: int) -> Connection:
    """The connection with a bearer newer than `generation`; one caller asks Talkstack, the others wait for it.

    Raises KeyRejected when Talkstack refuses, Unavailable when it cannot be asked and the old bearer has run out.
    """
    until = time.monotonic() + _WAIT_SECONDS
    while True:
        link = _link(workspace, again=True)
        if link.generation != generation:
            return link
        if link.sign_in_needed or not link.refresh:
            return _old_or_raise(link, KeyRejected(AGAIN))
        if _take_lease(link):
            return _renew_now(workspace, link)
        if time.monotonic() > until:
            return _old_or_raise(link, Unavailable("Another page is renewing the sign-in at Talkstack.", sent=False))
        time.sleep(0.1)


def store(workspace: Workspace, tokens: Tokens, renewed: Connection | None = None) -> bool:
    """Keep new tokens, sealed, with the next generation.

    `renewed`: the connection whose refresh token was used up for them; False, and nothing kept, if it has another one by
    now, because somebody signed in. A new API key does not come in between.
    """
    rows = Connection.objects.filter(workspace=workspace)
    if renewed is not None:
        rows = rows.filter(Q(generation=renewed.generation) | Q(refresh=renewed.refresh))
    values = {
        "bearer": seal(workspace.pk, "bearer", tokens.token),
        "expires_at": tokens.expires_at,
        "generation": F("generation") + 1,
        "renewing_until": None,
        "sign_in_needed": False,
        "last_ok_at": timezone.now(),
    }
    if tokens.refresh_token:
        values["refresh"] = seal(workspace.pk, "refresh", tokens.refresh_token)
    stored = bool(rows.update(**values))
    if stored:
        mended(workspace, api_key="")  # with a key in use, tokens mend nothing
    return stored


def again(workspace: Workspace) -> Connection:
    """The workspace's connection, read afresh."""
    return _link(workspace, again=True)


def _opened(workspace: Workspace, field: str, sealed: str) -> str:
    """The secret as it is; raises KeyRejected when it cannot be opened."""
    try:
        return open_(workspace.pk, field, sealed)
    except SecretUnreadable as error:
        _log.error("connection of workspace %s: %s", workspace.pk, error)
        failed(workspace, SecretUnreadable.sentence)
        raise KeyRejected(SecretUnreadable.sentence) from error


def _link(workspace: Workspace, again: bool = False) -> Connection:
    """The workspace's connection, as it came with the workspace or read afresh."""
    if again:
        workspace.connection = Connection.objects.get(workspace=workspace)
    return workspace.connection


def _take_lease(link: Connection) -> bool:
    now = timezone.now()
    free = Connection.objects.filter(Q(renewing_until=None) | Q(renewing_until__lt=now))
    return bool(free.filter(pk=link.pk, generation=link.generation).update(renewing_until=now + _LEASE))


def _renew_now(workspace: Workspace, link: Connection) -> Connection:
    """The one request. Whatever comes of it, the lease is given back."""
    try:
        tokens = Client(servers(workspace), budgets=budgets()).auth.refresh(_opened(workspace, "refresh", link.refresh))
    except TalkstackError as error:
        refused = error.status in (400, 401, 403, 404)
        Connection.objects.filter(pk=link.pk).update(renewing_until=None, sign_in_needed=refused)
        failed(workspace, AGAIN if refused else error.cause)
        if refused:
            raise KeyRejected(AGAIN) from error
        return _old_or_raise(link, error)
    except BaseException:
        Connection.objects.filter(pk=link.pk).update(renewing_until=None)
        raise
    if not store(workspace, tokens, link):
        _log.warning("connection of workspace %s changed while it was being renewed", workspace.pk)
    return _link(workspace, again=True)


def _old_or_raise(link: Connection, error: TalkstackError) -> Connection:
    """The connection as it is while its bearer has not run out; else the error."""
    if link.bearer and link.expires_at and link.expires_at > timezone.now():
        return link
    raise error


__all__ = [
    "again", "bearer_credentials", "budgets", "can_sign_in", "credentials", "failed", "heard", "mended", "renew", "servers",
    "servers_for", "store", "worked",
]  # fmt: skip
