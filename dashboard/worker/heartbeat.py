"""Whether a background process is alive: it writes the time every few seconds, pages read it."""

from datetime import timedelta

from django.utils import timezone

from dashboard.worker.models import Heartbeat

EVERY_SECONDS = 3.0
SILENT_AFTER = timedelta(seconds=15)
FORGET_AFTER = timedelta(days=1)


def beat(name: str, *, first: bool = False) -> int:
    """Write that the process `name` is alive now; `first` also removes the traces of processes long gone. Gives its row's id."""
    now = timezone.now()
    row, _ = Heartbeat.objects.update_or_create(
        name=name,
        defaults={"beat_at": now, "stopped_at": None} | ({"started_at": now} if first else {}),
        create_defaults={"started_at": now, "beat_at": now},
    )
    if first:
        Heartbeat.objects.filter(beat_at__lt=now - FORGET_AFTER).delete()
    return int(row.pk)


def stopped(name: str) -> None:
    """Write that the process `name` ended in good order."""
    Heartbeat.objects.filter(name=name).update(stopped_at=timezone.now())


def alive() -> bool:
    """Whether any background process was alive within the last 15 seconds."""
    return Heartbeat.objects.filter(beat_at__gt=timezone.now() - SILENT_AFTER, stopped_at=None).exists()
