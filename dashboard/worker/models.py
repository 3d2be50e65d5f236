"""The heartbeat of every background process, so that pages can say whether one is running."""

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
