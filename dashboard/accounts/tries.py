"""Tries to sign in as somebody, or to give their password, that failed: they are told when they come in themselves."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime

from dashboard.activity.models import Entry

from . import second_factor
from .models import User

SIGNED_IN = ("sign_in", "sign_in.recovery")
FAILED = ("sign_in.failed", "password.failed")
_SINCE = "tries_since"
_OWN_SLIPS = 5  # so many from where they sit are no news
_LOOKED_AT = 1000


@dataclass(frozen=True)
class Tries:
    """How many failed since a moment, from how many addresses, and how many of them not from where the person is now."""

    count: int
    addresses: int
    elsewhere: int
    since: datetime


def begun(request: Any, user: User) -> None:
    """Keep in the new session when the person came in before it. Call it before this sign-in is written down."""
    last = Entry.objects.filter(user=user, verb__in=SIGNED_IN).only("asked_at").first()
    request.session[_SINCE] = (last.asked_at if last else user.created_at).isoformat()


def since_last_time(request: Any) -> Tries:
    """What failed since the sign-in before this one, until now. One query."""
    since = parse_datetime(str(request.session.get(_SINCE, ""))) or timezone.now()
    found = Entry.objects.filter(user=request.user, verb__in=FAILED, asked_at__gt=since)
    told = list(found.values_list("after__address", flat=True)[:_LOOKED_AT])
    here = request.META.get("REMOTE_ADDR", "")
    return Tries(len(told), len(set(told)), sum(1 for each in told if each != here), since)


def warning(request: Any) -> str:
    """What to say right after signing in, "" where there is nothing but a slip or two of one's own."""
    tries = since_last_time(request)
    if not tries.elsewhere and tries.count < _OWN_SLIPS:
        return ""
    many = f"{tries.count} tries" if tries.count > 1 else "1 try"
    have = "have" if tries.count > 1 else "has"
    places = f"{tries.addresses} addresses" if tries.addresses > 1 else "one address"
    todo = "change your password"
    if second_factor.of(request.user) is None:
        todo += " and set up a second factor"
    return (
        f"{many} to sign in as you {have} failed since you were last here, from {places}. If that was not you, {todo} "
        "on the page of your account."
    )
