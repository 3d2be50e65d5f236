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

from . import carried, connection, opening, sessions
from .models import User, Way, tidy_email
from .not_done import wait_words
from .sayings import NOT_VERIFIED, SIGNING_IN, WRONG

AWAY = (
    "Talkstack cannot be reached, so nobody with a Talkstack account can sign in now. Nothing was changed: try again."
)
BUSY = "Talkstack asks to wait before signing in again. Try again in {wait}."
_log = logging.getLogger(__name__)


class SignInRefused(Exception):
    """It did not work. `words` is for the person, `status` for the answer (422, 429 or 503), `steps` name pages that help."""

    def __init__(self, words: str, status: int = 422, user: User | None = None, steps: tuple[str, ...] = ()) -> None:
        super().__init__(words)
        self.words = words
        self.status = status
        self.user = user
        self.steps = steps


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
    was_reset = carried.take_reset(request)
    django_login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    request.session[sessions.ADDRESS] = request.META.get("REMOTE_ADDR", "")
    request.session[sessions.AGENT] = request.headers.get("User-Agent", "")[:300]
    if zone:
        request.session[sessions.ZONE] = zone
    if was_reset:  # with the new password: whoever still has a session came in with the old one
        user.sessions.exclude(session_key=request.session.session_key).delete()
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
    user.sessions.all().delete()
    record.note(
        workspace=None, user=user, verb="person.taken_over", kind="person", thing_id=str(user.pk), thing_name=user.email
    )


__all__ = ["NOT_VERIFIED", "WRONG", "SignInRefused", "authenticate", "begin", "note_refusal", "person", "practice_here"]
