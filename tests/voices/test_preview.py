"""Hearing a voice: through us, in slices, from known servers only."""

import pytest

ARIA = "/w/oak-care/voices/Ar1aV8oQx2LmN4pT6sYe/preview/"


def test_a_slice_of_sound(viewer):
    answer = viewer.get(ARIA, headers={"Range": "bytes=0-99"})
    assert answer.status_code == 206
    assert answer["Content-Range"].startswith("bytes 0-99/") and len(answer.content) == 100
    assert answer["Content-Type"] == "audio/wav" and answer["X-Content-Type-Options"] == "nosniff"
    total = int(answer["Content-Range"].rpartition("/")[2])
    rest = viewer.get(ARIA, headers={"Range": "bytes=100-"})
    assert rest.status_code == 206 and len(rest.content) == min(total - 100, 1_000_000)


def test_without_a_range_it_begins_at_the_start(viewer):
    answer = viewer.get(ARIA)
    assert answer.status_code == 206 and answer["Content-Range"].startswith("bytes 0-")


def test_past_the_end(viewer):
    assert viewer.get(ARIA, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_no_preview_no_voice_no_sound(viewer):
    assert viewer.get("/w/oak-care/voices/4rThUrEj5mKd1wYp6tBq/preview/").status_code == 404
    assert viewer.get("/w/oak-care/voices/nobody/preview/").status_code == 404


@pytest.mark.parametrize(
    "url", ["https://evil.example/a.mp3", "http://127.0.0.1:1/a", "javascript:alert(1)", "file:///etc/passwd"]
)
def test_only_from_known_servers(viewer, sandbox, url):
    sandbox.faults.add("set", path="/voices", key="preview_url", value=url)
    assert viewer.get(ARIA).status_code == 404


def test_our_credentials_stay_here(viewer, sandbox, monkeypatch):
    viewer.get(ARIA)
    seen = []
    handle = sandbox.handle
    monkeypatch.setattr(
        sandbox, "handle", lambda request, pause=None: (seen.append(request), handle(request, pause))[1]
    )
    viewer.get(ARIA)
    media = [request for request in seen if request.path.startswith("/media/")]
    assert media and not any(request.header("authorization") or request.header("x-api-key") for request in media)


def test_talkstack_away(viewer, sandbox):
    viewer.get(ARIA)
    sandbox.faults.add("down", path="/media", times=0)
    assert viewer.get(ARIA).status_code == 502
    sandbox.faults.clear()


def test_stranger_and_verbs(owner, stranger):
    assert stranger.get(ARIA).status_code == 404
    assert owner.post(ARIA).status_code == 405
