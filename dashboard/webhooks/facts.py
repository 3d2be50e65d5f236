"""What the page of a webhook shows: where events go, since when, what came last, and which secrets there are."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.talkstack import Project
from dashboard.webhooks import addresses, decisions, reading, rows, trouble
from dashboard.webhooks.forms import ABOUT, THEIRS
from dashboard.webhooks.models import Endpoint, Event, Relay, Secret
from dashboard.webhooks.trouble import Trouble

LATEST = 5


@dataclass(frozen=True)
class Facts:
    """`choice` as in the form, "" for no address. `lost`: it is an address of ours whose secret no longer counts.

    `silent`: since when calls end without an event. `unreachable`: why Talkstack cannot reach this dashboard.
    """

    choice: str
    endpoint: Endpoint | None
    unreachable: str
    lost: bool = False
    secrets: list[Secret] = field(default_factory=list)
    last: datetime | None = None
    day: int = 0
    waiting: int = 0
    given_up: int = 0
    silent: datetime | None = None
    latest: list[rows.Row] = field(default_factory=list)
    trouble: Trouble | None = None

    @property
    def about(self) -> str:
        """What the present choice means."""
        return ABOUT.get(self.choice, "")

    @property
    def undo(self) -> str:
        """The address before this one, if it was somebody else's."""
        before = self.endpoint.before_url if self.endpoint else ""
        return "" if addresses.is_ours(before) else before


def endpoint_of(workspace: Workspace, project_id: str) -> tuple[Endpoint | None, dict[str, Any]]:
    """The project's endpoint, and for `of` what goes with it. One query; two when it has no secret."""
    now = timezone.now()
    mine = Secret.objects.filter(addresses.valid(now), endpoint__workspace=workspace, endpoint__project_id=project_id)
    looks = decisions.looks(now, "endpoint__") | _counts(now)
    secrets = list(mine.select_related("endpoint__workspace").annotate(**looks))
    if not secrets:
        return addresses.of_project(workspace, project_id), {}
    return secrets[0].endpoint, {"secrets": secrets} | {name: getattr(secrets[0], name) for name in looks}


def _counts(now: datetime) -> dict[str, Any]:
    events = Event.objects.filter(endpoint=OuterRef("endpoint")).order_by()
    wanted = {
        "day": events.filter(received_at__gt=now - timedelta(days=1)),
        "waiting": events.filter(relay=Relay.WAITING, relay_due_at__isnull=False),
        "given_up": events.filter(relay=Relay.GIVEN_UP, received_at__gt=now - timedelta(days=7)),
    }
    return {
        name: Coalesce(Subquery(found.values("endpoint").annotate(n=Count("*")).values("n")), 0)
        for name, found in wanted.items()
    }


def of(project: Project, endpoint: Endpoint | None, known: dict[str, Any], workspace: Workspace) -> Facts:
    """From what `endpoint_of` gave; one query more for the latest events."""
    choice, unreachable = reading.choice(project, endpoint), addresses.unreachable(workspace.practice)
    hint = addresses.hint_of(project.webhook)
    secrets: list[Secret] = known.get("secrets", [])
    lost = bool(hint) and hint not in {secret.hint for secret in secrets}
    if endpoint is None or not secrets:
        return Facts(choice, endpoint, unreachable, lost=lost)
    silent = decisions.silent_since(endpoint, known["last_call"], known["last_event"])
    return Facts(
        choice=choice, endpoint=endpoint, unreachable=unreachable, lost=lost, secrets=secrets,
        silent=silent if choice != THEIRS else None, last=known["last_event"],
        day=known["day"], waiting=known["waiting"], given_up=known["given_up"],
        latest=rows.rows(workspace, rows.of_endpoint(endpoint)[:LATEST]), trouble=trouble.of(endpoint),
    )  # fmt: skip
