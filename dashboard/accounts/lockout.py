"""Who has failed to sign in too often, and how long they wait. Kept by django-axes; the decision is ours.

Counted apart: (account, address), the address, and (account, device) for a browser that signed in to this account before.
So nobody locks anybody else out: a stranger's failures are never counted against a known browser, nor against an account
as such. Waiting grows from seconds to an hour and then ends by itself.

Nothing is counted over all addresses, on purpose: any wait for an account as such, however short, could be kept up for ever
by whoever sends a wrong password now and then, and would keep a person out who sits at a new browser. Guesses from many
addresses are made visible instead: the person is told at their next sign-in (`tries`).

Tries that could not be checked, as Talkstack was away, are counted apart, with the same waits. But whoever would have to wait
is let through as soon as Talkstack answers again; what then cannot be checked after all counts as a failure. So an outage is
no time to guess the passwords that are checked here, and nobody waits for one that is over. It is the same for known and
unknown addresses.
"""

import ipaddress
import math
from datetime import datetime, timedelta
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core import signing
from django.db.models import Max, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import get_random_string, salted_hmac

from .models import tidy_email

WINDOW = timedelta(hours=1)
ACCOUNT_MOST, ADDRESS_MOST = 10, 20
_SLOW = 5  # the last so many failures before the limit each cost a longer pause
_DEVICE_DAYS = 90
_SALT = "dashboard.accounts.lockout"
_UNCHECKED = "unchecked "  # before the address it is about, which holds no space


class Handler(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """The database handler of axes, with our counting."""

    def is_locked(self, request: Any, credentials: dict[str, Any] | None = None) -> bool:
        """Whether this attempt comes too soon."""
        return wait(request, (credentials or {}).get("email", "")) > 0


def attempt(request: Any, email: str) -> HttpRequest:
    """A bare request for axes: where from and which device, and nothing of what was typed, which axes would keep."""
    bare = HttpRequest()
    bare.method = "POST"
    bare.META = {
        "REMOTE_ADDR": address_of(request),
        "HTTP_USER_AGENT": _device(request, email),
        "PATH_INFO": "/sign-in/",
        "HTTP_ACCEPT": "",
    }
    return bare


def seconds_to_wait(request: Any, email: str) -> int:
    """How long this browser must wait before it may try this account; 0 if it may now."""
    return _seconds(request, email, tidy_email(email))


def failed(request: Any, email: str) -> None:
    """Count a failure."""
    AxesProxyHandler.user_login_failed(None, {"email": tidy_email(email)}, attempt(request, email))


def succeeded(request: Any, email: str) -> None:
    """The right password: what this browser failed before is forgotten. Others' failures stay."""
    mark = _device(request, email)
    names = [tidy_email(email), _UNCHECKED + tidy_email(email)]
    own = AccessAttempt.objects.filter(username__in=names, user_agent=mark)
    (own if mark else own.filter(ip_address=address_of(request))).delete()


def unchecked(request: Any, email: str) -> None:
    """Count a try that said nothing about the password: Talkstack was away."""
    AxesProxyHandler.user_login_failed(None, {"email": _UNCHECKED + tidy_email(email)}, attempt(request, email))


def seconds_while_away(request: Any, email: str) -> int:
    """How long this browser must wait after many of those, unless Talkstack answers again; 0 if it may try now."""
    return _seconds(request, email, _UNCHECKED + tidy_email(email))


def know_device(request: Any, response: HttpResponse, email: str) -> None:
    """Give this browser a mark by which it is known for this account, whatever others do from its address."""
    if _device(request, email):
        return
    value = signing.dumps([_account(email), get_random_string(22)], salt=_SALT)
    response.set_cookie(
        _cookie(), value, max_age=_DEVICE_DAYS * 86400, secure=settings.HTTPS, httponly=True, samesite="Lax"
    )


def wait(request: Any, email: str) -> int:
    """Seconds until this attempt (prepared by `attempt`) may be made."""
    now = timezone.now()
    recent = AccessAttempt.objects.filter(attempt_time__gt=now - WINDOW)
    if request.axes_user_agent:
        return _left(recent.filter(username=email, user_agent=request.axes_user_agent), ACCOUNT_MOST, now)
    here = recent.filter(ip_address=request.axes_ip_address, user_agent="")
    unsaid = Q(username__startswith=_UNCHECKED)
    here = here.filter(unsaid if email.startswith(_UNCHECKED) else ~unsaid)
    return max(_left(here.filter(username=email), ACCOUNT_MOST, now), _left(here, ADDRESS_MOST, now))


def origin(request: Any, email: str) -> str:
    """The browser, if it signed in to this account before; else the address."""
    return _device(request, email) or address_of(request)


def address_of(request: Any) -> str:
    """Where the request comes from; of an IPv6 address the network, since one machine has as many as it likes."""
    told = str(request.META.get("REMOTE_ADDR", ""))
    host = (
        told.rpartition(":")[0] if told.count(":") == 1 or told.startswith("[") else told
    )  # some proxies name the port
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return "0.0.0.0"  # noqa: S104  # a name for "unknown", nothing listens here
    address = getattr(address, "ipv4_mapped", None) or address
    if address.version == 6:
        return str(ipaddress.ip_network(f"{address}/64", strict=False).network_address)
    return str(address)


def _seconds(request: Any, email: str, name: str) -> int:
    bare = attempt(request, email)
    AxesProxyHandler.update_request(bare)
    return wait(bare, name)


def _left(rows: QuerySet[Any], most: int, now: datetime) -> int:
    """4, 8, 16, 32, 64 s after the last five failures before `most`, then an hour, each since the latest failure."""
    told = rows.aggregate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
    before_most = most - (told["failures"] or 0)
    if before_most > _SLOW:
        return 0
    pause = timedelta(seconds=2 ** (_SLOW - before_most + 2)) if before_most > 0 else WINDOW
    left: timedelta = told["last"] + pause - now
    return max(0, math.ceil(left.total_seconds()))


def _device(request: Any, email: str) -> str:
    """The mark of this browser if it is one that signed in to this account before, "" otherwise."""
    try:
        account, mark = signing.loads(request.COOKIES.get(_cookie(), ""), salt=_SALT, max_age=_DEVICE_DAYS * 86400)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return f"device {mark}" if account == _account(email) else ""


def _account(email: str) -> str:
    return salted_hmac(_SALT, tidy_email(email), algorithm="sha256").hexdigest()[:32]


def _cookie() -> str:
    return "__Host-device" if settings.HTTPS else "device"
