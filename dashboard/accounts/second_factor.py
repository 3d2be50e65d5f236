"""The second factor: codes of an authenticator app (TOTP, RFC 6238, by django-otp), and recovery codes that work once.

The app's secret is sealed, recovery codes are kept as fingerprints. A code works once: its time step is taken by a
conditional UPDATE, so that of two at the same moment one is refused.
"""

import base64
import hmac
import secrets as chance
import time
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

import segno
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_otp.oath import TOTP

from dashboard.activity import record

from . import limits
from .models import RecoveryCode, SecondFactor, User
from .secrets import open_, seal

ISSUER = "Talkstack dashboard"
TOLERANCE = 1  # time steps of 30 s before and after now
MOST_TRIES, MOST_IN_ALL, WITHIN = 5, 50, timedelta(minutes=15)  # from one browser or address; from all of them
RECOVERY_CODES = 10
PASSED = "second_factor"  # in the session: this person gave a code, or set the factor up, here
_FIELD = "second factor"
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"


class TooManyCodes(Exception):
    """Too many wrong codes: `seconds` to wait."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


def of(user: User) -> SecondFactor | None:
    """The person's second factor, once its first code was right; None before."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).first()


def start(user: User) -> None:
    """A new secret for somebody who has none that is confirmed; a confirmed one stays."""
    if of(user) is None:
        key = base64.b32encode(chance.token_bytes(20)).decode()
        SecondFactor.objects.update_or_create(
            user=user, defaults={"key": seal(user.pk, _FIELD, key), "created_at": timezone.now()}
        )


def waiting(user: User) -> SecondFactor | None:
    """A secret that waits for its first code."""
    return SecondFactor.objects.filter(user=user, confirmed_at=None).first()


def key_of(factor: SecondFactor) -> str:
    """The secret in base32, as authenticator apps take it."""
    return open_(factor.user_id, _FIELD, factor.key)


def qr_path(user: User, key: str) -> tuple[str, int]:
    """The drawing of a QR code for authenticator apps: an SVG path and the length of its side, one unit a module."""
    label = quote(f"{ISSUER}:{user.email}")
    code = segno.make(f"otpauth://totp/{label}?{urlencode({'secret': key, 'issuer': ISSUER})}", error="m")
    rows = list(code.matrix_iter(border=4))
    dark = (f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, module in enumerate(row) if module)
    return "".join(dark), len(rows)


def confirm(user: User, code: str) -> list[str] | None:
    """The first code: if it is right the factor counts from now on. Gives the recovery codes, None for a wrong code."""
    factor = waiting(user)
    if factor is None or not _check_app(factor, code):
        return None
    with transaction.atomic():
        if not SecondFactor.objects.filter(pk=factor.pk, confirmed_at=None).update(confirmed_at=timezone.now()):
            return None
        codes = _new_codes(user)
        record.note(**_about(user, "factor.add"))
    return codes


def check(user: User, code: str, origin: str) -> str:
    """Which kind of code it is: "app", "recovery", or "" for a wrong one. Raises TooManyCodes after 5 tries in 15 minutes.

    `origin` names the browser, or the address of one that is not known: whoever knows the password and guesses codes
    elsewhere does not lock its person out.
    """
    factor = of(user)
    if factor is None:
        return ""
    mine = f"code:{user.pk}:{origin}"
    for key, most in ((mine, MOST_TRIES), (f"code:{user.pk}", MOST_IN_ALL)):
        if wait := limits.spend(key, most, int(WITHIN.total_seconds())):
            raise TooManyCodes(wait)
    plain = "".join(letter for letter in code.lower() if letter.isalnum())
    found = "app" if _check_app(factor, plain) else "recovery" if _use_recovery(user, plain) else ""
    if found:
        limits.forget(mine)
    return found


def codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    return user.recovery_codes.filter(used_at=None).count()


def renew_codes(user: User) -> list[str]:
    """New recovery codes; the old ones no longer work."""
    with transaction.atomic():
        codes = _new_codes(user)
        record.note(**_about(user, "factor.codes"))
    return codes


def remove(user: User, by: User | None = None, workspace: Any = None) -> bool:
    """Take the second factor away, with all codes; False if there was none. `by`: an admin, or None for themselves."""
    with transaction.atomic():
        gone = bool(SecondFactor.objects.filter(user=user).delete()[0])
        RecoveryCode.objects.filter(user=user).delete()
        if gone:
            record.note(**{**_about(user, "factor.remove"), "user": by or user, "workspace": workspace})
    return gone


def _check_app(factor: SecondFactor, code: str) -> bool:
    digits = "".join(code.split())
    if not (len(digits) == 6 and digits.isascii() and digits.isdigit()):
        return False
    clock = TOTP(base64.b32decode(key_of(factor)))
    clock.time = time.time()
    if not clock.verify(int(digits), tolerance=TOLERANCE, min_t=factor.last_step + 1):
        return False
    step = clock.t()
    return bool(SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step))


def _use_recovery(user: User, code: str) -> bool:
    unused = RecoveryCode.objects.filter(user=user, digest=_digest(user, code), used_at=None)
    return bool(unused.update(used_at=timezone.now()))


def _new_codes(user: User) -> list[str]:
    RecoveryCode.objects.filter(user=user).delete()
    codes = ["".join(chance.choice(_ALPHABET) for _ in range(12)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(RecoveryCode(user=user, digest=_digest(user, code)) for code in codes)
    return [f"{code[:4]}-{code[4:8]}-{code[8:]}" for code in codes]


def _digest(user: User, code: str) -> str:
    return hmac.new(settings.SECRET_KEY.encode(), f"recovery {user.pk} {code}".encode(), sha256).hexdigest()


def _about(user: User, verb: str) -> dict[str, Any]:
    return {
        "workspace": None, "user": user, "verb": verb, "kind": "person", "thing_id": str(user.pk),
        "thing_name": user.email,
    }  # fmt: skip
