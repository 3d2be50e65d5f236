"""Why events are not passed on at the moment, for people: since when, what the other system said, when it is tried again."""

from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone

from dashboard.webhooks import addresses
from dashboard.webhooks.models import Endpoint, Pass


@dataclass(frozen=True)
class Trouble:
    """`host` is the other system's server, `said` what came of the last try, `again` when the next one is (None: at once)."""

    since: datetime
    host: str
    said: str
    again: datetime | None


def of(endpoint: Endpoint | None) -> Trouble | None:
    """The trouble of an endpoint, None if it has none. One query while there is some, else none."""
    if endpoint is None or not endpoint.relay_url or endpoint.relay_failing is None:
        return None
    waiting = Pass.objects.filter(event__endpoint=endpoint, event__relay_due_at__isnull=False, ok=False)
    last = waiting.order_by("-at", "-pk").first()
    pause = endpoint.relay_pause
    again = pause if pause and pause > timezone.now() else None
    return Trouble(endpoint.relay_failing, addresses.host_of(endpoint.relay_url), last.words if last else "", again)
