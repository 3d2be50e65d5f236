"""A new API key, asked for once; and forgetting the one that is stored."""

import logging
from dataclasses import dataclass, field

from django.db import DatabaseError, transaction

from dashboard.accounts import connection, keys
from dashboard.accounts.models import User, Workspace
from dashboard.accounts.upstream import result_of
from dashboard.activity import record
from dashboard.activity.models import Entry
from dashboard.talkstack import Client, ContractBroken, KeyRejected, OutcomeUnknown, TalkstackError, Unavailable
from dashboard.web import problems
from dashboard.web.logs import request_id
from dashboard.workspace_settings import words

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NewKey:
    """A key that Talkstack made just now, to be shown once. `kept`: this workspace uses it from now on."""

    text: str = field(repr=False)
    kept: bool = True


class NotMade(Exception):
    """There is no key to show. `lost`: one may have been made all the same; else it is certain that none was."""

    def __init__(self, said: str, status: int, lost: bool = False) -> None:
        super().__init__(said)
        self.words = said
        self.status = status
        self.lost = lost


class NothingLeft(Exception):
    """Without the key there would be nothing to connect with. The key is still here."""


def generate(workspace: Workspace, actor: User, version: int) -> NewKey:
    """A new API key, asked for once; the one before is dead from then on. `version` is the one that the page showed.

    Raises keys.NotNow (nothing was sent) and NotMade.
    """
    with transaction.atomic(durable=True):
        version = keys.begin(workspace, version)
        entry = record.asking(
            workspace=workspace, user=actor, verb="key.generate", kind="connection",
            thing_name=workspace.connection.account_email,
        )  # fmt: skip
    sent = False
    try:
        credentials, generation = connection.bearer_credentials(workspace)
        client = Client(connection.servers(workspace), credentials, connection.budgets(), request_id.get())
        sent = True
        key = client.user.generate_api_key()
        if not keys.fits(key):
            raise OutcomeUnknown(detail="a key that no header can hold")
    except TalkstackError as error:
        again = sent and isinstance(error, KeyRejected) and _renewed(workspace, generation)
        raise _not_made(workspace, entry, version, error, sent, again) from None
    except BaseException:
        if not sent:
            _settle(workspace, version)
        _outcome(entry, "failed", words.LOST if sent else words.AS_BEFORE)
        raise
    return NewKey(key, _kept(workspace, entry, version, key))


def remove(workspace: Workspace, actor: User) -> None:
    """Forget the stored key; the account's sign-in is used from then on. Raises NothingLeft and keys.NotNow."""
    link = workspace.connection
    if keys.under_way(workspace):
        raise keys.UnderWay
    if not connection.can_sign_in(link):
        raise NothingLeft
    with transaction.atomic():
        if not keys.forget(workspace, link.key_version):
            raise keys.TooOld
        record.note(
            workspace=workspace, user=actor, verb="key.remove", kind="connection", thing_name=link.account_email
        )
    connection.again(workspace)


def _kept(workspace: Workspace, entry: Entry, version: int, key: str) -> bool:
    """Whether the new key could be stored. It is shown in any case: nobody will ever see it again."""
    try:
        with transaction.atomic():
            kept = keys.keep(workspace, version, key)
            record.outcome(entry, "done", words.ends(key) if kept else f"{words.ends(key)} It was not stored here.")
    except DatabaseError:
        _log.exception("a new key of workspace %s could not be stored", workspace.pk)
        return False
    connection.again(workspace)
    return kept


def _not_made(
    workspace: Workspace, entry: Entry, version: int, error: TalkstackError, sent: bool, again: bool
) -> NotMade:
    """What is certain after an error, and what is not: written down, and in words."""
    _log.warning("generating a key: %s %s %s", type(error).__name__, error.route, error.status)
    if sent and (isinstance(error, OutcomeUnknown | ContractBroken) or (isinstance(error, Unavailable) and error.sent)):
        _outcome(entry, "unknown", words.LOST)
        return NotMade(words.LOST, 502, lost=True)
    said = words.ENDED if again else words.not_made(error, workspace.connection)
    _settle(workspace, version)
    _outcome(entry, result_of(error) if sent else "not_sent", said)
    return NotMade(said, problems.of_upstream(error).status)


def _settle(workspace: Workspace, version: int) -> None:
    try:
        keys.settle(workspace, version)
    except DatabaseError:
        _log.exception("workspace %s may go on saying that a key was lost", workspace.pk)


def _renewed(workspace: Workspace, generation: int) -> bool:
    """Whether a refused bearer was replaced, for the next try: this one is not sent again by itself."""
    try:
        return connection.renew(workspace, generation).generation != generation
    except TalkstackError:
        return False


def _outcome(entry: Entry, result: str, said: str) -> None:
    """What came of it stands, whatever the database says now."""
    try:
        record.outcome(entry, result, said)
    except DatabaseError:
        _log.exception("outcome %s of entry %s could not be written", result, entry.pk)
