"""Every page while an answer of Talkstack lacks a key, or has an odd value under it: a sentence for people, and no error."""

import contextlib
import json
from collections import Counter
from typing import Any

import pytest
from django.utils import timezone

from dashboard.talkstack import TalkstackError
from tests.histories import read_one
from tests.test_faults import address, fits, requests

__all__ = ["address"]
KINDS = ("remove", "set")
ODD = [
    None,
    7,
    -1.5e300,
    True,
    [],
    {"a": 1},
    [{"b": [None]}],
    "",
    "x" * 5000,
    "\ud800",
    "a\x00b",
    "9999-12-31T23:59:59Z",
]


def keys_of(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(keys_of(item) for item in value.values()))
    return set().union(*(keys_of(item) for item in value)) if isinstance(value, list) else set()


@pytest.fixture
def heard(sandbox: Any, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The keys of every answer that Talkstack gives from now on."""
    seen: set[str] = set()
    handle = sandbox.handle

    def listening(*args: Any, **kwargs: Any) -> Any:
        answer = handle(*args, **kwargs)
        if answer.body[:1] in (b"{", b"["):
            seen.update(keys_of(json.loads(answer.body)))
        return answer

    monkeypatch.setattr(sandbox, "handle", listening)
    return seen


def test_every_key_that_is_read_may_be_missing_or_odd(owner, sandbox, address, heard):
    pages = [url for method, url in requests(address) if method == "get" and "practice" not in url]
    asked: dict[str, set[str]] = {}
    for url in pages:
        heard.clear()
        owner.get(url)
        asked[url] = set(heard)
    assert len(set().union(*asked.values())) > 20
    pages_with = Counter(key for keys in asked.values() for key in keys)
    turn, tried = 0, Counter[str]()
    for url, keys in asked.items():
        for key in sorted(keys):
            # Most pages read the same answers: what is missing for one of them is odd for the next one.
            for kind in KINDS if pages_with[key] == 1 else (KINDS[tried[key] % 2],):
                turn += 1
                sandbox.faults.clear()
                value = {"value": ODD[turn % len(ODD)]} if kind == "set" else {}
                sandbox.faults.add(kind, key=key, times=0, **value)
                answer = owner.get(url)
                fits(answer, f"{kind} {key} {value!r:.60} at {url} → {answer.status_code}")
            tried[key] += 1


def test_the_worker_lives_with_every_odd_value(owner, sandbox, address, heard, workspace, project_id):
    from dashboard.accounts.upstream import Upstream
    from dashboard.calls import follow
    from dashboard.calls.models import Call

    call = Call.objects.get()
    client = Upstream(workspace).client()
    del sandbox.store.project_calls[project_id][:-3]
    heard.clear()
    client.calls.get(call.sid, project_id)
    client.calls.history(project_id)
    for turn, key in enumerate(sorted(heard)):
        for value in ODD[turn % 4 :: 4]:
            sandbox.faults.clear()
            sandbox.faults.add("set", key=key, value=value, times=0)
            Call.objects.filter(pk=call.pk).update(next_read_at=timezone.now(), final_at=None, state="ringing")
            assert follow.follow_open(), (key, value)
        Call.objects.exclude(pk=call.pk).delete()
        with contextlib.suppress(TalkstackError):
            read_one(workspace, project_id, "Northgate Clinics")
        for url in (f"/w/oak-care/projects/{project_id}/calls/{call.pk}/", "/w/oak-care/calls/"):
            answer = owner.get(url)
            fits(answer, f"{key} {value!r:.60} at {url} → {answer.status_code}")
