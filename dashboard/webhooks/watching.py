"""Whether Talkstack still has the address that was set: asked by the background process, a quarter of an hour apart."""

import logging
from datetime import datetime, timedelta

from django.db.models import F
from django.utils import timezone

from dashboard.accounts import queries
from dashboard.accounts.upstream import Upstream
from dashboard.talkstack import NotFound, TalkstackError
from dashboard.webhooks.models import Endpoint

log = logging.getLogger(__name__)
EVERY = timedelta(minutes=15)


def look() -> bool:
    """Ask about one endpoint that is due. True when there was one."""
    now = timezone.now()
    endpoint = Endpoint.objects.filter(look_at__lte=now).select_related("workspace").order_by("look_at").first()
    if endpoint is None:
        return False
    if not Endpoint.objects.filter(pk=endpoint.pk, look_at=endpoint.look_at).update(look_at=now + EVERY):
        return True  # another worker has it
    try:
        query = queries.project(endpoint.project_id)
        project = Upstream(endpoint.workspace).ask(query.fetch)
    except NotFound:
        Endpoint.objects.filter(pk=endpoint.pk).update(gone_at=now, look_at=None, differs_since=None)
    except TalkstackError as error:
        log.info("the address of a webhook could not be read: %s", error)
    else:
        saw(endpoint, project.webhook, now)
    return True


def saw(endpoint: Endpoint, url: str, now: datetime) -> None:
    """Write down which address Talkstack has (masked); since when it is not the one it was told, if it is not."""
    rows = Endpoint.objects.filter(pk=endpoint.pk)
    rows.update(seen_url=url[:2000], seen_at=now, gone_at=None)
    told = rows.exclude(told_at=None)
    told.filter(told_url=F("seen_url")).exclude(differs_since=None).update(differs_since=None)
    told.exclude(told_url=F("seen_url")).filter(differs_since=None).update(differs_since=now)
