"""Which request goes to which section of the API, and who may make it."""

from __future__ import annotations

from dataclasses import dataclass

from . import agent_api, auth_api, batch_api, call_api, history_api, media, number_api, project_api, user_api, voice_api
from .ask import Handler


@dataclass(frozen=True)
class Route:
    """``open`` routes ask for no credentials. Parts of the template that begin with ":" are arguments."""

    method: str
    template: str
    handler: Handler
    open: bool = False

    @property
    def parts(self) -> list[str]:
        return self.template.strip("/").split("/")


ROUTES = (
    Route("POST", "/auth/signup", auth_api.signup, open=True),
    Route("POST", "/auth/verify-email", auth_api.verify_email, open=True),
    Route("POST", "/auth/resend-code", auth_api.resend_code, open=True),
    Route("POST", "/auth/login", auth_api.login, open=True),
    Route("POST", "/auth/refresh-token", auth_api.refresh_token, open=True),
    Route("POST", "/auth/change-password", auth_api.change_password),
    Route("POST", "/auth/forgot-password", auth_api.forgot_password, open=True),
    Route("POST", "/auth/reset-password", auth_api.reset_password, open=True),
    Route("GET", "/user/generate-apikey", user_api.generate_apikey),
    Route("POST", "/user/set-active-project", user_api.set_active_project),
    Route("GET", "/user/get-active-project", user_api.get_active_project),
    Route("GET", "/project", project_api.listing),
    Route("POST", "/project/create-project", project_api.create),
    Route("POST", "/project/call-status/add-webhookurl", project_api.add_webhook),
    Route("POST", "/project/active-agent", project_api.get_active_agent),
    Route("PATCH", "/project/active-agent", project_api.set_active_agent),
    Route("PATCH", "/project/active-agent/:agentId", project_api.remove_active_agent),
    Route("GET", "/project/:projectId", project_api.get),
    Route("PUT", "/project/:projectId", project_api.update),
    Route("DELETE", "/project/:projectId", project_api.delete),
    Route("POST", "/agent/create-agent", agent_api.create),
    Route("POST", "/agent", agent_api.get),
    Route("PUT", "/agent", agent_api.update),
    Route("DELETE", "/agent", agent_api.delete),
    Route("GET", "/agent/:projectId", agent_api.listing),
    Route("POST", "/call/makeCall", call_api.make),
    Route("POST", "/call", call_api.get),
    Route("POST", "/call/get-call-history", history_api.listing),
    Route("POST", "/call/analysis", call_api.analyse),
    Route("POST", "/call/batch-call", batch_api.make),
    Route("GET", "/voices", voice_api.listing),
    Route("GET", "/voices/:voice_id", voice_api.get),
    Route("POST", "/phone-number", number_api.get),
    Route("POST", "/phone-number/add-number", number_api.assign),
    Route("GET", "/media/recordings/:file", media.recording, open=True),
    Route("GET", "/media/voices/:file", media.voice, open=True),
)
_BY_SHAPE: dict[tuple[str, int], list[tuple[Route, list[str]]]] = {}
for _route in ROUTES:
    _BY_SHAPE.setdefault((_route.method, len(_route.parts)), []).append((_route, _route.parts))


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route for a request and its arguments, None for a 404. HEAD is answered like GET."""
    parts = path.strip("/").split("/")
    for route, wanted in _BY_SHAPE.get(("GET" if method == "HEAD" else method, len(parts)), []):
        if all(a == b or (a.startswith(":") and b) for a, b in zip(wanted, parts, strict=True)):
            args = {a[1:]: b for a, b in zip(wanted, parts, strict=True) if a.startswith(":")}
            return route, args
    return None
