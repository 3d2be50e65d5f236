"""What people did, and what came of it. Rows are written once: never changed, never removed."""

from typing import Any, NoReturn

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils import timezone


class Unchangeable(TypeError):
    """Somebody tried to change or remove a record of what was done."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """A queryset that reads and adds, and refuses everything else."""

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise Unchangeable("Records of what was done are never changed or removed.")

    update = delete = bulk_update = update_or_create = _refuse
    aupdate = adelete = abulk_update = aupdate_or_create = _refuse


class AppendOnly(models.Model):
    """A row that can be added and read, and nothing else."""

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Add the row; raises Unchangeable if it is there already."""
        if not self._state.adding:
            raise Unchangeable("Records of what was done are never changed.")
        super().save(force_insert=True, using=kwargs.get("using"))

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Refused, always."""
        raise Unchangeable("Records of what was done are never removed.")


class Entry(AppendOnly):
    """Somebody asked for something. What came of it is the `outcome` row; none after a minute: it was not recorded."""

    workspace = models.ForeignKey("accounts.Workspace", null=True, on_delete=models.PROTECT, related_name="entries")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="entries")
    user_email = models.CharField(max_length=254, blank=True, help_text="As it was then; empty: the dashboard itself.")
    verb = models.CharField(max_length=60)
    kind = models.CharField(max_length=40, help_text="What sort of thing: project, agent, number, call, person …")
    thing_id = models.CharField(max_length=200, blank=True)
    thing_name = models.CharField(max_length=300, blank=True)
    project_id = models.CharField(max_length=200, blank=True)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    asked_at = models.DateTimeField(default=timezone.now)
    request_id = models.CharField(max_length=64, blank=True)
    sent_with = models.CharField(
        max_length=60, blank=True, default="", help_text="What Talkstack was shown, in words; never a secret."
    )

    class Meta:
        ordering = ["-asked_at", "-id"]
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["workspace", "-asked_at", "-id"], name="entries_of_workspace"),
            models.Index(fields=["workspace", "project_id", "-asked_at", "-id"], name="entries_by_project"),
            models.Index(fields=["workspace", "kind", "thing_id", "-asked_at", "-id"], name="entries_by_thing"),
            models.Index(fields=["workspace", "kind", "-asked_at", "-id"], name="entries_by_kind"),
            models.Index(fields=["workspace", "verb", "-asked_at", "-id"], name="entries_by_verb"),
            models.Index(fields=["workspace", "user_email", "-asked_at", "-id"], name="entries_by_person"),
            models.Index(fields=["workspace", "request_id", "-asked_at", "-id"], name="entries_by_request"),
        ]

    def __str__(self) -> str:
        return f"{self.user_email or 'dashboard'} {self.verb} {self.thing_name or self.thing_id}".strip()


class Result(models.TextChoices):
    """What came of it."""

    DONE = "done", "Done"
    REFUSED = "refused", "Refused"
    NOT_SENT = "not_sent", "Not sent"
    UNKNOWN = "unknown", "Unknown"
    FAILED = "failed", "Failed"


class Outcome(AppendOnly):
    """What came of an entry. A thing that got its id or name by the deed has them here."""

    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, related_name="outcome")
    result = models.CharField(max_length=12, choices=Result)
    words = models.TextField(blank=True)
    thing_id = models.CharField(max_length=200, blank=True)
    thing_name = models.CharField(max_length=300, blank=True)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["thing_id"], name="outcomes_by_thing"),
            models.Index(fields=["result", "-entry"], name="outcomes_by_result"),
        ]

    def __str__(self) -> str:
        return f"{self.result} {self.words}".strip()
