"""The log of events, as people read it: the list with its filters and marks, and one row of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from dashboard.accounts.models import Workspace
from dashboard.calls import candidates
from dashboard.calls.models import Attempt
from dashboard.web import marks, phone
from dashboard.web.links import link
from dashboard.webhooks import handling
from dashboard.webhooks.models import Endpoint, Event, Outcome, Relay

PAGE_SIZE = 50
_KINDS = {
    Outcome.WAITING: "busy", Outcome.TAKEN: "good", Outcome.UNKNOWN: "odd", Outcome.ODD: "odd", Outcome.FOREIGN: "bad",
    Outcome.GONE: "", Outcome.TEST: "", Outcome.DROPPED: "",
}  # fmt: skip
_MAYBE = "Its number and time fit a call whose answer was lost. That call's page says how it is settled."
_RELAYS = {Relay.WAITING: "busy", Relay.PASSED: "good", Relay.GIVEN_UP: "bad", Relay.STOPPED: ""}


@dataclass(frozen=True)
class Row:
    """One event. `call_url` is "" when no call of ours is known for it; `maybe`: it may be that call,
    whose answer was lost. Badges are (label, kind).
    """

    event: Event
    url: str
    call_url: str
    call: str
    said: str
    badge: tuple[str, str]
    words: str
    maybe: bool
    relay: tuple[str, str] | None

    @property
    def retried(self) -> bool:
        """Whether it was tried to pass it on, and it is not there yet."""
        return self.event.relay in (Relay.WAITING, Relay.GIVEN_UP) and self.event.relay_tries > 0


@dataclass(frozen=True)
class Chosen:
    """The filters of an address: outcome and relay ("" = any), and the mark of the last event that was shown."""

    outcome: str = ""
    relay: str = ""
    before: str = ""

    def given(self) -> bool:
        """Whether anything is filtered by."""
        return bool(self.outcome or self.relay)


def read(query: Mapping[str, Any]) -> Chosen:
    """The filters in a query string; words that no list offers are no filter."""
    outcome, relay = str(query.get("outcome", "")), str(query.get("relay", ""))
    return Chosen(
        outcome if outcome in Outcome.values else "",
        relay if relay in Relay.values else "",
        str(query.get("before", ""))[:100],
    )


def of_endpoint(endpoint: Endpoint, chosen: Chosen | None = None) -> QuerySet[Event]:
    """Its events that fit, newest first, without their bodies."""
    chosen = chosen or Chosen()
    found = Event.objects.filter(endpoint=endpoint).order_by("-received_at", "-id")
    if chosen.outcome:
        found = found.filter(outcome=chosen.outcome)
    if chosen.relay:
        found = found.filter(relay=chosen.relay)
    return _after(found, chosen.before).defer("body").select_related("call", "endpoint")


def mark_of(event: Event) -> str:
    """Where the next page begins."""
    return f"{event.received_at.isoformat()}~{event.pk}"


def _after(events: QuerySet[Event], mark: str) -> QuerySet[Event]:
    at, _, pk = mark.partition("~")
    moment = marks.moment(at)
    try:
        last = UUID(pk)
    except ValueError:
        return events
    if moment is None:
        return events
    return events.filter(Q(received_at__lt=moment) | Q(received_at=moment, id__lt=last))


def rows(workspace: Workspace, events: Iterable[Event]) -> list[Row]:
    """What the list shows of each event."""
    return [row(workspace, event) for event in events]


def row(workspace: Workspace, event: Event) -> Row:
    """What is shown of an event. A call of which nobody knows whether it rang is not simply its call, nor none at all."""
    call, project_id, outcome = event.call, event.endpoint.project_id, Outcome(event.outcome)
    badge, words, maybe = (outcome.label, _KINDS[outcome]), event.words, False
    if call and outcome == Outcome.UNKNOWN:
        if event.sid in (call.sid, call.call_id):
            badge, words = ("Found since", "good"), "It is handled again by itself." if event.due_at else ""
        elif call.attempt == Attempt.UNKNOWN and event.sid in candidates.ids(call):
            badge, words, maybe = ("May be an unknown call", "odd"), _MAYBE, True
        else:
            call, words = None, "No call with this id is known."
    return Row(
        event=event,
        url=link("webhooks:event", workspace.slug, project_id, str(event.pk)),
        call_url=link("calls:detail", workspace.slug, call.project_id, str(call.pk)) if call else "",
        call=phone.display(call.number) if call else "",
        maybe=maybe,
        said=handling.said(event),
        badge=badge,
        words=words,
        relay=(Relay(event.relay).label, _RELAYS[Relay(event.relay)]) if event.relay else None,
    )
