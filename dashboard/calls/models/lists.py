"""What the lists of calls need beside the calls: the words that are searched, and views that were saved."""

from django.conf import settings
from django.db import models


class CallText(models.Model):
    """All that may be searched of one call, folded to one case: numbers, agent, variables, data, answers.

    A table of its own, so that a call's changes of state do not touch the trigram index over it.
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    call = models.OneToOneField("calls.Call", on_delete=models.CASCADE, related_name="words_row")
    text = models.TextField()

    def __str__(self) -> str:
        return f"the words of {self.call_id}"


class SavedView(models.Model):
    """A list of calls with its filters, under a name: a plain address, of one person or of the whole team."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="saved_views")
    project_id = models.CharField(max_length=200, blank=True, help_text="'' is the list across the workspace.")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    team = models.BooleanField(default=False, help_text="Whether everybody of the workspace sees it.")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000, help_text="The filters, as in the address: state=voicemail&days=7")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name
