"""The filters of lists of calls: read from an address, said in words, written back, applied."""

import re
import zoneinfo
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import time_machine
from django.conf import settings
from django.http import QueryDict
from django.utils import timezone

from dashboard.calls import answers
from dashboard.calls.filters import Filters
from dashboard.calls.models import Answer, Call, Question, QuestionSet
from tests.conftest import text

NOW = datetime(2026, 3, 11, 3, 30, tzinfo=UTC)  # still the 10th in New York


def read(query):
    return Filters.of(QueryDict(query))


@pytest.mark.parametrize(
    ("query", "since", "until", "words", "canonical"),
    [
        ("", "03-04T05:00", None, "Last 7 days", "days=7"),
        ("days=1", "03-10T04:00", None, "Today", "days=1"),
        ("days=yesterday", "03-09T04:00", "03-10T04:00", "Yesterday", "days=yesterday"),
        ("days=14", "02-25T05:00", None, "Last 14 days", "days=14"),
        ("days=", None, None, "Any time", "days=any"),
        ("days=any", None, None, "Any time", "days=any"),
        ("state=unknown", None, None, "Any time", "days=any&state=unknown"),
        ("from=2026-03-07&to=2026-03-08", "03-07T05:00", "03-09T04:00", "7 Mar 2026 to 8 Mar 2026",
         "from=2026-03-07&to=2026-03-08"),
        ("from=2026-03-08&to=2026-03-08", "03-08T05:00", "03-09T04:00", "8 Mar 2026", "from=2026-03-08&to=2026-03-08"),
        ("from=2026-03-08", "03-08T05:00", None, "Since 8 Mar 2026", "from=2026-03-08"),
        ("days=7&days_were=7&from=2026-03-08", "03-08T05:00", None, "Since 8 Mar 2026", "from=2026-03-08"),
        ("days=1&days_were=&from=2026-03-08", "03-10T04:00", None, "Today", "days=1"),
    ],
)  # fmt: skip
def test_the_days_are_always_set_and_are_those_of_the_viewer(query, since, until, words, canonical):
    with time_machine.travel(NOW), timezone.override(zoneinfo.ZoneInfo("America/New_York")):
        filters = read(query)
        ends = [
            moment and moment.astimezone(UTC).strftime("%m-%dT%H:%M")
            for moment in (filters.period.since, filters.period.until)
        ]
        assert ends == [since, until]
        assert filters.words()[0] == words
        assert filters.query() == canonical
        assert not filters.errors


@pytest.mark.parametrize(
    ("query", "name", "words"),
    [
        ("days=x", "days", "no period"), ("days=0", "days", "no period"), ("from=2026-02-30", "from", "exists"),
        ("from=1026-02-01", "from", "between"), ("from=2026-03-02&to=2026-03-01", "to", "before"),
        ("min_seconds=abc", "min_seconds", "such as 30"), ("max_seconds=-1", "max_seconds", "such as 30"),
        ("min_cost=NaN", "min_cost", "0.25"), ("max_cost=1e99", "max_cost", "0.25"), ("min_cost=2&max_cost=1", "max_cost", "less"),
        ("number=0123", "number", "search"), ("direction=up", "direction", "none of"), ("state=%3Cb%3E", "state", "none"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field_and_narrows_nothing(query, name, words):
    filters = read(query)
    assert words in filters.errors[name]
    assert filters.query() == "days=7"
    assert filters.chips() == []


def test_every_filter_in_words_and_back():
    query = (
        "days=30&q=anna&state=voicemail&direction=inbound&agent=a1&number=%2B12065550123&line=%2B12065550100&min_seconds=30"
        "&max_seconds=90.5&min_cost=0.25&max_cost=3&by=elsewhere&sort=-cost&columns=length%2Cby"
    )
    filters = read(query)
    assert filters.query() == query
    assert read(filters.query()) == read(query)
    assert (filters.min_seconds, filters.max_cost) == (Decimal(30), Decimal(3))
    assert filters.words({"a1": "Reminder"}) == [
        "Last 30 days", "“anna”", "Voicemail", "Incoming", "Agent: Reminder", "Number: +1 206 555 0123",
        "Our line: +1 206 555 0100", "At least 30 s", "At most 1 min 30 s", "Cost $0.25 or more", "Cost $3.00 or less",
        "Not placed here",
    ]  # fmt: skip
    assert "state=" not in filters.chips()[1].query
    assert "direction=inbound" in filters.chips()[1].query


@pytest.fixture
def asked(workspace, project_id):
    """Three calls, the first two with an answer to one question."""
    questions = QuestionSet.objects.create(workspace=workspace, project_id=project_id, name="After the call")
    question = Question.objects.create(question_set=questions, text="Will they come?", type="Boolean")
    calls = [
        Call.objects.create(
            workspace=workspace,
            project_id=project_id,
            number=f"+1206555010{n}",
            at=timezone.now(),
            seconds=n * 10,
            state="completed",
        )
        for n in range(3)
    ]
    for call, value in zip(calls, ("Yes", "No"), strict=False):
        Answer.objects.create(
            workspace=workspace, call=call, question=question, value=value, short=value, at=timezone.now()
        )
    return question, calls


def test_answers_are_columns_and_filters(viewer, asked, project_id):
    question, calls = asked
    address = f"/w/oak-care/projects/{project_id}/calls/"
    page = text(viewer.get(f"{address}?columns=a_{question.pk}&a_{question.pk}=yes"))
    assert "1 call<" in page
    assert "Will they come?: yes" in page
    assert "<bdi>Yes</bdi>" in page
    page = text(viewer.get(f"{address}?columns=a_{question.pk}"))
    assert answers.NOT_ASKED in page.split('id="calls-table"')[1]


def test_a_wrong_value_keeps_what_was_typed_and_finds_the_rest(viewer, asked, project_id):
    page = text(viewer.get(f"/w/oak-care/projects/{project_id}/calls/?min_seconds=ten&max_seconds=10"))
    assert 'value="ten"' in page
    assert "Write a number, such as 30." in page and "What could not be read narrows nothing" in page
    assert "2 calls<" in page
    assert '<details class="more" open>' in page


def test_a_click_on_a_number_or_an_agent_filters_by_it(viewer, asked, project_id):
    question, calls = asked
    Call.objects.filter(pk=calls[0].pk).update(agent_id="a1", agent_name="Reminder")
    page = text(viewer.get(f"/w/oak-care/projects/{project_id}/calls/?days=30"))
    assert 'href="?days=30&amp;number=%2B12065550100"' in page
    assert 'href="?days=30&amp;agent=a1"' in page
    style = (settings.BASE_DIR / "static/css/features/calls.css").read_text()
    assert not re.search(r"\.same[^}]*(opacity|visibility|display: none)", style), "seen without hovering"
