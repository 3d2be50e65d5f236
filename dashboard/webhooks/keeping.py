"""How long events are kept, that an endpoint never holds too many, and that a forgotten number is in none of them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet, Sum
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.web.spelling import Spelling
from dashboard.web.words import count_of
from dashboard.webhooks import shapes
from dashboard.webhooks.models import Endpoint, Event, Relay, Secret

BATCH = 500
_COUNT_UP_TO = 1_000
MOST_BYTES = 500_000_000  # that one endpoint holds
_SETTLED = Q(due_at=None, relay_due_at=None)


def let_go() -> bool:
    """The duty: what is handled and old goes, one batch for each workspace; then what is too much. True when more waits."""
    now = timezone.now()
    more = [_old_go(workspace, now) for workspace in Workspace.objects.filter(endpoints__isnull=False).distinct()]
    Secret.objects.filter(ends_at__lt=now - timedelta(days=30)).delete()
    return any([*more, *(_too_much_goes(endpoint) for endpoint in Endpoint.objects.all())])


def days(workspace: Workspace) -> float:
    """How many days a handled event is kept: never longer than the workspace keeps calls and what was said in them."""
    limits = (settings.WEBHOOK_KEEP_DAYS, workspace.keep_calls_days, workspace.keep_variables_days)
    return min(limit for limit in limits if limit is not None)


def _old_go(workspace: Workspace, now: datetime) -> bool:
    before = now - timedelta(days=days(workspace))
    old = Event.objects.filter(_SETTLED, endpoint__workspace=workspace, received_at__lt=before)
    return _delete(old)


def _too_much_goes(endpoint: Endpoint) -> bool:
    """The oldest handled events go while there is too much; if that is not enough, nothing more is taken in."""
    held = Event.objects.filter(endpoint=endpoint)
    too_much = _size(held) > MOST_BYTES
    more = too_much and _delete(held.filter(_SETTLED))
    full = too_much and not more and _size(held) > MOST_BYTES
    Endpoint.objects.filter(pk=endpoint.pk).exclude(full=full).update(full=full)
    return more


def _size(events: QuerySet[Event]) -> int:
    return int(events.order_by().aggregate(size=Sum("size"))["size"] or 0)


def _delete(events: QuerySet[Event]) -> bool:
    """The oldest batch goes. True when it was a whole one."""
    batch = list(events.order_by("received_at").values_list("pk", flat=True)[:BATCH])
    Event.objects.filter(pk__in=batch).delete()
    return len(batch) == BATCH


def kept_of_project(workspace: Workspace, project_id: str) -> list[str]:
    """What stays of a project's events when it is deleted, for people: one sentence, or none. One query."""
    kept = Event.objects.filter(endpoint__workspace=workspace, endpoint__project_id=project_id)
    many = kept.values("pk")[: _COUNT_UP_TO + 1].count()
    if not many:
        return []
    events = count_of(many, "webhook event", _COUNT_UP_TO)
    stay = "stays until it" if many == 1 else "stay until each"
    return [f"Its {events} {stay} is {count_of(round(days(workspace)), 'day')} old."]


def forget(workspace: Workspace, number: Spelling, line: bool, until: datetime) -> Callable[[], int]:
    """Look for every event until a moment that names the number, however it is written in it; what this gives blanks them.

    That an event came, and what came of it, stays. `line`: it is a line of the team; then only calls with it count.
    """
    events = Event.objects.filter(endpoint__workspace=workspace, forgotten=False, received_at__lte=until)
    naming = [event.pk for event in _bodies(events) if (_is_with if line else _names)(event, number)]
    return partial(_blank, naming)


def _blank(events: list[Any]) -> int:
    for start in range(0, len(events), BATCH):
        rows = Event.objects.filter(pk__in=events[start : start + BATCH])
        rows.filter(relay=Relay.WAITING).update(relay=Relay.STOPPED, relay_due_at=None)
        rows.update(body=b"", size=0, content_type="", forgotten=True, due_at=None)
    return len(events)


def _bodies(events: QuerySet[Event]) -> Iterable[Event]:
    return events.only("pk", "body", "content_type", "content_encoding").order_by().iterator(chunk_size=BATCH)


def _names(event: Event, number: Spelling) -> bool:
    told = shapes.leaves(bytes(event.body), event.content_type, event.content_encoding)
    return number.names(event.content_type) or any(number.names(text) for text in told)


def _is_with(event: Event, number: Spelling) -> bool:
    """Whether its call is with the number, rather than over it."""
    call = shapes.read(bytes(event.body), event.content_type, event.content_encoding).call
    return call is not None and number.names(call.from_ if call.direction.startswith("inbound") else call.to)


def sealed() -> Iterator[tuple[Any, str, int, str]]:
    """Every place of this room that holds a sealed secret, for the rotation of keys."""
    for secret in Secret.objects.select_related("endpoint"):
        yield secret, "sealed", secret.endpoint.workspace_id, f"webhook {secret.endpoint_id}"
