"""What of a workspace's webhooks waits for a person, and what waits for the background process. Our database only."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls.models import Attempt, Call
from dashboard.web.links import link
from dashboard.web.registry import Decision, Waiting
from dashboard.web.words import plural
from dashboard.webhooks import addresses
from dashboard.webhooks.models import Endpoint, Event, Relay

WITHIN = timedelta(days=1)
PATIENCE = timedelta(minutes=5)  # an event may be late
FAILING_FOR = timedelta(minutes=10)


def of(workspace: Workspace) -> Iterable[Decision]:
    """Webhooks that are silent, that go elsewhere than was set, or that cannot be passed on. One query."""
    for endpoint in _looked_at(workspace, timezone.now()):
        name = endpoint.project_name or "a project"
        page = link("webhooks:page", workspace.slug, endpoint.project_id)
        log = link("webhooks:events", workspace.slug, endpoint.project_id)
        if endpoint.differs_since:
            where = f"goes to {endpoint.seen_url}" if endpoint.seen_url else "has no address"
            yield Decision(
                "webhook", f"Somebody changed the webhook of {name}", f"At Talkstack it {where}, not where it was set to here.",
                page, "Look at it", "admin", endpoint.differs_since,
            )  # fmt: skip
        elif silent := silent_since(endpoint, endpoint.last_call, endpoint.last_event):
            yield Decision(
                "webhook", f"The webhook of {name} is silent",
                "Calls ended, but Talkstack sent no event about them. The dashboard asks by itself meanwhile, so nothing is lost.",
                page, "Look at it", "admin", silent,
            )  # fmt: skip
        if endpoint.relay_failing and endpoint.relay_failing < timezone.now() - FAILING_FOR:
            yield Decision(
                "webhook", f"Events of {name} cannot be passed on",
                f"{addresses.host_of(endpoint.relay_url)} does not take them. They are tried again for a day and a half.",
                log, "See what it said", "admin", endpoint.relay_failing,
            )  # fmt: skip


def silent_since(endpoint: Endpoint, call: datetime | None, event: datetime | None) -> datetime | None:
    """Since when calls end without an event, by the two `looks`; None if that is not so."""
    if endpoint.told_at is None or not addresses.is_ours(endpoint.told_url):
        return None
    if call is None or call < endpoint.told_at or (event and event >= call):
        return None
    return call


def looks(now: datetime, at: str = "") -> dict[str, Subquery]:
    """For an endpoint's row (or one that has it as `at`): `last_call`, when the newest call that ended within a day began
    (not longer ago than a day more: the calls of a quiet project are not all looked through), and `last_event`, when an
    event last came.
    """
    ended = Call.objects.filter(
        workspace=OuterRef(f"{at}workspace"), project_id=OuterRef(f"{at}project_id"), attempt=Attempt.PLACED,
        final_at__gt=now - WITHIN, final_at__lt=now - PATIENCE, at__gt=now - WITHIN - timedelta(days=1),
    )  # fmt: skip
    newest = ended.order_by("-at").values("at")[:1]
    last = Event.objects.filter(endpoint=OuterRef(f"{at}pk")).order_by("-received_at").values("received_at")[:1]
    return {"last_call": Subquery(newest), "last_event": Subquery(last)}


def _looked_at(workspace: Workspace, now: datetime) -> QuerySet[Any]:
    wanted = Endpoint.objects.filter(workspace=workspace, gone_at=None).exclude(told_at=None, relay_url="")
    return wanted.annotate(**looks(now)).order_by("project_name", "pk")


def to_handle(workspace: Workspace) -> Iterable[Waiting]:
    """Events that wait to be understood. One query."""
    due = Event.objects.filter(endpoint__workspace=workspace, due_at__isnull=False)
    return _lines("to be read", due.filter(tries=0))


def to_pass_on(workspace: Workspace) -> Iterable[Waiting]:
    """Events that wait to be passed on. One query."""
    return _lines("to be passed on", Event.objects.filter(_relayed(), endpoint__workspace=workspace))


def _relayed() -> Q:
    return Q(relay=Relay.WAITING, relay_due_at__isnull=False)


def _lines(words: str, events: QuerySet[Event]) -> Iterable[Waiting]:
    found = events.order_by().aggregate(many=Count("pk"), since=Min("received_at"))
    if found["many"]:
        yield Waiting(f"{plural(found['many'], 'webhook event')} {words}", found["many"], found["since"])
