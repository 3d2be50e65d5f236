"""Section 3 of the API contract: the API key and the active project."""

from __future__ import annotations

from .ask import Ask, digest
from .project_api import short
from .wire import Refusal, Response, iso, ok


def generate_apikey(ask: Ask) -> Response:
    """2.1. A GET that changes state: the key before it is dead at once. Bearer only."""
    if ask.by_key:
        raise Refusal(401, "Unauthorized")
    key = ask.secret()
    ask.account.api_key = digest(key)
    ask.store.touch()
    return ok("API key successfully generated and updated.", apiKey=key)


def set_active_project(ask: Ask) -> Response:
    """2.2. An unknown project is a 400 here."""
    (project_id,) = ask.need("projectId is missing.", "projectId")
    project = ask.project(project_id, 400, "project does not exist.")
    account = ask.account
    account.active_project, account.updated_at = project.id, ask.now
    ask.store.touch()
    shown = {
        "id": account.id,
        "name": account.name,
        "email": account.email,
        "verified": account.verified,
        "created_at": iso(account.created_at),
        "updated_at": iso(account.updated_at),
        "active_project": project.id,
    }
    words = f"successfully set project with id {project.id} active."
    return ok(words, userData=shown, projectData=short(project))


def get_active_project(ask: Ask) -> Response:
    """2.3. 404 is the normal answer when none is set."""
    project = ask.store.project(ask.account, ask.account.active_project or "")
    if project is None:
        raise Refusal(404, "no active project found.")
    return ok("fetched active project data.", projectData=short(project))
