"""The account pages: a form, shown again with what was not done, and what is said about mails."""

from typing import Any

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from dashboard.web.links import link
from dashboard.web.render import redirect, see

from . import limits, lockout, signing
from .models import Membership
from .not_done import NotDone, wait_words
from .roles import Role, roles_from
from .sayings import STEPS, Saying


def answer(
    request: Any, template: str, form: Form, not_done: NotDone, context: dict[str, Any] | None = None
) -> HttpResponse:
    """The page again with the words where they belong and the pages that help; or straight to the one that does."""
    saying = not_done.saying
    if saying.go:
        see(request, not_done.words, "warning")
        return redirect(request, saying.go)
    form.add_error(saying.field or None, not_done.words)
    if saying.field:  # the words stand at the field, so the focus goes there instead of to a summary on top
        for name, field in form.fields.items():
            field.widget.attrs["autofocus"] = name == saying.field
    steps = [(reverse(name), STEPS[name]) for name in saying.steps]
    shown = {"form": form, "steps": steps, "at_field": saying.field, **mail_context(request), **(context or {})}
    response = render(request, template, shown, status=not_done.status)
    if not_done.retry_after:
        response["Retry-After"] = str(not_done.retry_after)
        response.at_once = not_done.result == "not_sent"  # type: ignore[attr-defined]
    return response


def check_pace(request: Any, name: str, most: int, minutes: int = 60) -> None:
    """Raises NotDone when more of this was asked from one address than people do by hand; nothing is sent then."""
    if wait := limits.spend(f"{name}:{lockout.address_of(request)}", most, minutes * 60):
        words = f"This was asked too often from here. Nothing was sent: try again in {wait_words(wait)}."
        raise NotDone(Saying(words), 429, "not_sent", retry_after=wait)


def page(request: Any, template: str, form: Form, context: dict[str, Any] | None = None) -> HttpResponse:
    """The page with its form: new, or with what keeps it from being sent."""
    shown = {"form": form, **mail_context(request), **(context or {})}
    response = render(request, template, shown, status=422 if form.is_bound else 200)
    response.at_once = True  # type: ignore[attr-defined]
    return response


def mail_context(request: Any) -> dict[str, Any]:
    """`practice`: Talkstack's mails are not sent here; `outboxes` (address, workspace): where this person may read them."""
    if not signing.practice_here():
        return {"practice": False, "outboxes": []}
    return {"practice": True, "outboxes": _outboxes(request)}


def _outboxes(request: Any) -> list[tuple[str, str]]:
    if not request.user.is_authenticated:
        return []
    mine = Membership.objects.filter(user=request.user, workspace__practice=True, role__in=roles_from(Role.OPERATOR))
    slugs = mine.order_by("workspace__name").values_list("workspace__slug", "workspace__name")
    found = [(link("practice:outbox", slug), name) for slug, name in slugs]
    return [(url, name) for url, name in found if url]
