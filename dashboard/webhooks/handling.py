"""After an event was taken in: understand it, find its call, and take it as a hint. Talkstack signs nothing, so the call
itself is read back before anything is believed; an event that comes twice, late or out of order does no harm.

Workers share the events: whoever moves `due_at` on has them, and when it dies they are due again.
"""

import logging
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F
from django.utils import timezone

from dashboard.calls import follow, keeping, ledger, offers, states
from dashboard.calls.models import Call, Source
from dashboard.talkstack import TalkstackError
from dashboard.webhooks import shapes
from dashboard.webhooks.models import Endpoint, Event, Outcome, Relay

log = logging.getLogger(__name__)
AT_ONCE = 25
LEASE = timedelta(seconds=120)
# When an event whose call is not known is tried again. Its call may be one whose id we are about to be told.
AGAIN = tuple(timedelta(seconds=seconds) for seconds in (3, 30, 300, 3600, 6 * 3600))
CLOCKS_DIFFER = timedelta(minutes=5)
GIVE_UP_AFTER = 5  # failures of our own
FLOOD, PAUSE = 25, timedelta(seconds=15)  # events within a second; how long they are left waiting while more come
_BLANK: dict[str, Any] = {"body": b"", "size": 0, "forgotten": True}


def handle_due() -> bool:
    """Handle the events that are due, oldest first. True when there were any.

    While many come in at once they wait a little: whoever delivers waits for an answer, and SQLite has one writer only.
    """
    now = timezone.now()
    mine = [] if _flood(now) else _claim(now)
    for event in mine:
        try:
            _finish(event, **_handle(event))
        except Exception:
            log.exception("event %s could not be handled", event.pk)
            over = event.tries + 1 >= GIVE_UP_AFTER
            words = "The dashboard itself failed on it; its log says why."
            _finish(event, outcome=Outcome.ODD if over else Outcome.WAITING, words=words, wait=None if over else 300)
    return bool(mine)


def _flood(now: datetime) -> bool:
    due = Event.objects.filter(due_at__lte=now).order_by("due_at")
    many = due.filter(due_at__gt=now - timedelta(seconds=1))[:FLOOD].count() == FLOOD
    return many and not due.filter(due_at__lt=now - PAUSE).exists()


def _claim(now: datetime) -> list[Event]:
    due = Event.objects.filter(due_at__lte=now)
    claim = uuid.uuid4()
    first = list(due.order_by("due_at", "received_at").values_list("pk", flat=True)[:AT_ONCE])
    if not first or not due.filter(pk__in=first).update(claim=claim, due_at=now + LEASE):
        return []
    mine = Event.objects.filter(pk__in=first, claim=claim).select_related("endpoint__workspace")
    return list(mine.order_by("received_at"))


def _finish(event: Event, *, wait: float | None = None, **changes: Any) -> None:
    """Write down what came of it, if it is still ours. `wait`: in so many seconds it is tried again."""
    now = timezone.now()
    due = None if wait is None else now + timedelta(seconds=wait)
    mine = Event.objects.filter(pk=event.pk, claim=event.claim)
    mine.update(claim=None, due_at=due, handled_at=now, tries=F("tries") + 1, **changes)


def _handle(event: Event) -> dict[str, Any]:
    """What to write down about the event."""
    if event.forgotten:
        return {"outcome": Outcome.DROPPED}
    told = shapes.read(bytes(event.body), event.content_type, event.content_encoding)
    if told.call is None:
        return {"outcome": Outcome.TEST if told.test else Outcome.ODD, "words": told.odd}
    named = {"sid": told.call.id, "state": told.call.state[:60], "words": _clock(event, told)}
    if _of_another_project(event.endpoint, told.project_id):
        return named | {"outcome": Outcome.FOREIGN, "words": "It names another project than its address belongs to."}
    if told.others:
        named["words"] = _take_others(event, told)
    call = _find(event, told)
    if call is not None:
        return named | {"outcome": Outcome.TAKEN, "call": call}
    if _unwanted(event, told):
        stop = {"relay": Relay.STOPPED, "relay_due_at": None} if event.relay == Relay.WAITING else {}
        words = "Its call is not kept here: it is too old, or its number was forgotten."
        return {"outcome": Outcome.DROPPED, "words": words, "sid": told.call.id, **_BLANK, **stop}
    lost = _lost(event, told)
    return named | {"call": lost} | _not_known(event, lost)


def _find(event: Event, told: shapes.Told) -> Call | None:
    """The call it names, with the event taken as a hint; from the second try on Talkstack is asked too."""
    assert told.call is not None
    endpoint = event.endpoint
    call = ledger.hint(endpoint.workspace, endpoint.project_id, told.call, event.received_at)
    if call is None and event.tries:
        try:
            call = follow.read_unknown(endpoint.workspace, endpoint.project_id, told.call.id)
        except TalkstackError as error:
            log.info("event %s waits: %s", event.pk, error)
    return call


def _take_others(event: Event, told: shapes.Told) -> str:
    """An event that lists calls is a hint about each of those that are known. Gives words for people."""
    if not event.tries:
        for call in told.others:
            ledger.hint(event.endpoint.workspace, event.endpoint.project_id, call, event.received_at)
    return f"It names {len(told.others) + 1} calls; this is the first of them."


def _lost(event: Event, told: shapes.Told) -> Call | None:
    """The attempt without an answer that it may speak of. Where Talkstack itself does not say so, a person has to know
    what the event said; it settles nothing.
    """
    assert told.call is not None
    endpoint, call = event.endpoint, told.call
    if event.tries:
        said = replace(call, started_at=call.started_at or told.at or event.received_at)
        offers.offer(endpoint.workspace, endpoint.project_id, [said], Source.WEBHOOK)
    return offers.named_by(endpoint.workspace, endpoint.project_id, call.id)


def _not_known(event: Event, lost: Call | None) -> dict[str, Any]:
    if event.endpoint.gone_at:
        return {"outcome": Outcome.GONE, "words": "Its project was deleted, and no call of it with this id is known."}
    if event.tries >= len(AGAIN):
        words = "No call with this id was found, here or at Talkstack."
        return {"outcome": Outcome.UNKNOWN, "words": "" if lost else words}
    if event.tries:
        Endpoint.objects.filter(pk=event.endpoint_id).update(look_at=timezone.now())  # is there still such a project?
    words = "" if lost else "No call with this id is known yet. It is looked for again."
    return {"outcome": Outcome.UNKNOWN, "words": words, "wait": AGAIN[event.tries].total_seconds()}


def _of_another_project(endpoint: Endpoint, named: str) -> bool:
    """Whether it names another project that is known here; an id that means nothing to us is no reason to doubt."""
    if not named or named == endpoint.project_id:
        return False
    workspace = endpoint.workspace
    others = Endpoint.objects.filter(workspace=workspace, project_id=named)
    return others.exists() or ledger.of_workspace(workspace, named).exists()


def _unwanted(event: Event, told: shapes.Told) -> bool:
    """Whether its call was let go of or forgotten. An event without a time is about the time it came at."""
    assert told.call is not None
    call = told.call
    if call.started_at is None:
        call = replace(call, started_at=told.at or event.received_at)
    return bool(keeping.unwanted(event.endpoint.workspace, [call]))


def _clock(event: Event, told: shapes.Told) -> str:
    if told.at is None or abs(told.at - event.received_at) <= CLOCKS_DIFFER:
        return ""
    apart = abs(told.at - event.received_at).total_seconds()
    sizes = ((172_800, 86_400, "days"), (7_200, 3_600, "h"), (0, 60, "min"))
    size, unit = next((size, unit) for least, size, unit in sizes if apart >= least)
    order = "before" if told.at < event.received_at else "after"
    return f"The time in it is {apart / size:.0f} {unit} {order} the time it came."


def said(event: Event) -> str:
    """The state it told, as people know it; "" for none."""
    return states.state_badge(event.state).label if event.state else ""
