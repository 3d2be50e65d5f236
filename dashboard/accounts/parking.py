"""Forms that were sent after the session had ended, without JavaScript: kept sealed, shown again, never sent by us."""

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from .models import ParkedForm, Session, User
from .secrets import SecretUnreadable, open_, seal

KEPT_FOR = timedelta(minutes=15)
_MOST = 5  # of one person; the oldest gives way
_LARGEST = 4_000_000
_NOT_KEPT = ("csrfmiddlewaretoken", "password", "old_password", "new_password", "fresh_password", "api_key")


def park(request: Any) -> str:
    """Keep the body for the person whose session it was; its id, or "" if we cannot know or it is too large.

    A session that ran out is still known by its row; one that was ended is not, and then nothing is kept.
    """
    key = request.COOKIES.get(settings.SESSION_COOKIE_NAME, "")
    row = Session.objects.filter(session_key=key).first() if key.isalnum() else None
    if row is None or row.user_id is None or request.FILES:
        return ""
    fields = [[name, value] for name, values in request.POST.lists() for value in values if name not in _NOT_KEPT]
    body = json.dumps(fields)
    if len(body) > _LARGEST:
        return ""
    ParkedForm.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    newest = ParkedForm.objects.filter(user_id=row.user_id).order_by("-created_at").values_list("pk", flat=True)
    ParkedForm.objects.filter(pk__in=list(newest[_MOST - 1 :])).delete()
    form = ParkedForm(user_id=row.user_id, path=request.get_full_path()[:2000])
    form.body = seal(row.user_id, f"parked {form.pk}", body)
    form.save()
    return str(form.pk)


def find(user: User, parked_id: Any) -> tuple[ParkedForm, list[list[str]]] | None:
    """The parked form and its fields in order, if it is this person's and not older than a quarter of an hour."""
    form = ParkedForm.objects.filter(pk=parked_id, user=user, created_at__gt=timezone.now() - KEPT_FOR).first()
    if form is None:
        return None
    try:
        return form, json.loads(open_(user.pk, f"parked {form.pk}", form.body))
    except SecretUnreadable:
        return None
