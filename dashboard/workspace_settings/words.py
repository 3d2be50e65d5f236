"""What is said when a key was not made or not taken, and what came of a test."""

from dashboard.accounts import keys
from dashboard.accounts.models import Connection
from dashboard.accounts.not_done import wait_words
from dashboard.accounts.secrets import SecretUnreadable
from dashboard.talkstack import (
    KeyRejected,
    ListPathUnknown,
    NotAllowed,
    RateLimited,
    Refused,
    TalkstackError,
    Unavailable,
)

LOST = (
    "Talkstack was asked for a new key, and no readable answer came. It may have made one: then the old key is dead, "
    "everywhere, and the new one cannot be seen any more."
)
AS_BEFORE = "No key was made, and the old one is what it was."
ENDED = (
    "Talkstack had ended the sign-in of the account, and it was renewed just now. No key was made, and the old one is what it "
    "was. Press the button once more."
)
OTHER_ACCOUNT = (
    "This key belongs to another Talkstack account, and another account is another workspace. Nothing was stored."
)
NOT_ACCEPTED = "Talkstack does not accept this key. Nothing was stored."


def sign_in_first(link: Connection) -> str:
    """Only a person's signing in helps."""
    return (
        f"This takes the sign-in of the account {link.account_email}, which Talkstack no longer accepts. Sign out and "
        f"sign in here once as {link.account_email}, then come back."
    )


def not_made(error: TalkstackError, link: Connection) -> str:
    """Why no key was made; certain that none was."""
    if isinstance(error, KeyRejected):
        unreadable = error.sentence == SecretUnreadable.sentence
        return error.sentence if unreadable else f"{sign_in_first(link)} {AS_BEFORE}"
    return f"{_why(error)} {AS_BEFORE}"


def not_tried(error: TalkstackError) -> str:
    """Why a pasted key could not be tried."""
    return f"{_why(error)} So the key could not be tried, and nothing was stored. Try again in a moment."


def test_failed(error: TalkstackError, link: Connection, masked: str) -> str:
    """What a test of the connection came to, when it did not work."""
    if isinstance(error, KeyRejected):
        if error.sentence == SecretUnreadable.sentence:
            return error.sentence
        if link.api_key:
            return f"Talkstack refused the API key {masked}. Generate a new one, paste one, or remove it and use the account."
        return (
            f"Talkstack no longer accepts the sign-in of the account {link.account_email}. Sign out and sign in here once "
            f"as {link.account_email}, or paste an API key."
        )
    if isinstance(error, ListPathUnknown):
        return "Talkstack answered and refused nothing, but its list of projects was not found at any known address."
    return f"{_why(error)} So this says nothing about the key or the sign-in."


def nothing_left(link: Connection) -> str:
    """Why the stored key stays."""
    return f"The key is still here: without it there would be nothing to connect with. {sign_in_first(link)}"


def ends(key: str) -> str:
    """How a key is recognised."""
    return f"The key ends in {keys.hint(key)}." if keys.hint(key) else ""


def _why(error: TalkstackError) -> str:
    match error:
        case RateLimited():
            return f"Talkstack is busy and asks to wait {wait_words(error.retry_after)}."
        case Unavailable():
            return error.cause
        case NotAllowed():
            return "Talkstack does not allow this."
        case Refused():
            return "Talkstack refused this."  # its own words might repeat a key
    return "Talkstack's answer could not be understood."
