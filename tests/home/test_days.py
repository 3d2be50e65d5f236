"""The charts of the first page: they count what the lists count that they lead to, and say what they count."""

import html
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from dashboard.accounts.models import User
from dashboard.calls.models import Attempt, Call
from dashboard.home import days, questions
from tests.home.test_home import URL, call, text  # noqa: F401  (a fixture among them)


def charts_of(answer: Any) -> dict[str, str]:
    """Each chart's card by its title."""
    body = answer.content.decode().partition('class="charts"')[2]
    return {html.unescape(card.partition("<h3>")[2].partition("</h3>")[0]): card for card in body.split("<article")[1:]}


def links(card: str) -> dict[str, str]:
    """Where each bar leads, by what is said of it."""
    found = re.findall(r'<a href="([^"]+)" aria-label="([^"]+)"', card)
    return {html.unescape(label): html.unescape(url) for url, label in found}


def counted(client: Any, url: str) -> int:
    """How many calls the list says that it found."""
    return int(str(client.get(url).context["count"]).replace(",", ""))


@pytest.fixture
def month(call):  # noqa: F811
    """A month of calls, some at the edges of a day and of the two stretches that are compared."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    for day in range(28):
        for hour, state in ((0, "completed"), (9, "busy"), (9, "completed"), (16, "no-answer")):
            at = midnight - timedelta(days=day) + timedelta(hours=hour)
            call(at=at, state=state, attempt=Attempt.PLACED, seconds=60 if state == "completed" else None,
                 cost=Decimal("0.25") if state == "completed" else None)  # fmt: skip
    call(at=midnight, attempt=Attempt.CANCELLED)
    call(at=midnight, state="completed", direction="inbound", attempt="", seconds=30)
    call(at=midnight + timedelta(seconds=1), attempt=Attempt.UNKNOWN)


def test_every_bar_counts_the_calls_it_leads_to(viewer, month):
    cards = charts_of(viewer.get(URL))
    assert list(cards) == [
        "How many calls, and how many were answered?", "When do people answer?", "How do calls end?", "What did it cost?",
    ]  # fmt: skip
    for title, card in cards.items():
        bars = links(card)
        assert bars, title
        for label, url in list(bars.items())[:: 5 if "cost" in title else 3]:
            if "cost" in title:
                assert counted(viewer, url) == 2, (label, url)
            else:
                assert counted(viewer, url) == int(label.split()[-1]), (title, label, url)
        assert "<details" in card and "<table>" in card and "style=" not in card


def test_the_words_say_how_many_and_compare(viewer, month):
    said = text(viewer.get(URL))
    assert "59 calls in 14 days, 29 answered (51% of the 57 that ended)." in said
    assert "In the 14 days before: 56 calls, 50% of the ended ones answered." in said
    assert "1 of them never rang." in said and "58 outgoing calls, by the hour they were asked for" in said
    assert (
        "$7.00 for 28 calls. In the 14 days before: $7.00." in said
        and "lasts 59 s on average (29 of known length)" in said
    )
    assert "1 call not in it: still open, cancelled, or with a word of Talkstack's own." in said
    assert "Most often from 00:00" in said


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu"])
def test_days_are_those_of_the_viewers_zone(viewer, call, zone):  # noqa: F811
    User.objects.filter(email="viewer@oakcare.example").update(time_zone=zone)
    at = datetime(2026, 3, 10, 23, 50, tzinfo=UTC)  # another day east of London
    call(at=at, state="completed", attempt=Attempt.PLACED)
    timezone.activate(zone)
    local = timezone.localtime(at)
    timezone.deactivate()
    cards = charts_of(viewer.get(URL))
    days_of, hours_of = (links(cards[title]) for title in list(cards)[:2])
    assert list(days_of) == [f"{local:%a %-d}: 1"] and list(hours_of) == [f"{local:%H}: 1"]
    assert counted(viewer, days_of[f"{local:%a %-d}: 1"]) == 1
    assert counted(viewer, hours_of[f"{local:%H}: 1"]) == 1


def test_without_calls_there_are_no_charts(viewer, call):  # noqa: F811
    call(at=timezone.now() - timedelta(days=40), state="completed")
    assert charts_of(viewer.get(URL)) == {} and "Latest calls" in text(viewer.get(URL))


def test_three_queries_however_many_calls(workspace, month, django_assert_num_queries):
    with django_assert_num_queries(3):
        assert len(questions.questions(workspace)) == 4
    assert Call.objects.count() == 115


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC"])
def test_the_database_counts_days_as_the_zone_does_also_when_clocks_change(workspace, call, sandbox, zone):  # noqa: F811
    """Spring and autumn of both hemispheres, by the quarter of an hour around the change."""
    sandbox.tick((datetime(2026, 4, 6, 12, tzinfo=UTC) - timezone.now()).total_seconds())
    begins = (datetime(2026, 3, 28, 20, tzinfo=UTC), datetime(2026, 4, 4, 12, tzinfo=UTC))
    moments = [begin + timedelta(minutes=15 * n) for begin in begins for n in range(32)]
    for at in moments:
        call(at=at, state="completed", attempt=Attempt.PLACED)
    with timezone.override(zone):
        heaps, hours = days.by_day(workspace, 14), days.by_hour(workspace, 14)
        local = [timezone.localtime(at) for at in moments]
    assert {heap.day: heap.calls for heap in heaps} == Counter(at.date() for at in local)
    assert {hour: number for hour, (_, number) in hours.items()} == Counter(at.hour for at in local)
