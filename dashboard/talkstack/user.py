"""Section 2 of the API: the API key, and the account's active project."""

from typing import TYPE_CHECKING

from dashboard.talkstack import parse, paths, replies
from dashboard.talkstack.errors import NotFound, Refused
from dashboard.talkstack.projects import GONE, Project

if TYPE_CHECKING:
    from dashboard.talkstack.client import Client


class User:
    """`client.user`."""

    def __init__(self, client: "Client") -> None:
        self._client = client

    def generate_api_key(self) -> str:
        """2.1: a new API key, which replaces the one before. Needs a bearer. Never retried, never cached.

        Raises KeyRejected, Unavailable, and OutcomeUnknown when the key may have been replaced and the new one is lost.
        """
        raw = self._client.json(paths.GENERATE_API_KEY)
        key = parse.id_of(raw, "apiKey", "api_key", "apikey", "key")
        key = key or parse.id_of(parse.as_dict(raw).get("data"), "apiKey", "api_key", "apikey", "key")
        key = key or parse.id_of(raw, "data")
        if not key:
            raise replies.broken(paths.GENERATE_API_KEY, seen="no key in the answer")
        return key

    def set_active_project(self, project_id: str) -> None:
        """2.2. Raises NotFound when there is no such project (Talkstack says 400)."""
        try:
            self._client.json(paths.SET_ACTIVE_PROJECT, body={"projectId": project_id})
        except Refused as error:
            if GONE.search(error.message):
                raise NotFound(status=error.status, detail=error.detail, route=error.route) from None
            raise

    def get_active_project(self) -> Project | None:
        """2.3. None when none is set (404)."""
        try:
            raw = self._client.json(paths.GET_ACTIVE_PROJECT)
        except NotFound:
            return None
        found = parse.find_object(raw, ("projectData", "project", "data", "active_project"), ("name",))
        if not found or not parse.id_of(found, "id", "projectId", "_id"):
            return self._named(raw)
        return None if found.get("is_deleted") is True else Project.parse(found)

    def _named(self, raw: object) -> Project | None:
        keys = ("projectData", "project", "data", "active_project")
        if isinstance(raw, dict) and (given := [raw[key] for key in keys if key in raw]):
            name = next((parse.as_id(value) for value in given if parse.as_id(value)), "")
            if name:  # only the id was given
                return Project.parse({"id": name})
            if not any(given):
                return None
        raise replies.broken(paths.GET_ACTIVE_PROJECT, seen="no project in the answer")
