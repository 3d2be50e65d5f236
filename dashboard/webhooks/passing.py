"""Passing events on to somebody else's system, byte for byte, by the background process. Order is kept as far as it goes:
while the other side cannot be reached, what is younger waits too, and once it can, the oldest goes first.
"""

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, Min, OuterRef, Q, QuerySet
from django.utils import timezone

from dashboard.talkstack import posting
from dashboard.webhooks import phrases
from dashboard.webhooks.models import Endpoint, Event, Pass, Relay

SECONDS = 10.0  # for one try, in all
AT_ONCE = 20
LEASE = timedelta(seconds=AT_ONCE * SECONDS + 30)
PAUSE = timedelta(minutes=1)
AGAIN = (
    timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=2), timedelta(hours=6), timedelta(hours=24),
)  # fmt: skip
_LONGEST_PAUSE = 3600
# The other side takes nothing; else it refused this one event.
_AWAY = Q(code=0) | Q(code__gte=500) | Q(code__in=[408, 429])


def pass_on_due() -> bool:
    """Pass on what is due of one endpoint, one after the other. True when more may be waiting."""
    mine = _claim(timezone.now())
    for place, event in enumerate(mine):
        if not _send(event):
            _give_back(mine[place + 1 :])
            break
    return bool(mine)


def due(now: datetime) -> Q:
    """The condition "is to be passed on now"."""
    free = Q(endpoint__relay_pause=None) | Q(endpoint__relay_pause__lte=now)
    return free & Q(relay=Relay.WAITING, relay_due_at__lte=now)


def _claim(now: datetime) -> list[Event]:
    """The oldest due events of one endpoint. While somebody else has some of it, the order would be lost: then none."""
    first = Event.objects.filter(due(now)).order_by("relay_due_at", "received_at").values_list("endpoint").first()
    if first is None:
        return []
    claim = uuid.uuid4()
    with transaction.atomic():
        endpoint = Endpoint.objects.select_for_update().get(pk=first[0])
        theirs = Event.objects.filter(endpoint=endpoint, relay=Relay.WAITING)
        if theirs.filter(relay_claim__isnull=False, relay_due_at__gt=now).exists():
            Endpoint.objects.filter(pk=endpoint.pk).update(relay_pause=now + timedelta(seconds=1))
            return []
        pks = list(theirs.filter(relay_due_at__lte=now).order_by("received_at").values_list("pk", flat=True)[:AT_ONCE])
        theirs.filter(pk__in=pks).update(relay_claim=claim, relay_due_at=now + LEASE)
    mine = Event.objects.filter(pk__in=pks, relay_claim=claim).select_related("endpoint__workspace")
    return list(mine.order_by("received_at"))


def _send(event: Event) -> bool:
    """One try. False when the next ones are not to follow now: the other side cannot be reached at all, or can again."""
    if not _mine(event).exists():
        return True  # stopped or forgotten meanwhile
    url = Endpoint.objects.values_list("relay_url", flat=True).get(pk=event.endpoint_id)
    if not url:
        _mine(event).update(relay=Relay.STOPPED, relay_due_at=None, relay_claim=None)
        return True
    began, posted = timezone.now(), post(event, url)
    Pass.objects.create(
        event=event, at=began, seconds=posted.seconds, code=posted.code, ok=posted.ok, words=phrases.answered(posted)
    )
    if posted.ok:
        return not _passed(event)
    _failed(event, posted, began)
    return not _is_away(posted.code)


def post(event: Event, url: str) -> posting.Posted:
    """Send the event as it came. Its id goes along, so that the other side can tell a second time from a second event."""
    headers = {"Webhook-Id": str(event.pk)}
    for name, value in (("Content-Type", event.content_type), ("Content-Encoding", event.content_encoding)):
        if value:
            headers[name] = value
    local = event.endpoint.workspace.practice
    return posting.post(url, bytes(event.body), headers, local=local, seconds=SECONDS)


def _passed(event: Event) -> bool:
    """It was passed on. True when nothing could be until now."""
    _mine(event).update(relay=Relay.PASSED, relay_due_at=None, relay_claim=None, relay_tries=F("relay_tries") + 1)
    endpoint = Endpoint.objects.filter(pk=event.endpoint_id)
    since = endpoint.values_list("relay_failing", flat=True).get()
    if since is None or not endpoint.filter(relay_failing=since).update(relay_failing=None):
        return False
    _due_again(event, since)
    return True


def _due_again(event: Event, since: datetime) -> None:
    """What first failed while the other side was away is due now: nobody waits for hours longer than it was away.

    What had failed before, while others got through, or was refused, keeps its own times.
    """
    failed = Event.objects.filter(endpoint=event.endpoint_id, relay=Relay.WAITING, relay_claim=None, relay_tries__gt=0)
    refused = Pass.objects.filter(event=OuterRef("pk"), ok=False).exclude(_AWAY)
    then = failed.annotate(first=Min("passes__at")).filter(~Exists(refused), first__gte=since)
    Event.objects.filter(pk__in=list(then.values_list("pk", flat=True))).update(relay_due_at=timezone.now())


def _failed(event: Event, posted: posting.Posted, began: datetime) -> None:
    """It was not passed on: it is tried again later, or given up; all others wait when the other side is away."""
    now, tries = timezone.now(), event.relay_tries
    over = tries >= len(AGAIN)
    _mine(event).update(
        relay=Relay.GIVEN_UP if over else Relay.WAITING,
        relay_due_at=None if over else now + AGAIN[tries], relay_claim=None, relay_tries=F("relay_tries") + 1,
    )  # fmt: skip
    endpoint = Endpoint.objects.filter(pk=event.endpoint_id)
    endpoint.filter(relay_failing=None).update(relay_failing=began)
    if _is_away(posted.code):
        told = int(posted.retry_after) if posted.retry_after.isdigit() and len(posted.retry_after) < 6 else 0
        endpoint.update(relay_pause=now + max(PAUSE, timedelta(seconds=min(told, _LONGEST_PAUSE))))


def _mine(event: Event) -> QuerySet[Event]:
    """The event, while it is this process's to pass on."""
    return Event.objects.filter(pk=event.pk, relay_claim=event.relay_claim, relay=Relay.WAITING)


def _is_away(code: int) -> bool:
    """Whether an answer says that nothing can be passed on at all, as `_AWAY` does."""
    return code == 0 or code >= 500 or code in (408, 429)


def _give_back(events: list[Event]) -> None:
    """They were not tried: they are due as before, when the pause is over."""
    for event in events:
        mine = Event.objects.filter(pk=event.pk, relay_claim=event.relay_claim)
        mine.update(relay_claim=None, relay_due_at=timezone.now())
