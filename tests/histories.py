"""Reading call histories in tests, as the two duties of the worker do it."""

from datetime import timedelta

from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.calls import history
from dashboard.calls.models import Call, HistoryRead


def read_all() -> None:
    """Every history that is due, of every workspace."""
    history.find()
    while history.read_due():
        pass


def read_one(workspace: Workspace, project_id: str, project_name: str = "") -> int:
    """One turn for one project, due or not: it has waited longest. Gives how many calls are new."""
    known, now = Call.objects.count(), timezone.now()
    first = {"project_name": project_name, "next_read_at": now}
    row, _ = HistoryRead.objects.get_or_create(workspace=workspace, project_id=project_id, defaults=first)
    HistoryRead.objects.filter(pk=row.pk).update(next_read_at=now - timedelta(days=3650))
    history.read_due()
    return Call.objects.count() - known
