"""Sound through us: slices, known hosts, few at a time."""

import pytest

from dashboard.accounts import sound
from tests.conftest import text

pytestmark = pytest.mark.urls("tests.accounts.guarded_urls")
HEAR = "/w/oak-care/guarded/hear/"


@pytest.fixture
def preview(upstream):
    return next(voice.preview_url for voice in upstream.client().voices.list() if voice.preview_url)


def hear(client, url, range_=""):
    headers = {"Range": range_} if range_ else {}
    return client.get(HEAR, {"url": url}, headers=headers)


def test_slice_and_its_place_in_the_whole(owner, preview, asked):
    answer = hear(owner, preview, "bytes=10-109")
    assert answer.status_code == 206
    assert answer["Content-Range"].startswith("bytes 10-109/") and len(answer.content) == 100
    assert answer["Content-Type"].startswith("audio/") and answer["X-Content-Type-Options"] == "nosniff"
    assert asked.keys == [""], "our credentials stay here"


def test_player_that_asks_from_the_start_gets_a_first_slice(owner, preview):
    answer = hear(owner, preview, "bytes=0-")
    assert answer.status_code == 206 and answer["Content-Range"].startswith("bytes 0-")
    assert 0 < len(answer.content) <= sound.SLICE


def test_place_past_the_end(owner, preview):
    assert hear(owner, preview, "bytes=99999999-").status_code == 416


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a.wav",
        "http://127.0.0.1/a.wav",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "http://sandbox.test@evil.example/a.wav",
        "http://sandbox.test:81/a.wav",
        "//sandbox.test/a.wav",
        "",
        "http://[",
    ],
)
def test_other_places_are_not_asked(owner, url, asked):
    asked.seen.clear()
    answer = hear(owner, url)
    assert answer.status_code == 404 and answer["Content-Type"].startswith("text/plain")
    assert asked.seen == []


def test_server_that_is_away_is_said_in_words(owner, preview, sandbox):
    sandbox.faults.add("down", path="/media", times=0)
    answer = hear(owner, preview)
    assert answer.status_code == 502 and "cannot be reached" in text(answer)


def test_few_at_a_time(owner, preview, monkeypatch):
    from threading import BoundedSemaphore

    monkeypatch.setattr(sound, "_seats", BoundedSemaphore(1))
    with sound._seats:
        busy = hear(owner, preview)
    assert busy.status_code == 503 and busy["Retry-After"]
    assert hear(owner, preview).status_code == 206


@pytest.mark.parametrize(
    ("header", "wanted"),
    [
        ("", (0, 999_999)),
        ("bytes=5-9", (5, 9)),
        ("bytes=5-", (5, 1_000_004)),
        ("bytes=0-99999999", (0, 999_999)),
        ("bytes=9-5", (9, 1_000_008)),
        ("bytes=-500", (0, 999_999)),
        ("bytes=0-1,5-9", (0, 999_999)),
        ("items=0-1", (0, 999_999)),
        ("bytes=" + "9" * 30 + "-", (0, 999_999)),
    ],
)
def test_reading_a_range(header, wanted):
    assert sound.asked_range(header) == wanted


def test_live_workspaces_never_reach_the_practice_server(workspace, settings):
    settings.TALKSTACK_API_URL, settings.TALKSTACK_CALLS_URL = "https://api.example", "https://calls.example"
    assert settings.SANDBOX_URL in sound.hosts(workspace)
    workspace.practice = False
    assert settings.SANDBOX_URL not in sound.hosts(workspace)
    assert sound.hosts(workspace)[-2:] == ["https://api.example", "https://calls.example"]
