"""Calls as rows of a list: every value a ready string, made once, so that a page of two hundred stays cheap."""

from collections.abc import Iterable
from typing import Any

from dashboard.calls import phrases, reconcile, states
from dashboard.calls.models import Attempt, Call, Source
from dashboard.web import phone
from dashboard.web.links import link
from dashboard.web.templatetags.ui import money

_SHORT: dict[str, str] = {Source.CALL_DATA: "Talkstack", Source.HISTORY: "call history", Source.WEBHOOK: "update"}


def rows(calls: Iterable[Call], slug: str) -> list[dict[str, Any]]:
    """One dict per call, as `_row` makes it. No query, no request.

    `source` and `told_at` say who told the state of an open call, and when; of one that is over `sub` names who.
    """
    return [_row(call, slug) for call in calls]


def _row(call: Call, slug: str) -> dict[str, Any]:
    over = states.over(call)
    return {
        "url": link("calls:detail", slug, call.project_id, str(call.pk)),
        "number": phone.display(call.number) or "number not given",
        "inbound": call.direction == "inbound",
        "badge": states.badge(call.attempt, call.state),
        "sub": _ended(call) if over else phrases.small_print(call),
        "agent": call.agent_name,
        "from": "" if call.agent_name or call.direction == "inbound" else phone.display(call.from_number),
        "project": call.project_name,
        "project_id": call.project_id,
        "variables": _first_variables(call),
        "at": call.at,
        "cost": money(call.cost, call.currency) if call.cost is not None else "–",
        "source": "" if over else _source(call),
        "told_at": call.state_at if call.state else call.attempt_at,
        "unknown": call.attempt == Attempt.UNKNOWN,
        "decide": bool(call.candidates) or reconcile.may_decide(call),
    }


def _source(call: Call) -> str:
    if call.state:
        return str(Source(call.state_source).label) if call.state_source else ""
    return str(Source.DASHBOARD.label) if call.attempt else ""


def _ended(call: Call) -> str:
    """How long a call that is over took, or why it was none, and who says so."""
    if not call.state:
        return phrases.small_print(call) or str(Source.DASHBOARD.label)
    who = _SHORT.get(call.state_source, "")
    return " · ".join(filter(None, [phrases.small_print(call), who]))


def _first_variables(call: Call) -> str:
    pairs = [f"{name} {value}" for name, value in list(call.variables.items())[:2] if value]
    return ", ".join(pairs)[:80]
