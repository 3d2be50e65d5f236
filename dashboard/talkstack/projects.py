"""Section 3 of the API: projects, their webhook and their active agent."""

import re
import threading
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from dashboard.talkstack import parse, paths, replies
from dashboard.talkstack.errors import ContractBroken, ListPathUnknown, NotFound, Refused
from dashboard.talkstack.paths import Route
from dashboard.talkstack.transport import Reply

if TYPE_CHECKING:
    from dashboard.talkstack.client import Client

GONE = re.compile(r"not exist|not found|no such|unknown project|doesn.t exist|invalid (project|id)", re.IGNORECASE)
_NONE_YET = re.compile(r"\bprojects\b", re.IGNORECASE)
_LISTS = (
    "data",
    "projects",
    "projectData",
    "result",
    "results",
    "items",
    "projectsData",
    "projectList",
    "rows",
    "docs",
)
_OBJECTS = ("data", "project", "projectData", "result")
_MARKS = ("name", "projectName", "user_id", "call_status_webhook")
_found: dict[str, str] = {}
_lock = threading.Lock()


@dataclass(frozen=True)
class Project:
    """A project; everything but `id` may be "" or None."""

    id: str
    name: str
    description: str
    status: str
    webhook: str
    active_agent: str
    created_at: datetime | None
    updated_at: datetime | None
    raw: Any = field(repr=False, compare=False, default=None)

    @classmethod
    def parse(cls, raw: Any, **context: Any) -> "Project":
        """Reads a bare project or an enveloped one; `context` (id, name, description) fills what the answer leaves out.

        Raises ContractBroken when neither has an id.
        """
        found = parse.find_object(raw, _OBJECTS, _MARKS) or {}
        project_id = parse.id_of(found, "id", "projectId", "_id", "project_id") or parse.as_id(context.get("id"))
        if not project_id:
            raise ContractBroken(detail="project without id")
        return cls(
            id=project_id,
            name=parse.text_of(found, "name", "projectName") or parse.as_text(context.get("name")),
            description=_given(found, "description", context),
            status="" if "message" in found else parse.text_of(found, "status"),
            webhook=parse.text_of(found, "call_status_webhook", "webhookUrl", "webhookURL", "webhook_url", "webhook"),
            active_agent=_agent_id(parse.first(found, "active_agent", "activeAgent")),
            created_at=parse.as_time(parse.first(found, "created_at", "createdAt")),
            updated_at=parse.as_time(parse.first(found, "updated_at", "updatedAt")),
            raw=raw,
        )


def _given(found: dict[str, Any], key: str, context: dict[str, Any]) -> str:
    return parse.as_text(found[key] if key in found else context.get(key))


def _agent_id(value: Any) -> str:
    return parse.id_of(value, "id", "agentId", "_id") if isinstance(value, dict) else parse.as_id(value)


def _deleted(raw: Any) -> bool:
    value = parse.first(raw, "is_deleted", "isDeleted")
    return value is True or str(value).lower() in ("true", "1")


class Projects:
    """`client.projects`."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def list(self) -> "list[Project]":
        """3.3: the account's projects, deleted ones left out, as Talkstack orders them.

        Raises ListPathUnknown when no known address gives a list; KeyRejected, NotAllowed, RateLimited and Unavailable
        as themselves.
        """
        path = self.list_path()
        if not path:
            return _search(self._client)
        reply = _ask(self._client, path)
        if reply.status in (400, 404) and replies.says_none(reply):
            return []
        items = _items(reply)
        if items is None:
            raise _list_error(path, reply)
        return _read(items)

    def list_path(self) -> str:
        """The address of the list that is set, or was found in this process; "" as long as neither. Asks nothing."""
        return self._client.servers.list_projects_path or _found.get(self._client.servers.api_url, "")

    def get(self, project_id: str) -> Project:
        """3.2. Raises NotFound for 404 and for 400, which is what Talkstack says when there is no such project."""
        try:
            raw = self._client.json(paths.GET_PROJECT, project_id)
        except Refused as error:
            if error.status == 400:
                raise NotFound(status=400, detail=error.detail, route=error.route) from None
            raise
        found = parse.find_object(raw, _OBJECTS, _MARKS) or {}
        known = parse.text_of(found, "name") or parse.id_of(found, "id", "projectId", "_id")
        if _deleted(found) or (not known and parse.holds_nothing(raw, _OBJECTS)):
            raise NotFound(status=200, detail="deleted or empty", route=paths.GET_PROJECT.name)
        if not known:
            raise replies.broken(paths.GET_PROJECT, seen="no project in the answer")
        return Project.parse(found, id=project_id)

    def create(self, name: str, description: str) -> Project:
        """3.1. Raises Refused (also for a name that is taken), OutcomeUnknown when the answer holds no id."""
        raw = self._client.json(paths.CREATE_PROJECT, body={"name": name, "description": description})
        try:
            return Project.parse(raw, name=name, description=description)
        except ContractBroken:
            raise replies.broken(paths.CREATE_PROJECT, seen="no id in the answer") from None

    def update(self, project_id: str, name: str, description: str) -> Project:
        """3.4. Gives the project with what the answer says, else what was sent. The webhook goes through 3.6."""
        raw = self._client.json(paths.UPDATE_PROJECT, project_id, body={"name": name, "description": description})
        return Project.parse(raw, id=project_id, name=name, description=description)

    def delete(self, project_id: str, cascade: bool = False) -> None:
        """3.5. With `cascade` its agents and numbers go too; without, Talkstack refuses as long as there are any."""
        self._client.json(paths.DELETE_PROJECT, project_id, body={"cascade": cascade})

    def set_webhook(self, project_id: str, url: str) -> None:
        """3.6. Read the project again afterwards: the answer does not hold it."""
        self._client.json(paths.ADD_WEBHOOK, body={"projectId": project_id, "webhookURL": url})

    def active_agent(self, project_id: str) -> str:
        """3.7: the id of the project's active agent; "" for none (404)."""
        try:
            raw = self._client.json(paths.GET_ACTIVE_AGENT, body={"projectId": project_id})
        except NotFound:
            return ""
        keys = ("active_agent", "activeAgent", "agentId", "agent", "data", "projectData", "project")
        found = raw
        for _ in range(3):
            if not isinstance(found, dict):
                return parse.as_id(found)
            key = next((key for key in keys if key in found), None)
            if key is None:
                break
            found = found[key]
        return _agent_id(found) if found is not raw else self._no_agent(raw)

    def _no_agent(self, raw: Any) -> str:
        raise replies.broken(paths.GET_ACTIVE_AGENT, seen="no active agent in the answer")

    def set_active_agent(self, project_id: str, agent_id: str) -> None:
        """3.8. The answer lacks the id of the project: read it again afterwards."""
        self._client.json(paths.SET_ACTIVE_AGENT, body={"projectId": project_id, "active_agent": agent_id})

    def remove_active_agent(self, agent_id: str) -> None:
        """3.9. Takes the id of the agent, not of the project."""
        self._client.json(paths.REMOVE_ACTIVE_AGENT, agent_id, body={})


def _items(reply: Reply) -> list[Any] | None:
    if not 200 <= reply.status < 300:
        return None
    try:
        items = parse.find_list(parse.loads(reply.body), _LISTS)
    except parse.Unreadable:
        return None
    if items and not any(parse.id_of(item, "id", "projectId", "_id") for item in items):
        return None
    return items


def _read(items: list[Any]) -> list[Project]:
    kept = [item for item in items if parse.id_of(item, "id", "projectId", "_id") and not _deleted(item)]
    return [Project.parse(item) for item in kept]


def _ask(client: "Client", path: str) -> Reply:
    return client.reply(Route("GET", "/" + path.lstrip("/")))


def _search(client: "Client") -> list[Project]:
    """One after the other, most likely first, under one deadline.

    Asking all at once would cost a dozen requests of every new process, and trip rate limits, to save what the first or
    second question settles in general. `/project/list` may be taken for the project with the id "list", so any answer
    that is not a list only means: not here.
    """
    limited = client.within(client.budgets.read)
    replied = []
    for path in paths.LIST_PROJECTS_CANDIDATES:
        reply = _ask(limited, path)
        if reply.status in (401, 403, 429, 502, 503, 504):
            raise replies.error(Route("GET", path), reply)
        items = _items(reply)
        if items is not None:
            with _lock:
                _found[client.servers.api_url] = path
            return _read(items)
        replied.append(reply)
    if any(reply.status in (400, 404) and _says_no_projects(reply) for reply in replied):
        return []
    if all(reply.status >= 500 for reply in replied):
        raise replies.error(Route("GET", paths.LIST_PROJECTS_CANDIDATES[0]), replied[0])
    raise ListPathUnknown(status=replied[0].status, route="GET (list of projects)")


def _says_no_projects(reply: Reply) -> bool:
    return replies.says_none(reply) and _NONE_YET.search(parse.error_words(reply.body)[0]) is not None


def _list_error(path: str, reply: Reply) -> Exception:
    if 200 <= reply.status < 300 or reply.status in (400, 404, 405):
        return ListPathUnknown(status=reply.status, detail=replies.detail(reply.body), route=f"GET {path}")
    return replies.error(Route("GET", path), reply)
