"""What the lists of calls need beside the calls: the words that are searched, and views that were saved."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Lower


class CallText(models.Model):
    """All that may be searched of one call, folded to one case: numbers, agent, variables, data, answers, and what
    an analysis says besides.

    A table of its own, so that a call's changes of state do not touch the trigram index over it. Ids are in the order of
    the calls' times (texts.place).
    """

    id = models.BigAutoField(primary_key=True)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    call = models.OneToOneField("calls.Call", on_delete=models.CASCADE, related_name="words_row")
    text = models.TextField()

    class Meta:
        indexes = [models.Index(fields=["workspace", "-id"], name="texts_of_workspace")]

    def __str__(self) -> str:
        return f"the words of {self.call_id}"


class TextIndex(models.Model):
    """SQLite's index of every three letters in a row of CallText.text (an FTS5 table, kept by triggers: migration 0005).

    The column that is named like the table is what MATCH looks in, and what takes the index's own commands.
    On PostgreSQL there is no such table: an index of pg_trgm on the text does the same.
    """

    row = models.OneToOneField(
        CallText,
        primary_key=True,
        db_column="rowid",
        db_constraint=False,
        on_delete=models.DO_NOTHING,
        related_name="+",
    )
    words = models.TextField(db_column="calls_textindex")

    class Meta:
        managed = False
        db_table = "calls_textindex"

    def __str__(self) -> str:
        return f"the letters of {self.row_id}"


class SavedView(models.Model):
    """A list of calls with its filters, under a name: a plain address, of one person or of the whole team.

    One's own ones hang on the membership and go with it; the team's outlive whoever made them.
    """

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="saved_views")
    project_id = models.CharField(max_length=200, blank=True, help_text="'' is the list across the workspace.")
    member = models.ForeignKey(
        "accounts.Membership",
        null=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text="Whose it is; nobody's is the team's.",
    )
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=80)
    query = models.CharField(max_length=2000, help_text="The filters, as in the address: state=voicemail&days=7")
    names = models.JSONField(default=dict, help_text="What agents and questions in it were called, by id.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"), "member", condition=models.Q(member__isnull=False), name="one_view_per_name_and_member"
            ),
            models.UniqueConstraint(
                Lower("name"), "workspace", condition=models.Q(member__isnull=True), name="one_view_per_name_and_team"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def team(self) -> bool:
        """Whether everybody of the workspace sees it."""
        return self.member_id is None
