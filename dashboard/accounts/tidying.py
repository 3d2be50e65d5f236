"""What nobody needs any more goes: counters, sessions that ended by themselves, parked forms, failures to sign in."""

from datetime import timedelta

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from . import parking
from .models import ParkedForm, Rate, Session

KEPT_FOR = timedelta(days=1)  # a session that ended lately still tells whose parked form it was


def tidy() -> None:
    """The worker's duty, every hour."""
    now = timezone.now()
    before = now - KEPT_FOR
    Rate.objects.filter(since__lt=before).delete()
    AccessAttempt.objects.filter(attempt_time__lt=before).delete()
    ParkedForm.objects.filter(created_at__lt=now - parking.KEPT_FOR).delete()
    idle = before - timedelta(seconds=settings.SESSION_IDLE_SECONDS)
    Session.objects.filter(Q(expire_date__lt=before) | Q(last_seen__lt=idle)).delete()
