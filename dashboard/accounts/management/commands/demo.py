"""Demo people for a machine of one's own: the owner at the sandbox, and three local people beside."""

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from dashboard.accounts import connection, opening, signing
from dashboard.accounts.models import Membership, User, Way, Workspace
from dashboard.activity import record
from dashboard.talkstack import Client, TalkstackError, Unavailable

OWNER = "owner@oakcare.example"
PEOPLE = {"admin": "Ada Admin", "operator": "Otto Operator", "viewer": "Vera Viewer"}


class Command(BaseCommand):
    """Makes the practice workspace of the demo owner and its people; run again, it changes nothing but passwords."""

    help = "Make the demo people of the practice workspace (only where no live Talkstack is set up)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How long to wait for the sandbox to come up."""
        parser.add_argument("--wait", type=float, default=10.0, help="seconds to wait for the sandbox")

    def handle(self, *args: Any, **options: Any) -> None:
        """Make them and print their e-mail addresses."""
        if settings.TALKSTACK_API_URL:
            raise CommandError("A live Talkstack is set up here, so no demo people are made.")
        try:
            validate_password(settings.DEMO_PASSWORD)
        except ValidationError as error:
            raise CommandError("DEMO_PASSWORD: " + " ".join(error.messages)) from error
        workspace = _workspace(options["wait"])
        with transaction.atomic():
            made = [_person(workspace, role, name) for role, name in PEOPLE.items()]
            if any(made):
                record.note(
                    workspace=workspace, user=None, verb="workspace.demo", kind="workspace",
                    thing_id=str(workspace.pk), thing_name=workspace.name,
                )  # fmt: skip
        for email in (OWNER, *(f"{role}@oakcare.example" for role in PEOPLE)):
            self.stdout.write(email)


def _workspace(wait: float) -> Workspace:
    """The workspace that the demo owner's account is connected to, made at the first time."""
    client = Client(connection.servers_for(practice=True), budgets=connection.budgets())
    until = time.monotonic() + wait
    while True:
        try:
            answer = client.auth.login(OWNER, settings.DEMO_PASSWORD)
            break
        except Unavailable as error:
            if time.monotonic() > until:
                raise CommandError("The sandbox cannot be reached. Start it, then run this again.") from error
            time.sleep(0.3)
        except TalkstackError as error:
            raise CommandError(f"The sandbox did not let the demo owner in: {error.sentence}") from error
    try:
        user = signing.person(OWNER, answer, practice=True)
    except signing.SignInRefused as refused:
        raise CommandError(f"{OWNER} is known here as somebody else, so no demo people are made.") from refused
    if not opening.keep_tokens(user.email, True, answer.tokens, user):
        opening.open_for(user, answer, practice=True, force=True)
    workspace = Workspace.objects.filter(connection__account_email=OWNER, practice=True).first()
    if workspace is None:
        raise CommandError(f"{OWNER} belongs to another practice workspace, so no demo people are made.")
    return workspace


def _person(workspace: Workspace, role: str, name: str) -> bool:
    """A local person with this role; True when they are new."""
    user, made = User.objects.get_or_create(email=f"{role}@oakcare.example", defaults={"name": name, "way": Way.LOCAL})
    if user.way != Way.LOCAL:
        raise CommandError(f"{user.email} is somebody else's address here.")
    if made or not user.check_password(settings.DEMO_PASSWORD):
        user.set_password(settings.DEMO_PASSWORD)
        user.save()
    if not user.former_memberships.filter(workspace=workspace).exists():  # whoever was taken out stays out
        Membership.objects.get_or_create(workspace=workspace, user=user, defaults={"role": role})
    return made
