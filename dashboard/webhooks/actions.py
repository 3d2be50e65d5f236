"""What is done about webhooks. What goes to Talkstack leaves a record with before and after; no secret is ever in one."""

import json
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone

from dashboard.accounts.models import User, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.activity import record
from dashboard.talkstack import Project, posting
from dashboard.web.tokens import masked
from dashboard.webhooks import addresses, receiving, watching
from dashboard.webhooks.models import Endpoint, Event, Outcome, Relay, Secret

TEST_SECONDS = 5.0


def tell(upstream: Upstream, actor: User, project: Project, url: str) -> None:
    """Say where Talkstack sends the events of a project's calls (API contract, 3.6). Raises TalkstackError."""
    upstream.write(
        actor, "project.webhook", lambda client: client.projects.set_webhook(project.id, url),
        kind="project", thing_id=project.id, thing_name=project.name, project_id=project.id,
        before={"webhook_url": project.webhook}, after={"webhook_url": masked(url)},
    )  # fmt: skip


def told(endpoint: Endpoint, before: str, url: str, seen: str | None) -> None:
    """Keep what Talkstack was told, and what it had before; `seen` is what was read back (None: it could not be)."""
    now = timezone.now()
    changes: dict[str, Any] = {"told_url": masked(url)[:2000], "told_at": now, "look_at": now + watching.EVERY}
    if before != masked(url):
        changes["before_url"] = before[:2000]
    Endpoint.objects.filter(pk=endpoint.pk).update(**changes, differs_since=None)
    if seen is None:
        Endpoint.objects.filter(pk=endpoint.pk).update(look_at=now)
    else:
        watching.saw(endpoint, seen, now)


def secret_for(endpoint: Endpoint) -> str:
    """The secret in clear that Talkstack is told: the newest one, or a first one."""
    found = addresses.current(endpoint)
    return addresses.opened(found) if found else addresses.make(endpoint)[1]


def pass_on(endpoint: Endpoint, actor: User, url: str) -> None:
    """From now on every event is passed on to `url`; "" stops it, also for what still waits."""
    if endpoint.relay_url == url:
        return
    with transaction.atomic():
        Endpoint.objects.filter(pk=endpoint.pk).update(relay_url=url, relay_pause=None, relay_failing=None)
        if not url:
            waiting = Event.objects.filter(endpoint=endpoint, relay=Relay.WAITING)
            waiting.update(relay=Relay.STOPPED, relay_due_at=None)
        _note(endpoint, actor, verb="webhook.relay", before={"relay_url": endpoint.relay_url}, after={"relay_url": url})
    endpoint.relay_url = url


def new_secret(endpoint: Endpoint, actor: User) -> str:
    """A new secret beside the old ones, which go on until Talkstack has the new one. Gives it in clear."""
    with transaction.atomic():
        endpoint.secrets.filter(replaced_at=None).update(replaced_at=timezone.now())
        secret, token = addresses.make(endpoint)
        _note(endpoint, actor, verb="webhook.secret", after={"ends_in": secret.hint})
    return token


def end_old_later(endpoint: Endpoint) -> None:
    """Talkstack has the newest one: the others open nothing any more in seven days."""
    old = endpoint.secrets.filter(ends_at=None).exclude(replaced_at=None)
    old.update(ends_at=timezone.now() + addresses.OLD_FOR)


def end(secret: Secret, actor: User) -> bool:
    """End a replaced secret now. False when it had ended, or nothing has replaced it."""
    now = timezone.now()
    with transaction.atomic():
        rows = Secret.objects.filter(addresses.valid(now), pk=secret.pk).exclude(replaced_at=None)
        if not rows.update(ends_at=now):
            return False
        _note(secret.endpoint, actor, verb="webhook.secret_end", before={"ends_in": secret.hint})
    return True


def show(endpoint: Endpoint, actor: User) -> str | None:
    """The whole address, for an admin to copy; that somebody looked is written down. None when there is none."""
    secret = addresses.current(endpoint)
    if secret is None:
        return None
    url = addresses.url_of(addresses.opened(secret))
    with transaction.atomic():
        _note(endpoint, actor, verb="webhook.show")
    return url


def replay(event: Event, actor: User, *, handle: bool, pass_on: bool) -> list[str]:
    """Have an event handled or passed on again; gives what will be done, in words. Nothing when it is no longer kept."""
    if event.forgotten or not (handle or pass_on):
        return []
    now, done = timezone.now(), []
    changes: dict[str, Any] = {}
    if handle:
        changes |= {"outcome": Outcome.WAITING, "words": "", "due_at": now, "claim": None, "tries": 0}
        done.append("handled again")
    if pass_on and event.endpoint.relay_url:
        changes |= {"relay": Relay.WAITING, "relay_due_at": now, "relay_claim": None, "relay_tries": 0}
        Endpoint.objects.filter(pk=event.endpoint_id).update(relay_pause=None)
        done.append("passed on again")
    with transaction.atomic():
        Event.objects.filter(pk=event.pk).update(**changes)
        if done:
            _note(event.endpoint, actor, verb="webhook.replay", after={"event": str(event.pk), "done": done})
    return done


def test_ours(endpoint: Endpoint, actor: User) -> tuple[posting.Posted, Event | None]:
    """Send a test event through our own public address, as Talkstack would. Gives what came back, and the event it became."""
    event_id, body = _test_body(endpoint.project_id)
    with transaction.atomic():
        _note(endpoint, actor, verb="webhook.test")
    headers = {"Content-Type": "application/json"}
    url = addresses.url_of(secret_for(endpoint))
    posted = posting.post(url, body, headers, anywhere=True, seconds=TEST_SECONDS)
    key = receiving.Delivery(body, event_id=event_id).key
    return posted, Event.objects.filter(endpoint=endpoint, key=key).first()


def test_theirs(workspace: Workspace, project: Project, actor: User) -> posting.Posted:
    """Send a test event to the other system's address that Talkstack has."""
    _, body = _test_body(project.id)
    with transaction.atomic():
        record.note(
            workspace=workspace, user=actor, verb="webhook.test", kind="project", thing_id=project.id,
            thing_name=project.name, project_id=project.id,
        )  # fmt: skip
    headers = {"Content-Type": "application/json"}
    return posting.post(project.webhook, body, headers, local=workspace.practice, seconds=TEST_SECONDS)


def _test_body(project_id: str) -> tuple[str, bytes]:
    event_id = f"test-{uuid.uuid4()}"
    told = {
        "event": "test", "eventId": event_id, "projectId": project_id, "timestamp": timezone.now().isoformat(),
        "message": "A test of the Talkstack dashboard. No call happened.",
    }  # fmt: skip
    return event_id, json.dumps(told).encode()


def _note(endpoint: Endpoint, actor: User, *, verb: str, before: Any = None, after: Any = None) -> None:
    record.note(
        workspace=endpoint.workspace, user=actor, verb=verb, kind="project", thing_id=endpoint.project_id,
        thing_name=endpoint.project_name, project_id=endpoint.project_id, before=before, after=after,
    )  # fmt: skip
