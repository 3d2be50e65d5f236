"""What is asked before a call may be reserved. In practice nothing is asked: nobody is called."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls import keeping, ledger, states
from dashboard.calls.models import Call, Forgotten
from dashboard.web import phone


def questions(workspace: Workspace, number: str, now: datetime) -> dict[str, str]:
    """Form field → the sentence a person must confirm: `confirm_hours`, `confirm_recent`. Empty in practice."""
    if workspace.practice:
        return {}
    asked = {"confirm_hours": outside_hours(number, now), "confirm_recent": called_recently(workspace, number, now)}
    return {name: sentence for name, sentence in asked.items() if sentence}


def used_before(workspace: Workspace, request_key: str) -> dict[str, str]:
    """Form field → a sentence when this key made a call before, which is no longer kept: it may be an old tab, or a list."""
    forgotten = Forgotten.objects.filter(workspace=workspace)
    if not forgotten.exists() or not forgotten.filter(digest=keeping.mark_of_key(workspace, request_key)).exists():
        return {}
    return {"confirm_again": "This form made a call before, of which nothing is kept here any more."}


def outside_hours(number: str, now: datetime) -> str:
    """A sentence when it may be too early or too late where the number is from, else ""."""
    start, end = settings.CALLING_HOURS
    there = phone.local_time(number, now)
    if there is None:
        return f"It is not known what time it is for this number. Calling hours are {start}:00 to {end}:00."
    if all(start <= now.astimezone(zone).hour < end for zone in there.zones):
        return ""
    return f"It is {there.text} there (guessed from the number). Calling hours are {start}:00 to {end}:00."


def called_recently(workspace: Workspace, number: str, now: datetime) -> str:
    """A sentence when somebody of this workspace reached for the number within the cooling-off time, else ""."""
    last = ledger.last_call_to(workspace, number, now - timedelta(hours=settings.COOLING_OFF_HOURS))
    if last is not None:
        return last_contact(last, now)
    since = now - timedelta(hours=settings.COOLING_OFF_HOURS)
    lately = Forgotten.objects.filter(workspace=workspace, at__gt=since)
    if lately.exists() and lately.filter(digest=keeping.mark_of_number(workspace, number)).exists():
        return "Everything about this number was forgotten a short time ago: it may have been called just before."
    return ""


def last_contact(last: Call, now: datetime | None = None) -> str:
    """ "Called 3 h ago by kim@example.com: Answered."."""
    ago = _ago((now or timezone.now()) - last.at)
    by = f" by {last.placed_by_email}" if last.placed_by_email else ""
    return f"Called {ago} ago{by}: {states.badge(last.attempt, last.state).label}."


def _ago(gone: timedelta) -> str:
    seconds = max(int(gone.total_seconds()), 0)
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
