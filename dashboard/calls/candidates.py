"""Calls of the history that may be an unknown attempt, as they are kept for a person to choose from."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.dateparse import parse_datetime

from dashboard.calls.models import Call
from dashboard.calls.states import Badge, state_badge
from dashboard.talkstack import CallData


@dataclass(frozen=True)
class Candidate:
    """One of them. `fits`: its time is within what an attempt may take; otherwise it is only near. `apart`: how many seconds
    it began after the attempt was sent (before it: negative).
    """

    id: str
    at: datetime | None
    seconds: float | None
    badge: Badge
    number: str
    line: str
    fits: bool
    apart: int | None

    @property
    def before(self) -> int:
        """How many seconds before the attempt it began."""
        return max(-(self.apart or 0), 0)


def facts(item: CallData, fits: bool) -> dict[str, Any]:
    """What is kept of it (Call.candidates)."""
    at = item.moment.isoformat() if item.moment else ""
    return {
        "id": (item.sid or item.id)[:200], "call_id": item.call_id[:200], "at": at, "seconds": item.seconds,
        "state": item.state[:60], "to": item.to[:40], "from": item.from_[:40], "fits": fits,
    }  # fmt: skip


def ids(call: Call) -> list[str]:
    """The ids of the candidates."""
    return [_of(kept).get("id", "") for kept in call.candidates]


def call_id_of(call: Call, candidate: str) -> str:
    """The other id of a candidate, "" without one."""
    return next((kept.get("call_id", "") for kept in map(_of, call.candidates) if kept.get("id") == candidate), "")


def of(call: Call) -> list[Candidate]:
    """The candidates, nearest in time first."""
    found = [_candidate(call, _of(kept)) for kept in call.candidates]
    return sorted(found, key=lambda one: abs(one.apart) if one.apart is not None else 1e9)


def _of(kept: Any) -> dict[str, Any]:
    return kept if isinstance(kept, dict) else {"id": str(kept)}


def _candidate(call: Call, kept: dict[str, Any]) -> Candidate:
    at = parse_datetime(kept.get("at") or "")
    apart = round((at - call.sending_at).total_seconds()) if at and call.sending_at else None
    return Candidate(
        id=kept.get("id", ""),
        at=at,
        seconds=kept.get("seconds"),
        badge=state_badge(kept.get("state", "")),
        number=kept.get("to", ""),
        line=kept.get("from", ""),
        fits=bool(kept.get("fits", True)),
        apart=apart,
    )
