"""A new Talkstack account: signing up, verifying the e-mail address, asking for another code (API contract, 1.1 to 1.3)."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from dashboard.talkstack import (
    AuthRefused,
    Client,
    Login,
    Refused,
    SignUp,
    SignUpStatus,
    TalkstackError,
    UnknownAccount,
)

from . import connection, not_done, opening, signing
from .models import Connection, User, Way, tidy_email
from .not_done import NotDone
from .sayings import SIGN_IN, SIGNING_UP, VERIFY, VERIFYING, Saying

UNKNOWN_SIGN_UP = Saying(
    "This was sent to Talkstack, but no readable answer came back: your account may have been made, or not. If a code arrives "
    "by mail, enter it; if none does, create the account again, and Talkstack will say if it is there.",
    steps=(VERIFY,),
)
UNKNOWN_VERIFY = Saying(
    "This was sent to Talkstack, but no readable answer came back: your address may be verified, or not. Send the code again, "
    "and Talkstack will say if it is.",
    steps=(SIGN_IN,),
)
UNKNOWN_RESEND = Saying(
    "This was sent to Talkstack, but no readable answer came back: another code may be on its way, or not. Look at your mail."
)
REFUSED_SIGN_UP = Saying("Talkstack did not make this account.")
REFUSED_VERIFY = Saying("Talkstack did not verify this address.")
REFUSED_RESEND = Saying(
    "Talkstack sent no code. If this address is verified already, you can sign in.", steps=(SIGN_IN,)
)


def sign_up(email: str, password: str, name: str) -> User | None:
    """Make an account at Talkstack; None: its code comes next. A person: Talkstack let them in at once. Raises NotDone."""
    practice, known = signing.practice_here(), User.objects.filter(email=tidy_email(email)).first()
    if known is not None and (known.way == Way.LOCAL or not known.is_active or (practice and not known.practice)):
        raise NotDone(SIGNING_UP[SignUpStatus.ACCOUNT_ALREADY_EXISTS])
    with not_done.recorded("account.sign_up", tidy_email(email)):
        try:
            answer = _client().auth.signup(email, password, name)
        except TalkstackError as error:
            raise _sign_up_refused(error, password) from error
    return None if known else _let_in(tidy_email(email), answer, practice)


def verify(email: str, code: str) -> None:
    """Tell Talkstack the code from the mail. Raises NotDone."""
    with not_done.recorded("account.verify", tidy_email(email)):
        try:
            _client().auth.verify_email(email, code)
        except TalkstackError as error:
            raise _by_status(error, VERIFYING) or not_done.of(error, UNKNOWN_VERIFY, REFUSED_VERIFY, code) from error


def resend(email: str) -> None:
    """Ask Talkstack for another code. Raises NotDone."""
    with not_done.recorded("account.resend", tidy_email(email)):
        try:
            _client().auth.resend_code(email)
        except UnknownAccount as error:
            raise (_by_status(error, VERIFYING) or NotDone(REFUSED_RESEND)) from error
        except TalkstackError as error:
            raise not_done.of(error, UNKNOWN_RESEND, REFUSED_RESEND) from error


def too_soon(seconds: int) -> NotDone:
    """A code was sent a moment ago: Talkstack is not asked for another one yet."""
    words = f"A code was sent a moment ago. You can ask for another one in {not_done.wait_words(seconds)}."
    return NotDone(Saying(words), 429, "not_sent", retry_after=seconds)


def _client() -> Client:
    return Client(connection.servers_for(signing.practice_here()), budgets=connection.budgets())


def _by_status(error: TalkstackError, sayings: Mapping[Any, Saying]) -> NotDone | None:
    saying = sayings.get(error.status_member) if isinstance(error, AuthRefused) else None
    return NotDone(saying) if saying else None


def _sign_up_refused(error: TalkstackError, password: str) -> NotDone:
    """What Talkstack's no means; it has no member for a password that it does not like, only words."""
    found = _by_status(error, SIGNING_UP)
    said = not_done.words_of(error, password) if isinstance(error, Refused) else ""
    if found and found.saying != SIGNING_UP[SignUpStatus.SIGNUP_FAILED]:
        return found
    failed = found or not_done.of(error, UNKNOWN_SIGN_UP, REFUSED_SIGN_UP, password)
    if isinstance(error, Refused) and "password" in said.lower():
        return NotDone(Saying(failed.saying.words, "password"), said=said)
    failed.said = said
    return failed


def _let_in(email: str, answer: SignUp, practice: bool) -> User | None:
    """The person, if Talkstack gave tokens at once and nothing here hangs on an address that nobody has proven yet."""
    if answer.tokens is None or settings.OPEN_WORKSPACES == "listed":
        return None
    if Connection.objects.filter(account_email=email).exists():
        return None
    login = Login(answer.tokens, email, answer.name, active_project="", status=None, raw=answer.raw)
    try:
        user = signing.person(email, login, practice)
    except signing.SignInRefused:
        return None
    opening.open_for(user, login, practice)
    return user
