"""Forms that were sent after the session had ended or been begun anew: kept sealed, shown again, never sent by us."""

import json
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils import timezone

from dashboard.activity.changes import label

from . import last_session
from .models import ParkedForm, User
from .secrets import SecretUnreadable, open_, seal

KEPT_FOR = timedelta(minutes=15)
_MOST = 5  # of one person; the oldest gives way
_LARGEST = 4_000_000
_CARRIED = re.compile(r"(?=.*[0-9])[0-9A-Za-z_-]{16,}")  # ids, versions, keys of forms that are sent once
_NOT_KEPT = ("csrfmiddlewaretoken", "password", "old_password", "new_password", "fresh_password", "api_key")


@dataclass(frozen=True)
class Field:
    """One field of a form that waits."""

    name: str
    value: str

    @property
    def label(self) -> str:
        """What it is called, as far as that is known here."""
        return label(self.name)

    @property
    def long(self) -> bool:
        """Whether it takes more than a line."""
        return len(self.value.splitlines()) > 1 or len(self.value) > 80

    @property
    def technical(self) -> bool:
        """Whether it looks like something that the page sent along, and nobody typed."""
        return self.name.endswith("_id") or bool(_CARRIED.fullmatch(self.value))


def park(request: Any) -> str:
    """Keep the body for the person whose session it was; where it waits, or "" if we cannot know whose, or it is too large.

    A session that ran out or was ended is still known by its row; that of somebody who was removed is not.
    """
    person = last_session.person(request)
    return _keep(request, person) if person else ""


def park_earlier(request: Any) -> str:
    """The same for a form that the person who is signed in now was shown before they signed in once more."""
    guarded = hasattr(getattr(request.resolver_match, "func", None), "required_role")
    mine = guarded and request.user.is_authenticated and last_session.is_earlier_form(request)
    return _keep(request, request.user) if mine else ""


def park_mine(request: Any) -> str:
    """The same for the person who is signed in now and has something else to do first."""
    return _keep(request, request.user)


def _keep(request: Any, person: User) -> str:
    if request.FILES:
        return ""
    fields = [[name, value] for name, values in request.POST.lists() for value in values if name not in _NOT_KEPT]
    body = json.dumps(fields)
    if len(body) > _LARGEST:
        return ""
    ParkedForm.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()
    newest = ParkedForm.objects.filter(user_id=person.pk).order_by("-created_at").values_list("pk", flat=True)
    ParkedForm.objects.filter(pk__in=list(newest[_MOST - 1 :])).delete()
    form = ParkedForm(user_id=person.pk, path=request.get_full_path()[:2000])
    form.body = seal(person.pk, f"parked {form.pk}", body)
    form.save()
    return reverse("accounts:parked", args=[form.pk])


def find(user: User, parked_id: Any) -> tuple[ParkedForm, list[list[str]]] | None:
    """The parked form and its fields in order, if it is this person's and not older than a quarter of an hour."""
    form = ParkedForm.objects.filter(pk=parked_id, user=user, created_at__gt=timezone.now() - KEPT_FOR).first()
    if form is None:
        return None
    try:
        return form, json.loads(open_(user.pk, f"parked {form.pk}", form.body))
    except SecretUnreadable:
        return None
