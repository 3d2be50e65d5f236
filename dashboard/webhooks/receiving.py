"""Taking an event in: recognised, counted, stored. Nothing is understood here, so that nothing in it can break this."""

import hashlib
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Count, F, Sum
from django.utils import timezone

from dashboard.accounts import limits
from dashboard.webhooks import together
from dashboard.webhooks.models import Event, Relay, Secret

LARGEST = 1_000_000  # bytes of one event
MOST_BYTES = 60_000_000  # of new events, per endpoint and minute
SAME_PER_MINUTE = 600
WAIT_SECONDS = 60


@dataclass(frozen=True)
class Delivery:
    """What came in: its bytes as they are, how they are labelled, and the id its sender gave it ("" = none)."""

    body: bytes
    content_type: str = ""
    content_encoding: str = ""
    address: str = ""
    event_id: str = ""

    @property
    def key(self) -> str:
        """By what the same event is recognised: its id, else its bytes."""
        if self.event_id:
            return hashlib.sha256(b"id\x00" + self.event_id.encode("utf-8", "replace")).hexdigest()
        return hashlib.sha256(b"body\x00" + self.content_encoding.encode() + b"\x00" + self.body).hexdigest()


def take(secret: Secret, told: Delivery) -> int:
    """Store an event, or count it as one that is here already. 0, or how many seconds the sender is to wait.

    Three queries and one write; one query more for the same event again.
    """
    known = Event.objects.filter(endpoint=secret.endpoint_id, key=told.key)
    if (same := known.only("pk", "seen").first()) is not None:
        return _again(same)
    if wait := _wait(secret, told):
        return wait
    try:
        together.write(lambda: _new(secret, told).save(force_insert=True))
    except IntegrityError:  # the same at the same moment
        return _again(known.only("pk", "seen").get())
    now = timezone.now()
    if secret.used_at is None or now - secret.used_at > timedelta(minutes=1):
        Secret.objects.filter(pk=secret.pk).update(used_at=now)
    return 0


def _new(secret: Secret, told: Delivery) -> Event:
    now, passed_on = timezone.now(), bool(secret.endpoint.relay_url)
    return Event(
        endpoint=secret.endpoint, hint=secret.hint, key=told.key, body=told.body, size=len(told.body),
        content_type=told.content_type, content_encoding=told.content_encoding, address=told.address,
        received_at=now, last_at=now, due_at=now,
        relay=Relay.WAITING if passed_on else Relay.NONE, relay_due_at=now if passed_on else None,
    )  # fmt: skip


def _wait(secret: Secret, told: Delivery) -> int:
    """Seconds to wait when there is more than one minute may bring, or no room. One query."""
    if secret.endpoint.full:
        return WAIT_SECONDS
    if not settings.WEBHOOK_EVENTS_PER_MINUTE:
        return 0
    lately = Event.objects.filter(
        endpoint=secret.endpoint_id, received_at__gt=timezone.now() - timedelta(minutes=1)
    ).order_by()
    counted = lately.aggregate(many=Count("*"), size=Sum("size"))
    too_many = counted["many"] >= settings.WEBHOOK_EVENTS_PER_MINUTE
    return WAIT_SECONDS if too_many or (counted["size"] or 0) + len(told.body) > MOST_BYTES else 0


def _again(event: Event) -> int:
    """The same event once more: it counts up, but not without end."""
    if event.seen > SAME_PER_MINUTE and (wait := limits.spend(f"same event:{event.pk}", SAME_PER_MINUTE, 60)):
        return wait
    again = Event.objects.filter(pk=event.pk)
    together.write(lambda: again.update(seen=F("seen") + 1, last_at=timezone.now()))
    return 0
