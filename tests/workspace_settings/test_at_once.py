"""The button pressed twenty times at once, two tabs, a busy database: real transactions, real threads, one question."""

import sqlite3
import threading

import pytest
from django.db import connection, connections

from dashboard.activity.models import Entry
from tests.at_once import at_once
from tests.conftest import text
from tests.workspace_settings.conftest import (
    GENERATE,
    KEY,
    PAGE,
    PASTE,
    REMOVE,
    link,
    shown_key,
    stored_key,
    version,
    words,
)

pytestmark = pytest.mark.django_db(transaction=True)


def test_twenty_presses_ask_once(transactional_db, owner, sandbox, asked):
    fields = {"key_version": version(owner.get(KEY))}
    answers = at_once(20, lambda: owner.post(KEY, fields))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 19
    assert asked.count(GENERATE) == 1
    shown = next(answer for answer in answers if answer.status_code == 200)
    key = shown_key(shown)
    assert stored_key() == key and not [one for one in answers if one is not shown and key in text(one)]
    assert Entry.objects.filter(verb="key.generate").count() == 1


def test_while_one_is_under_way_another_page_asks_for_nothing(transactional_db, owner, sandbox, asked):
    rule = sandbox.faults.add("hold", path=GENERATE)
    first, answers = {"key_version": version(owner.get(KEY))}, []

    def press():
        try:
            answers.append(owner.post(KEY, first))
        finally:
            connections.close_all()

    thread = threading.Thread(target=press)
    thread.start()
    assert rule.held.wait(5)
    page = owner.get(PAGE)
    second = owner.post(KEY, {"key_version": str(link().key_version)})
    third, fourth = owner.post(PASTE, {"api_key": "x" * 64}), owner.post(REMOVE)
    sandbox.faults.release()
    thread.join(10)
    assert "A new key is being asked for" in words(page)
    assert [one.status_code for one in (second, third, fourth)] == [409] * 3
    assert stored_key() == shown_key(answers[0]) and asked.count(GENERATE) == 1


@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="one lock for the whole database is SQLite's way")
def test_a_key_that_cannot_be_stored_is_shown_all_the_same(transactional_db, owner, sandbox, monkeypatch):
    page, handle = owner.get(KEY), sandbox.handle
    connection.ensure_connection()
    other = sqlite3.connect(connection.settings_dict["NAME"], isolation_level=None)

    def then_locked(request, *args, **kwargs):
        answer = handle(request, *args, **kwargs)
        if request.path == GENERATE:
            connection.connection.execute("PRAGMA busy_timeout=50")
            other.execute("BEGIN EXCLUSIVE")
        return answer

    monkeypatch.setattr(sandbox, "handle", then_locked)
    answer = owner.post(KEY, {"key_version": version(page)})
    other.execute("ROLLBACK")
    other.close()
    connection.connection.execute("PRAGMA busy_timeout=20000")
    assert answer.status_code == 200 and shown_key(answer) and "It could not be stored here." in words(answer)
    assert stored_key() == "" and link().key_asked_at, "that the old key is dead is not forgotten"
