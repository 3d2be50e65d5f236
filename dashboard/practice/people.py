"""Whose mails a workspace may see in the outbox that all practice workspaces share: codes open accounts."""

from django.db.models.functions import Lower

from dashboard.accounts.models import Connection, Membership, User, Workspace

from .room import Mail


def visible(mails: list[Mail], workspace: Workspace) -> list[Mail]:
    """Mails to this workspace's people and its account, and to addresses that belong to nobody here yet. Three queries."""
    own = set(Membership.objects.filter(workspace=workspace).values_list("user__email", flat=True))
    own.add(workspace.connection.account_email.lower())
    addresses = {mail.to.strip().lower() for mail in mails} - own
    others = set(User.objects.filter(email__in=addresses).values_list("email", flat=True))
    accounts = Connection.objects.annotate(address=Lower("account_email")).filter(address__in=addresses)
    others |= set(accounts.values_list("address", flat=True))
    return [mail for mail in mails if mail.to.strip().lower() not in others]
