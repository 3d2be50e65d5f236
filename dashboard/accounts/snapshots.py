"""The last good answers of Talkstack, kept per workspace and question.

An answer is kept only if no write of ours happened since its reading began (the generation is the same), so that a slow
reading can never bring back what a write has changed.
"""

import json
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from .models import Snapshot, Workspace


def rows(workspace: Workspace, keys: Collection[str]) -> dict[str, Snapshot]:
    """The kept answers to these questions, in one query."""
    return {row.key: row for row in Snapshot.objects.filter(workspace=workspace, key__in=keys)}


def store(workspace: Workspace, generation: int, payloads: dict[str, Any], gone: Collection[str] = ()) -> bool:
    """Keep new answers and drop those of things that are no more; False, and nothing done, after a write of ours.

    Two or three queries, however many answers. Takes the generation from before the reading began.
    """
    if not payloads and not gone:
        return True
    now = timezone.now()
    news = [
        Snapshot(workspace=workspace, key=key, payload=json.dumps(raw), generation=generation, stored_at=now)
        for key, raw in payloads.items()
    ]
    with transaction.atomic(savepoint=False):
        unchanged = Workspace.objects.select_for_update(no_key=True).filter(pk=workspace.pk, generation=generation)
        if unchanged.values_list("pk", flat=True).first() is None:
            return False
        if news:
            columns = ["payload", "generation", "stored_at"]
            Snapshot.objects.bulk_create(
                news, update_conflicts=True, unique_fields=["workspace", "key"], update_fields=columns
            )
        if gone:
            Snapshot.objects.filter(workspace=workspace, key__in=gone).delete()
    return True


def bump(workspace: Workspace) -> None:
    """Raise the workspace's generation: what is kept, and what is being read just now, is out of date."""
    Workspace.objects.filter(pk=workspace.pk).update(generation=F("generation") + 1)
    workspace.refresh_from_db(fields=["generation"])
