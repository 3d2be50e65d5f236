"""Questions asked about calls after they have ended, and what Talkstack answered (API contract, 5.4)."""

import uuid

from django.conf import settings
from django.db import models


class AnswerType(models.TextChoices):
    """The kinds of answer, in Talkstack's words."""

    YES_NO = "Boolean", "Yes or no"
    TEXT = "Text", "Text"
    NUMBER = "Number", "Number"
    CHOICE = "Selector", "Choice"


class QuestionSet(models.Model):
    """Questions that are asked together, of one project."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="question_sets")
    project_id = models.CharField(max_length=200)
    name = models.CharField(max_length=80)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    retired_at = models.DateTimeField(null=True, help_text="No longer offered; its answers stay.")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Question(models.Model):
    """One question. Its words and kind never change once it was asked: another wording is another question."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    question_set = models.ForeignKey(QuestionSet, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField(default=0)
    text = models.CharField(max_length=500)
    type = models.CharField(max_length=10, choices=AnswerType)
    options = models.JSONField(default=list, help_text="What may be chosen; only with the kind Choice.")
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.text


class Asking(models.Model):
    """One person's wish to have a set asked about one call or many: what the progress bar shows."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="askings")
    project_id = models.CharField(max_length=200)
    question_set = models.ForeignKey(QuestionSet, on_delete=models.CASCADE, related_name="askings")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    user_email = models.CharField(max_length=254, blank=True)
    request_key = models.CharField(max_length=100, null=True)
    total = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0, help_text="Calls that had every answer already.")
    created_at = models.DateTimeField(auto_now_add=True)
    stopped_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["workspace", "request_key"], name="one_asking_per_request_key")]

    def __str__(self) -> str:
        return f"{self.total} calls"


class AskingState(models.TextChoices):
    """How far the questions about one call are."""

    WAITING = "waiting", "Waiting to be asked"
    SENDING = "sending", "Being asked"
    ANSWERED = "answered", "Answered"
    NOT_READY = "not_ready", "Not ready"
    FAILED = "failed", "Failed"
    LOST = "lost", "Answer lost"
    STOPPED = "stopped", "Stopped"


class Analysis(models.Model):
    """One set asked about one call, and everything Talkstack said besides the answers."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey("calls.Call", on_delete=models.CASCADE, related_name="analyses")
    question_set = models.ForeignKey(QuestionSet, on_delete=models.CASCADE, related_name="analyses")
    asking = models.ForeignKey(Asking, null=True, on_delete=models.SET_NULL, related_name="analyses")
    state = models.CharField(max_length=10, choices=AskingState, default=AskingState.WAITING)
    words = models.CharField(max_length=300, blank=True, help_text="Why it failed, for people.")
    not_before = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=100, blank=True)
    deadline_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    summary = models.TextField(blank=True)
    sentiment = models.CharField(max_length=100, blank=True)
    extra = models.JSONField(default=dict, help_text="What Talkstack said by names that nobody asked for.")
    raw = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "question_set"], name="one_analysis_per_call_and_set")]
        indexes = [
            models.Index(
                fields=["state", "not_before"],
                name="analyses_due",
                condition=models.Q(state__in=["waiting", "sending", "not_ready"]),
            ),
            models.Index(fields=["asking", "state"], name="analyses_of_asking"),
            models.Index(fields=["workspace", "state", "asked_at"], name="analyses_by_state"),
        ]

    def __str__(self) -> str:
        return f"{self.question_set_id} about {self.call_id}"


class Answer(models.Model):
    """What Talkstack answered to one question about one call. `value` is as it came; yes and no are "Yes" and "No"."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey("calls.Call", on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, on_delete=models.CASCADE, related_name="answers")
    value = models.TextField(blank=True)
    short = models.CharField(max_length=100, blank=True, help_text="The beginning of the value: what filters compare.")
    number = models.FloatField(null=True, help_text="The value of a number that could be read.")
    at = models.DateTimeField(help_text="When Talkstack answered.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["call", "question"], name="one_answer_per_call_and_question")]
        indexes = [
            models.Index(fields=["question", "short", "call"], name="answers_by_value"),
            models.Index(fields=["question", "number"], name="answers_by_number"),
        ]

    def __str__(self) -> str:
        return self.short
