"""Projects that the dashboard knows of by itself, for when Talkstack's list of projects cannot be had."""

import json
import logging

from dashboard.accounts import queries
from dashboard.accounts.models import Snapshot, Workspace
from dashboard.calls import ledger
from dashboard.talkstack import Project, TalkstackError

log = logging.getLogger(__name__)
_KEY = queries.project("").key  # every key of a kept project begins like this


def projects(workspace: Workspace, active: Project | None) -> list[Project]:
    """Every project of which an answer is kept or a call is in the ledger, and the active one. Two queries."""
    found = {active.id: active} if active else {}
    for payload in Snapshot.objects.filter(workspace=workspace, key__startswith=_KEY).values_list("payload", flat=True):
        kept = _read(payload)
        if kept is not None:
            found[kept.id] = kept
    calls = ledger.of_workspace(workspace).order_by().exclude(project_id="")
    for project_id, name in calls.values_list("project_id", "project_name").distinct():
        if project_id not in found or (name and not found[project_id].name):
            found[project_id] = Project.parse({"id": project_id, "name": name})
    return list(found.values())


def name_of(workspace: Workspace, project_id: str) -> str:
    """The project's name as the newest of its calls has it, "" if there is none."""
    newest = ledger.of_workspace(workspace, project_id).values_list("project_name", flat=True)[:1]
    return str(next(iter(newest), ""))


def _read(payload: str) -> Project | None:
    try:
        return Project.parse(json.loads(payload))
    except (TalkstackError, ValueError, TypeError, AttributeError, KeyError):
        log.exception("a kept project cannot be read")
        return None
