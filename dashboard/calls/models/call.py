"""The ledger: every call we placed or heard of, and every observation that made us believe what its row says."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q


class Attempt(models.TextChoices):
    """What became of our wish to ring somebody; "" is a call that was not placed here."""

    RESERVED = "reserved", "Waiting to be sent"
    SENDING = "sending", "Being sent"
    PLACED = "placed", "Placed"
    REFUSED = "refused", "Refused"
    NOT_SENT = "not_sent", "Not sent"
    UNKNOWN = "unknown", "Unknown"
    NOT_CALLED = "not_called", "Not called"
    CANCELLED = "cancelled", "Cancelled"


class Source(models.TextChoices):
    """Who said it. The order is the trust among final states: call data over history over webhook."""

    DASHBOARD = "dashboard", "this dashboard"
    WEBHOOK = "webhook", "Talkstack's update"
    HISTORY = "history", "Talkstack's call history"
    CALL_DATA = "call_data", "Talkstack"


_LISTED = [  # what lists of calls are narrowed to, and their order
    ("state", "calls_by_state"),
    ("attempt", "calls_by_attempt"),
    ("agent_id", "calls_by_agent"),
    ("from_number", "calls_by_line"),
    ("placed_by_email", "calls_by_person"),
    ("direction", "calls_by_direction"),
]
# In charts, from the index alone.
_COUNTED = ["project_id", "direction", "attempt", "state", "currency", "seconds", "cost"]


class Call(models.Model):
    """One call. Two columns say two different things: `attempt` is ours, `state` is Talkstack's word."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="calls")
    project_id = models.CharField(max_length=200)
    project_name = models.CharField(max_length=300, blank=True)
    agent_id = models.CharField(max_length=200, blank=True)
    agent_name = models.CharField(max_length=300, blank=True)
    number = models.CharField(max_length=40)
    from_number = models.CharField(max_length=40, blank=True)
    direction = models.CharField(max_length=20, default="outbound")
    variables = models.JSONField(default=dict)
    at = models.DateTimeField(help_text="When it was reserved, or started if it was not placed here. The list's order.")

    attempt = models.CharField(max_length=12, choices=Attempt, blank=True, default="")
    request_key = models.CharField(max_length=100, null=True)
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    placed_by_email = models.CharField(max_length=254, blank=True)
    again_of = models.ForeignKey("self", null=True, on_delete=models.SET_NULL, related_name="again")
    entry = models.ForeignKey("activity.Entry", null=True, on_delete=models.SET_NULL, related_name="+")
    not_before = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True, help_text="When a person said that an old reservation may still go.")
    sending_at = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=100, blank=True)
    attempt_at = models.DateTimeField(null=True, help_text="When the attempt got its present state.")
    words = models.TextField(blank=True, help_text="Why it was refused, not sent or unknown, for people.")
    tries = models.PositiveSmallIntegerField(default=0)
    looks = models.PositiveSmallIntegerField(default=0)
    next_look_at = models.DateTimeField(null=True)
    candidates = models.JSONField(
        default=list,
        help_text="Calls in history that may be this one, for a person to choose from (candidates.py).",
    )

    ruled_out = models.JSONField(
        default=list, help_text="Ids of calls in history of which a person said that they are not this one."
    )
    held_at = models.DateTimeField(null=True, help_text="When sending stopped before it, for a person to look.")
    hours_confirmed = models.BooleanField(default=False, help_text="Whether a person agreed to call outside the hours.")

    call_id = models.CharField(max_length=200, null=True)
    sid = models.CharField(max_length=200, null=True)
    state = models.CharField(max_length=60, blank=True)
    state_source = models.CharField(max_length=12, choices=Source, blank=True)
    state_at = models.DateTimeField(null=True, help_text="When we were last told this state.")
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    seconds = models.FloatField(null=True)
    cost = models.DecimalField(max_digits=14, decimal_places=6, null=True)
    currency = models.CharField(max_length=10, blank=True)
    recordings = models.JSONField(default=list)
    data = models.JSONField(default=dict)
    raw = models.JSONField(default=dict)
    final_at = models.DateTimeField(null=True, help_text="When we first learned a final state.")
    read_at = models.DateTimeField(null=True)
    read_problem = models.CharField(max_length=300, blank=True)
    next_read_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "request_key"], name="one_call_per_request_key"),
            models.UniqueConstraint(fields=["workspace", "call_id"], name="one_call_per_call_id"),
            models.UniqueConstraint(fields=["workspace", "sid"], name="one_call_per_sid"),
        ]
        indexes = [
            models.Index(fields=["workspace", "project_id", "-at", "-id"], name="calls_of_project"),
            models.Index(fields=["workspace", "-at", "-id"], name="calls_of_workspace"),
            models.Index(fields=["workspace", "number", "-at"], name="calls_of_number"),
            *(models.Index(fields=["workspace", column, "-at", "-id"], name=name) for column, name in _LISTED),
            models.Index(fields=["workspace", "-at"], name="calls_not_over", condition=Q(final_at=None)),
            models.Index(fields=["workspace", "-at", *_COUNTED], name="calls_counted"),
            models.Index(fields=["workspace", "state", "state_source", "-at"], name="calls_by_source"),
            models.Index(fields=["workspace", "seconds", "-at"], name="calls_by_length"),
            models.Index(fields=["workspace", "cost", "-at"], name="calls_by_cost"),
            models.Index(
                fields=["attempt", "at"], name="calls_due", condition=Q(attempt__in=["reserved", "sending", "unknown"])
            ),
            models.Index(fields=["next_read_at"], name="calls_to_read", condition=Q(next_read_at__isnull=False)),
        ]

    def __str__(self) -> str:
        return f"call to {self.number[-4:]} at {self.at:%Y-%m-%d %H:%M}"


class Observation(models.Model):
    """One thing we were told about a call: never changed, never thrown away."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="observations")
    source = models.CharField(max_length=12, choices=Source)
    state = models.CharField(max_length=60)
    words = models.TextField(blank=True)
    at = models.DateTimeField(null=True, help_text="When it happened, if the source says so.")
    seen_at = models.DateTimeField(help_text="When we learned it.")
    took = models.BooleanField(
        null=True, help_text="Whether the call's state followed it; None where it was not noted."
    )

    class Meta:
        ordering = ["seen_at", "id"]

    def __str__(self) -> str:
        return f"{self.source}: {self.state}"


class Moved(models.Model):
    """The address of a row that turned out to be another call's: it redirects there."""

    old_id = models.UUIDField(primary_key=True)
    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="+")
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.old_id} is {self.call_id}"


class Forgotten(models.Model):
    """A phone number about which everything was forgotten: its calls until then are not taken from any history again.

    The number itself is not kept, only a fingerprint that nobody can read it from without ENCRYPTION_KEYS.
    """

    workspace = models.ForeignKey("accounts.Workspace", on_delete=models.CASCADE, related_name="forgotten")
    digest = models.CharField(max_length=64)
    at = models.DateTimeField(help_text="Calls that began before this are not taken in again.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "digest"], name="one_forgetting_per_number")]

    def __str__(self) -> str:
        return f"a number forgotten at {self.at:%Y-%m-%d %H:%M}"
