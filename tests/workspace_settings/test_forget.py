"""Having everything about one phone number forgotten: first seen, then confirmed, then nowhere to be found."""

import gzip
import html
import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from dashboard.accounts.models import Workspace
from dashboard.activity.models import Entry
from dashboard.calls import dialing
from dashboard.calls.models import Call, Forgotten
from dashboard.webhooks import actions, addresses
from dashboard.webhooks.models import Event
from tests.calls.conftest import agent, call_of, send, start, work
from tests.calls.test_forgotten import NUMBER, OTHER, made, traces
from tests.conftest import text
from tests.test_hostile import crawl
from tests.workspace_settings.conftest import SLOW, follow, words

__all__ = ["agent"]
FORGET = "/w/oak-care/settings/forget/"
SPELT = re.compile(r"\D{0,3}".join(NUMBER[2:]))


NAMING = [
    (b'{"callSid": "CA1", "to": "+12065550137"}', "application/json", False),
    (b'{"callSid": "CA2", "to": "\\u002b1 206\\u2011555\\u20110137"}', "application/json", False),
    (b'{"data": {"call": {"callSid": "CA3", "note": "ring (206) 555-0137 back"}}}', "application/json", False),
    (b"CallSid=CA4&To=%2B1%20206%20555%200137", "application/x-www-form-urlencoded", False),
    (b"CallSid=CA5&To=12065550137", "text/plain", False),
    (gzip.compress(b'{"callSid": "CA6", "to": "+12065550137"}'), "application/json", True),
    (b"\xff+1-206-555-0137\xfe", "application/octet-stream", False),
    (b'{"callSid": "CA8", "to": "+12065550199"}', "application/json", False),
]


def shown(page: Any) -> str:
    """What the page has shown, as its form says it."""
    found = re.search(r'name="shown" value="([0-9a-f]{32})"', text(page))
    assert found, text(page)
    return found[1]


def confirm(client: Any, page: Any, **more: str) -> Any:
    return client.post(FORGET, {"number": NUMBER, "shown": shown(page), "last_four": "0137"} | more)


@pytest.fixture
def known(workspace: Workspace, operator: Any, sandbox: Any, agent: Any) -> Call:
    """A call to the number that ended, and one with another number that names it."""
    call = call_of(start(operator, agent, NUMBER))
    work(sandbox, 180, step=60)
    made(workspace, OTHER, project_id=agent.project_id, variables={"back": "(206) 555-0137"})
    return call


@pytest.fixture
def events(workspace: Workspace, project_id: str) -> Any:
    """Events that name the number in every spelling that a webhook may use; then one that names another."""
    endpoint = addresses.ensure(workspace, project_id, "Northgate Clinics")
    door = f"/hooks/{actions.secret_for(endpoint)}/"
    for n, (body, kind, packed) in enumerate(NAMING):
        headers = {"Content-Encoding": "gzip"} if packed else {}
        answer = Client().generic("POST", door, body, content_type=kind, headers=headers | {"Webhook-Id": str(n)})
        assert answer.status_code == 200
    return Event.objects.filter(endpoint=endpoint)


def test_the_page_asks_for_a_number(admin):
    page = admin.get(FORGET)
    assert page.status_code == 200 and "Have a number forgotten" in words(page)
    assert "ask Talkstack" in words(page) and "backups" in words(page)
    assert 'name="shown"' not in text(page)


@pytest.mark.parametrize("number", ["+1 206 555 0137", "+12065550137", "001 206 555 0137"])
def test_looking_says_what_is_known_and_changes_nothing(admin, known, number):
    before = Entry.objects.count()
    for page in (admin.get(FORGET, {"number": number}), admin.post(FORGET, {"number": number})):
        if number.startswith("00"):
            assert page.status_code == 422 and "Write + instead of the leading 00" in words(page)
            continue
        assert page.status_code == 200
        said = words(page)
        assert "What is known of +1 206 555 0137" in said
        assert "1 call " in said and "1 with a recording, which stays at Talkstack" in said
        assert "Northgate Clinics 1 call" in said and "1 other call with it among the variables" in said
        assert "2 entries of the activity name it" in said
        assert "line of your team" not in said
    assert Call.objects.filter(number=NUMBER).exists() and Entry.objects.count() == before


@pytest.mark.parametrize(
    ("number", "why"),
    [("", "Type the number"), ("206 555 0137", "Start with +"), ("+1", "too short"), ("+12065550137;+1", "one number")],
)
def test_what_is_no_number_is_explained_and_kept(admin, number, why):
    for page in (admin.get(FORGET, {"number": number}), admin.post(FORGET, {"number": number})):
        assert page.status_code == 422 and why in words(page)
        assert f'value="{html.escape(number)}"' in text(page) or not number


def test_it_is_nowhere_afterwards(admin, owner, known, workspace, sandbox):
    assert traces()
    said = follow(admin, confirm(admin, admin.get(FORGET, {"number": NUMBER})))
    assert "The number ending in 37 is forgotten: 1 call and 2 entries here named it." in said
    assert traces() == []
    entry = Entry.objects.get(verb="number.forget")
    assert (entry.user_email, entry.thing_name) == ("admin@oakcare.example", "a number ending in 37")
    assert entry.after == {"calls": 1, "entries": 2} and entry.outcome.result == "done"
    start_at = ["/w/oak-care/", "/w/oak-care/calls/", "/w/oak-care/activity/", "/w/oak-care/activity/export/", FORGET]
    seen = 0
    for path, answer in crawl(owner, start_at):
        page = b"".join(answer).decode() if answer.streaming else text(answer)
        assert not SPELT.search(html.unescape(re.sub(r"<[^>]+>", " ", page))), path
        assert not SPELT.search(page), path
        assert answer.status_code < 400 or "/sandbox" in path, (path, answer.status_code)
        seen += 1
    assert seen > 30
    page = words(owner.get("/w/oak-care/activity/"))
    assert "Admin Sample had everything about a number ending in 37 forgotten" in page
    assert "asked for a call to a forgotten number" in page


def test_it_is_in_no_event_of_a_webhook_afterwards(admin, owner, known, workspace, events):
    page = admin.get(FORGET, {"number": NUMBER})
    assert confirm(admin, page).status_code == 303 and traces() == []
    assert Entry.objects.get(verb="number.forget").after["other_rows"] == len(NAMING) - 1
    kept = events.get(forgotten=False)
    assert bytes(kept.body) == NAMING[-1][0]
    for event in events.filter(forgotten=True):
        url = f"/w/oak-care/projects/{event.endpoint.project_id}/webhook/events/{event.pk}/"
        assert "no longer kept" in words(owner.get(url)) and event.due_at is None


def test_as_a_line_of_the_team_it_stays_in_events_of_other_calls(admin, workspace, events, project_id):
    made(workspace, OTHER, from_number=NUMBER)
    door = events.first().endpoint
    body = b'{"callSid": "CA9", "from": "+12065550137", "to": "+12065550199"}'
    Client().generic("POST", f"/hooks/{actions.secret_for(door)}/", body, content_type="application/json")
    confirm(admin, admin.get(FORGET, {"number": NUMBER}))
    assert sorted(bytes(event.body) for event in events.filter(forgotten=False) if b"CA9" in event.body) == [body]
    assert not [event for event in events.filter(forgotten=False) if b"CA1" in event.body]


@pytest.mark.parametrize("typed", ["", "0138", "37", "+12065550137", "٠١٣٧"])
def test_the_last_four_digits_confirm(admin, known, typed):
    page = confirm(admin, admin.get(FORGET, {"number": NUMBER}), last_four=typed)
    assert page.status_code == 422 and "last four digits" in words(page)
    assert (f'value="{typed}"' in text(page)) and Call.objects.filter(number=NUMBER).exists()
    assert confirm(admin, page, last_four=" 01 37 ").status_code == 303


def test_what_moved_is_shown_first(admin, known, workspace):
    page = admin.get(FORGET, {"number": NUMBER})
    made(workspace, project_id=known.project_id)
    again = confirm(admin, page)
    assert again.status_code == 409 and "Something has changed since this page was shown." in words(again)
    assert "2 calls " in words(again) and Call.objects.filter(number=NUMBER).count() == 2
    assert confirm(admin, again).status_code == 303 and traces() == []


def test_an_open_call_is_named_and_keeps_everything(admin, operator, sandbox, known, agent, workspace):
    ready = admin.get(FORGET, {"number": NUMBER})
    call = call_of(start(operator, agent, NUMBER))
    page = confirm(admin, ready)
    assert page.status_code == 409 and f"calls/{call.pk}/" in text(page)
    for told in (page, admin.get(FORGET, {"number": NUMBER})):
        assert "It cannot be forgotten now." in words(told) and 'name="shown"' not in text(told)
    dialing.cancel(call, workspace.memberships.get(role="owner").user)
    assert confirm(admin, admin.get(FORGET, {"number": NUMBER})).status_code == 303
    send()
    assert len(sandbox.rings) == 1


def test_many_open_calls_are_counted(admin, workspace):
    for _ in range(17):
        made(workspace, attempt="unknown", state="", final_at=None)
    page = words(admin.get(FORGET, {"number": NUMBER}))
    assert "17 calls are not over" in page and "and 2 more" in page


def test_a_line_of_the_team_is_said_to_stay(admin, workspace):
    made(workspace, OTHER, from_number=NUMBER)
    assert "This is a line of your team." in words(admin.get(FORGET, {"number": NUMBER}))


def test_a_number_nobody_knows_can_be_forgotten_too(admin, workspace):
    page = admin.get(FORGET, {"number": NUMBER})
    assert "No call with it" in words(page) and "older calls with it" in words(page)
    assert "0 calls and 0 entries" in follow(admin, confirm(admin, page)) and Forgotten.objects.count() == 1


@pytest.mark.item("S23")
def test_it_takes_a_fresh_password(admin, known, sandbox):
    page = admin.get(FORGET, {"number": NUMBER})
    sandbox.tick(settings.FRESH_PASSWORD_SECONDS + 1)
    asked = confirm(admin, page)
    assert asked.status_code == 403 and SLOW.split(" ")[1] in words(asked), words(asked)
    assert Call.objects.filter(number=NUMBER).exists()
    carried = {"number": NUMBER, "shown": shown(asked), "last_four": "0137", "fresh_password": settings.DEMO_PASSWORD}
    assert admin.post(FORGET, carried).status_code == 303 and traces() == []


def test_who_may(owner, operator, viewer, stranger, admin, known):
    fields = {"number": NUMBER, "shown": "0" * 32, "last_four": "0137"}
    for client, status in ((operator, 403), (viewer, 403), (stranger, 404)):
        assert client.get(FORGET, {"number": NUMBER}).status_code == status
        assert client.post(FORGET, fields).status_code == status
    assert owner.put(FORGET).status_code == 405
    assert owner.get(FORGET).status_code == 200 and Call.objects.filter(number=NUMBER).exists()
    link = f"{FORGET}?number=%2B12065550137"
    page_of_call = f"/w/oak-care/projects/{known.project_id}/calls/{known.pk}/"
    assert link in text(admin.get(page_of_call)) and link not in text(operator.get(page_of_call))


def test_odd_requests(admin, known):
    for fields in (
        {"shown": "x"}, {"number": NUMBER, "shown": ""}, {"number": NUMBER, "shown": "x" * 70, "last_four": "0137"},
        {"number": "\x00", "shown": "0" * 32}, {"number": "x" * 500, "shown": "y"},
    ):  # fmt: skip
        assert admin.post(FORGET, fields).status_code in (409, 422), fields
    assert Call.objects.filter(number=NUMBER).exists()


@pytest.mark.parametrize("many", [1, 60])
def test_queries_do_not_grow(admin, workspace, many, django_assert_max_num_queries):
    for n in range(many):
        made(workspace, days=n, project_id=f"p{n}", project_name=f"P{n}", attempt="placed" if n % 2 else "unknown")
    admin.get(FORGET)
    with django_assert_max_num_queries(8):
        admin.get(FORGET, {"number": NUMBER})


def test_every_call_of_any_age_is_counted(admin, workspace):
    for days in (1, 400, 4000):
        made(workspace, days=days)
    first = timezone.now() - timedelta(days=4000)
    said = words(admin.get(FORGET, {"number": NUMBER}))
    assert "3 calls from" in said and str(first.year) in said
