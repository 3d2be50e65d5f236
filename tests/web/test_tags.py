"""Tags and filters: one value in, one string out."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
import time_machine
from django.template import engines
from django.utils import timezone
from lucide import IconDoesNotExist

from dashboard.web.templatetags import ui

NOW = datetime(2026, 3, 11, 17, 0, tzinfo=UTC)


def show(source, **context):
    return engines["django"].from_string(source).render(context)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (19, "19 s"),
        (59.6, "1 min 00 s"),
        (102, "1 min 42 s"),
        (3600, "1 h 00 min"),
        (5025, "1 h 23 min"),
        ("185", "3 min 05 s"),
        (-3, "0 s"),
        (None, ""),
        ("", ""),
        ("soon", ""),
        (float("nan"), ""),
    ],
)
def test_duration(seconds, words):
    assert ui.duration(seconds) == words


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (Decimal("0.341"), "", "$0.34"),
        (0, "", "$0.00"),
        (Decimal("0.0042"), "USD", "$0.0042"),
        (Decimal("1234.5"), "", "$1,234.50"),
        (Decimal("2"), "eur", "2.00 EUR"),
        (None, "", ""),
        ("", "", ""),
    ],
)
def test_money(amount, currency, words):
    assert ui.money(amount, currency) == words


@pytest.mark.parametrize(
    ("name", "letters"), [("Oak Care", "OC"), ("Elsewhere", "E"), ("a b c", "AC"), ("", ""), ("Ärzte am Park", "ÄP")]
)
def test_initials(name, letters):
    assert ui.initials(name) == letters


def test_an_icon_is_drawn_once_per_name_and_size():
    first = show('{% icon "phone" %}')
    assert first.startswith("<svg") and 'aria-hidden="true"' in first and "style=" not in first
    assert ui.icon("phone") is ui.icon("phone")
    assert 'width="28"' in show('{% icon "phone" size=28 %}')
    with pytest.raises(IconDoesNotExist):
        ui.icon("no-such-icon")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW - timedelta(minutes=5), "17:55"),
        (NOW - timedelta(days=1), "10 Mar, 18:00"),
        (NOW - timedelta(days=400), "4 Feb 2025"),
        (datetime(2026, 3, 10, 23, 30, tzinfo=UTC), "00:30"),
    ],
)
def test_when_is_in_the_zone_of_the_viewer(moment, words):
    with time_machine.travel(NOW, tick=False), timezone.override("Europe/Berlin"):
        assert f">{words}</time>" in show("{% when at %}", at=moment)


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (NOW - timedelta(minutes=5), "17:55:00"),
        (NOW - timedelta(days=1), "10 Mar, 18:00:00"),
        (NOW - timedelta(days=400), "4 Feb 2025, 18:00:00"),
    ],
)
def test_when_with_seconds_names_the_day_of_what_is_not_of_today(moment, words):
    with time_machine.travel(NOW, tick=False), timezone.override("Europe/Berlin"):
        assert f">{words}</time>" in show('{% when at "seconds" %}', at=moment)
        assert f">{words[-8:]}</time>" in show('{% when at "clock" %}', at=moment)


def test_when_and_ago_of_nothing():
    assert show("{% when at %}{% ago at %}", at=None) == "–"


def test_ago_is_a_clock_time_that_the_browser_counts_from():
    with time_machine.travel(NOW, tick=False), timezone.override("Europe/Berlin"):
        shown = show("{% ago at %}", at=NOW - timedelta(seconds=4))
        later = show("{% ago at %}", at=NOW + timedelta(seconds=4))
    assert 'data-ago="4"' in shown and ">at 17:59:56<" in shown
    assert 'data-ago="0"' in later


def test_as_of_says_how_old_and_why():
    error = SimpleNamespace(sentence="Talkstack cannot be reached at the moment.")
    with time_machine.travel(NOW, tick=False), timezone.override("UTC"):
        fresh = show("{% as_of read %}", read=SimpleNamespace(at=NOW, stale=False, error=None))
        kept = show("{% as_of read %}", read=SimpleNamespace(at=NOW, stale=True, error=error))
        none = show("{% as_of read %}", read=SimpleNamespace(at=None, stale=True, error=error))
    assert "Read from Talkstack" in fresh and 'data-ago="0"' in fresh
    assert "cannot be reached at the moment. This is from" in kept and ">17:00:00<" in kept
    assert "bad" in none and "cannot be reached" in none
    assert show("{% as_of read %}", read=SimpleNamespace(at=None, error=None)) == ""


def test_url_with_changes_only_what_it_is_told(rf):
    request = rf.get("/", {"q": "a b", "page": "3", "fresh": "1"})
    assert show("{% url_with request page=4 %}", request=request) == "?q=a+b&amp;page=4"
    assert show("{% url_with request page=None q='' %}", request=request) == "?"
    assert show("{% url_with sort='-at' %}", request=request).endswith("sort=-at")


HOSTILE = "<img src=x onerror=alert(1)> {{<b>}} {% now %} {{name}}"


def test_a_prompt_is_text_and_its_variables_are_marked():
    shown = show("{{ prompt|variables }}", prompt=HOSTILE)
    assert "<img" not in shown and "<b>" not in shown and "{% now %}" in shown
    assert "<mark>{{&lt;b&gt;}}</mark>" in shown and "<mark>{{name}}</mark>" in shown


@pytest.mark.parametrize("url", ["https://crm.example.com/hook?a=1&b=2", "HTTP://example.com"])
def test_an_outside_address_is_a_link(url):
    assert 'rel="noopener noreferrer"' in show("{{ url|weblink }}", url=url)


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//evil", "https://a b", 'https://x"onclick=', None]
)
def test_anything_else_is_text(url):
    assert "<a" not in show("{{ url|weblink }}", url=url)
