"""People, their sessions, the workspaces they share, and what is known of each workspace's Talkstack account."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession, BaseSessionManager
from django.db import DatabaseError, models
from django.db.models.functions import Lower
from django.utils import timezone

from .roles import Role


class Way(models.TextChoices):
    """Who checks the password."""

    LOCAL = "local", "here"
    TALKSTACK = "talkstack", "Talkstack"


class UserManager(BaseUserManager["User"]):
    """Finds and makes people by e-mail address, whatever its capitals."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A new person; without a password nobody can sign in here as them (their way in is Talkstack)."""
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        """The person with this e-mail address."""
        return self.get(email=tidy_email(username or ""))


def tidy_email(email: str) -> str:
    """An e-mail address as we keep it."""
    return email.strip().lower()[:254]  # a few letters grow when they become small


class User(AbstractBaseUser):
    """A person. Rights come from memberships alone; nobody stands above them."""

    email = models.EmailField("e-mail", unique=True)
    name = models.CharField(max_length=200, blank=True)
    way = models.CharField(max_length=12, choices=Way, default=Way.LOCAL)
    practice = models.BooleanField(default=False, help_text="Known to the sandbox, not to Talkstack.")
    time_zone = models.CharField(max_length=64, blank=True, help_text="Empty: the one of the browser.")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()  # type: ignore[misc]  # Django itself declares managers both ways

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="one_person_per_email")]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save, with the address in small letters."""
        self.email = tidy_email(self.email)
        super().save(*args, **kwargs)


class FactorFor(models.TextChoices):
    """Who must use a second factor in a workspace, by the smallest role it holds for."""

    NOBODY = "", "Nobody has to"
    ADMINS = "admin", "Admins and owners"
    EVERYBODY = "viewer", "Everybody"


class SecondFactor(models.Model):
    """The authenticator app of a person: its secret, sealed, and what keeps a code from working twice."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="second_factor")
    key = models.TextField(help_text="Sealed.")
    created_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(
        null=True, help_text="When a first code was right; before that it is asked of nobody."
    )
    last_step = models.BigIntegerField(default=-1, help_text="The time step of the last code that was right.")

    def __str__(self) -> str:
        return f"second factor of {self.user_id}"


class RecoveryCode(models.Model):
    """A code that stands in for the authenticator app, once. Only its fingerprint is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64, unique=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"recovery code of {self.user_id}"


class Rate(models.Model):
    """How often somebody did something lately: what must not be done too fast is counted here, for every process."""

    key = models.CharField(max_length=120, unique=True)
    since = models.DateTimeField()
    count = models.PositiveIntegerField()

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"


class OutgoingMail(models.Model):
    """A mail that the background process is to send. What it says is sealed, and goes once it is sent.

    `workspace`: the one that sends it, None for what concerns a person alone.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey("Workspace", null=True, on_delete=models.CASCADE, related_name="+")
    to = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField(help_text="Sealed.")
    created_at = models.DateTimeField(default=timezone.now)
    next_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True)

    class Meta:
        indexes = [models.Index(fields=["sent_at", "next_at"], name="mails_to_send")]

    def __str__(self) -> str:
        return f"mail to {self.to}"


class Session(AbstractBaseSession):
    """One browser that is signed in. Ending the row ends it everywhere at once; whose it was is known for a day more."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="sessions")
    address = models.CharField(max_length=45, blank=True)
    agent = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_seen = models.DateTimeField(default=timezone.now)

    _BROWSERS = ("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")
    _SYSTEMS = ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"), ("Mac OS", "Mac")
    objects = BaseSessionManager()  # type: ignore[misc]

    def save(self, *args: Any, **kwargs: Any) -> None:
        """Save; a change leaves the age of the session alone, so that no activity prolongs its life or gives it back."""
        if not kwargs.get("force_update"):
            super().save(*args, **kwargs)
            return
        living = Session.objects.filter(pk=self.pk, expire_date__gt=timezone.now())
        told = {"session_data": self.session_data, "user": self.user_id, "address": self.address, "agent": self.agent}
        if not living.update(**told):
            raise DatabaseError("This session was ended meanwhile.")

    @property
    def browser(self) -> str:
        """What it looks like, for people: "Firefox on Windows"; what it says of itself is only ever a claim."""
        name = next((name for mark, name in self._BROWSERS if f"{mark}/" in self.agent), "")
        system = next((name for mark, name in self._SYSTEMS if mark in self.agent), "Linux" * ("Linux" in self.agent))
        return f"{name} on {system}" if name and system else self.agent or "A browser that did not say its name"

    @classmethod
    def get_session_store_class(cls) -> Any:
        """The store that reads and writes these rows."""
        from .sessions import SessionStore

        return SessionStore


class Workspace(models.Model):
    """One Talkstack account and the team around it. Practice or live is decided once, when it is made."""

    name = models.CharField(max_length=200)
    slug = models.SlugField(max_length=60, unique=True)
    practice = models.BooleanField(editable=False)
    generation = models.PositiveBigIntegerField(default=0, help_text="Goes up before and after every write of ours.")
    created_at = models.DateTimeField(default=timezone.now)
    second_factor = models.CharField(
        max_length=12, choices=FactorFor, blank=True, default="", help_text="Who must use a second factor here."
    )
    pepper = models.TextField(
        blank=True, help_text="Sealed. Makes fingerprints that nobody can guess back (secrets.py)."
    )
    keep_entries_days = models.PositiveIntegerField(
        null=True, help_text="Activity older than this goes; null: none does."
    )
    keep_calls_days = models.PositiveIntegerField(null=True, help_text="Ended calls older than this go; null: none do.")
    keep_variables_days = models.PositiveIntegerField(
        null=True, help_text="Variables and collected data of ended calls go after so many days; null: with the call."
    )

    def __str__(self) -> str:
        return self.name


class Connection(models.Model):
    """How a workspace speaks to Talkstack. The secrets are sealed; only `connection.py` opens them."""

    workspace = models.OneToOneField(Workspace, on_delete=models.CASCADE, related_name="connection")
    account_email = models.EmailField()
    bearer = models.TextField(blank=True)
    refresh = models.TextField(blank=True)
    api_key = models.TextField(blank=True)
    expires_at = models.DateTimeField(null=True, help_text="When the bearer runs out, if Talkstack said so.")
    generation = models.PositiveBigIntegerField(default=0, help_text="Goes up with every change of the secrets.")
    renewing_until = models.DateTimeField(null=True, help_text="Somebody is renewing the bearer, until then at most.")
    sign_in_needed = models.BooleanField(default=False, help_text="Talkstack will not renew it: a person must sign in.")
    api_key_hint = models.CharField(max_length=8, blank=True, help_text="The last characters, for people.")
    api_key_at = models.DateTimeField(null=True, help_text="When the key was generated or pasted here.")
    key_version = models.PositiveIntegerField(default=0, help_text="Goes up before a key is asked for, once a form.")
    key_asked_at = models.DateTimeField(null=True, help_text="A new key was asked for and its answer is not known.")
    refused_at = models.DateTimeField(null=True, help_text="Since when Talkstack refuses what we show it.")
    last_ok_at = models.DateTimeField(null=True)
    last_failure_at = models.DateTimeField(null=True)
    last_failure = models.CharField(max_length=300, blank=True, help_text="In words, for people.")

    def __str__(self) -> str:
        return f"connection of {self.account_email}"

    @property
    def failing(self) -> bool:
        """Whether the last thing heard was a failure."""
        return self.last_failure_at is not None and (self.last_ok_at is None or self.last_failure_at > self.last_ok_at)


class Membership(models.Model):
    """A person in a workspace, with a role."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role)
    created_at = models.DateTimeField(default=timezone.now)
    here_at = models.DateTimeField(null=True, help_text="When they last looked at the first page, within 5 minutes.")
    here_before = models.DateTimeField(null=True, help_text="When the visit before this one ended.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "user"], name="one_membership_per_person")]

    def __str__(self) -> str:
        return f"{self.user_id} is {self.role} of {self.workspace_id}"

    def end(self) -> None:
        """Take the person out of the workspace; that they were in it, and when, stays known. In the caller's transaction."""
        FormerMembership.objects.create(workspace=self.workspace, user=self.user, since=self.created_at)
        self.delete()


class FormerMembership(models.Model):
    """A time in which a person belonged to a workspace: what they did in it stays in the workspace's activity."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="former_memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="former_memberships")
    since = models.DateTimeField()
    until = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.user_id} was in {self.workspace_id}"


class Snapshot(models.Model):
    """The last good answer of Talkstack to one question, for one workspace."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="snapshots")
    key = models.CharField(max_length=200)
    payload = models.TextField(help_text="JSON, as Talkstack sent it.")
    generation = models.PositiveBigIntegerField()
    stored_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "key"], name="one_snapshot_per_key")]

    def __str__(self) -> str:
        return f"{self.key} of {self.workspace_id}"


class UpstreamFact(models.Model):
    """Something found out about a server of Talkstack's that its documentation does not say."""

    server = models.CharField(max_length=300)
    key = models.CharField(max_length=60)
    value = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["server", "key"], name="one_fact_per_key")]

    def __str__(self) -> str:
        return f"{self.key} of {self.server}"


class ParkedForm(models.Model):
    """What somebody had typed when their session had ended: sealed, for a quarter of an hour, for them alone."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=2000)
    body = models.TextField(help_text="Sealed.")
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"form for {self.path}"
