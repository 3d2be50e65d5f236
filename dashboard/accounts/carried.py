"""What goes along from one account page to the next, in the session and never in an address: the e-mail address, when
another code may be asked for, and the token of a reset link (sealed)."""

import time
from typing import Any

from .models import tidy_email
from .secrets import SecretUnreadable, open_, seal

CODE_WAIT_SECONDS = 60
LONGEST_TOKEN = 2000
_EMAIL, _AGAIN, _TOKEN, _RESET = "account_email", "account_code_again", "account_link", "account_reset"
_GO_ON = "account_go_on"
_TOKEN_SECONDS = 3600
_NOBODY = 0


def remember(request: Any, email: str) -> None:
    """The address that this is about."""
    request.session[_EMAIL] = email


def email(request: Any) -> str:
    """The address that was typed last, "" if none was."""
    return str(request.session.get(_EMAIL, ""))


def code_sent(request: Any, address: str, seconds: int = CODE_WAIT_SECONDS) -> None:
    """Another code for this address may be asked for in so many seconds."""
    request.session[_AGAIN] = [tidy_email(address), time.time() + seconds]


def code_wait(request: Any, address: str) -> int:
    """Seconds until another code may be asked for; 0 when it may be now."""
    for_address, at = request.session.get(_AGAIN, ["", 0.0])
    return max(0, round(at - time.time())) if for_address == tidy_email(address) else 0


def keep_token(request: Any, token: str) -> None:
    """Keep the token of a link for an hour, sealed; one that is too long to be one is not kept."""
    if 0 < len(token) <= LONGEST_TOKEN:
        request.session[_TOKEN] = [seal(_NOBODY, _TOKEN, token), time.time()]


def token(request: Any) -> str:
    """The token that came with a link, "" if none did."""
    sealed, at = request.session.get(_TOKEN, ["", 0.0])
    if not 0 <= time.time() - at < _TOKEN_SECONDS:
        return ""
    try:
        return open_(_NOBODY, _TOKEN, sealed)
    except SecretUnreadable:
        return ""


def drop_token(request: Any) -> None:
    """The token was used."""
    request.session.pop(_TOKEN, None)


def go_on(request: Any, path: str) -> None:
    """Whoever signs in here next is led to this path of ours, whatever comes between: an account to be made, a code."""
    request.session[_GO_ON] = [path, time.time()]


def goes_on(request: Any) -> str:
    """Where somebody who signs in here wants to go, "" if nothing was left within the last hour."""
    path, at = request.session.get(_GO_ON, ["", 0.0])
    return str(path) if 0 <= time.time() - at < _TOKEN_SECONDS else ""


def password_was_reset(request: Any) -> None:
    """Somebody set a new password in this browser at Talkstack, which does not say whose it is."""
    request.session[_RESET] = True


def take_reset(request: Any) -> bool:
    """Whether that happened here since the last sign-in."""
    return bool(request.session.pop(_RESET, False))
