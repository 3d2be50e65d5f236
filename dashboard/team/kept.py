"""What waits in a session, sealed: the token of an invitation that was opened here, and a link that one page shows once."""

import json
import time
from typing import Any

from dashboard.accounts.models import Workspace
from dashboard.accounts.secrets import SecretUnreadable, open_, seal

LONGEST_TOKEN = 200
TOKEN_SECONDS = 3600
ONCE_SECONDS = 600
_TOKEN, _ONCE = "invitation_link", "team_link"
_NOBODY = 0


def keep_token(request: Any, token: str) -> None:
    """Keep the token of an invitation for an hour; one that is too long to be one is not kept, nor an older one then."""
    drop_token(request)
    if 0 < len(token) <= LONGEST_TOKEN:
        request.session[_TOKEN] = [seal(_NOBODY, _TOKEN, token), time.time()]


def token(request: Any) -> str:
    """The token that came with a link, "" if none did."""
    sealed, at = request.session.get(_TOKEN, ["", 0.0])
    return _opened(_NOBODY, _TOKEN, sealed) if 0 <= time.time() - at < TOKEN_SECONDS else ""


def drop_token(request: Any) -> None:
    """The invitation was used."""
    request.session.pop(_TOKEN, None)


def show_once(request: Any, workspace: Workspace, **what: Any) -> None:
    """Let the next page of this workspace's team show this, and none after it."""
    request.session[_ONCE] = [workspace.pk, seal(workspace.pk, _ONCE, json.dumps(what)), time.time()]


def take_once(request: Any, workspace: Workspace) -> dict[str, Any] | None:
    """What there is to show once; afterwards it is gone. A HEAD request shows nothing, so it takes nothing."""
    of, sealed, at = request.session.get(_ONCE, [0, "", 0.0])
    if request.method != "GET" or of != workspace.pk:
        return None
    del request.session[_ONCE]
    text = _opened(workspace.pk, _ONCE, sealed) if time.time() - at < ONCE_SECONDS else ""
    found: dict[str, Any] | None = json.loads(text) if text else None
    return found


def _opened(owner: int, field: str, sealed: str) -> str:
    try:
        return open_(owner, field, sealed)
    except SecretUnreadable:
        return ""
