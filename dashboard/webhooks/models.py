"""What a project's webhook brings: where it comes in, by which secret, every event, and every try to pass one on."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Endpoint(models.Model):
    """A project's place for events at this dashboard. `told_url` is masked: the secret in it is not kept in clear."""

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="endpoints")
    project_id = models.CharField(max_length=200)
    project_name = models.CharField(max_length=300, blank=True)
    told_url = models.CharField(max_length=2000, blank=True, help_text="The address Talkstack was told last, masked.")
    told_at = models.DateTimeField(null=True)
    before_url = models.CharField(max_length=2000, blank=True, help_text="The one before it, masked.")
    seen_url = models.CharField(max_length=2000, blank=True, help_text="What Talkstack said when it was asked, masked.")
    seen_at = models.DateTimeField(null=True)
    look_at = models.DateTimeField(null=True, help_text="When to ask Talkstack again which address it has.")
    differs_since = models.DateTimeField(null=True)
    gone_at = models.DateTimeField(null=True, help_text="When Talkstack said that there is no such project.")
    relay_url = models.CharField(max_length=2000, blank=True, help_text="Where every event is passed on to.")
    relay_pause = models.DateTimeField(null=True, help_text="Nothing is passed on before this.")
    relay_failing = models.DateTimeField(null=True, help_text="Since when nothing could be passed on.")
    full = models.BooleanField(default=False, help_text="It holds as much as it may; nothing more is taken.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "project_id"], name="one_endpoint_per_project")]
        indexes = [models.Index(fields=["look_at"], name="endpoints_to_look_at", condition=Q(look_at__isnull=False))]

    def __str__(self) -> str:
        return f"webhook of {self.project_name or self.project_id}"


class Secret(models.Model):
    """The secret part of an address. It is recognised by its fingerprint and kept sealed, so that admins can see it again."""

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64, unique=True)
    sealed = models.TextField(help_text="Sealed.")
    hint = models.CharField(max_length=4, help_text="Its last letters.")
    created_at = models.DateTimeField(default=timezone.now)
    replaced_at = models.DateTimeField(null=True, help_text="When a newer one was made.")
    ends_at = models.DateTimeField(null=True, help_text="From when on it opens nothing.")
    used_at = models.DateTimeField(null=True, help_text="When an event last came with it, to the minute.")

    class Meta:
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"secret ending in {self.hint}"


class Outcome(models.TextChoices):
    """What came of an event here."""

    WAITING = "waiting", "Waiting"
    TAKEN = "taken", "Taken as a hint"
    UNKNOWN = "unknown", "No such call yet"
    ODD = "odd", "Not understood"
    FOREIGN = "foreign", "Another project's"
    GONE = "gone", "Project deleted"
    TEST = "test", "Test"
    DROPPED = "dropped", "Not kept"


class Relay(models.TextChoices):
    """How far passing an event on has come."""

    NONE = "", "Not passed on"
    WAITING = "waiting", "Waiting to be passed on"
    PASSED = "passed", "Passed on"
    GIVEN_UP = "given_up", "Given up"
    STOPPED = "stopped", "Stopped"


class Event(models.Model):
    """One delivery, byte for byte. The same one again only counts up."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="events")
    hint = models.CharField(max_length=4, help_text="The last letters of the secret it came with.")
    key = models.CharField(max_length=64, help_text="By which the same event is recognised.")
    body = models.BinaryField()
    size = models.PositiveIntegerField()
    content_type = models.CharField(max_length=200, blank=True)
    content_encoding = models.CharField(max_length=40, blank=True)
    address = models.CharField(max_length=45, blank=True)
    received_at = models.DateTimeField()
    last_at = models.DateTimeField()
    seen = models.PositiveIntegerField(default=1)
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.WAITING)
    words = models.CharField(max_length=300, blank=True)
    sid = models.CharField(max_length=200, blank=True, help_text="Talkstack's id of the call it names.")
    state = models.CharField(max_length=60, blank=True, help_text="The state of the call that it tells.")
    call = models.ForeignKey("calls.Call", null=True, on_delete=models.SET_NULL, related_name="+")
    handled_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    claim = models.UUIDField(null=True)
    relay = models.CharField(max_length=12, choices=Relay, blank=True)
    relay_tries = models.PositiveSmallIntegerField(default=0)
    relay_due_at = models.DateTimeField(null=True)
    relay_claim = models.UUIDField(null=True)
    forgotten = models.BooleanField(default=False, help_text="What it said is no longer kept.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["endpoint", "key"], name="one_event_per_key")]
        indexes = [
            models.Index(fields=["endpoint", "-received_at", "-id"], name="events_of_endpoint"),
            models.Index(fields=["endpoint", "received_at", "size"], name="events_sizes"),
            models.Index(fields=["due_at"], name="events_to_handle", condition=Q(due_at__isnull=False)),
            models.Index(fields=["relay_due_at"], name="events_to_pass_on", condition=Q(relay_due_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"event {self.pk}"


class Pass(models.Model):
    """One try to pass an event on: when, how long it took in seconds, and what came of it. `code` 0: no answer."""

    event = models.ForeignKey(Event, on_delete=models.CASCADE, related_name="passes")
    at = models.DateTimeField()
    seconds = models.FloatField()
    code = models.PositiveSmallIntegerField(default=0)
    ok = models.BooleanField(default=False)
    words = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.code or 'no answer'} at {self.at:%Y-%m-%d %H:%M:%S}"
