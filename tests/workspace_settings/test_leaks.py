"""A key that was generated, pasted, refused or lost: on no other page, in no record, log line, session or file of ours."""

from pathlib import Path

import pytest
from django.contrib.sessions.models import Session as DjangoSession
from django.core import serializers
from django.db import connection as database

from dashboard.accounts.models import Session
from dashboard.activity.models import Entry, Outcome
from tests.conftest import text
from tests.test_hostile import crawl
from tests.test_leaks import Lines, forms_of, log
from tests.workspace_settings.conftest import GENERATE, KEY, PASTE, REMOVE, TEST, shown_key, stored_key, version

__all__ = ["log"]
TYPED = "sk-CANARY-typed-0123456789abcdef"
SAID = "sk-CANARY-said-by-Talkstack-0123456789abcdef"
AFTER = ("/w/oak-care/settings/", KEY, "/w/oak-care/activity/")  # where what went wrong is told, after each


def pages(client):
    """Every page that links lead to from here, and the export of what was done."""
    start = ["/w/oak-care/settings/", "/w/oak-care/activity/", "/account/"]
    found = [text(answer) for _, answer in crawl(client, start) if not answer.streaming]
    export = client.get("/w/oak-care/activity/export/")
    assert export.status_code == 200
    return [*found, b"".join(export.streaming_content).decode() if export.streaming else text(export)]


def records():
    rows = [*Entry.objects.all(), *Outcome.objects.all()]
    assert rows
    return serializers.serialize("json", rows)


def sessions():
    assert DjangoSession.objects.count() == 0
    return "".join(str(row.get_decoded()) for row in Session.objects.all())


def nowhere(secret: str, told: list[str], log: Lines) -> None:
    for piece in (secret, secret[-12:], secret[:12]):
        assert not [page for page in told if piece in page], "shown"
        assert not [line for line in log.lines if piece in line], "logged"
        assert piece not in records() and piece not in sessions(), "written down"


@pytest.mark.item("S64")
@pytest.mark.item("S65")
@pytest.mark.item("S67")
@pytest.mark.django_db(transaction=True)
def test_the_key_is_on_the_one_page_that_shows_it_and_sealed_in_the_database(transactional_db, log, sandbox, owner):
    key = shown_key(owner.post(KEY, {"key_version": version(owner.get(KEY))}))
    owner.post(TEST)
    assert stored_key() == key
    told = pages(owner)
    assert [page for page in told if f"••••{key[-4:]}" in page]
    sandbox.faults.add("401", times=0, body={"message": f"Unauthorized: {key}"})
    told += [text(owner.get("/w/oak-care/projects/?fresh=1")), text(owner.post(TEST, follow=True))]
    sandbox.faults.clear()
    told += [text(owner.post(KEY, {"key_version": "0"})), text(owner.post(REMOVE, follow=True)), *pages(owner)]
    nowhere(key, told, log)
    if database.vendor == "sqlite":
        name = Path(database.settings_dict["NAME"])
        kept = b"".join(path.read_bytes() for path in name.parent.glob(f"{name.name}*"))
        assert b"oakcare.example" in kept
        assert not [form for form in forms_of(key) if form in kept], "stored"


@pytest.mark.item("S64")
@pytest.mark.item("S67")
def test_a_key_that_was_typed_is_repeated_nowhere(log, sandbox, owner, workspace):
    told = []
    for fault in ("", "401", "400", "500", "close", "html-200", "truncated"):
        if fault:
            body = {"body": {"message": f"No: {TYPED}"}} if fault in ("400", "401", "500") else {}
            sandbox.faults.add(fault, times=0, **body)
        told += [text(owner.post(PASTE, {"api_key": TYPED})), text(owner.post(PASTE, {"api_key": f"{TYPED} {TYPED}"}))]
        told += [text(owner.post(PASTE, {"api_key": TYPED, "key_version": TYPED}, headers={"HX-Request": "true"}))]
        told += [
            text(owner.post(KEY, {"key_version": TYPED})),
            text(owner.post("/w/oak-care/settings/", {"api_key": TYPED})),
        ]
        sandbox.faults.clear()
        told += [text(owner.get(page)) for page in AFTER]
    nowhere(TYPED, told + pages(owner), log)


@pytest.mark.item("S67")
def test_a_key_in_an_answer_that_says_no_is_repeated_nowhere(log, sandbox, owner, workspace):
    told = []
    for fault in ("400", "401", "403", "429", "500", "502"):
        rule = sandbox.faults.add(fault, path=GENERATE, body={"message": f"No: {SAID}", "apiKey": SAID})
        told.append(text(owner.post(KEY, {"key_version": version(owner.get(KEY))})))
        assert rule.hits
        sandbox.faults.clear()
        told += [text(owner.get(page)) for page in AFTER]
    nowhere(SAID, told + pages(owner), log)
