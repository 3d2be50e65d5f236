"""What this dashboard itself knows about numbers: the assignments that were made here."""

from django.db import models
from django.utils import timezone


class Assignment(models.Model):
    """A number that was given to an agent here. Talkstack's own answers may leave it out; a deletion must not."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="assignments")
    project_id = models.CharField(max_length=200)
    e164 = models.CharField(max_length=40)
    agent_id = models.CharField(max_length=200)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "e164"], name="one_assignment_per_number")]
        indexes = [models.Index(fields=["workspace", "project_id"], name="assignments_of_project")]

    def __str__(self) -> str:
        return f"{self.e164} to {self.agent_id}"
