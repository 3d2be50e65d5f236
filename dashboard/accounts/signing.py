"""Signing in: who somebody is, found out by their one way in.

A local person's password is checked here and never sent anywhere. Everybody else's goes to /auth/login of Talkstack,
or of the sandbox where no Talkstack is set up (API contract, 1.4). What the sandbox says never signs in a person whom
Talkstack knows, and what either says never signs in a local one.
"""

import functools
import logging
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth import login as django_login
from django.contrib.auth.hashers import check_password, make_password
from django.utils.crypto import get_random_string

from dashboard.activity import record
from dashboard.talkstack import (
    AuthRefused,
    Client,
    KeyRejected,
    Login,
    LoginStatus,
    NotFound,
    RateLimited,
    Refused,
    TalkstackError,
)

from . import carried, connection, last_session, lockout, noted, opening, second_factor, sessions, tries
from .models import User, Way, tidy_email
from .not_done import wait_words
from .sayings import NOT_VERIFIED, SIGNING_IN, WRONG, WRONG_PASSWORD

AWAY = (
    "Talkstack cannot be reached, so sign-ins cannot be checked there now. If your account was made here, the e-mail address "
    "or the password is not right. Nothing was changed: try again."
)
AWAY_PROOF = (
    "Talkstack cannot be reached, so your password cannot be checked now. Nothing was done: try again in a moment."
)
STILL_AWAY = (
    "Talkstack still cannot be reached, and there were many tries meanwhile. Your password was not checked: "
    "try again in {wait}. It is checked as soon as Talkstack answers."
)
TOO_OFTEN = "There were too many wrong passwords from here. Wait {wait}, then try again."
BUSY = "Talkstack asks to wait before signing in again. Try again in {wait}."
_WAITING = "waits_for_code"
_CODE_SECONDS = 600
_log = logging.getLogger(__name__)


class SignInRefused(Exception):
    """It did not work. `words` is for the person, `status` for the answer (422, 429 or 503), `steps` name pages that help."""

    def __init__(
        self,
        words: str,
        status: int = 422,
        user: User | None = None,
        steps: tuple[str, ...] = (),
        retry_after: int | None = None,
    ) -> None:
        super().__init__(words)
        self.words = words
        self.status = status
        self.user = user
        self.steps = steps
        self.retry_after = retry_after


def practice_here() -> bool:
    """Whether Talkstack sign-ins go to the sandbox: there is no live server."""
    return not settings.TALKSTACK_API_URL


def try_to_sign_in(request: Any, email: str, password: str) -> User:
    """`authenticate`, unless there were too many failures from here lately; each failure is counted. Raises SignInRefused."""
    check = functools.partial(authenticate, email, password, may_open=not carried.goes_on(request))
    return _counted(request, email, practice_here(), check)


def prove(request: Any, password: str) -> None:
    """Whether the person of this request is who they are: their password, checked where it always is. Raises SignInRefused."""
    user = request.user
    _counted(request, user.email, user.practice, functools.partial(_same_person, user, password))


def _counted(request: Any, email: str, practice: bool, check: Callable[[], User]) -> User:
    if wait := lockout.seconds_to_wait(request, email):
        known = User.objects.filter(email=tidy_email(email)).first()
        raise SignInRefused(TOO_OFTEN.format(wait=wait_words(wait)), 429, known, retry_after=wait)
    wait = lockout.seconds_while_away(request, email)
    if wait and not _talkstack_answers(practice):
        raise SignInRefused(STILL_AWAY.format(wait=wait_words(wait)), 429, retry_after=wait)
    try:
        user = check()
    except SignInRefused as refused:
        if refused.status != 422 and not wait:
            lockout.unchecked(request, email)
        elif not refused.steps:  # a failure that is not counted could be tried for ever
            lockout.failed(request, email)
        raise
    lockout.succeeded(request, email)
    return user


def _same_person(user: User, password: str) -> User:
    if user.way == Way.LOCAL:
        if check_password(password, user.password):
            return user
        raise SignInRefused(WRONG_PASSWORD, user=user)
    try:
        answer = _ask(user.email, password, user.practice, user)
    except SignInRefused as refused:
        words = {AWAY: AWAY_PROOF, WRONG: WRONG_PASSWORD}.get(refused.words, refused.words)
        raise SignInRefused(words, refused.status, user) from refused
    opening.keep_tokens(user.email, user.practice, answer.tokens, user)
    return user


def authenticate(email: str, password: str, may_open: bool = True) -> User:
    """The person with this e-mail address and password; raises SignInRefused.

    A person's first sign-in through Talkstack makes them known here and may open a workspace (`may_open`: unless they are
    on their way into somebody else's); each later one renews the tokens of the workspaces their account is connected to.
    """
    user = User.objects.filter(email=tidy_email(email)).first()
    if user is not None and user.way == Way.LOCAL:
        if check_password(password, user.password) and user.is_active:
            return user
        _ask_about_nobody(user)
        raise SignInRefused(WRONG, user=user)
    make_password(password)  # the same work as for a local person, so that the time does not tell who is one
    return talkstack_person(email, password, practice=practice_here(), known=user, may_open=may_open)


def talkstack_person(
    email: str, password: str, *, practice: bool, known: User | None = None, may_open: bool = True
) -> User:
    """The person whom Talkstack (or the sandbox, for practice) says this is; raises SignInRefused."""
    if known is not None and (known.way == Way.LOCAL or not known.is_active or (practice and not known.practice)):
        _ask_about_nobody(known)
        raise SignInRefused(WRONG, user=known)
    answer = _ask(email.strip(), password, practice, known)
    user = person(tidy_email(email), answer, practice)
    if not opening.keep_tokens(user.email, practice, answer.tokens, user) and may_open:
        opening.open_for(user, answer, practice)
    return user


def wait_for_code(request: Any, user: User, zone: str = "", next_path: str = "") -> None:
    """The password was right and a second factor is asked for: who it is waits in the session, which is nobody's yet."""
    request.session.cycle_key()
    request.session[_WAITING] = {"user": user.pk, "at": time.time(), "zone": zone, "next": next_path}


def waits_for_code(request: Any) -> dict[str, Any] | None:
    """Who gave their password in this browser within the last ten minutes, and how they want to go on; None if nobody."""
    found = request.session.get(_WAITING)
    if not found or not 0 <= time.time() - found["at"] < _CODE_SECONDS:
        return None
    user = User.objects.filter(pk=found["user"], is_active=True).first()
    return {**found, "user": user} if user else None


def begin(request: Any, user: User, zone: str = "", factor: str = "") -> None:
    """Sign `user` in: a new session id, with where from and with what in its row.

    `factor`: the kind of second one that they gave ("app" or "recovery"), "" for none.
    """
    if request.user.is_authenticated:
        request.session.cycle_key()  # Django keeps the id when the same person signs in once more
    was_reset = carried.take_reset(request)
    same, secret = last_session.person(request) == user, request.META.get("CSRF_COOKIE", "")
    django_login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[sessions.ADDRESS] = request.META.get("REMOTE_ADDR", "")
    request.session[sessions.AGENT] = request.headers.get("User-Agent", "")[:300]
    request.session.pop(_WAITING, None)
    sessions.password_typed(request)
    last_session.keep_forms(request, secret if same else "")
    if zone:
        request.session[sessions.ZONE] = zone
    if factor:
        request.session[second_factor.PASSED] = True
    if was_reset:  # with the new password: whoever still has a session came in with the old one
        sessions.end_others(user, request.session.session_key)
    tries.begun(request, user)
    noted.signed_in(request, user, factor)


def _ask_about_nobody(user: User) -> None:
    """Ask Talkstack about an address that nobody has, with a made-up password, for a local person's failed sign-in.

    An unknown address is asked about there; without this, time and words would tell which addresses are known here.
    Raises SignInRefused in the cases in which the answer about an unknown address is another one than `WRONG`.
    """
    try:
        _ask_for_nobody(practice_here(), user)
    except SignInRefused as refused:
        if refused.status != 422:
            raise


def _talkstack_answers(practice: bool) -> bool:
    """Whether passwords can be checked there now."""
    try:
        _ask_for_nobody(practice)
    except SignInRefused as refused:
        return refused.status == 422
    return True


def _ask_for_nobody(practice: bool, user: User | None = None) -> None:
    _ask(f"{get_random_string(12).lower()}@nobody.invalid", get_random_string(20), practice, user)


def _ask(email: str, password: str, practice: bool, known: User | None) -> Login:
    """Ask Talkstack; its errors become words for the person who signs in."""
    try:
        answer = Client(connection.servers_for(practice), budgets=connection.budgets()).auth.login(email, password)
    except RateLimited as error:
        raise SignInRefused(BUSY.format(wait=wait_words(error.retry_after)), 429, known) from error
    except AuthRefused as error:
        raise _refused(error, known) from error
    except (Refused, NotFound, KeyRejected) as error:
        raise SignInRefused(WRONG, user=known) from error
    except TalkstackError as error:
        _log.warning("sign-in: %s", error.detail or error.sentence)
        raise SignInRefused(AWAY, 503, known) from error
    return answer


def _refused(error: AuthRefused, known: User | None) -> SignInRefused:
    """The words for the reason that Talkstack gave; without one it is about what was typed."""
    member = error.status_member
    saying = SIGNING_IN[member] if isinstance(member, LoginStatus) else None
    return SignInRefused(saying.words, user=known, steps=saying.steps) if saying else SignInRefused(WRONG, user=known)


def person(email: str, answer: Login, practice: bool) -> User:
    """The row of the person that Talkstack knows by this address, made at their first sign-in; raises SignInRefused."""
    fields = {"way": Way.TALKSTACK, "practice": practice, "name": answer.name[:200], "password": make_password(None)}
    user, _made = User.objects.get_or_create(email=email, defaults=fields)
    if user.way != Way.TALKSTACK or not user.is_active or (practice and not user.practice):
        raise SignInRefused(WRONG, user=user)
    if user.practice and not practice:
        _take_over(user)
    return user


def _take_over(user: User) -> None:
    """Talkstack itself now answers for this address: whoever used it for practice is signed out; memberships stay."""
    user.practice = False
    user.save(update_fields=["practice"])
    sessions.forget_all(user)
    record.note(
        workspace=None, user=user, verb="person.taken_over", kind="person", thing_id=str(user.pk), thing_name=user.email
    )


__all__ = ["NOT_VERIFIED", "WRONG", "SignInRefused", "authenticate", "begin", "person", "practice_here"]
