"""Calls as rows of a list: every value a ready string, made once, so that a page of two hundred stays cheap."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from dashboard.calls import phrases, reconcile, ringing, states
from dashboard.calls.models import Attempt, Call, Source
from dashboard.web import phone
from dashboard.web.links import link
from dashboard.web.templatetags.ui import money

_SHORT: dict[str, str] = {Source.CALL_DATA: "Talkstack", Source.HISTORY: "call history", Source.WEBHOOK: "update"}
_LATE = timedelta(hours=1)  # told so long after the call, it is no news of that day: its age is seen at once


def rows(calls: Iterable[Call], slug: str) -> list[dict[str, Any]]:
    """One dict per call, as `_row` makes it. One query if a call among them rang in vain, no request.

    `source` and `told_at` say who told the state, and when; `aged`: how long ago that was is shown, else it is in a title.
    """
    listed = list(calls)
    rang = ringing.of_calls(listed)
    return [_row(call, slug, rang.get(call.pk, 0)) for call in listed]


def _row(call: Call, slug: str, rang: float) -> dict[str, Any]:
    over, told_at = states.over(call), call.state_at if call.state else call.attempt_at
    return {
        "url": link("calls:detail", slug, call.project_id, str(call.pk)),
        "number": phone.display(call.number) or "number not given",
        "inbound": call.direction == "inbound",
        "badge": states.badge(call.attempt, call.state),
        "sub": phrases.small_print(call, rang) if over or call.attempt == Attempt.UNKNOWN else "",
        "agent": call.agent_name,
        "from": "" if call.agent_name or call.direction == "inbound" else phone.display(call.from_number),
        "project": call.project_name,
        "project_id": call.project_id,
        "variables": _first_variables(call),
        "at": call.at,
        "cost": money(call.cost, call.currency) if call.cost is not None else "–",
        "source": _source(call, over) if told_at else "",
        "told_at": told_at,
        "aged": not over or _late(call, told_at),
        "unknown": call.attempt == Attempt.UNKNOWN,
        "decide": bool(call.candidates) or reconcile.may_decide(call),
    }


def _source(call: Call, over: bool) -> str:
    if not call.state:
        who = Source.CALL_DATA if call.attempt == Attempt.REFUSED else Source.DASHBOARD  # it was Talkstack that refused
        return str(who.label) if call.attempt else ""
    if over:
        return _SHORT.get(call.state_source, "")
    return str(Source(call.state_source).label) if call.state_source else ""


def _late(call: Call, told_at: datetime | None) -> bool:
    return told_at is not None and told_at - (call.ended_at or call.at) > _LATE


def _first_variables(call: Call) -> str:
    pairs = [f"{name} {value}" for name, value in list(call.variables.items())[:2] if value]
    return ", ".join(pairs)[:80]
