"""How often something may be done: counted in the database, so that every process and machine counts together."""

import math
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db.models import F
from django.http.response import HttpResponseBase
from django.utils import timezone

from dashboard.web import problems

from .models import Rate
from .not_done import wait_words

View = Callable[..., HttpResponseBase]


def spend(key: str, most: int, seconds: int) -> int:
    """Count one use of `key`; 0 if it is within `most` in `seconds`, else how many seconds to wait (and it is not counted)."""
    now, key = timezone.now(), key[:120]
    row = Rate.objects.filter(key=key, since__gt=now - timedelta(seconds=seconds)).first()
    if row is None:
        new = Rate(key=key, since=now, count=1)
        Rate.objects.bulk_create([new], update_conflicts=True, unique_fields=["key"], update_fields=["since", "count"])
        return 0
    if row.count < most and Rate.objects.filter(pk=row.pk, count__lt=most).update(count=F("count") + 1):
        return 0
    return max(1, math.ceil((row.since - now).total_seconds() + seconds))


def forget(key: str) -> None:
    """Count `key` anew: what it was counted for has ended well."""
    Rate.objects.filter(key=key[:120]).delete()


def at_most(name: str, most: int, seconds: int, when: Callable[[Any], object] = bool) -> Callable[[View], View]:
    """For a view below `workspace_view`: each person may do this so often; beyond it, 429 with the wait in words.

    `when(request)` says whether this request counts.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def limited(request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
            wait = spend(f"{name}:{request.user.pk}", most, seconds) if when(request) else 0
            if wait:
                words = f"{problems.TOO_OFTEN.text} Try again in {wait_words(wait)}."
                return problems.answer(request, problems.too_often(words, wait))
            return view(request, *args, **kwargs)

        return limited

    return decorate
