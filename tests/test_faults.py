"""Every page and every form × every way in which Talkstack can fail: a sentence for people, its own HTML nowhere, within the
page's budget, and nobody's phone rings.
"""

import html
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from dashboard.accounts.models import Snapshot
from dashboard.sandbox.world import fixed_id
from tests.analysis.conftest import asked_of
from tests.calls.conftest import view_of
from tests.test_access import TABLE, names, team_of
from tests.webhooks.conftest import kept

KINDS = [
    "down", "hang", "500", "html", "html-200", "empty", "text", "null", "list", "truncated", "401", "403", "404", "429",
    "402", "409", "redirect", "cut", "close",
]  # fmt: skip
# One for each way in which a page learns of a failure; tests/talkstack/test_outcomes.py sees that the others come to the same.
ALIKE = ["down", "hang", "500", "html-200", "truncated", "401", "403", "404", "429"]
PAGES = [*ALIKE, "409", "cut"]  # forms meet every kind
PROBLEMS = (502, 503, 504)
OTHERS_HTML = "An error occurred in the application"
FORM = {
    "name": "New name", "description": "kept text", "system_instruction": "Say hello to {{name}}.", "number": "+12065550121",
    "webhook_url": "https://crm.example.com/hook", "e164": "+14155550199", "cascade": "on", "confirm_name": "Northgate Clinics",
    "request_key": "a key of this form", "confirm_empty": "on", "var_name": "Robin", "kind": "503", "fault": "down", "times": "1",
}  # fmt: skip
HTMX = {"HX-Request": "true", "HX-Target": "main"}
NOBODY = "00000000-0000-4000-8000-000000000000"  # fits where an id is asked for that is not known here
Build = Callable[[str], str]
_kept: list[list[Snapshot]] = []


@pytest.fixture
def address(project_id: str, workspace: Any) -> Build:
    """URL name → an address of the demo workspace, with real ids where a page needs them."""
    from dashboard.accounts.upstream import Upstream
    from dashboard.calls.models import Call

    client = Upstream(workspace).client()
    sid = client.calls.history(project_id)[0].sid
    call = Call.objects.create(
        workspace=workspace, project_id=project_id, number="+12065550121", at=timezone.now(), sid=sid, attempt="placed",
        recordings=[f"{settings.SANDBOX_URL}/media/recordings/{sid}.wav"],
    )  # fmt: skip
    known = {
        "project_id": project_id,
        "agent_id": fixed_id("agent/reminder"),
        "voice_id": client.voices.list()[0].id,
    }
    known |= {"call_id": call.pk, "n": 1, "slug": "oak-care", "entry_id": workspace.entries.first().pk}
    known |= dict(zip(("member_id", "invitation_id"), team_of(workspace), strict=True))
    known |= kept(workspace, project_id)
    known |= asked_of(workspace, project_id) | view_of(workspace)
    FORM["agent_id"], FORM["voice_id"] = known["agent_id"], known["voice_id"]

    def build(name: str) -> str:
        needed = {"slug", *names()[name].pattern.converters}
        return reverse(name, kwargs={key: known.get(key, NOBODY) for key in needed})

    return build


def requests(address: Build) -> Iterator[tuple[str, str]]:
    """Method and address of everything that is under /w/; what cannot be taken back comes last."""
    for name, (_, methods) in sorted(TABLE.items(), key=lambda row: ("delete" in row[0], row[0])):
        for method in methods.split():
            fresh = "?fresh=1&counts=1" if method == "GET" else ""
            agent = f"?agent={FORM['agent_id']}" if name == "calls:new" else ""
            yield method.lower(), address(name) + (agent or fresh)


def words(answer: Any) -> str:
    """What a person reads of an answer."""
    told = html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode()))
    return re.sub(r"\s+", " ", told).strip()


def fits(answer: Any, where: str) -> None:
    """What holds for every answer, whatever Talkstack did."""
    assert answer.status_code < 500 or answer.status_code in PROBLEMS, where
    if answer.streaming or answer.get("Content-Type", "").startswith("audio/"):
        return
    assert OTHERS_HTML not in answer.content.decode(), f"{where} shows Talkstack's own page"
    if answer.status_code not in (204, 302, 303) and "HX-Redirect" not in answer:
        assert len(re.findall("[A-Za-z']{2,}", words(answer))) >= 4, f"{where} says nothing: {words(answer)}"


def ask(client: Any, method: str, url: str, kind: str, headers: dict[str, str]) -> None:
    began = time.monotonic()
    answer = getattr(client, method)(url, FORM if method == "post" else None, headers=headers)
    took = time.monotonic() - began
    where = f"{kind}: {method} {url} {'as a fragment' if headers else ''} → {answer.status_code}"
    fits(answer, where)
    assert took < 3 * settings.BUDGETS["read"] + settings.BUDGETS["write"] + 1.0, f"{where} took {took:.1f} s"


def keep_what_pages_show(owner: Any, sandbox: Any, asked: list[tuple[str, str]]) -> None:
    """Every page was looked at while Talkstack answered: once in a process, as the demo team's answers are the same each time."""
    if not _kept:
        for method, url in asked:
            if method == "get":
                owner.get(url)
        _kept.append(list(Snapshot.objects.all()))
    else:
        Snapshot.objects.all().delete()
        Snapshot.objects.bulk_create(_kept[0])
    sandbox.tick(60)  # so that none of them is from the future


@pytest.mark.parametrize("kind", PAGES)
def test_everything_while_talkstack_fails(owner, sandbox, address, kind):
    asked = list(requests(address))
    Snapshot.objects.all().delete()
    sandbox.faults.add(kind, times=0)
    for method, url in asked:
        ask(owner, method, url, kind, {})
    assert not sandbox.rings


@pytest.mark.parametrize("kind", ALIKE)
def test_every_fragment_while_talkstack_fails_and_something_is_kept(owner, sandbox, address, kind):
    asked = list(requests(address))
    keep_what_pages_show(owner, sandbox, asked)
    sandbox.faults.add(kind, times=0)
    for method, url in asked:
        ask(owner, method, url, kind, HTMX)
    assert not sandbox.rings


@pytest.mark.parametrize("kind", ["drip", "huge"])
@pytest.mark.parametrize("name", ["projects:list", "agents:detail", "calls:new", "projects:delete"])
def test_answers_that_never_end_are_cut(owner, sandbox, address, kind, name):
    sandbox.faults.add(kind, times=0, seconds=0.02, bytes=6_000_000)
    url = address(name) + (f"?agent={FORM['agent_id']}" if name == "calls:new" else "?fresh=1")
    ask(owner, "get", url, kind, {})


@pytest.mark.parametrize("kind", KINDS)
def test_forms_while_only_writes_fail(owner, sandbox, address, kind):
    for method, path in (
        ("POST", "/project/"), ("PUT", "/project"), ("DELETE", ""), ("POST", "/agent/"), ("POST", "/phone"), ("PUT", ""),
    ):  # fmt: skip
        sandbox.faults.add(kind, method=method, path=path, times=0)
    for method, url in requests(address):
        if method == "post" and "/team/" not in url:  # the team is ours alone
            ask(owner, method, url, kind, {})
    assert not sandbox.rings
