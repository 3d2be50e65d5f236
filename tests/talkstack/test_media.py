"""Sound from allowed servers only, in slices, never with our credentials."""

import socket
import time
from typing import Any

import pytest

from dashboard.talkstack import MediaRefused, NotFound, Unavailable, media, sockets
from tests.talkstack.stand_ins import URL, RawServer, closed_port, drip, ok

HOSTS = [URL, "media.example.com", "other.example.com:8443"]
SOUND = bytes(range(256)) * 8000  # 2,048,000 bytes


def serve(request: Any) -> Any:
    first, last = request.headers["Range"].removeprefix("bytes=").split("-")
    start, end = int(first), min(int(last), len(SOUND) - 1)
    if start >= len(SOUND):
        return 416, b"", {"Content-Range": f"bytes */{len(SOUND)}"}
    said = {"Content-Type": "audio/wav; x=y", "Content-Range": f"bytes {start}-{end}/{len(SOUND)}"}
    return 206, SOUND[start : end + 1], said


def get(path: str = "/a.wav", start: int = 0, end: int | None = None, base: str = URL, **options: Any) -> media.Slice:
    return media.fetch(base + path, hosts=options.pop("hosts", HOSTS), start=start, end=end, seconds=0.3)


@pytest.mark.parametrize(
    ("start", "end", "first", "last"),
    [
        (0, None, 0, 999_999),
        (0, 99, 0, 99),
        (5, 5, 5, 5),
        (2_000_000, None, 2_000_000, 2_047_999),
        (0, 10**9, 0, 999_999),
    ]
    + [(-5, 3, 0, 3), (2_047_999, 2_048_500, 2_047_999, 2_047_999)],
)
@pytest.mark.parametrize("ranges", [True, False])
def test_slices(table: Any, start: int, end: int | None, first: int, last: int, ranges: bool) -> None:
    whole = (200, SOUND, {"Content-Type": "audio/wav", "Content-Length": str(len(SOUND))})
    stand_in = table(serve if ranges else lambda request: whole)
    got = get(start=start, end=end)
    assert (got.status, got.content_type, got.start, got.end, got.total) == (206, "audio/wav", first, last, len(SOUND))
    assert got.body == SOUND[first : last + 1]
    assert not {"authorization", "x-api-key", "cookie"} & {name.lower() for name in stand_in.asked[0].headers}


def test_past_the_end(table: Any) -> None:
    table(serve)
    assert (get(start=3_000_000).status, get(start=3_000_000).total) == (416, len(SOUND))
    table(lambda request: (200, b"abc", {"Content-Type": "audio/wav"}))
    assert get(start=10).status == 416
    assert get(start=10, end=5).status == 416


@pytest.mark.parametrize(
    "url",
    [
        "http://media.example.com/a.mp3",
        "https://media.example.com:444/a.mp3",
        "https://media.example.com.evil.test/a.mp3",
        "https://evil.test/media.example.com",
        "https://media.example.com@evil.test/a.mp3",
        "https://user:pw@media.example.com/a.mp3",
        "https://media.example.com\\@evil.test/",
        "https://media.example.com /a",
        "https://other.example.com/a.mp3",
        "https://talkstack.test/a.wav",
        "http://talkstack.test:81/a.wav",
        "file:///etc/passwd",
        "ftp://media.example.com/a",
        "javascript:alert(1)",
        "data:audio/wav;base64,AAAA",
        "//media.example.com/a",
        "https://[::1/a",
        "https://media.example.com:99999/a",
        "https://localhost./a",
        "https://2130706433/a",
        "https://0x7f.1/a",
        "",
        "\x00",
    ],
)
def test_addresses_that_are_refused(table: Any, url: str) -> None:
    stand_in = table(serve)
    with pytest.raises(MediaRefused):
        media.fetch(url, hosts=HOSTS, start=0, end=None, seconds=0.3)
    assert not stand_in.asked


PRIVATE = [
    "127.0.0.1",
    "::1",
    "0.0.0.0",
    "169.254.169.254",
    "10.0.0.1",
    "172.16.3.4",
    "192.168.1.1",
    "::ffff:127.0.0.1",
    "::",
]
PRIVATE += [
    "2002:7f00:1::",
    "64:ff9b::7f00:1",
    "fe80::1%eth0",
    "fc00::1",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "ff02::1",
]
PRIVATE += ["::7f00:1", "198.18.0.1", "0x7f.1", "2130706433", "localhost", "", "240.0.0.1", "64:ff9b::a9fe:a9fe"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses(address: str) -> None:
    assert not sockets.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_public_addresses(address: str) -> None:
    assert sockets.is_public(address)


@pytest.mark.parametrize("private", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"]])
def test_a_name_that_leads_inside_is_not_connected_to(private: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in private]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    monkeypatch.setattr(sockets, "_connect", lambda *_: pytest.fail("connected"))
    with pytest.raises(Unavailable) as caught:
        get(base="https://media.example.com")
    assert not caught.value.sent


def test_the_address_that_was_checked_is_the_one_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter(["8.8.8.8", "127.0.0.1"])
    asked: list[Any] = []

    def resolve(host: str, port: int, **_: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address: Any, seconds: float) -> Any:
        asked.append(address[4])
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(sockets, "_connect", connect)
    with pytest.raises(Unavailable):
        get(base="https://media.example.com")
    assert asked == [("8.8.8.8", 443)]


@pytest.mark.parametrize(
    ("path", "kind", "shown"),
    [
        ("/a", "audio/mpeg", "audio/mpeg"),
        ("/a.mp3", "application/octet-stream", "audio/mpeg"),
        ("/a.WAV?x=1", "application/octet-stream", "audio/wav"),
        ("/a", "application/octet-stream", None),
        ("/a.mp3", "text/html", None),
        ("/a.mp3", "video/mp4", None),
        ("/a.mp3", "audio/x\r\ny", None),
        ("/a.mp3", "", None),
    ],
)
def test_kinds_of_content(table: Any, path: str, kind: str, shown: str | None) -> None:
    table(lambda request: (200, b"abc", {"Content-Type": kind}))
    if shown:
        assert get(path).content_type == shown
    else:
        with pytest.raises(MediaRefused):
            get(path)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ((404, b""), NotFound),
        ((401, b""), NotFound),
        ((302, b"", {"Location": "http://127.0.0.1/"}), MediaRefused),
        ((500, b""), Unavailable),
        ((206, b"abc", {"Content-Type": "audio/wav", "Content-Range": "bytes 7-9/10"}), Unavailable),
        ((206, b"abc", {"Content-Type": "audio/wav"}), Unavailable),
        ((200, b"abc", {"Content-Type": "audio/wav", "Content-Length": "100000001"}), MediaRefused),
        (ConnectionRefusedError(), Unavailable),
    ],
)
def test_other_answers(table: Any, answer: Any, kind: type[Exception]) -> None:
    table(lambda request: answer)
    with pytest.raises(kind):
        get()


def test_a_real_server_on_an_address_that_was_given_with_http() -> None:
    said = ok(b"abc", "Content-Range: bytes 0-2/3", status="206 Partial").replace(b"application/json", b"audio/wav")
    with RawServer(lambda connection, request, nth: connection.sendall(said)) as server:
        assert get(base=server.url, hosts=[server.url]).body == b"abc"
        assert b"uthorization" not in server.requests[0]
        with pytest.raises(MediaRefused):
            get(base=server.url, hosts=[server.url.removeprefix("http://")])


def test_slow_and_absent_servers() -> None:
    with RawServer(lambda connection, request, nth: drip(connection, ok(b"abc"))) as server:
        started = time.perf_counter()
        with pytest.raises(Unavailable):
            get(base=server.url, hosts=[server.url])
        assert time.perf_counter() - started < 0.6
    nobody = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(Unavailable):
        get(base=nobody, hosts=[nobody])
