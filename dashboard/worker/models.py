"""What every background process writes down of itself, so that pages can say whether one is running and what it does."""

from django.db import models


class Heartbeat(models.Model):
    """One background process: who it is, and when it was last alive."""

    name = models.CharField(max_length=100, unique=True)
    started_at = models.DateTimeField()
    beat_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-beat_at"]

    def __str__(self) -> str:
        return self.name


class DutyRun(models.Model):
    """What one background process last did about one duty. Written every few seconds, not at every turn."""

    heartbeat = models.ForeignKey(Heartbeat, on_delete=models.CASCADE, related_name="runs")
    duty = models.CharField(max_length=100)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, help_text="Null: its first turn is under way.")
    did_at = models.DateTimeField(null=True, help_text="When a turn last had something to do.")
    problem = models.CharField(max_length=300, blank=True, help_text="Why the last turn failed, for people; '' if not.")
    problem_at = models.DateTimeField(null=True, help_text="Since when it fails.")
    failures = models.PositiveIntegerField(default=0, help_text="Turns that failed, one after the other.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["heartbeat", "duty"], name="one_run_per_duty_and_process")]

    def __str__(self) -> str:
        return f"{self.duty} by {self.heartbeat_id}"
