"""Whose mails a workspace may see in the outbox that all practice workspaces share: codes open accounts."""

from django.db.models.functions import Lower

from dashboard.accounts.models import Connection, Membership, User
from dashboard.accounts.roles import Role, may_manage

from .room import Mail


def visible(mails: list[Mail], mine: Membership) -> list[Mail]:
    """Mails to oneself and to whomever one may manage here, and to addresses that belong to nobody here yet. Three queries.

    A link for a new password opens an account: nobody reads the one of somebody above them.
    """
    workspace = mine.workspace
    people = Membership.objects.filter(workspace=workspace).values_list("user__email", "role", "user_id")
    own = {email for email, role, user_id in people if user_id == mine.user_id or may_manage(mine.role, role)}
    if mine.role == Role.OWNER:
        own.add(workspace.connection.account_email.lower())
    addresses = {mail.to.strip().lower() for mail in mails} - own
    others = set(User.objects.filter(email__in=addresses).values_list("email", flat=True))
    accounts = Connection.objects.annotate(address=Lower("account_email")).filter(address__in=addresses)
    others |= set(accounts.values_list("address", flat=True))
    return [mail for mail in mails if mail.to.strip().lower() not in others]
