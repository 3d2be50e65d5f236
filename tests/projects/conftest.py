"""What the tests of projects share: what was asked of Talkstack, addresses, and the hidden fields of a page."""

import json
import re
from typing import Any

import pytest
from django.test import Client

from dashboard.accounts.models import Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.sandbox import Sandbox
from tests.conftest import text

HTMX = {"HX-Request": "true"}
HOSTILE = [
    "<script>alert(1)</script>",
    "{{7*7}}{% now 'Y' %}",
    "x" * 300,
    "\u202eevil\u202c عيادة الشمال",
    "\"><img src=x onerror='alert(1)'>",
]


class Asked:
    """Every request that reached the sandbox, as "METHOD /path", with its body beside."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.bodies: list[Any] = []

    def writes(self) -> list[str]:
        """Those that change something about projects."""
        return [one for one in self.seen if one.split()[0] in ("PUT", "DELETE") or "create" in one or "add-" in one]


@pytest.fixture
def asked(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What is asked of the sandbox from now on."""
    record, handle = Asked(), sandbox.handle

    def listening(request: Any, *args: Any, **kwargs: Any) -> Any:
        record.seen.append(f"{request.method} {request.path}")
        record.bodies.append(json.loads(request.body or b"{}"))
        return handle(request, *args, **kwargs)

    monkeypatch.setattr(sandbox, "handle", listening)
    return record


@pytest.fixture
def api(workspace: Workspace) -> Any:
    """Somebody else who works at Talkstack directly, past the dashboard."""
    return Upstream(workspace).client()


def at(project_id: str, rest: str = "") -> str:
    return f"/w/oak-care/projects/{project_id}/{rest}"


LIST = "/w/oak-care/projects/"
NEW = f"{LIST}new/"


def hidden(page: Any, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', text(page))
    assert found, f"no hidden field {name}"
    return found[1]


def words(page: Any) -> str:
    """A page without its tags, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text(page).replace("&#x27;", "'").replace("&quot;", '"')))


def follow(client: Client, answer: Any) -> str:
    """The words of the page that a see-other leads to."""
    assert answer.status_code == 303, text(answer)[:3000]
    return words(client.get(answer["Location"]))
