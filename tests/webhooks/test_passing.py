"""Passing events on: byte for byte, again while it fails, to public addresses alone, and never with our credentials."""

import gzip
import http.server
import json
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from dashboard.talkstack import posting
from dashboard.web import registry
from dashboard.webhooks import decisions, passing
from dashboard.webhooks.models import Endpoint, Event, Pass, Relay
from tests.at_once import at_once
from tests.conftest import sign_in
from tests.projects.conftest import at, follow, words
from tests.webhooks.conftest import deliver, one, told


class Crm:
    """Somebody else's system on this machine: what it was sent, and how it answers."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.status, self.headers, self.breaks = (
            200,
            {},
            b"",
        )  # `breaks`: what an event has in it that it answers 500 to
        crm = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                crm.heard.append((dict(self.headers), body))
                self.send_response(500 if crm.breaks and crm.breaks in body else crm.status)
                for name, value in crm.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *rest: Any) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/talkstack?key=1"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def crm(endpoint: Endpoint) -> Iterator[Crm]:
    """The other system, to which events of the endpoint are passed on."""
    system = Crm()
    Endpoint.objects.filter(pk=endpoint.pk).update(relay_url=system.url)
    yield system
    system.server.shutdown()
    system.server.server_close()


def pass_on() -> None:
    while passing.pass_on_due():
        pass


def test_byte_for_byte(sender, door, crm):
    raw = b'{"callSid":  "CA1", "odd": "\xff"}\r\n'
    deliver(sender, door, raw, "application/json; charset=utf-8", **{"Authorization": "Bearer theirs", "Cookie": "a=b"})
    packed = gzip.compress(b"{}")
    deliver(sender, door, packed, **{"Content-Encoding": "gzip"})
    pass_on()
    (first, body), (second, other) = crm.heard
    assert (body, other) == (raw, packed) and first["Content-Type"] == "application/json; charset=utf-8"
    assert second["Content-Encoding"] == "gzip" and first["User-Agent"] == "talkstack-dashboard"
    assert not {"authorization", "cookie", "x-api-key"} & {name.lower() for name in first}
    ids = {header["Webhook-Id"] for header in (first, second)}
    assert ids == {str(event.pk) for event in Event.objects.all()}
    assert set(Event.objects.values_list("relay", "relay_tries")) == {(Relay.PASSED, 1)}


def test_it_is_tried_again_and_given_up(sender, door, crm, sandbox, admin, project_id, workspace):
    crm.status = 503
    deliver(sender, door, told("CA1", "ringing"))
    for wait in (0, 60, 300, 1800, 7200, 21600, 86400):
        sandbox.tick(wait - 1 if wait else 0)
        pass_on()
        before = len(crm.heard)
        sandbox.tick(1 if wait else 0)
        pass_on()
        assert len(crm.heard) == before + (1 if wait else 0)
    assert len(crm.heard) == 7 and one().relay == Relay.GIVEN_UP and one().relay_due_at is None
    assert [each.code for each in Pass.objects.all()] == [503] * 7
    admin = sign_in("admin@oakcare.example")  # a day has gone by
    page = words(admin.get(at(project_id, f"webhook/events/{one().pk}/")))
    assert "Given up" in page and page.count("The other system has a problem of its own.") == 7
    decision = next(each for each in registry.decisions(workspace) if "passed on" in each.title)
    assert "127.0.0.1 does not take them" in decision.words
    crm.status = 204
    said = follow(admin, admin.post(at(project_id, f"webhook/events/{one().pk}/replay/"), {"what": ["pass_on"]}))
    assert "passed on again" in said
    pass_on()
    assert one().relay == Relay.PASSED and not [e for e in registry.decisions(workspace) if "passed on" in e.title]


def test_while_it_is_away_the_younger_wait_and_the_order_is_kept(sender, door, crm, sandbox):
    crm.status = 500
    for n in range(5):
        sandbox.tick(0.01)
        deliver(sender, door, told(f"CA{n}", "ringing"))
    pass_on()
    assert len(crm.heard) == 1, "one try tells enough"
    crm.status = 200
    sandbox.tick(61)
    pass_on()
    assert [json.loads(body)["callSid"] for _, body in crm.heard[1:]] == [f"CA{n}" for n in range(5)]


def test_after_a_long_outage_everything_goes_at_once_and_in_order(sender, door, crm, sandbox):
    """Each of them failed when it was tried, and would have had its next turn hours later."""
    crm.status = 503
    for n in range(4):
        deliver(sender, door, told(f"CA{n}", "ringing"))
        sandbox.tick(1)
    for _ in range(15):
        pass_on()
        sandbox.tick(61)
    before = len(crm.heard)
    assert Event.objects.filter(relay_tries__gt=2, relay_due_at__gt=timezone.now()).count() == 4
    crm.status = 200
    deliver(sender, door, told("CA4", "ringing"))
    pass_on()
    told_in_order = [json.loads(body)["callSid"] for _, body in crm.heard[before:]]
    assert told_in_order == ["CA4", "CA0", "CA1", "CA2", "CA3"], "the new one finds out that it is back"
    assert set(Event.objects.values_list("relay", flat=True)) == {Relay.PASSED}


def test_one_event_that_breaks_the_other_side_is_not_tried_with_every_other(sender, door, crm, sandbox):
    crm.breaks = b"CA00"
    for n in range(12):
        deliver(sender, door, told(f"CA{n:02d}", "ringing"))
        pass_on()
        sandbox.tick(61)
    tried = Pass.objects.filter(ok=False).count()
    assert Event.objects.filter(relay=Relay.PASSED).count() == 11 and 2 <= tried <= 4


def test_one_event_that_is_refused_keeps_no_other_waiting(sender, door, crm):
    crm.status = 400
    for n in range(3):
        deliver(sender, door, told(f"CA{n}", "ringing"))
    pass_on()
    assert len(crm.heard) == 3 and set(Event.objects.values_list("relay_tries", flat=True)) == {1}


@pytest.mark.parametrize(
    ("given", "seconds"), [("120", 120), ("junk", 60), ("-1", 60), ("999999", 60), ("99999", 3600)]
)
def test_asked_to_wait(sender, door, crm, sandbox, given, seconds):
    crm.status, crm.headers = 429, {"Retry-After": given}
    deliver(sender, door, told("CA1", "ringing"))
    pass_on()
    paused = Endpoint.objects.get().relay_pause
    assert abs((paused - timezone.now()).total_seconds() - seconds) < 2


def test_redirects_are_not_followed(sender, door, crm):
    crm.status, crm.headers = 302, {"Location": crm.url.replace("talkstack", "elsewhere")}
    deliver(sender, door, told("CA1", "ringing"))
    pass_on()
    assert len(crm.heard) == 1 and "not followed" in Pass.objects.get().words and one().relay == Relay.WAITING


@pytest.mark.item("S55")
def test_a_live_workspace_reaches_nothing_private(sender, door, crm, workspace):
    """Also when the address was saved before: it is checked again at every use."""
    type(workspace).objects.filter(pk=workspace.pk).update(practice=False)
    for url in (crm.url, crm.url.replace("http:", "https:"), crm.url.replace("http://127.0.0.1", "https://localhost.")):
        Endpoint.objects.update(relay_url=url, relay_pause=None)
        Event.objects.all().delete()
        deliver(sender, door, told("CA1", "ringing"))
        pass_on()
        tried = Pass.objects.get()
        assert not crm.heard and tried.code == 0 and ("https" in tried.words or "private network" in tried.words)


def test_nothing_is_passed_on_where_nobody_asked(sender, door, endpoint):
    deliver(sender, door, told("CA1", "ringing"))
    assert one().relay == Relay.NONE and not passing.pass_on_due()


def test_when_it_is_switched_off_what_waits_stays_here(sender, door, crm, endpoint):
    deliver(sender, door, told("CA1", "ringing"))
    Endpoint.objects.update(relay_url="")
    pass_on()
    assert one().relay == Relay.STOPPED and not crm.heard


def test_a_worker_that_died_is_made_up_for(sender, door, crm, sandbox, workspace):
    deliver(sender, door, told("CA1", "ringing"))
    assert len(passing._claim(timezone.now())) == 1
    pass_on()
    assert not crm.heard, "another one has it"
    assert [line.count for line in decisions.to_pass_on(workspace)] == [1]
    sandbox.tick(passing.LEASE.total_seconds() + 2)
    pass_on()
    assert len(crm.heard) == 1 and one().relay == Relay.PASSED and not list(decisions.to_pass_on(workspace))


@pytest.mark.django_db(transaction=True)
def test_four_workers_send_each_event_once(transactional_db, sandbox, sender, door, crm):
    for n in range(12):
        deliver(sender, door, told(f"CA{n:02d}", "ringing"))

    def work() -> None:
        for _ in range(20):
            Endpoint.objects.update(relay_pause=None)
            passing.pass_on_due()

    at_once(4, work)
    pass_on()
    names = [json.loads(body)["callSid"] for _, body in crm.heard]
    assert sorted(names) == [f"CA{n:02d}" for n in range(12)]


def test_an_answer_without_end_or_in_drops_is_cut(endpoint):
    """The deadline is one for all of it."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
    posted = posting.post(url, b"{}", {}, local=True, seconds=0.3)
    listener.close()
    assert posted.code == 0 and posted.seconds < 2 and "no whole answer" in posted.words
    assert posting.post(url, b"{}", {}, local=True, seconds=1).words.startswith("No connection")
