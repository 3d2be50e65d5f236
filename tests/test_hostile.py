"""A world of people with bad intentions: whatever Talkstack, a colleague or an address says stays text on every page."""

import html
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from dashboard.sandbox.hostile import PAYLOADS
from tests.conftest import OWNER_EMAIL, sign_in, text
from tests.histories import read_one

TAGS = {"iframe", "base", "math", "object", "embed", "style", "animate"}
MARKUP = [payload for payload in PAYLOADS if set(payload) & set("<\"'")]


class Reader(HTMLParser):
    """Everything on a page that no page of ours has."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.wrong += [f"<{tag}>"] if tag in TAGS else []
        if tag in ("script", "img") and not given.get("src", "").startswith("/static/"):
            self.wrong.append(f"<{tag}> {given}")
        if tag == "meta" and "http-equiv" in given and given.get("content") not in ("5", "30"):
            self.wrong.append(f"<meta> {given}")
        for name, value in given.items():
            if name.startswith(("on", "hx-on", "data-hx")) or name in ("style", "srcdoc"):
                self.wrong.append(f"<{tag} {name}={value!r}>")
            if name in ("href", "src", "action", "formaction", "hx-get", "hx-post"):
                self.wrong += self._address(tag, name, value, given)

    def _address(self, tag: str, name: str, value: str, given: dict[str, str]) -> list[str]:
        address = urlsplit(value.strip())
        if not address.scheme and not address.netloc:
            return []
        outside = tag == "a" and address.scheme in ("http", "https") and "noopener" in given.get("rel", "")
        return [] if outside else [f"<{tag} {name}={value!r}>"]


def inert(answer: Any, where: str) -> None:
    """Nothing of what came from outside is anything but text."""
    if not answer.get("Content-Type", "").startswith("text/html"):
        return
    page = text(answer)
    reader = Reader()
    reader.feed(page)
    assert not reader.wrong, (where, reader.wrong[:5])
    raw = [payload for payload in MARKUP if payload in page]
    assert not raw, (where, raw)
    assert settings.SECRET_KEY not in page
    for name, value in answer.items():
        assert "\n" not in value and "\r" not in value and "evil.example" not in value, (where, name, value)


def crawl(client: Client, start: list[str]) -> Iterator[tuple[str, Any]]:
    """Every page that the pages lead to, a few of each kind."""
    seen, shapes, waiting = set(), {}, list(start)
    while waiting:
        path = waiting.pop(0)
        shape = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=voices/)[^/]+|=[^&]*", "*", path)
        shapes[shape] = shapes.get(shape, 0) + 1
        if path in seen or shapes[shape] > 3 or "/recording/" in path or "/preview/" in path:
            continue
        seen.add(path)
        answer = client.get(path)
        yield path, answer
        if answer.streaming:
            continue
        links = re.findall(r'(?:href|hx-get)="(/[^"]*)"', text(answer))
        waiting += [html.unescape(link) for link in links if not link.startswith("/static/")]


@pytest.fixture
def world(sandbox: Any) -> Any:
    """The sandbox with the hostile texts in place of the demo's."""
    from dashboard.sandbox import Sandbox
    from dashboard.sandbox.doors import adapter
    from dashboard.talkstack import transport

    spoilt = Sandbox(
        owner_email="owner@oakcare.example",
        owner_password=settings.DEMO_PASSWORD,
        base_url=settings.SANDBOX_URL,
        seed="hostile",
    )
    spoilt.tick = sandbox.tick
    transport.mount(settings.SANDBOX_URL, adapter(spoilt))
    return spoilt


@pytest.fixture
def owner(db: None, world: Any) -> Client:
    return sign_in(OWNER_EMAIL)


@pytest.fixture
def slug(world: Any, owner: Client) -> str:
    """The workspace that this account opened, with calls of every kind in its ledger."""
    from dashboard.accounts.models import Workspace
    from dashboard.accounts.upstream import Upstream
    from dashboard.calls.models import Call

    workspace = Workspace.objects.get()
    client = Upstream(workspace).client()
    for project in client.projects.list()[:1]:
        read_one(workspace, project.id, project.name)
    for place, payload in enumerate(PAYLOADS):
        Call.objects.create(
            workspace=workspace, project_id=project.id, project_name=payload[:300], agent_id=payload[:200],
            agent_name=payload[:300], number="+12065550121", at=timezone.now(), words=payload, state=payload[:60],
            attempt=("unknown", "refused", "placed", "reserved")[place % 4], variables={payload: payload},
            data={payload: [payload, {payload: payload}]}, raw={payload: payload}, candidates=[payload[:200]],
            placed_by_email=payload[:254], recordings=[payload], read_problem=payload[:300], from_number=payload[:40],
        )  # fmt: skip
    return str(workspace.slug)


def test_every_page_of_a_hostile_world(owner, world, slug):
    start = [f"/w/{slug}/", f"/w/{slug}/projects/?fresh=1&counts=1", "/account/", "/w/?all=1"]
    seen = 0
    for path, answer in crawl(owner, start):
        assert answer.status_code < 500, path
        inert(answer, path)
        seen += 1
    assert seen > 40


def test_every_call_page_of_a_hostile_world(owner, world, slug):
    from dashboard.calls.models import Call

    for call in Call.objects.exclude(words=""):
        inert(owner.get(f"/w/{slug}/projects/{call.project_id}/calls/{call.pk}/"), call.words)


def type_everywhere(owner: Client, world: Any, slug: str, payload: str) -> None:
    """Put it into every field, every filter and every id there is; Talkstack refuses what it gets with it."""
    from dashboard.calls.models import Call

    call = Call.objects.exclude(words="").first()
    agent = world.store.agents_of(call.project_id)[0]
    known = {"slug": slug, "project_id": call.project_id, "agent_id": agent.id, "call_id": str(call.pk)}
    fields = (
        "name description system_instruction voice_id phone_number number var_name webhook_url e164 agent_id confirm_name "
        "kind fault path request_key again_of candidate loaded digest losing q email"
    )
    world.faults.add("400", method="PUT", times=0, message=payload)
    world.faults.add("422", method="POST", path="/project/create", times=0, message=payload)
    world.faults.add("400", method="POST", path="/agent/create", times=0, message=payload)
    for path in (
        "projects/new/", "projects/{project_id}/edit/", "projects/{project_id}/webhook/", "projects/{project_id}/agents/new/",
        "projects/{project_id}/agents/{agent_id}/edit/", "projects/{project_id}/agents/{agent_id}/delete/",
        "projects/{project_id}/numbers/assign/", "projects/{project_id}/calls/new/?agent={agent_id}",
        "projects/{project_id}/calls/{call_id}/decide/", "practice/faults/",
    ):  # fmt: skip
        body = dict.fromkeys(fields.split(), payload) | {"agent_id": agent.id}
        answer = owner.post(f"/w/{slug}/{path.format(**known)}", body, follow=True)
        assert answer.status_code < 500 or answer.status_code in (502, 503), path
        inert(answer, path)
    for path in (
        "calls/", "voices/", "projects/", "projects/{project_id}/agents/", "projects/{project_id}/calls/", "activity/",
    ):  # fmt: skip
        query = dict.fromkeys(
            ("q", "state", "agent", "days", "before", "sort", "page", "language", "who", "verb"), payload
        )
        inert(owner.get(f"/w/{slug}/{path.format(**known)}", query), path)
    inert(owner.get("/sign-in/", {"next": payload}), "next")
    inert(
        Client().post("/sign-in/", {"email": payload, "password": payload, "next": payload, "tz": payload}), "sign-in"
    )
    inert(owner.get(f"/w/{slug}/projects/{payload.replace('/', '')[:100] or 'x'}/"), "id")


@pytest.mark.parametrize("first", range(3))
def test_what_is_typed_or_refused_comes_back_as_text(owner, world, slug, first):
    for payload in PAYLOADS[3 * first :: 9]:
        world.faults.clear()
        type_everywhere(owner, world, slug, payload)
