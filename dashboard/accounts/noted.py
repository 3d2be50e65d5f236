"""Writing down who signed in, who could not, and who gave a wrong password where it was asked for again.

What was typed is never kept: it may be a password in the wrong field. What came too soon was no try, and could fill the
record: it is written down once an hour for whom it is about.
"""

from typing import Any

from dashboard.activity import record

from . import limits, lockout, verbs
from .models import User

_HOUR = 3600
_OWN_PAGES = {
    "factor_start": "set up a second factor",
    "factor_confirm": "set up a second factor",
    "factor_codes": "make new recovery codes",
    "factor_remove": "remove their second factor",
}


def signed_in(request: Any, user: User, factor: str) -> None:
    """Somebody came in; `factor`: with "app" or "recovery", "" for neither."""
    if factor == "recovery":
        record.note(**_about(request, user), verb="sign_in.recovery")
    else:
        record.note(**_about(request, user), verb="sign_in")


def refused(request: Any, user: User | None, words: str, soon: bool = False) -> None:
    """A sign-in did not work. `user`: whose address it was, None for nobody's; `soon`: it was not even tried."""
    about = _about(request, user)
    if not soon:
        record.outcome(record.ask(**about, verb="sign_in.failed"), "refused", words)
    elif not limits.spend(f"held:{about['thing_id'] or lockout.address_of(request)}", 1, _HOUR):
        record.outcome(record.ask(**about, verb="sign_in.held"), "refused", words)


def wrong_proof(request: Any, words: str, soon: bool) -> None:
    """The person who is signed in gave a wrong password, and what for."""
    about, match = _about(request, request.user), request.resolver_match
    in_team = getattr(request, "workspace", None) is not None
    what_for = verbs.about(match.view_name) if in_team else _OWN_PAGES.get(match.url_name, "change their own account")
    about["after"]["in_order_to"] = what_for
    if not soon:
        record.outcome(record.ask(**about, verb="password.failed"), "refused", words)
    elif not limits.spend(f"held again:{request.user.pk}", 1, _HOUR):
        record.outcome(record.ask(**about, verb="password.held"), "refused", words)


def _about(request: Any, user: User | None) -> dict[str, Any]:
    return {
        "workspace": None,
        "user": user,
        "kind": "person",
        "thing_id": str(user.pk) if user else "",
        "thing_name": user.email if user else "",
        "after": {"address": request.META.get("REMOTE_ADDR", "")},
    }
