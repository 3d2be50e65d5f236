"""Signing in: who somebody is, found out by their one way in.

A local person's password is checked here and never sent anywhere. Everybody else's goes to /auth/login of Talkstack,
or of the sandbox where no Talkstack is set up (API contract, 1.4). What the sandbox says never signs in a person whom
Talkstack knows, and what either says never signs in a local one.
"""

import logging
from typing import Any

from django.conf import settings
from django.contrib.auth import login as django_login
from django.contrib.auth.hashers import check_password, make_password

from dashboard.activity import record
from dashboard.talkstack import AuthRefused, Client, KeyRejected, Login, NotFound, RateLimited, Refused, TalkstackError

from . import connection, opening, sessions
from .models import User, Way, tidy_email

WRONG = "The e-mail address or the password is not right."
NOT_VERIFIED = "This account is not verified yet. Look for the code that Talkstack sent to this e-mail address."
AWAY = (
    "Talkstack cannot be reached, so nobody with a Talkstack account can sign in now. Nothing was changed: try again."
)
BUSY = "Talkstack asks to wait before signing in again. Try again in {wait}."
_log = logging.getLogger(__name__)


class SignInRefused(Exception):
    """It did not work. `words` is for the person, `status` for the answer (422, 429 or 503)."""

    def __init__(self, words: str, status: int = 422, user: User | None = None) -> None:
        super().__init__(words)
        self.words = words
        self.status = status
        self.user = user


def practice_here() -> bool:
    """Whether Talkstack sign-ins go to the sandbox: there is no live server."""
    return not settings.TALKSTACK_API_URL


def authenticate(email: str, password: str) -> User:
    """The person with this e-mail address and password; raises SignInRefused.

    A person's first sign-in through Talkstack makes them known here and may open a workspace; each later one renews the
    tokens of the workspaces their account is connected to.
    """
    user = User.objects.filter(email=tidy_email(email)).first()
    if user is not None and user.way == Way.LOCAL:
        if check_password(password, user.password) and user.is_active:
            return user
        raise SignInRefused(WRONG, user=user)
    make_password(password)  # the same work as for a local person, so that the time does not tell who is one
    return talkstack_person(email, password, practice=practice_here(), known=user)


def talkstack_person(email: str, password: str, *, practice: bool, known: User | None = None) -> User:
    """The person whom Talkstack (or the sandbox, for practice) says this is; raises SignInRefused."""
    if known is not None and (known.way == Way.LOCAL or not known.is_active or (practice and not known.practice)):
        raise SignInRefused(WRONG, user=known)
    answer = _ask(email.strip(), password, practice, known)
    user = person(tidy_email(email), answer, practice)
    if not opening.keep_tokens(user.email, practice, answer.tokens, user):
        opening.open_for(user, answer, practice)
    return user


def begin(request: Any, user: User, zone: str = "") -> None:
    """Sign `user` in: a new session id, with where from and with what in its row."""
    if request.user.is_authenticated:
        request.session.cycle_key()  # Django keeps the id when the same person signs in once more
    django_login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[sessions.ADDRESS] = request.META.get("REMOTE_ADDR", "")
    request.session[sessions.AGENT] = request.headers.get("User-Agent", "")[:300]
    if zone:
        request.session[sessions.ZONE] = zone
    record.note(**_entry(request, user, "sign_in"))


def note_refusal(request: Any, user: User | None, words: str) -> None:
    """Write down a sign-in that did not work. What was typed is not kept: it may be a password in the wrong field."""
    record.outcome(record.ask(**_entry(request, user, "sign_in.failed")), "refused", words)


def _entry(request: Any, user: User | None, verb: str) -> dict[str, Any]:
    return {
        "workspace": None,
        "user": user,
        "verb": verb,
        "kind": "person",
        "thing_id": str(user.pk) if user else "",
        "thing_name": user.email if user else "",
        "after": {"address": request.META.get("REMOTE_ADDR", "")},
    }


def _ask(email: str, password: str, practice: bool, known: User | None) -> Login:
    """Ask Talkstack; its errors become words for the person who signs in."""
    try:
        answer = Client(connection.servers_for(practice), budgets=connection.budgets()).auth.login(email, password)
    except RateLimited as error:
        raise SignInRefused(BUSY.format(wait=_wait(error.retry_after)), 429, known) from error
    except AuthRefused as error:
        raise SignInRefused(NOT_VERIFIED if _unverified(error.status_member) else WRONG, user=known) from error
    except (Refused, NotFound, KeyRejected) as error:
        raise SignInRefused(WRONG, user=known) from error
    except TalkstackError as error:
        _log.warning("sign-in: %s", error.detail or error.sentence)
        raise SignInRefused(AWAY, 503, known) from error
    if not answer.tokens.token:
        raise SignInRefused(NOT_VERIFIED if _unverified(answer.status) else WRONG, user=known)
    return answer


def _unverified(status: Any) -> bool:
    return status is not None and int(status) == 2


def _wait(seconds: float | None) -> str:
    if seconds is None:
        return "a minute"
    return f"{round(seconds)} seconds" if seconds < 120 else f"{round(seconds / 60)} minutes"


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
    user.sessions.all().delete()
    record.note(
        workspace=None, user=user, verb="person.taken_over", kind="person", thing_id=str(user.pk), thing_name=user.email
    )
