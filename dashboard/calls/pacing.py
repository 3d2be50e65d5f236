"""When a reservation may go: not too many a minute for one project, not outside the recipient's hours unasked, not while
Talkstack asks to wait. The worker looks at this before it claims one (dialing.py); nothing here asks Talkstack.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Q
from django.utils import timezone

from dashboard.calls import attempts, guards
from dashboard.calls.models import Attempt, Call


def too_many_lately(call: Call) -> bool:
    """Whether this call's project placed CALLS_PER_MINUTE calls within the last minute: then its reservations wait.

    Looked at before the claim, so several lanes at once may go over by as many as they are.
    """
    now = timezone.now()
    same = Call.objects.filter(workspace=call.workspace, project_id=call.project_id)
    lately = same.filter(
        at__gt=now - timedelta(days=1), sending_at__range=(now - timedelta(minutes=1), now + timedelta(minutes=1))
    )
    sent = [
        at
        for at in lately.order_by("-sending_at").values_list("sending_at", flat=True)[: settings.CALLS_PER_MINUTE]
        if at
    ]
    if not settings.CALLS_PER_MINUTE or len(sent) < settings.CALLS_PER_MINUTE:
        return False
    words = (
        f"No more than {settings.CALLS_PER_MINUTE} calls a minute are placed for one project. This one goes by itself."
    )
    hold(call, now, sent[-1] + timedelta(minutes=1), words=words)
    return True


def outside_hours_now(call: Call) -> bool:
    """Whether a call that had to wait would ring outside the recipient's hours, to which nobody has agreed: a person looks.

    Reserving asked for the hours of that moment; some minutes later that answer is old.
    """
    now = timezone.now()
    asked_at = max(call.at, call.released_at or call.at)
    if call.workspace.practice or call.hours_confirmed or now - asked_at <= attempts.STALE_AFTER:
        return False
    sentence = guards.outside_hours(call.number, now)
    if not sentence:
        return False
    words = f"{sentence} It had to wait until now, so somebody has to say whether it may still go."
    waiting = Call.objects.filter(pk=call.pk, attempt=Attempt.RESERVED, not_before=call.not_before)
    waiting.update(held_at=now, words=words, version=F("version") + 1)
    return True


def hold(call: Call, now: datetime, until: datetime, **changes: object) -> None:
    """Every reservation of the call's project waits until then; one that waits for a person goes on waiting for them."""
    waiting = Call.objects.filter(
        workspace=call.workspace, project_id=call.project_id, attempt=Attempt.RESERVED
    ).filter(Q(not_before=None) | Q(not_before__lt=until))
    waiting = waiting if call.workspace.practice else waiting.filter(attempts.recent(now))
    waiting.update(not_before=until, version=F("version") + 1, **changes)
