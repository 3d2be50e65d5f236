"""`manage.py rotate_keys`: seal every stored secret with the first of ENCRYPTION_KEYS, so that the others can be retired."""

from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from dashboard.accounts.models import Connection, OutgoingMail, ParkedForm, SecondFactor, Workspace
from dashboard.accounts.secrets import SecretUnreadable, resealed
from dashboard.web import registry

Place = tuple[Any, str, int, str]  # the row, its column, the id and the field that the secret is bound to


class Command(BaseCommand):
    """Goes on where it was interrupted: what is sealed with the first key is left alone. Changes nothing it cannot read."""

    help = (
        "Seal every stored secret with the first of ENCRYPTION_KEYS. Stop nothing for it; run it again if interrupted."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        """Print how many were sealed anew; an error at the end if some could not be read."""
        done, unreadable = 0, []
        for row, column, owner, field in places():
            old = getattr(row, column)
            try:
                new = resealed(owner, field, old)
            except SecretUnreadable:
                unreadable.append(f"{field} of {row._meta.verbose_name} {row.pk}")
                continue
            if new is not None:
                done += type(row).objects.filter(pk=row.pk, **{column: old}).update(**{column: new})
        self.stdout.write(f"{done} secrets were sealed with the first key.")
        if unreadable:
            told = ", ".join(unreadable[:20])
            raise CommandError(f"{len(unreadable)} could not be read and were left as they are: {told}")


def places() -> Iterator[Place]:
    """Every place in the database that holds a sealed secret."""
    for workspace in Workspace.objects.all():
        yield workspace, "pepper", workspace.pk, "pepper"
    for link in Connection.objects.all():
        for column in ("bearer", "refresh", "api_key"):
            yield link, column, link.workspace_id, column
    for factor in SecondFactor.objects.all():
        yield factor, "key", factor.user_id, "second factor"
    for mail in OutgoingMail.objects.filter(sent_at=None):
        yield mail, "body", 0, f"mail {mail.pk}"
    for form in ParkedForm.objects.all():
        yield form, "body", form.user_id, f"parked {form.pk}"
    yield from registry.sealed_places()
