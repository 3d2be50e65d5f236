"""How long a phone rang in vain: Talkstack reports a length only of calls that were answered, so it is seen from outside."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from dashboard.calls.models import Call, Observation
from dashboard.calls.states import is_final

LONGEST = 180  # seconds; what looks longer was noticed late


def seconds(call: Call, observed: Iterable[Observation]) -> float:
    """From the first word that it rings to its end, or to when the end was learned; 0 where that is not known.

    Only of a call that nobody answered. A few seconds off: Talkstack is asked every two seconds at most.
    """
    if call.state != "no-answer":
        return 0
    began = ended = None
    for item in observed:
        if item.state == "ringing":
            began = began or item.at or item.seen_at
        elif is_final(item.state):
            ended = ended or item.at or item.seen_at
    return _between(began, call.ended_at or ended)


def of_calls(calls: Iterable[Call]) -> dict[UUID, float]:
    """The same for many calls, by their ids. One query, none when all were answered."""
    unanswered = {call.pk: call for call in calls if call.state == "no-answer" and call.attempt and not call.seconds}
    if not unanswered:
        return {}
    observed: dict[UUID, list[Observation]] = {}
    for item in Observation.objects.filter(call__in=list(unanswered)):
        observed.setdefault(item.call_id, []).append(item)
    return {pk: seconds(unanswered[pk], items) for pk, items in observed.items()}


def _between(began: datetime | None, ended: datetime | None) -> float:
    if began is None or ended is None:
        return 0
    rang = (ended - began).total_seconds()
    return rang if 1 <= rang <= LONGEST else 0
