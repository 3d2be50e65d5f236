"""Keeping secrets: sealed with the first of ENCRYPTION_KEYS, opened with any of them, bound to where they belong.

A sealed text copied into another workspace's row, or into another field, does not open.
"""

import hmac
import json
import secrets as chance
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SecretUnreadable(Exception):
    """A stored secret does not open: another key sealed it, it was moved here from elsewhere, or it is damaged."""

    sentence = (
        "A stored secret cannot be read: it was sealed with a key that is not among ENCRYPTION_KEYS, or it belongs "
        "elsewhere. Nothing was changed. Put the right key back, or let the owner sign in again."
    )

    def __init__(self, field: str) -> None:
        super().__init__(f"The stored {field} cannot be opened.")
        self.field = field


def seal(workspace_id: int, field: str, text: str) -> str:
    """`text` sealed for this workspace and field; "" stays "" (there is nothing to keep)."""
    if not text:
        return ""
    bound = json.dumps([workspace_id, field, text])
    return _box(tuple(settings.ENCRYPTION_KEYS)).encrypt(bound.encode()).decode()


def open_(workspace_id: int, field: str, sealed: str) -> str:
    """What was sealed for this workspace and field; raises SecretUnreadable if it was not, or by another key."""
    if not sealed:
        return ""
    try:
        bound = json.loads(_box(tuple(settings.ENCRYPTION_KEYS)).decrypt(sealed.encode()))
    except (InvalidToken, ValueError) as error:
        raise SecretUnreadable(field) from error
    if not isinstance(bound, list) or len(bound) != 3 or bound[:2] != [workspace_id, field]:
        raise SecretUnreadable(field)
    return str(bound[2])


def resealed(workspace_id: int, field: str, sealed: str) -> str | None:
    """The same secret sealed with the first of ENCRYPTION_KEYS; None if it is so already. Raises SecretUnreadable."""
    if not sealed:
        return None
    try:
        _box((settings.ENCRYPTION_KEYS[0],)).decrypt(sealed.encode())
    except InvalidToken:
        return seal(workspace_id, field, open_(workspace_id, field, sealed))
    return None


def fingerprint(workspace: Any, text: str) -> str:
    """What `text` is recognised by without being kept: nobody can guess it back without ENCRYPTION_KEYS. 64 hex digits.

    Takes a Workspace; makes its pepper at the first use.
    """
    if not workspace.pepper:
        mine = seal(workspace.pk, "pepper", chance.token_urlsafe(32))
        type(workspace).objects.filter(pk=workspace.pk, pepper="").update(pepper=mine)
        workspace.refresh_from_db(fields=["pepper"])
    pepper = open_(workspace.pk, "pepper", workspace.pepper)
    return hmac.new(pepper.encode(), text.encode(), "sha256").hexdigest()


@lru_cache(maxsize=4)
def _box(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])
