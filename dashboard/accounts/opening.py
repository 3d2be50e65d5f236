"""Opening a workspace for a Talkstack account, and keeping the tokens of the workspaces it has."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.text import slugify

from dashboard.activity import record
from dashboard.talkstack import Login, Tokens

from . import connection
from .models import Connection, Membership, UpstreamFact, User, Workspace
from .roles import Role


def keep_tokens(email: str, practice: bool, tokens: Tokens, user: User) -> int:
    """Give the tokens of a sign-in to every connection of this account on this side; how many there are."""
    links = Connection.objects.select_related("workspace").filter(account_email=email, workspace__practice=practice)
    for link in links:
        again = link.sign_in_needed
        connection.store(link.workspace, tokens)
        if again:
            record.note(
                workspace=link.workspace, user=user, verb="connection.renew", kind="connection", thing_name=email
            )
    return len(links)


def may_open(email: str, practice: bool) -> bool:
    """Whether this account may open a workspace of this kind now (setting OPEN_WORKSPACES)."""
    if settings.OPEN_WORKSPACES == "listed":
        return email in settings.OPEN_WORKSPACES_FOR
    return settings.OPEN_WORKSPACES == "anyone" or not Workspace.objects.filter(practice=practice).exists()


def open_for(user: User, login: Login, practice: bool, force: bool = False) -> Workspace | None:
    """A new workspace with its owner and connection, or None when this account may not open one or has one.

    `force` leaves the setting aside. Two first sign-ins at once open one workspace, not two.
    """
    with transaction.atomic():
        _one_at_a_time()
        if Membership.objects.filter(user=user, workspace__practice=practice).exists():
            return None
        if not (force or may_open(user.email, practice)):
            return None
        name = company_name(login) or f"{user.name or user.email.partition('@')[0]}'s workspace"
        workspace = Workspace.objects.create(name=name, slug=_free_slug(name), practice=practice)
        Connection.objects.create(workspace=workspace, account_email=user.email)
        connection.store(workspace, login.tokens)
        Membership.objects.create(workspace=workspace, user=user, role=Role.OWNER)
        record.note(
            workspace=workspace, user=user, verb="workspace.open", kind="workspace", thing_id=str(workspace.pk),
            thing_name=name,
        )  # fmt: skip
        return workspace


def company_name(login: Login) -> str:
    """What Talkstack says the account's company is called, "" if it does not say."""
    raw: Any = login.raw if isinstance(login.raw, dict) else {}
    user = raw.get("user") if isinstance(raw.get("user"), dict) else raw
    name = user.get("company_name")
    return name.strip().replace("\x00", "")[:200] if isinstance(name, str) else ""


def _free_slug(name: str) -> str:
    base = slugify(name)[:50].strip("-") or "workspace"
    taken = set(Workspace.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    number = 1
    while (slug := base if number == 1 else f"{base}-{number}") in taken:
        number += 1
    return slug


def _one_at_a_time() -> None:
    """A row to stand in line at: until this transaction ends nobody else opens a workspace."""
    row, _made = UpstreamFact.objects.get_or_create(server="", key="opening a workspace")
    UpstreamFact.objects.select_for_update().get(pk=row.pk)
