"""Links with which a local person sets a new password: signed, good for an hour, and once.

A link is bound to the password it replaces, so the first use, or any other change of the password, ends it.
"""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from .models import User, Way

GOOD_FOR_SECONDS = 3600
_MARK = "here-"
_SALT = "dashboard.accounts.local_reset"


def make_link(user: User) -> str:
    """The address to hand to this local person; raises ValueError for one whose password is Talkstack's."""
    return f"{settings.PUBLIC_URL}{reverse('accounts:reset')}?token={make_token(user)}"


def make_token(user: User) -> str:
    """What the link carries."""
    if user.way != Way.LOCAL:
        raise ValueError("Only a local person's password is set here.")
    return _MARK + signing.TimestampSigner(salt=_SALT).sign(f"{user.pk}.{_bound(user)}")


def is_ours(token: str) -> bool:
    """Whether this token looks like one of ours; such a one is never sent to Talkstack."""
    return token.startswith(_MARK)


def check(token: str) -> User | None:
    """The person whose password this token may set; None if it is not good (any more)."""
    try:
        said = signing.TimestampSigner(salt=_SALT).unsign(token.removeprefix(_MARK), max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature:
        return None
    pk, _, bound = said.partition(".")
    user = User.objects.filter(pk=int(pk), way=Way.LOCAL, is_active=True).first()
    return user if user is not None and constant_time_compare(bound, _bound(user)) else None


def _bound(user: User) -> str:
    """A fingerprint of who they are and of the password they have now."""
    return salted_hmac(_SALT, f"{user.pk} {user.email} {user.password}", algorithm="sha256").hexdigest()[:40]
