"""The log of events: who reads what, filters, pages, doing it again, and a test that goes the whole way."""

import html
import io
from typing import Any

import pytest
from django.utils import timezone

from dashboard.sandbox.hostile import PAYLOADS
from dashboard.talkstack import transport
from dashboard.webhooks import passing
from dashboard.webhooks.models import Event, Outcome
from dashboard.worker import heartbeat
from tests.conftest import text
from tests.projects.conftest import HTMX, at, follow, words
from tests.webhooks.conftest import HERE, call_with, deliver, handle, one, told
from tests.webhooks.test_choices import choose
from tests.webhooks.test_passing import Crm, crm

__all__ = ["crm"]
ZEROS = "0" * 32


def event_page(project_id: str, event: Event, rest: str = "") -> str:
    return at(project_id, f"webhook/events/{event.pk}/{rest}")


def test_an_empty_log_says_what_it_is_for(admin, viewer, project_id):
    assert "Set up the webhook" in words(admin.get(at(project_id, "webhook/events/")))
    page = words(viewer.get(at(project_id, "webhook/events/")))
    assert "An admin can set up the webhook." in page and "needs an admin" in page


def test_list_and_event(admin, viewer, sender, door, workspace, project_id):
    call = call_with(workspace, project_id, "CA1")
    for _ in range(3):
        deliver(sender, door, told("CA1", "ringing"))
    handle()
    for client in (admin, viewer):
        page = client.get(at(project_id, "webhook/events/"))
        assert "seen 3 times" in words(page) and "Ringing" in words(page) and "Taken as a hint" in words(page)
        assert f"/calls/{call.pk}/" in text(page) and "+1 206 555 0121" in words(page)
        assert event_page(project_id, one()) in text(page)
    page = admin.get(event_page(project_id, one()))
    assert "and 2 more times" in words(page) and "&quot;callSid&quot;: &quot;CA1&quot;" in text(page)
    page = viewer.get(event_page(project_id, one()))
    assert "shown to admins" in words(page) and "callSid" not in text(page) and "Do it again" not in words(page)


def test_filters_and_pages(admin, sender, door, endpoint, project_id):
    now = timezone.now()
    rows = [
        Event(endpoint=endpoint, hint="abcd", key=f"{n}", body=b"{}", size=2, received_at=now, last_at=now,
              outcome=Outcome.ODD if n % 2 else Outcome.TAKEN, state=f"word {n}")
        for n in range(120)
    ]  # fmt: skip
    Event.objects.bulk_create(rows)
    url, seen = at(project_id, "webhook/events/?outcome=odd"), set()
    for expected in (50, 10):
        page = admin.get(url)
        found = {n for n in range(120) if f"Word {n}<" in text(page)}
        assert len(found) == expected and not found & seen and all(n % 2 for n in found)
        seen |= found
        older = html.unescape(text(page)).split("Older</a>")[0].rpartition('<a href="')[2].split('"')[0]
        url = at(project_id, f"webhook/events/{older}")
    assert len(seen) == 60
    piece = admin.get(at(project_id, "webhook/events/"), headers=HTMX | {"HX-Target": "events-table"})
    assert "<html" not in text(piece) and 'id="events-table"' in text(piece)
    assert "No event matches" in words(admin.get(at(project_id, "webhook/events/?relay=given_up")))
    for odd in (
        "?before=x",
        "?before=~",
        f"?before=9999-12-31T23:59:59-12:00~{ZEROS}",
        "?before=2026-01-01T00:00:00Z~x",
        "?outcome=x&relay=y",
        "?before=%00",
    ):
        assert admin.get(at(project_id, f"webhook/events/{odd}")).status_code == 200


def test_replay(admin, operator, sender, door, workspace, project_id):
    deliver(sender, door, told("CA1", "ringing"))
    handle()
    assert one().outcome == Outcome.UNKNOWN
    call = call_with(workspace, project_id, "CA1")
    assert operator.post(event_page(project_id, one(), "replay/"), {"what": "handle"}).status_code == 403
    said = follow(admin, admin.post(event_page(project_id, one(), "replay/"), {"what": ["handle", "pass_on"]}))
    assert "The event is handled again by the background process" in said
    assert 'hx-trigger="every 2s"' in text(admin.get(event_page(project_id, one())))
    handle()
    assert (one().outcome, one().call) == (Outcome.TAKEN, call)
    assert 'hx-trigger="every 2s"' not in text(admin.get(event_page(project_id, one())))
    said = follow(admin, admin.post(event_page(project_id, one(), "replay/"), {}))
    assert "Nothing was done" in said


@pytest.fixture
def reachable(sender: Any) -> Any:
    """Our own public address leads to this program."""
    import requests
    from requests.adapters import BaseAdapter
    from urllib3 import HTTPResponse

    class Ours(BaseAdapter):
        def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
            told = deliver(sender, request.path_url, request.body, request.headers["Content-Type"])
            answer = requests.Response()
            answer.status_code, answer.raw = (
                told.status_code,
                HTTPResponse(io.BytesIO(told.content), preload_content=False),
            )
            return answer

        def close(self) -> None:
            pass

    transport.mount(HERE, Ours())
    yield
    transport.unmount(HERE)


def test_a_test_goes_the_whole_way(admin, settings, reachable, project_id, crm: Crm):
    settings.PUBLIC_URL = HERE
    choose(admin, project_id, "both", crm.url)
    said = follow(admin, admin.post(at(project_id, "webhook/test/")))
    assert "This dashboard took the test event" in said and "Waiting to be passed on" in said
    handle()
    passing.pass_on_due()
    page = words(admin.get(event_page(project_id, one())))
    assert one().outcome == Outcome.TEST and "Passed on" in page and b'"event": "test"' in crm.heard[0][1]


def test_a_test_of_another_system(admin, settings, project_id, crm: Crm):
    settings.PUBLIC_URL = HERE
    choose(admin, project_id, "theirs", crm.url)
    assert "127.0.0.1 took the test event" in follow(admin, admin.post(at(project_id, "webhook/test/")))
    assert "Talkstack tells 127.0.0.1 alone, since" in words(admin.get(at(project_id, "webhook/events/")))
    crm.status = 404
    assert "there is nothing at this address" in follow(admin, admin.post(at(project_id, "webhook/test/")))
    crm.status = 500
    said = follow(admin, admin.post(at(project_id, "webhook/test/")))
    assert "did not take the test event. The other system has a problem of its own." in said
    crm.server.shutdown()
    crm.server.server_close()
    assert "did not take the test event. No connection" in follow(admin, admin.post(at(project_id, "webhook/test/")))


def test_a_test_that_cannot_arrive(admin, settings, project_id):
    said = follow(admin, admin.post(at(project_id, "webhook/test/")))
    assert "nothing to test" in said
    settings.PUBLIC_URL = "http://127.0.0.1:9"
    choose(admin, project_id, "ours")
    said = follow(admin, admin.post(at(project_id, "webhook/test/")))
    assert "did not reach this dashboard at http://127.0.0.1:9. No connection" in said and "PUBLIC_URL" in said


def test_the_log_says_why_nothing_is_passed_on(admin, viewer, sender, door, crm: Crm, sandbox, project_id):
    crm.status = 503
    for n in range(2):
        deliver(sender, door, told(f"CA{n}", "ringing"))
        sandbox.tick(0.01)
    passing.pass_on_due()
    for page in ("webhook/events/", "webhook/"):
        said = words(admin.get(at(project_id, page)))
        assert (
            "127.0.0.1 has taken no events since" in said and "has a problem of its own" in said and "Next try" in said
        )
        assert "1 try failed" in said
    untried = Event.objects.get(relay_tries=0)
    assert "has taken no events since" in words(viewer.get(event_page(project_id, untried))), "why this one waits"
    tried = Event.objects.get(relay_tries=1)
    assert "503" not in words(viewer.get(event_page(project_id, tried)))
    crm.status = 200
    sandbox.tick(61)
    passing.pass_on_due()
    assert "has taken no events" not in words(viewer.get(at(project_id, "webhook/events/")))


def test_an_event_that_waits_says_for_what(viewer, sender, door, project_id, sandbox):
    """Without JavaScript its page reads itself again, unless there is nothing to wait for."""
    deliver(sender, door, told("CA1", "ringing"))
    heartbeat.beat("a machine:1", first=True)
    page = viewer.get(event_page(project_id, one()))
    assert 'http-equiv="refresh"' in text(page) and "not running" not in words(page)
    sandbox.tick(60)
    page = viewer.get(event_page(project_id, one()))
    assert 'http-equiv="refresh"' not in text(page) and "the background process is not running" in words(page)
    handle()
    page = viewer.get(event_page(project_id, one()))
    assert 'http-equiv="refresh"' not in text(page) and "not running" not in words(page)


def test_hostile_events_are_inert(admin, sender, door, project_id):
    for n, payload in enumerate(PAYLOADS):
        deliver(
            sender,
            door,
            told(f"CA{n}{payload}", payload, note=payload),
            payload.encode("ascii", "replace").decode()[:50],
        )
    handle()
    for page in [at(project_id, "webhook/events/"), *(event_page(project_id, e) for e in Event.objects.all()[:15])]:
        answer = admin.get(page)
        for payload in PAYLOADS:
            assert answer.status_code == 200
            assert payload not in text(answer) or not set(payload) & set("<>&\"'"), (page, payload)


def test_strangers(stranger, operator, sender, door, project_id):
    deliver(sender, door, told("CA1", "ringing"))
    for page in ("webhook/", "webhook/events/"):
        assert stranger.get(at(project_id, page)).status_code == 404
    other = at(project_id).replace("oak-care", "elsewhere")
    assert stranger.get(f"{other}webhook/events/{one().pk}/").status_code == 404
    assert stranger.post(f"{other}webhook/events/{one().pk}/replay/").status_code == 404
    assert operator.get(event_page("another", one())).status_code == 404
