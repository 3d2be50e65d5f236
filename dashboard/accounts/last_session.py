"""Who was signed in last in this browser, also when that session has ended and its cookie is gone: their unsent forms are theirs.

Every sign-in replaces the mark, and every sign-in ends the tokens of forms shown before it. So a form whose token is good
was shown to whoever the mark names.
"""

from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.middleware.csrf import (  # type: ignore[attr-defined]
    InvalidTokenFormat,
    _check_token_format,
    _does_token_match,
)

from .models import Session, User

_SALT = "dashboard.accounts.last_session"
_SECONDS = 86400  # for so long a session that ended is kept (`tidying`)
_EARLIER = "earlier_forms"


def mark(request: Any, response: HttpResponse) -> None:
    """Note in the browser which session began with this answer; its key stays out of it."""
    row = Session.objects.filter(session_key=request.session.session_key).values_list("public_id", flat=True).first()
    value = signing.dumps(str(row or ""), salt=_SALT)
    response.set_cookie(_cookie(), value, max_age=_SECONDS, secure=settings.HTTPS, httponly=True, samesite="Lax")


def person(request: Any) -> User | None:
    """Whose the last session of this browser is or was; None if that is not known, or they may not sign in any more."""
    rows = Session.objects.select_related("user").filter(user__is_active=True)
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    row = rows.filter(session_key=key).first() if key.isalnum() else None
    found = row or _marked(request, rows)
    return found.user if found else None


def keep_forms(request: Any, secret: str) -> None:
    """After a sign-in: forms with tokens of `secret` were shown to the same person before it."""
    request.session[_EARLIER] = secret


def is_earlier_form(request: Any) -> bool:
    """Whether the form of this request was shown to the person who is signed in now, before they signed in once more."""
    told = request.POST.get("csrfmiddlewaretoken") or request.headers.get("X-CSRFToken", "")
    secret = request.session.get(_EARLIER, "")
    try:
        _check_token_format(told)
    except InvalidTokenFormat:
        return False
    return bool(secret) and _does_token_match(told, secret)


def _marked(request: Any, rows: Any) -> Session | None:
    try:
        public_id = signing.loads(request.COOKIES.get(_cookie(), ""), salt=_SALT, max_age=_SECONDS)
        found: Session | None = rows.filter(public_id=public_id).first()
    except (signing.BadSignature, ValueError, TypeError, ValidationError):
        return None
    return found


def _cookie() -> str:
    return "__Host-last" if settings.HTTPS else "last"
