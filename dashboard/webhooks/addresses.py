"""The addresses that Talkstack sends a project's events to: made, recognised, shown again, and ended."""

import hashlib
import hmac
import secrets as chance
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone

from dashboard.accounts import secrets
from dashboard.accounts.models import Workspace
from dashboard.talkstack import posting
from dashboard.web import tokens
from dashboard.webhooks.models import Endpoint, Secret

OLD_FOR = timedelta(days=7)
_BYTES = 32  # 256 bits, 43 letters


def digest(token: str) -> str:
    """What a secret is recognised by. It is random and long, so that nobody can guess it back."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def url_of(token: str) -> str:
    """The whole address with this secret."""
    return f"{settings.PUBLIC_URL}{reverse('hooks:receive', args=[token])}"


def ensure(workspace: Workspace, project_id: str, project_name: str) -> Endpoint:
    """The project's endpoint, made if there is none yet; its name is kept up to date."""
    names = {"project_name": project_name[:300]} if project_name else {}
    return Endpoint.objects.update_or_create(workspace=workspace, project_id=project_id, defaults=names)[0]


def of_project(workspace: Workspace, project_id: str) -> Endpoint | None:
    """The project's endpoint, if it has one."""
    return Endpoint.objects.filter(workspace=workspace, project_id=project_id).first()


def make(endpoint: Endpoint) -> tuple[Secret, str]:
    """A new secret, beside the ones there are, and what it is in clear."""
    token = tokens.PREFIX + chance.token_urlsafe(_BYTES)
    sealed = secrets.seal(endpoint.workspace_id, _field(endpoint), token)
    return Secret.objects.create(endpoint=endpoint, digest=digest(token), sealed=sealed, hint=token[-4:]), token


def valid(now: datetime) -> Q:
    """The condition "still opens the door"."""
    return Q(ends_at=None) | Q(ends_at__gt=now)


def current(endpoint: Endpoint) -> Secret | None:
    """The newest secret that still counts."""
    return endpoint.secrets.filter(valid(timezone.now())).first()


def opened(secret: Secret) -> str:
    """A secret in clear; raises SecretUnreadable."""
    return secrets.open_(secret.endpoint.workspace_id, _field(secret.endpoint), secret.sealed)


def find(token: str) -> Secret | None:
    """The secret that an address carries, with its endpoint, if it still counts. One query, whatever it is."""
    wanted = digest(token)
    found = Secret.objects.filter(valid(timezone.now()), digest=wanted).select_related("endpoint").first()
    return found if found and hmac.compare_digest(found.digest, wanted) else None


def is_ours(url: str) -> bool:
    """Whether a masked address is one that this dashboard made."""
    return "/hooks/••••" in url


def leads_here(url: str) -> bool:
    """Whether a typed address is this dashboard's own door for events."""
    return host_of(url) == host_of(settings.PUBLIC_URL) and urlsplit(url).path.startswith("/hooks/")


def hint_of(url: str) -> str:
    """The last letters of the secret in a masked address; "" if it is none of ours."""
    return url.partition("/hooks/••••")[2][:4]


def elsewhere(endpoint: Endpoint | None) -> str:
    """The server of the other system, if Talkstack was told to send a project's events there alone; else ""."""
    told = endpoint.told_url if endpoint else ""
    return "" if is_ours(told) else host_of(told)


def host_of(url: str) -> str:
    """The server of an address, for people; "" if it has none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def unreachable(practice: bool) -> str:
    """Why Talkstack cannot reach this dashboard, as far as PUBLIC_URL says; "" if nothing speaks against it.

    The stand-in of a practice workspace reaches what is on this machine, and nothing else.
    """
    local = posting.is_local(settings.PUBLIC_URL)
    host = host_of(settings.PUBLIC_URL)
    if practice:
        return "" if local else f"The practice server reaches this machine only, and the dashboard is at {host}."
    if local:
        return f"The dashboard is at {host}, which only this machine can reach. Set PUBLIC_URL to its public address."
    if not settings.HTTPS:
        return "The dashboard has no https address (PUBLIC_URL). Events hold phone numbers and what was said."
    return posting.problem(settings.PUBLIC_URL)


def _field(endpoint: Endpoint) -> str:
    return f"webhook {endpoint.pk}"
