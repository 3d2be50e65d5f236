"""Passwords: forgotten, set anew with a link, and changed (API contract, 1.6 to 1.8); a local person's all here."""

from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.crypto import get_random_string

from dashboard.activity import record
from dashboard.talkstack import (
    AuthRefused,
    Client,
    Credentials,
    LoginStatus,
    NotFound,
    OutcomeUnknown,
    Refused,
    TalkstackError,
    UnknownAccount,
    WrongPassword,
)

from . import connection, local_reset, mail, not_done, opening, sessions, signing
from .models import Connection, User, Way, tidy_email
from .not_done import NotDone
from .sayings import FORGOT, SIGNING_IN, Saying

WRONG_OLD = Saying("This is not the password you have now. Nothing was changed.", "old_password")
NO_ACCOUNT = Saying(
    "Talkstack does not let your account in any more, so nothing was changed. Look at Talkstack itself."
)
LINK_OVER = Saying(
    "This link is no longer good: it was used already, is older than an hour, or is not complete. Nothing was changed: ask "
    "for another one.",
    steps=(FORGOT,),
)
UNKNOWN_FORGOT = Saying(
    "This was sent to Talkstack, but no readable answer came back: a mail may be on its way, or not. Look at your mail in a few "
    "minutes before you ask again."
)
UNKNOWN_RESET = Saying(
    "This was sent to Talkstack, but no readable answer came back: your new password may be set, or not. Try to sign in with it; "
    "if that does not work, ask for another link.",
    steps=("accounts:sign_in", FORGOT),
)
UNKNOWN_CHANGE = Saying(
    "This was sent to Talkstack, but no readable answer came back: your password may be the new one now, or still the old one. "
    "At your next sign-in try the new one first."
)
REFUSED_NEW = Saying("Talkstack did not take this password. Nothing was changed.", "new_password")


def forgot(email: str) -> None:
    """Ask for a link. Whether there is such an account is never told. Raises NotDone only for what concerns everybody."""
    known = User.objects.filter(email=tidy_email(email)).first()
    with not_done.recorded("account.forgot", tidy_email(email), known):
        local = known if known is not None and known.way == Way.LOCAL and known.is_active else None
        asked = f"{get_random_string(12).lower()}@nobody.invalid" if local else email  # in the same time, about nobody
        try:
            _client().auth.forgot_password(asked)
        except (Refused, NotFound):
            pass
        except TalkstackError as error:
            raise not_done.of(error, UNKNOWN_FORGOT, REFUSED_NEW) from error
        if local is not None:  # where no mail is set up an admin hands the link over
            mail.send(
                local.email, "Set a new password", "accounts/mail_reset.txt", {"link": local_reset.make_link(local)}
            )


def reset(token: str, new: str) -> User | None:
    """Set a new password with the token of a link: the local person whose it is, None for Talkstack's. Raises NotDone."""
    if local_reset.is_ours(token):
        return _reset_here(token, new)
    with not_done.recorded("account.reset", ""):
        try:
            _client().auth.reset_password(token, new)
        except Refused as error:
            said = not_done.words_of(error, token, new)
            about_password = "password" in said.lower() and "token" not in said.lower()
            raise (NotDone(REFUSED_NEW, said=said) if about_password else NotDone(LINK_OVER)) from error
        except TalkstackError as error:
            raise not_done.of(error, UNKNOWN_RESET, REFUSED_NEW) from error
    return None


def change(user: User, old: str, new: str, session_key: str) -> None:
    """Change a signed-in person's password where it is checked; their other sessions end. Raises NotDone."""
    if user.way == Way.LOCAL:
        _change_here(user, old, new, session_key)
    else:
        _change_at_talkstack(user, old, new)
        sessions.end_others(user, session_key)


def _reset_here(token: str, new: str) -> User:
    user = local_reset.check(token)
    if user is None:
        raise NotDone(LINK_OVER)
    _check_new(user, new)
    with transaction.atomic():
        _replace(user, new, "account.reset", LINK_OVER)
        sessions.end_all(user)
    return user


def _change_here(user: User, old: str, new: str, session_key: str) -> None:
    if not check_password(old, user.password):
        with not_done.recorded("account.password", user.email, user):
            raise NotDone(WRONG_OLD)
    _check_new(user, new)
    with transaction.atomic():
        _replace(user, new, "account.password", WRONG_OLD)
        sessions.end_others(user, session_key)


def _check_new(user: User, new: str) -> None:
    try:
        validate_password(new, user)
    except ValidationError as error:
        raise NotDone(Saying(" ".join(error.messages), "new_password")) from error
    if check_password(new, user.password):
        raise NotDone(Saying("This is the password you have already. Think of another one.", "new_password"))


def _replace(user: User, new: str, verb: str, lost: Saying) -> None:
    """Store the new password, if the one it replaces is still there: of two at once the first one wins."""
    hashed = make_password(new)
    if not User.objects.filter(pk=user.pk, password=user.password).update(password=hashed):
        raise NotDone(lost)
    user.password = hashed
    record.note(
        workspace=None, user=user, verb=verb, kind="person", thing_id=str(user.pk), thing_name=user.email
    )  # fmt: skip


def _change_at_talkstack(user: User, old: str, new: str) -> None:
    """With a bearer of the person's own, got with the old password for this one request: 1.6 needs one."""
    with not_done.recorded("account.password", user.email, user):
        bearer = _bearer(user, old)
        try:
            _client(user.practice, bearer).auth.change_password(old, new)
        except WrongPassword as error:
            raise NotDone(WRONG_OLD) from error
        except OutcomeUnknown as error:
            if not _fits(user, new):
                raise not_done.of(error, UNKNOWN_CHANGE, REFUSED_NEW) from error
        except TalkstackError as error:
            raise not_done.of(error, UNKNOWN_CHANGE, REFUSED_NEW, old, new) from error
    _renew(user, new)


def _bearer(user: User, old: str) -> str:
    try:
        return _client(user.practice).auth.login(user.email, old).tokens.token
    except WrongPassword as error:
        raise NotDone(WRONG_OLD) from error
    except AuthRefused as error:
        member = error.status_member
        known = isinstance(member, LoginStatus) and not isinstance(error, UnknownAccount)
        raise NotDone(SIGNING_IN[LoginStatus(member)] if known and member is not None else NO_ACCOUNT) from error
    except TalkstackError as error:
        raise not_done.of(error, UNKNOWN_CHANGE, WRONG_OLD) from error


def _fits(user: User, password: str) -> bool:
    """Whether Talkstack signs this person in with this password: settles what a lost answer left open."""
    try:
        return bool(_client(user.practice).auth.login(user.email, password).tokens.token)
    except TalkstackError:
        return False


def _renew(user: User, new: str) -> None:
    """New tokens for the workspaces of this account: whether the old ones outlive a change is not documented."""
    if not Connection.objects.filter(account_email=user.email, workspace__practice=user.practice).exists():
        return
    try:
        tokens = _client(user.practice).auth.login(user.email, new).tokens
    except TalkstackError:
        return  # the connection says so by itself when its tokens have ended
    opening.keep_tokens(user.email, user.practice, tokens, user)


def _client(practice: bool | None = None, bearer: str = "") -> Client:
    servers = connection.servers_for(signing.practice_here() if practice is None else practice)
    return Client(servers, Credentials(bearer=bearer), connection.budgets())
