"""What the tests of agents share: the demo agents by name, a browser's way of sending a form, and what a page holds."""

import html
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from dashboard.activity.models import Entry
from dashboard.sandbox import Sandbox
from dashboard.sandbox.world import fixed_id

URLENCODED = "application/x-www-form-urlencoded"
REMINDER, FOLLOW_UP, INTAKE, FLU = (fixed_id(f"agent/{key}") for key in ("reminder", "follow-up", "intake", "flu"))
ARIA, ROGER = "Ar1aV8oQx2LmN4pT6sYe", "R0gErk3UbZ7nXw5cJd9f"


@pytest.fixture
def agents(project_id: str) -> str:
    """The address of the list of agents of the demo project; all others begin with it."""
    return f"/w/oak-care/projects/{project_id}/agents/"


def send(client: Client, url: str, **fields: str) -> Any:
    """POST a form as browsers do: url-encoded, with CRLF for every line end."""
    sent = {name: value.replace("\r\n", "\n").replace("\n", "\r\n") for name, value in fields.items()}
    return client.post(url, urlencode(sent), content_type=URLENCODED)


def fields_of(answer: Any) -> dict[str, str]:
    """What a browser would send back from the editor on this page if nothing were touched."""
    page = answer.content.decode()
    hidden = re.search(r'<input type="hidden" name="loaded" value="([^"]*)"', page)
    name = re.search(r'<input type="text" name="name" value="([^"]*)"', page)
    voice = re.search(r'<input type="radio" name="voice_id" value="([^"]*)" checked', page)
    found = {"loaded": hidden, "name": name, "voice_id": voice}
    values = {key: html.unescape(match[1]) for key, match in found.items() if match}
    return values | {"system_instruction": typed(page)}


def typed(page: str) -> str:
    """The text in the editor; a browser drops the first newline of a textarea."""
    match = re.search(r'<textarea name="system_instruction"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert match, "there is one editor"
    return html.unescape(match[1]).replace("\r\n", "\n").removeprefix("\n")


def shown(page: str) -> str:
    """The prompt on an agent's page, with the marks taken off."""
    match = re.search(r'<div class="prompt long" id="prompt"[^>]*>(.*?)</div>', page, re.DOTALL)
    assert match, "the prompt is on the page"
    return html.unescape(re.sub(r"</?mark>", "", match[1]))


def last_entry(verb: str) -> Entry:
    return Entry.objects.filter(verb=verb).latest("id")


def stored(sandbox: Sandbox, agent_id: str = REMINDER) -> Any:
    """The agent as the sandbox has it."""
    return sandbox.store.agents[agent_id]
