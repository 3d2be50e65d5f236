"""What owners do to the workspace, and the test of its connection. Each leaves a record."""

from django.db import transaction

from dashboard.accounts import connection, keys, queries
from dashboard.accounts.models import FactorFor, User, Workspace
from dashboard.accounts.upstream import Upstream, result_of
from dashboard.activity import record
from dashboard.talkstack import KeyRejected
from dashboard.workspace_settings import words


def try_connection(upstream: Upstream, actor: User) -> tuple[str, str]:
    """Ask Talkstack for the list of projects with what the workspace has now; the level and the words of what came."""
    link = upstream.workspace.connection
    entry = record.ask(
        workspace=upstream.workspace, user=actor, verb="connection.test", kind="connection",
        thing_name=link.account_email,
    )  # fmt: skip
    read = upstream.fresh(projects=queries.projects()).projects
    link = upstream.workspace.connection  # renewing may have read it anew
    if read.error is not None:
        said = words.test_failed(read.error, link, keys.masked(link))
        record.outcome(entry, result_of(read.error), said)
        return ("error" if isinstance(read.error, KeyRejected) else "warning"), said
    connection.heard(upstream.workspace)
    seen = len(read.value)
    with_what = f"the API key {keys.masked(link)}" if link.api_key else f"the sign-in of {link.account_email}"
    said = f"The connection works: Talkstack took {with_what} and showed {seen} project{'' if seen == 1 else 's'}."
    if link.api_key and link.key_asked_at and not keys.under_way(upstream.workspace):
        keys.settle(upstream.workspace, link.key_version)
        said += " So the stored key is alive, and no new one was made."
    record.outcome(entry, "done", said)
    return "success", said


def rename(workspace: Workspace, actor: User, name: str) -> bool:
    """Call the workspace something else; its address stays. False when it is called so already."""
    with transaction.atomic():
        row = Workspace.objects.select_for_update().get(pk=workspace.pk)
        if row.name == name:
            return False
        Workspace.objects.filter(pk=row.pk).update(name=name)
        record.note(
            workspace=row, user=actor, verb="workspace.rename", kind="workspace", thing_id=str(row.pk), thing_name=name,
            before={"name": row.name}, after={"name": name},
        )  # fmt: skip
    return True


def demand_factor(workspace: Workspace, actor: User, value: str) -> bool:
    """Say who must use a second factor (a value of FactorFor). False when it is so already."""
    with transaction.atomic():
        row = Workspace.objects.select_for_update().get(pk=workspace.pk)
        before, row.second_factor = FactorFor(row.second_factor), value
        if before == value:
            return False
        Workspace.objects.filter(pk=row.pk).update(second_factor=value)
        record.note(
            workspace=row, user=actor, verb="workspace.second_factor", kind="workspace", thing_id=str(row.pk),
            thing_name=row.name, before={"second_factor": str(before.label)},
            after={"second_factor": str(FactorFor(value).label)},
        )  # fmt: skip
    return True
