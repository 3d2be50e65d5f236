"""Storing a key that somebody has already: tried at Talkstack first, and only if it is the same account's."""

from django.db import transaction

from dashboard.accounts import connection, keys, queries
from dashboard.accounts.models import User, Workspace
from dashboard.accounts.upstream import Upstream, result_of
from dashboard.activity import record
from dashboard.talkstack import Client, Credentials, KeyRejected, ListPathUnknown, NotAllowed, Project, TalkstackError
from dashboard.web import problems
from dashboard.web.logs import request_id
from dashboard.workspace_settings import words


class NotTaken(Exception):
    """Nothing was stored. `about_key`: it is about what was typed."""

    def __init__(self, said: str, status: int = 422, about_key: bool = True) -> None:
        super().__init__(said)
        self.words = said
        self.status = status
        self.about_key = about_key


def paste(upstream: Upstream, actor: User, key: str) -> None:
    """Store a key that somebody has, once Talkstack took it. Raises NotTaken and keys.NotNow; nothing is stored then."""
    workspace = upstream.workspace
    version = workspace.connection.key_version
    if keys.under_way(workspace):
        raise keys.UnderWay
    entry = record.ask(
        workspace=workspace, user=actor, verb="key.paste", kind="connection",
        thing_name=workspace.connection.account_email,
    )  # fmt: skip
    try:
        seen = _seen_with(workspace, key)
        if _another_account(seen, _known(upstream)):
            raise NotTaken(words.OTHER_ACCOUNT)
    except (KeyRejected, NotAllowed):
        record.outcome(entry, "refused", words.NOT_ACCEPTED)
        raise NotTaken(words.NOT_ACCEPTED) from None
    except TalkstackError as error:
        said = words.not_tried(error)
        record.outcome(entry, result_of(error), said)
        raise NotTaken(said, problems.of_upstream(error).status, about_key=False) from None
    except NotTaken as not_taken:
        record.outcome(entry, "refused", not_taken.words)
        raise
    with transaction.atomic():
        kept = keys.keep(workspace, version, key)
        record.outcome(
            entry, "done" if kept else "refused", words.ends(key) if kept else "The key was changed meanwhile."
        )
    if not kept:
        raise keys.TooOld


def _seen_with(workspace: Workspace, key: str) -> list[Project]:
    """The projects that this key alone shows; where their list is not found, the active one. Raises TalkstackError."""
    servers = connection.servers(workspace)
    client = Client(servers, Credentials(api_key=key), connection.budgets(), request_id.get())
    try:
        return client.projects.list()
    except ListPathUnknown:
        one = client.user.get_active_project()
        return [one] if one else []


def _known(upstream: Upstream) -> list[Project]:
    """The projects of the present connection, as last seen."""
    asking = queries.projects()
    found = upstream.kept(projects=asking).projects.value
    if found is None and not upstream.workspace.connection.refused_at:
        found = upstream.read(projects=asking).projects.value
    return found or []


def _another_account(seen: list[Project], known: list[Project]) -> bool:
    """Whether both sides say whose projects they are, and say it differently."""
    theirs, ours = _holders(seen), _holders(known)
    return bool(theirs and ours) and not theirs & ours


def _holders(projects: list[Project]) -> set[str]:
    found = set()
    for project in projects:
        raw = project.raw if isinstance(project.raw, dict) else {}
        for part in (raw, *(value for value in raw.values() if isinstance(value, dict))):
            if holder := part.get("user_id"):
                found.add(str(holder))
    return found
