"""The public address: what comes in is stored before it is answered, whatever it is; whoever lacks the secret gets nowhere."""

import gzip
import io
import json
import threading
import time
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError, connection, connections
from django.test import Client
from django.utils import timezone

from dashboard.accounts.models import Rate
from dashboard.webhooks import actions, addresses, receiving
from dashboard.webhooks.models import Endpoint, Event, Secret
from tests.at_once import at_once
from tests.conftest import text
from tests.webhooks.conftest import deliver, one, told

BODY = told("CA" + "1" * 32, "ringing")


def test_an_event_is_stored_as_it_came(sender, door, endpoint):
    raw = b'{"callSid":  "CA1",\r\n "status":"ringing" }'
    answer = deliver(sender, door, raw, "application/json; charset=utf-8")
    assert answer.status_code == 200 and answer.json() == {"message": "Received."}
    event = one()
    assert bytes(event.body) == raw and event.content_type == "application/json; charset=utf-8"
    assert (event.endpoint, event.address, event.seen) == (endpoint, "127.0.0.1", 1)
    assert event.due_at is not None and endpoint.secrets.get().used_at is not None
    assert "Set-Cookie" not in answer.headers and not answer.cookies


def test_few_queries(sender, door, django_assert_max_num_queries):
    deliver(sender, door, BODY)
    with django_assert_max_num_queries(6):  # secret, known, how many lately, savepoint, insert, release
        deliver(sender, door, BODY | {"status": "busy"})
    with django_assert_max_num_queries(5):  # secret, known, savepoint, update, release
        deliver(sender, door, BODY)


def test_the_secret_is_the_only_way_in(sender, door, endpoint, workspace, sandbox):
    """Unknown, one letter changed, ended, of a project that is not there: the same words for all."""
    token = door.split("/")[2]
    flipped = token[:-1] + ("A" if token[-1] != "A" else "B")
    ended, clear = addresses.make(endpoint)
    Secret.objects.filter(pk=ended.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    answers = [
        deliver(sender, f"/hooks/{one}/", BODY) for one in (flipped, clear, "x", "hook-" + "a" * 43, "a" * 5000, "%00")
    ]
    assert {answer.status_code for answer in answers} == {401}
    assert len({text(answer) for answer in answers}) == 1 and not Event.objects.exists()
    assert deliver(sender, door, BODY).status_code == 200


def test_the_same_work_is_done_for_every_wrong_secret(sender, door, endpoint, django_assert_num_queries):
    ended, clear = addresses.make(endpoint)
    Secret.objects.filter(pk=ended.pk).update(ends_at=timezone.now() - timedelta(days=1))
    for wrong in (clear, "hook-" + "b" * 43):
        with django_assert_num_queries(1):
            deliver(sender, f"/hooks/{wrong}/", BODY)


@pytest.mark.parametrize("method", ["get", "head", "put", "patch", "delete", "options"])
def test_other_verbs(sender, door, method):
    assert getattr(sender, method)(door).status_code == 405
    assert getattr(sender, method)("/hooks/unknown/").status_code == 405


ANYTHING = {
    "form": (b"CallSid=CA1&CallStatus=completed&From=%2B14155550132", "application/x-www-form-urlencoded"),
    "text": (b"hello", "text/plain"),
    "empty": (b"", "application/json"),
    "no kind": (b"{}", ""),
    "invalid UTF-8": (b'{"callSid": "\xff\xfe\xc3("}', "application/json"),
    "NUL": (b'{"callSid": "a\x00b\\u0000"}', "application/json"),
    "brackets": (b"[" * 100_000, "application/json"),
    "closed brackets": (b"[" * 100_000 + b"]" * 100_000, "application/json"),
    "duplicate keys": (b'{"callSid": "CA1", "callSid": "CA2"}', "application/json"),
    "huge number": (b'{"callSid": ' + b"9" * 100_000 + b"}", "application/json"),
    "lone surrogate": (b'{"callSid": "\\ud800"}', "application/json"),
    "utf-16": ('{"callSid": "CA1"}'.encode("utf-16"), "application/json"),
    "multipart": (b"--x\r\nnothing", "multipart/form-data; boundary=x"),
    "csv": (b"a,b\n1,2", "text/csv"),
    "binary": (bytes(range(256)) * 50, "application/octet-stream"),
    "odd kind": (b"{}", "x" * 500),
}


@pytest.mark.parametrize("name", ANYTHING)
def test_any_shape_is_stored_and_answered(sender, door, name):
    body, kind = ANYTHING[name]
    assert deliver(sender, door, body, kind).status_code == 200
    assert bytes(one().body) == body


def test_packed(sender, door):
    packed = gzip.compress(json.dumps(BODY).encode())
    assert deliver(sender, door, packed, **{"Content-Encoding": "gzip"}).status_code == 200
    assert bytes(one().body) == packed and one().content_encoding == "gzip"


def test_too_large_is_refused_before_it_is_read(sender, door):
    class Unread(io.BytesIO):
        def read(self, *args: Any) -> bytes:
            raise AssertionError("read")

    answer = sender.generic("POST", door, b"", CONTENT_LENGTH=str(10_000_000), **{"wsgi.input": Unread()})
    assert answer.status_code == 413
    assert deliver(sender, door, b"x" * (receiving.LARGEST + 1), "text/plain").status_code == 413
    assert deliver(sender, door, b"x" * receiving.LARGEST, "text/plain").status_code == 200
    for length in ("-5", "abc", "9" * 40):
        assert sender.generic("POST", door, b"", CONTENT_LENGTH=length).status_code == 413
    assert Event.objects.count() == 1


@pytest.mark.parametrize(("size", "status"), [(500, 200), (receiving.LARGEST + 1, 413)])
def test_chunked(sender, door, size, status):
    """Such a body has no length; the server unpacks the chunks, Django alone would read nothing."""
    answer = sender.generic(
        "POST", door, b"", content_type="text/plain", HTTP_TRANSFER_ENCODING="chunked",
        **{"wsgi.input": io.BytesIO(b"c" * size), "wsgi.input_terminated": True},
    )  # fmt: skip
    assert answer.status_code == status
    assert [bytes(event.body) for event in Event.objects.all()] == ([b"c" * size] if status == 200 else [])


def test_the_same_again_counts_up(sender, door):
    for _ in range(4):
        assert deliver(sender, door, BODY).status_code == 200
    assert one().seen == 4


def test_the_senders_own_id_decides(sender, door):
    deliver(sender, door, BODY, **{"Webhook-Id": "evt-1"})
    deliver(sender, door, BODY | {"attempt": 2}, **{"Webhook-Id": "evt-1"})
    deliver(sender, door, BODY, **{"Webhook-Id": "evt-2"})
    deliver(sender, door, BODY | {"eventId": "evt-3"})
    deliver(sender, door, BODY | {"eventId": "evt-3", "attempt": 2})
    assert sorted(Event.objects.values_list("seen", flat=True)) == [1, 2, 2]


def test_two_projects_have_their_own(sender, door, workspace):
    other = addresses.ensure(workspace, "another", "Another")
    deliver(sender, door, BODY)
    deliver(sender, f"/hooks/{actions.secret_for(other)}/", BODY)
    assert Event.objects.count() == 2 and {event.seen for event in Event.objects.all()} == {1}


@pytest.mark.item("S32")
def test_floods_are_told_to_wait(sender, door, settings, endpoint, sandbox):
    settings.WEBHOOK_EVENTS_PER_MINUTE = 5
    answers = [deliver(sender, door, BODY | {"n": n}) for n in range(7)]
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert answers[-1]["Retry-After"] == "60" and Event.objects.count() == 5
    assert deliver(sender, door, BODY | {"n": 0}).status_code == 200, "what is here already is counted all the same"
    sandbox.tick(61)
    assert deliver(sender, door, BODY | {"n": 9}).status_code == 200
    Endpoint.objects.filter(pk=endpoint.pk).update(full=True)
    assert deliver(sender, door, BODY | {"n": 10}).status_code == 429


def test_the_same_without_end_is_told_to_wait(sender, door):
    deliver(sender, door, BODY)
    Event.objects.update(seen=receiving.SAME_PER_MINUTE + 1)
    assert deliver(sender, door, BODY).status_code == 200
    Rate.objects.filter(key__startswith="same event").update(count=receiving.SAME_PER_MINUTE)
    assert deliver(sender, door, BODY).status_code == 429


def test_large_events_have_a_limit_of_their_own(sender, door, endpoint):
    deliver(sender, door, BODY)
    Event.objects.update(size=receiving.MOST_BYTES)
    assert deliver(sender, door, BODY | {"n": 1}).status_code == 429


def test_nothing_is_acknowledged_that_is_not_stored(sender, door, monkeypatch):
    def full(*args: Any, **kwargs: Any) -> None:
        raise OperationalError("database or disk is full")

    monkeypatch.setattr(Event, "save", full)
    answer = deliver(sender, door, BODY)
    assert answer.status_code == 503 and answer["Retry-After"] == "10" and "again" in text(answer)


@pytest.mark.django_db(transaction=True)
def test_twenty_times_at_once_is_one_event(transactional_db, sandbox, sender, door):
    answers = at_once(20, lambda: deliver(Client(), door, BODY).status_code)
    assert answers == [200] * 20 and one().seen == 20


@pytest.mark.django_db(transaction=True)
def test_a_burst_from_many_sides(transactional_db, sandbox, sender, door):
    """20 events, then the same thrice, by 4 senders: every one is kept once, and answered within a second."""
    bodies = [told(f"CA{n:032d}", "completed") for n in range(20)] * 4
    took: list[float] = []
    lock = threading.Lock()

    def send() -> None:
        while True:
            with lock:
                if not bodies:
                    return
                body = bodies.pop(0)
            began = time.perf_counter()
            assert deliver(Client(), door, body).status_code == 200
            took.append(time.perf_counter() - began)

    at_once(4, send)
    assert Event.objects.count() == 20 and set(Event.objects.values_list("seen", flat=True)) == {4}
    took.sort()
    assert len(took) == 80 and took[int(len(took) * 0.99)] < 1.0


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL locks rows, not the database")
def test_a_busy_database_is_waited_for_and_no_longer(transactional_db, sandbox, sender, door, monkeypatch):
    from dashboard.webhooks import views_receive

    monkeypatch.setattr(views_receive, "_PATIENCE_MS", 200)
    locked, done = threading.Event(), threading.Event()

    def lock() -> None:
        with connections["default"].cursor() as cursor:
            cursor.execute("BEGIN EXCLUSIVE")
            locked.set()
            done.wait(10)
            cursor.execute("ROLLBACK")
        connections.close_all()

    thread = threading.Thread(target=lock)
    thread.start()
    locked.wait(10)
    try:
        answer = deliver(sender, door, BODY)
    finally:
        done.set()
        thread.join()
    assert answer.status_code == 503 and not Event.objects.exists()
    assert deliver(sender, door, BODY).status_code == 200
    assert django_settings.DATABASES["default"]["OPTIONS"]["timeout"] > 5, "others are more patient"
