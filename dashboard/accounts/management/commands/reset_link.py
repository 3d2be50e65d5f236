"""`manage.py reset_link <e-mail>`: a link for a new password, for people whom no admin of a workspace may let in."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from dashboard.accounts import local_reset, sessions
from dashboard.accounts.models import RecoveryCode, SecondFactor, User, Way, Workspace, tidy_email
from dashboard.activity import record


class Command(BaseCommand):
    """Whoever can run this runs the dashboard, so it asks for nothing more. The activity of the workspaces shows it."""

    help = "Print a link with which a local person sets a new password: good for an hour, and once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Whose, and whether the second factor goes too."""
        parser.add_argument("email", help="the person's e-mail address")
        parser.add_argument("--second-factor", action="store_true", help="take their second factor away as well")

    def handle(self, *args: Any, **options: Any) -> None:
        """Print what was done; an error in words when there is no such person or no such link."""
        user = User.objects.filter(email=tidy_email(options["email"])).first()
        if user is None:
            raise CommandError("Nobody has this e-mail address here.")
        if options["second_factor"]:
            self._second_factor(user)
        if user.way != Way.LOCAL:
            if not options["second_factor"]:
                raise CommandError(f"{user.email} signs in with Talkstack, so a new password is set there.")
            return
        with transaction.atomic():
            _note(user, "team.reset_link")
            link = local_reset.make_link(user)
        self.stdout.write(f"Hand this to {user.email} and to nobody else; it is good for an hour, and once:\n{link}")

    def _second_factor(self, user: User) -> None:
        with transaction.atomic():
            gone = SecondFactor.objects.filter(user=user).delete()[0]
            RecoveryCode.objects.filter(user=user).delete()
            ended = sessions.end_all(user) if gone else 0
            if gone:
                _note(user, "factor.remove")
        words = f"was removed, and {ended} sessions ended" if gone else "is not set up, so none was removed"
        self.stdout.write(f"The second factor of {user.email} {words}.")


def _note(user: User, verb: str) -> None:
    """One entry for each of their workspaces, so that those who look after it see it."""
    theirs: list[Workspace | None] = [each.workspace for each in user.memberships.select_related("workspace")]
    for workspace in theirs or [None]:
        record.note(**_about(user, workspace), verb=verb)


def _about(user: User, workspace: Workspace | None) -> dict[str, Any]:
    return {
        "workspace": workspace, "user": None, "kind": "person", "thing_id": str(user.pk), "thing_name": user.email,
    }  # fmt: skip
