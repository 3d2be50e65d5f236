"""How far each project's call history was read into the ledger."""

from django.db import models


class HistoryRead(models.Model):
    """One project's history: when it was read last, how far back it is complete, and what Talkstack would not show."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="history_reads")
    project_id = models.CharField(max_length=200)
    project_name = models.CharField(max_length=300, blank=True)
    next_read_at = models.DateTimeField(db_index=True)
    asked_at = models.DateTimeField(null=True, help_text="When a person asked for it to be read at once.")
    lease_until = models.DateTimeField(null=True, help_text="Until then one worker reads it and the others leave it.")
    read_at = models.DateTimeField(null=True, help_text="When the newest days were last read to the end.")
    back_to = models.DateField(null=True, help_text="Every day (UTC) from this one on was read.")
    begun_at = models.DateTimeField(null=True, help_text="When its beginning was reached: nothing older exists.")
    gaps = models.JSONField(default=list, help_text="Days (UTC, ISO) of which Talkstack did not show every call.")
    gaps_at = models.DateTimeField(null=True, help_text="When the gaps were last tried again.")
    recent_at = models.DateTimeField(null=True, help_text="When reading the last 3 days again was last begun.")
    month_at = models.DateTimeField(null=True, help_text="When reading the last 30 days again was last begun.")
    again_from = models.DateField(null=True, help_text="The next day (UTC) to read again; then the days before it.")
    again_to = models.DateField(null=True, help_text="The last of them.")
    largest_page = models.PositiveIntegerField(default=0, help_text="So many calls came in one answer at most.")
    gone_at = models.DateTimeField(null=True, help_text="When Talkstack said that there is no such project any more.")
    problem = models.CharField(max_length=300, blank=True)
    problem_at = models.DateTimeField(null=True, help_text="Since when it has this problem.")
    tried_at = models.DateTimeField(null=True, help_text="When it was last tried in vain.")
    away = models.BooleanField(default=False, help_text="In vain because Talkstack was away or let nobody in.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "project_id"], name="one_history_per_project")]

    def __str__(self) -> str:
        return f"history of {self.project_name or self.project_id}"
