"""The pages of the projects while Talkstack answers badly: a sentence, never its HTML, and nothing typed is lost.

tests/test_faults.py goes through every page with every such answer; here are the fragments and forms that it does not know.
"""

import pytest

from dashboard.sandbox.hostile import PAYLOADS
from tests.conftest import text
from tests.projects.conftest import HTMX, LIST, NEW, at, words

KINDS = ["down", "500", "html-200", "429", "401", "403", "404", "400", "truncated", "huge", "close"]
PAGES = ["", "edit/", "webhook/", "delete/"]
FORM = {
    "name": "New name", "description": "kept text", "webhook_url": "https://crm.example.com/",
    "cascade": "on", "confirm_name": "Northgate Clinics",
}  # fmt: skip


def fits(answer):
    assert answer.status_code < 500 or answer.status_code in (502, 503), answer.status_code
    assert "Application error" not in text(answer) and (answer.status_code == 303 or len(words(answer)) > 20)
    return True


@pytest.mark.parametrize("kind", KINDS)
def test_pages_while_everything_is_answered_badly(admin, sandbox, project_id, kind):
    admin.get(at(project_id))
    admin.get(f"{LIST}?counts=1")
    sandbox.faults.add(kind, times=0)
    for url in (LIST, f"{LIST}?fresh=1&counts=1", *(at(project_id, f"{page}?fresh=1") for page in PAGES)):
        assert fits(admin.get(url))
        assert fits(admin.get(url, headers=HTMX | {"HX-Target": "project-panels"}))


@pytest.mark.parametrize("kind", KINDS)
def test_posts_while_only_the_write_is_answered_badly(admin, sandbox, project_id, kind):
    writes = {
        NEW: ("POST", "/project/create-project"),
        at(project_id, "edit/"): ("PUT", ""),
        at(project_id, "webhook/"): ("POST", "/project/call-status"),
        at(project_id, "delete/"): ("DELETE", ""),
    }
    for url, (method, path) in writes.items():
        sandbox.faults.clear()
        sandbox.faults.add(kind, method=method, path=path)
        answer = admin.post(url, FORM)
        assert fits(answer)
        if answer.status_code not in (200, 303) and "delete" not in url:
            assert "kept text" in text(answer) or "https://crm.example.com/" in text(answer), "nothing typed is lost"


@pytest.mark.parametrize("value", [None, 7, [], {"a": 1}, "x" * 5000], ids=["null", "number", "list", "object", "long"])
def test_pages_with_an_odd_value(admin, sandbox, project_id, value):
    for key in ("id", "name", "description", "call_status_webhook", "active_agent", "created_at", "data"):
        sandbox.faults.clear()
        sandbox.faults.add("set", times=0, key=key, value=value)
        for url in (f"{LIST}?fresh=1&counts=1", *(at(project_id, page) for page in PAGES)):
            assert fits(admin.get(url)), (key, url)


def test_hostile_world(admin, sandbox, project_id):
    project = sandbox.store.projects[project_id]
    for payload in PAYLOADS:
        project.name = project.description = project.webhook = payload
        for agent in sandbox.store.agents_of(project_id):
            agent.name = agent.prompt = payload
        for url in (f"{LIST}?fresh=1&counts=1", *(at(project_id, f"{page}?fresh=1") for page in PAGES)):
            page = text(admin.get(url))
            assert payload not in page or not set(payload) & set("<>&\"'"), (url, payload)
