"""The endpoints, one line each, and the only place that puts an id into a path. Numbers: see the API contract."""

import unicodedata
from dataclasses import dataclass
from enum import Enum
from urllib.parse import quote

from dashboard.talkstack.errors import NotFound


class Kind(Enum):
    """What asking does: decides the time budget, retries, and what a lost answer means."""

    READ = "read"
    WRITE = "write"
    RING = "ring"
    ANALYSIS = "analysis"


@dataclass(frozen=True)
class Route:
    """One endpoint. `auth`: "any" (key or bearer), "bearer" or "none"; `host`: "api" or "calls"."""

    method: str
    template: str
    kind: Kind = Kind.READ
    auth: str = "any"
    host: str = "api"

    @property
    def name(self) -> str:
        """What may be logged: "GET /project/:projectId"."""
        return f"{self.method} {self.template}"

    @property
    def changes(self) -> bool:
        """Whether a lost answer leaves it open what happened."""
        return self.kind in (Kind.WRITE, Kind.RING)

    @property
    def retried(self) -> bool:
        """Only a GET that changes nothing may be sent a second time."""
        return self.method == "GET" and self.kind is Kind.READ

    def path(self, *ids: str) -> str:
        """The template with its :placeholders replaced, in order. Raises NotFound for an id that no path may hold."""
        parts = self.template.split("/")
        values = iter(ids)
        return "/".join(segment(next(values), self.name) if part.startswith(":") else part for part in parts)


def segment(text: str, route: str = "") -> str:
    """One path segment, everything quoted. Raises NotFound for "", ".", "..", control characters, and over 500."""
    bad = text in ("", ".", "..") or len(text) > 500 or any(unicodedata.category(char) in ("Cc", "Cs") for char in text)
    if bad:
        raise NotFound(status=None, detail="id refused before sending", route=route)
    return quote(text, safe="")


_W, _NONE = Kind.WRITE, "none"

SIGNUP = Route("POST", "/auth/signup", _W, _NONE)  # 1.1
VERIFY_EMAIL = Route("POST", "/auth/verify-email", _W, _NONE)  # 1.2
RESEND_CODE = Route("POST", "/auth/resend-code", _W, _NONE)  # 1.3
LOGIN = Route("POST", "/auth/login", Kind.READ, _NONE)  # 1.4; changes nothing that matters
REFRESH = Route("POST", "/auth/refresh-token", _W, _NONE)  # 1.5; the refresh token may be used up by it
CHANGE_PASSWORD = Route("POST", "/auth/change-password", _W)  # 1.6
FORGOT_PASSWORD = Route("POST", "/auth/forgot-password", _W, _NONE)  # 1.7
RESET_PASSWORD = Route("POST", "/auth/reset-password", _W, _NONE)  # 1.8

GENERATE_API_KEY = Route("GET", "/user/generate-apikey", _W, "bearer")  # 2.1; a GET that replaces the key
SET_ACTIVE_PROJECT = Route("POST", "/user/set-active-project", _W)  # 2.2
GET_ACTIVE_PROJECT = Route("GET", "/user/get-active-project")  # 2.3

CREATE_PROJECT = Route("POST", "/project/create-project", _W)  # 3.1
GET_PROJECT = Route("GET", "/project/:projectId")  # 3.2
UPDATE_PROJECT = Route("PUT", "/project/:projectId", _W)  # 3.4
DELETE_PROJECT = Route("DELETE", "/project/:projectId", _W)  # 3.5
ADD_WEBHOOK = Route("POST", "/project/call-status/add-webhookurl", _W)  # 3.6
GET_ACTIVE_AGENT = Route("POST", "/project/active-agent")  # 3.7; a read
SET_ACTIVE_AGENT = Route("PATCH", "/project/active-agent", _W)  # 3.8
REMOVE_ACTIVE_AGENT = Route("PATCH", "/project/active-agent/:agentId", _W)  # 3.9

CREATE_AGENT = Route("POST", "/agent/create-agent", _W)  # 4.1
GET_AGENT = Route("POST", "/agent")  # 4.2; a read
UPDATE_AGENT = Route("PUT", "/agent", _W)  # 4.3
DELETE_AGENT = Route("DELETE", "/agent", _W)  # 4.4
LIST_AGENTS = Route("GET", "/agent/:projectId")  # 4.5

MAKE_CALL = Route("POST", "/call/makeCall", Kind.RING, host="calls")  # 5.1
GET_CALL = Route("POST", "/call")  # 5.2; a read
CALL_HISTORY = Route("POST", "/call/get-call-history")  # 5.3; a read
CALL_ANALYSIS = Route("POST", "/call/analysis", Kind.ANALYSIS)  # 5.4; slow and possibly billed
BATCH_CALL = Route("POST", "/call/batch-call", Kind.RING)  # 5.5; rings, though on the api host

LIST_VOICES = Route("GET", "/voices")  # 6.1
GET_VOICE = Route("GET", "/voices/:voice_id")  # 6.2

GET_NUMBERS = Route("POST", "/phone-number")  # 7.1; a read
ADD_NUMBER = Route("POST", "/phone-number/add-number", _W)  # 7.2

# 3.3: the page of the documentation could not be read. Most likely first.
LIST_PROJECTS_CANDIDATES = (
    "/project",
    "/project/get-projects",
    "/project/list",
    "/project/all",
    "/projects",
    "/project/get-all-projects",
    "/user/projects",
    "/project/get-all",
    "/project/list-projects",
    "/project/projects",
    "/user/get-projects",
    "/project/get-project-list",
)
