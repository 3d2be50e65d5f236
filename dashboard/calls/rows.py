"""Calls as rows of a list: every value a ready string, made once, so that a page of two hundred stays cheap."""

from collections.abc import Iterable
from typing import Any

from dashboard.calls import phrases, reconcile, states
from dashboard.calls.models import Attempt, Call, Source
from dashboard.web import phone
from dashboard.web.links import link
from dashboard.web.templatetags.ui import money


def rows(calls: Iterable[Call], slug: str) -> list[dict[str, Any]]:
    """One dict per call: url, number, badge, sub, agent, variables, at, cost, open, age_of, source. No query, no request."""
    return [_row(call, slug) for call in calls]


def _row(call: Call, slug: str) -> dict[str, Any]:
    over = states.over(call)
    return {
        "url": link("calls:detail", slug, call.project_id, str(call.pk)),
        "number": phone.display(call.number) or "number not given",
        "inbound": call.direction == "inbound",
        "badge": states.badge(call.attempt, call.state),
        "sub": phrases.small_print(call),
        "agent": call.agent_name,
        "from": "" if call.agent_name or call.direction == "inbound" else phone.display(call.from_number),
        "project": call.project_name,
        "project_id": call.project_id,
        "variables": _first_variables(call),
        "at": call.at,
        "cost": money(call.cost, call.currency) if call.cost is not None else "–",
        "source": Source(call.state_source).label if call.state_source and not over else "",
        "told_at": call.state_at,
        "unknown": call.attempt == Attempt.UNKNOWN,
        "decide": bool(call.candidates) or reconcile.may_decide(call),
    }


def _first_variables(call: Call) -> str:
    pairs = [f"{name} {value}" for name, value in list(call.variables.items())[:2] if value]
    return ", ".join(pairs)[:80]
