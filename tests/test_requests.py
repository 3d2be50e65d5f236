"""What every address does with requests that no page of ours makes: none of them changes anything, breaks, or tells secrets."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.sandbox.world import fixed_id
from dashboard.web.middleware import HEADERS
from tests.analysis.conftest import asked_of
from tests.calls.conftest import view_of
from tests.conftest import text
from tests.test_access import PERSON, PUBLIC, TABLE, names, team_of
from tests.webhooks.conftest import kept

NOBODY = "00000000-0000-4000-8000-000000000000"
MAY_CHANGE = {"accounts.Session", "accounts.Snapshot", "accounts.UpstreamFact", "accounts.Connection"}
JUNK_IDS = [
    "..", "%2e%2e", "%2e%2e%2f%2e%2e%2fuser", "a%00b", "x" * 10_000, "-1", str(2**63), "٣٤٥", "%ff%fe",
    "%0d%0aSet-Cookie:a=b", "'%20OR%201=1--", "{{7*7}}", ";", "%F0%9F%98%80", ".", "null",
]  # fmt: skip
JUNK_VALUES = [
    "", "-1", "__class__", "\x00", "a\x00b", "٣", "x" * 20_000, "../../etc/passwd", "[]", "\udcff", "9" * 400, "²", "NaN",
    "2026-99-99", "+", "0",
]  # fmt: skip
REPEATED = ("", "-1", "\x00", "9" * 400)  # of these a name is also there three times
NAMES = [
    "q", "state", "agent", "days", "before", "sort", "page", "p", "fresh", "counts", "seen", "again", "number", "next",
    "language", "gender", "accent", "who", "verb", "kind", "since", "until", "result", "all", "e164", "agent_id",
]  # fmt: skip
Build = Callable[..., str]


@pytest.fixture
def address(project_id: str, workspace: Any) -> Build:
    """URL name → its address in the demo workspace; any id can be replaced."""
    from dashboard.accounts.upstream import Upstream
    from dashboard.calls.models import Call

    voice = Upstream(workspace).client().voices.list()[0].id
    call = Call.objects.create(workspace=workspace, project_id=project_id, number="+12065550121", at=timezone.now())
    known = {"project_id": project_id, "agent_id": fixed_id("agent/reminder"), "voice_id": voice, "call_id": call.pk}
    known |= dict(zip(("member_id", "invitation_id"), team_of(workspace), strict=True))
    known |= kept(workspace, project_id)
    known |= asked_of(workspace, project_id) | view_of(workspace)
    known |= {"n": 1, "slug": "oak-care", "entry_id": workspace.entries.first().pk}

    def build(name: str, **other: str) -> str:
        pattern = names()[name].pattern
        needed = {"slug", *pattern.converters} if name in TABLE else set(pattern.converters)
        return reverse(name, kwargs={key: other.get(key, known.get(key, NOBODY)) for key in needed})

    return build


def with_method(method: str) -> Iterator[str]:
    """The names of the addresses under /w/ that answer to it, deletions last."""
    yield from sorted((name for name in TABLE if method in TABLE[name][1].split()), key=lambda name: "delete" in name)


def counts() -> dict[str, int]:
    """How many rows there are of what people make."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("dashboard.")]
    return {model._meta.label: model.objects.count() for model in ours if model._meta.label not in MAY_CHANGE}


@pytest.mark.item("S25")
def test_every_post_asks_for_the_forms_token(owner, address, sandbox):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = owner.cookies
    before, state = counts(), sandbox.store.version
    posts = [address(name) for name in with_method("POST")]
    posts += ["/sign-in/", "/sign-out/", "/sign-up/", "/verify/", "/verify/resend/", "/forgot/", "/reset/"]
    posts += ["/account/", "/account/password/", "/account/sessions/end-others/"]
    for url in posts:
        for headers in ({}, {"HX-Request": "true"}):
            answer = strict.post(url, {"name": "x", "cascade": "on"}, headers=headers)
            assert answer.status_code == 403, url
            assert "too old to be sent" in text(answer), url
    assert counts() == before
    assert sandbox.store.version == state


@pytest.mark.item("S25")
def test_no_get_changes_anything(owner, address, sandbox, monkeypatch):
    asked: list[str] = []
    handle = sandbox.handle

    def listening(request: Any, *args: Any, **kwargs: Any) -> Any:
        asked.append(f"{request.method} {request.path}")
        return handle(request, *args, **kwargs)

    monkeypatch.setattr(sandbox, "handle", listening)
    before = counts()
    for name in with_method("GET"):
        if "export" in name:
            continue  # that somebody exported is itself written down
        for query in ("", "?fresh=1&counts=1", "?check=1&cascade=on&confirm_name=Northgate+Clinics"):
            owner.get(address(name) + query)
        for method in (owner.head, owner.options):
            method(f"{address(name)}?fresh=1&counts=1&check=1&cascade=on&confirm_name=Northgate+Clinics")
    assert counts() == before
    writes = [
        one for one in asked if re.match("PUT|DELETE|PATCH", one) or re.search("create|add-|makeCall|generate", one)
    ]
    assert not writes


@pytest.mark.parametrize("given", ["header", "field"])
def test_no_other_verb_comes_in_through_a_post_or_a_get(owner, address, sandbox, project_id, given):
    for verb in ("DELETE", "PUT", "POST"):
        headers = {"X-HTTP-Method-Override": verb} if given == "header" else {}
        owner.get(address("projects:delete"), {"_method": verb}, headers=headers)
        owner.post(address("projects:delete"), {"_method": verb}, headers=headers)
    assert project_id in sandbox.store.projects


@pytest.mark.parametrize("junk", JUNK_IDS, ids=range(len(JUNK_IDS)))
@pytest.mark.item("S31")
def test_ids_that_are_none(owner, address, sandbox, junk):
    mark = "MARK"
    for name in with_method("GET"):
        for key in set(names()[name].pattern.converters) & {"project_id", "agent_id", "voice_id"}:
            url = address(name, **{key: mark}).replace(mark, junk)
            answer = owner.get(url)
            assert answer.status_code in (200, 302, 400, 403, 404, 405), (url[:200], answer.status_code)
            assert answer.status_code == 404 or "%00" not in junk, "PostgreSQL cannot even look for a NUL"
    for name in with_method("POST"):
        for key in set(names()[name].pattern.converters) & {"project_id", "agent_id"}:
            answer = owner.post(address(name, **{key: mark}).replace(mark, junk), {"name": "x", "agent_id": "x"})
            assert answer.status_code < 500, (name, key)
    for url in (f"/w/{junk}/", f"/w/oak-care/{junk}/", f"/{junk}"):
        assert owner.get(url).status_code in (301, 302, 400, 404), url[:200]


@pytest.mark.parametrize("junk", JUNK_VALUES, ids=range(len(JUNK_VALUES)))
@pytest.mark.item("S31")
def test_parameters_that_make_no_sense(owner, address, sandbox, junk):
    values = (junk, [junk, "2", junk]) if junk in REPEATED else (junk,)
    queries = [urlencode(dict.fromkeys(NAMES, value), doseq=True, errors="surrogateescape") for value in values]
    for name in with_method("GET"):
        for query in queries:
            answer = owner.get(address(name), QUERY_STRING=query)
            assert answer.status_code < 500, (name, answer.status_code)
    fields = (*NAMES, "name", "number", "request_key", "candidate", "loaded", "digest", "fault", "times", "again_of")
    body = urlencode(dict.fromkeys(fields, junk), errors="surrogateescape")
    for name in with_method("POST"):
        answer = owner.post(address(name), body, content_type="application/x-www-form-urlencoded")
        assert answer.status_code < 500 or answer.status_code in (502, 503), (name, answer.status_code)
    assert not sandbox.rings


@pytest.mark.item("S31")
def test_bodies_that_are_no_form(owner, address, sandbox):
    for name in with_method("POST"):
        for kind, body in (
            ("application/x-www-form-urlencoded", b"\xff\xfe=%ff&name=%00&name=\x00"),
            ("multipart/form-data; boundary=x", b"--x\r\nnothing"),
            ("multipart/form-data", b""),
            ("application/json", b'{"name": "x"}'),
            ("text/plain", b"name=x"),
            ("application/x-www-form-urlencoded", b"&".join(b"f%d=1" % n for n in range(2000))),
        ):
            answer = owner.post(address(name), body, content_type=kind)
            assert answer.status_code < 500, (name, kind, answer.status_code)
    assert not sandbox.rings


@pytest.mark.parametrize(
    "host",
    ["evil.example", "testserver.evil.example", "testserver@evil.example", "", "a b", "[::1", "testserver:99999x"],
)
@pytest.mark.item("S29")
def test_other_hosts_are_refused(owner, host):
    answer = owner.get("/w/oak-care/", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in text(answer)


@pytest.mark.parametrize(
    "value", ["x" * 5000, '"' + "\\000" * 32 + '"', '"' + "\\377" * 32 + '"', "../../../../etc", "' OR 1=1--"]
)
def test_a_made_up_cookie_is_nobody(client, owner, address, value):
    client.cookies.load({})
    for name in ("home:home", "projects:new"):
        for method in (client.get, client.post):
            answer = method(address(name), HTTP_COOKIE=f"sessionid={value}; csrftoken={value}")
            assert (answer.status_code, "/sign-in/" in answer["Location"]) == (302, True)


@pytest.mark.item("S29")
def test_forwarding_headers_are_not_believed(owner):
    given = {
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-For": "1.2.3.4",
        "X-Original-URL": "/x",
    }
    answer = owner.get("/w/oak-care/", headers=given)
    assert answer.status_code == 200
    assert "evil.example" not in text(answer)


@pytest.mark.item("S30")
def test_every_answer_carries_the_headers(owner, client, address, sandbox):
    answers = [owner.get(address(name)) for name in with_method("GET")]
    answers += [client.get(address(name)) for name in (*PUBLIC, *PERSON) if name != "accounts:root"]
    answers += [
        owner.get(url)
        for url in ("/", "/w/oak-care", "/nowhere/", "/static/nothing.css", "/w/oak-care/projects/x/", "/%ff")
    ]
    answers += [owner.post("/w/oak-care/"), owner.get("/", headers={"Host": "evil.example"}), owner.get("/sign-out/")]
    sandbox.faults.add("500", times=0)
    answers += [owner.get(address("projects:edit")), owner.get(address("calls:new"))]
    for answer in answers:
        where = f"{answer.request['PATH_INFO']} → {answer.status_code}"
        for name, value in HEADERS.items():
            assert answer.get(name) == value, (where, name)
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert not [name for name in answer.headers if name.lower().startswith("access-control-")], where
        kind = answer.get("Content-Type", "")
        assert not kind.startswith("text/") or "charset=utf-8" in kind, (where, kind)
        if not answer.request["PATH_INFO"].startswith("/static/") and not kind.startswith("audio/"):
            assert "no-store" in answer.get("Cache-Control", ""), where


def test_an_error_of_ours_shows_no_details(owner, settings, monkeypatch):
    from dashboard.home import facts

    def broken(*args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("secret detail of the house")

    for name in [
        name
        for name in vars(facts)
        if callable(getattr(facts, name)) and getattr(facts, name).__module__ == facts.__name__
    ]:
        monkeypatch.setattr(facts, name, broken)
    owner.raise_request_exception = False
    answer = owner.get("/w/oak-care/")
    assert answer.status_code == 500
    page = text(answer)
    assert "name the reference" in page
    assert "secret detail" not in page and "Traceback" not in page and "facts" not in page
    for name, value in HEADERS.items():
        assert answer[name] == value


@pytest.mark.item("S24")
def test_cookies_are_kept_from_scripts_and_other_sites(client, owner):
    client.get("/sign-in/")
    for name, jar in (("csrftoken", client.cookies), ("sessionid", owner.cookies)):
        cookie = jar[name]
        assert cookie["httponly"] and cookie["samesite"] == "Lax" and not cookie["domain"] and cookie["path"] == "/"
