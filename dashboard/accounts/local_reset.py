"""Links with which a local person sets a new password: signed, good for an hour, and once.

A link is bound to the password it replaces, so the first use, or any other change of the password, ends it. It is bound
to the person's workspaces and roles too: a link that an admin of one was given opens nothing that they get afterwards.
"""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils.crypto import constant_time_compare, salted_hmac

from .models import Membership, User, Way
from .roles import may_manage

GOOD_FOR_SECONDS = 3600
_MARK = "here-"
_SALT = "dashboard.accounts.local_reset"


def make_link(user: User, by: Membership | None = None) -> str:
    """The address to hand to this local person; raises ValueError for one whose password is Talkstack's.

    `by`: the membership of the admin who hands it over. It is good only as long as they could make another one.
    """
    return f"{settings.PUBLIC_URL}{reverse('accounts:reset')}?token={make_token(user, by)}"


def make_token(user: User, by: Membership | None = None) -> str:
    """What the link carries."""
    if user.way != Way.LOCAL:
        raise ValueError("Only a local person's password is set here.")
    return _MARK + signing.TimestampSigner(salt=_SALT).sign(f"{user.pk}.{by.pk if by else 0}.{_bound(user)}")


def is_ours(token: str) -> bool:
    """Whether this token looks like one of ours; such a one is never sent to Talkstack."""
    return token.startswith(_MARK)


def check(token: str) -> User | None:
    """The person whose password this token may set; None if it is not good (any more)."""
    try:
        said = signing.TimestampSigner(salt=_SALT).unsign(token.removeprefix(_MARK), max_age=GOOD_FOR_SECONDS)
    except signing.BadSignature:
        return None
    pk, by, bound = said.split(".")
    user = User.objects.filter(pk=int(pk), way=Way.LOCAL, is_active=True).first()
    good = user is not None and constant_time_compare(bound, _bound(user)) and _still_may(int(by), user)
    return user if good else None


def _still_may(by: int, user: User) -> bool:
    """Whether whoever handed the link over, if it was a person, may still manage this one."""
    if not by:
        return True
    maker = Membership.objects.filter(pk=by, user__is_active=True).first()
    theirs = user.memberships.filter(workspace=maker.workspace_id).first() if maker else None
    return maker is not None and theirs is not None and may_manage(maker.role, theirs.role)


def _bound(user: User) -> str:
    """A fingerprint of who they are, of the password they have now, and of what it opens, and as what."""
    opens = sorted(user.memberships.values_list("workspace_id", "role"))
    return salted_hmac(_SALT, f"{user.pk} {user.email} {user.password} {opens}", algorithm="sha256").hexdigest()[:40]
