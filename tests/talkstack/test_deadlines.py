"""Every fault of a server on a real socket: how long it takes, what it is taken for, how often it was asked."""

import socket
import time
from collections.abc import Callable
from typing import Any

import pytest

from dashboard.talkstack import Budgets, Client, OutcomeUnknown, TalkstackError, Unavailable, transport
from tests.talkstack.stand_ins import TOKEN, RawServer, client, closed_port, drip, ok, reset

JSON = b'{"call":{"call_id":"CA1"},"data":{"id":"p1","name":"One"}}'


def never(connection: socket.socket, request: bytes, nth: int) -> None:
    time.sleep(1)


def drip_headers(connection: socket.socket, request: bytes, nth: int) -> None:
    drip(connection, ok(JSON))


def drip_status(connection: socket.socket, request: bytes, nth: int) -> None:
    drip(connection, b"HTTP/1.1 100 Continue\r\n\r\n" * 50)


def drip_body(connection: socket.socket, request: bytes, nth: int) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
    drip(connection, b" " * 1000)


def drip_chunks(connection: socket.socket, request: bytes, nth: int) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    drip(connection, b"1\r\n \r\n" * 500)


def cut(connection: socket.socket, request: bytes, nth: int) -> None:
    connection.sendall(ok(JSON)[:-10])
    connection.close()
    raise OSError


def cut_headers(connection: socket.socket, request: bytes, nth: int) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-")
    connection.close()
    raise OSError


def reset_at_once(connection: socket.socket, request: bytes, nth: int) -> None:
    reset(connection)


def reset_in_body(connection: socket.socket, request: bytes, nth: int) -> None:
    connection.sendall(ok(JSON)[:-10])
    time.sleep(0.02)
    reset(connection)


def garbage(connection: socket.socket, request: bytes, nth: int) -> None:
    connection.sendall(b"\x16\x03\x01 not http at all\r\n\r\n")
    connection.close()
    raise OSError


def huge(connection: socket.socket, request: bytes, nth: int) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\n")
    for _ in range(200):
        connection.sendall(b"x" * 65536)


def huge_header(connection: socket.socket, request: bytes, nth: int) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 200_000 + b"\r\n\r\n")


RING = Budgets(connect=0.8, ring=0.8)  # long enough that a busy machine has connected and sent within it
FAULTS = [never, drip_headers, drip_status, drip_body, drip_chunks, cut, cut_headers, reset_at_once, reset_in_body]
FAULTS += [garbage, huge, huge_header]


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    started = time.perf_counter()
    try:
        result: Any = function()
    except TalkstackError as error:
        result = error
    return result, time.perf_counter() - started


@pytest.mark.parametrize("fault", FAULTS)
def test_a_read_is_unavailable_within_its_budget(fault: Any) -> None:
    with RawServer(fault) as server:
        error, took = timed(lambda: client(server.url).projects.get("p1"))
        assert type(error) is Unavailable and error.sent
        assert took < 0.6
        assert 1 <= len(server.requests) <= 2


@pytest.mark.parametrize("fault", FAULTS)
def test_a_ring_is_unknown_within_its_budget_and_sent_once(fault: Any) -> None:
    with RawServer(fault) as server:
        error, took = timed(lambda: client(server.url, RING).calls.make("+12065550123", "p", "a", {}))
        assert type(error) is OutcomeUnknown
        assert took < 1.1
        assert len(server.requests) == 1 and server.connections == 1


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize(
    "write",
    [
        lambda c: c.projects.delete("p1", cascade=True),
        lambda c: c.agents.update("p", "a", "n", "s"),
        lambda c: c.user.generate_api_key(),
        lambda c: c.auth.refresh("r"),
        lambda c: c.calls.batch("p", "a", "x.csv", b"number\n"),
    ],
)
def test_a_write_is_unknown_and_sent_once(fault: Any, write: Callable[[Client], Any]) -> None:
    with RawServer(fault) as server:
        error, took = timed(lambda: write(client(server.url)))
        assert type(error) is OutcomeUnknown
        assert took < 0.6
        assert len(server.requests) == 1


def test_a_server_that_does_not_read_is_cut() -> None:
    with RawServer(never, read=False) as server:
        prompt, budgets = "x" * 30_000_000, Budgets(connect=1.0, write=2.0)  # making 30 MB of JSON takes its time too
        error, took = timed(lambda: client(server.url, budgets).agents.update("p", "a", "n", prompt))
        assert type(error) is OutcomeUnknown and took < 4.0


@pytest.mark.parametrize("act", [lambda c: c.projects.get("p"), lambda c: c.calls.make("+12065550123", "p", "a", {})])
def test_nothing_listens(act: Callable[[Client], Any]) -> None:
    error, took = timed(lambda: act(client(f"http://127.0.0.1:{closed_port()}")))
    assert type(error) is Unavailable and not error.sent
    assert took < 0.6


@pytest.mark.parametrize("host", ["no-such-host.invalid", "x" * 300 + ".invalid", "exa mple", "[::1", "é..com"])
def test_a_host_that_cannot_be_is_not_sent(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "no")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    error, _ = timed(lambda: client(f"http://{host}:1").calls.make("+12065550123", "p", "a", {}))
    assert type(error) is Unavailable and not error.sent


def test_a_resolver_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(1) or [])
    error, took = timed(lambda: client("http://slow.invalid").calls.make("+12065550123", "p", "a", {}))
    assert type(error) is Unavailable and not error.sent and took < 0.6


def test_all_addresses_of_a_name_share_one_connect_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    black_hole = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", closed_port()))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [black_hole] * 50)
    error, took = timed(lambda: client("http://many.invalid").projects.get("p"))
    assert type(error) is Unavailable and not error.sent and took < 0.6


def test_a_full_backlog_is_a_connect_timeout_and_not_sent() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        port = listener.getsockname()[1]
        waiting = [socket.socket() for _ in range(6)]
        for sock in waiting:
            sock.setblocking(False)
            sock.connect_ex(("127.0.0.1", port))
        error, took = timed(lambda: client(f"http://127.0.0.1:{port}").calls.make("+12065550123", "p", "a", {}))
        for sock in waiting:
            sock.close()
    assert type(error) is Unavailable and not error.sent and took < 0.6


def test_plain_http_where_tls_is_expected_is_not_sent() -> None:
    with RawServer(garbage, read=False) as server:
        error, _ = timed(lambda: client(server.url.replace("http", "https")).calls.make("+12065550123", "p", "a", {}))
    assert type(error) is Unavailable and not error.sent


def test_a_tls_handshake_that_never_ends_is_not_sent() -> None:
    with RawServer(never, read=False) as server:
        url = server.url.replace("http", "https")
        error, took = timed(lambda: client(url).calls.make("+12065550123", "p", "a", {}))
    assert type(error) is Unavailable and not error.sent and took < 0.6


@pytest.mark.parametrize("fault", [reset_at_once, cut, cut_headers])
def test_a_read_is_tried_a_second_time_and_then_good(fault: Any) -> None:
    def talk(connection: socket.socket, request: bytes, nth: int) -> None:
        if nth == 1:
            fault(connection, request, nth)
        connection.sendall(ok(JSON))

    with RawServer(talk) as server:
        assert client(server.url).projects.get("p1").name == "One"
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", ["502 Bad Gateway", "503 Busy", "504 Late"])
def test_gateway_errors_are_tried_a_second_time(status: str) -> None:
    def talk(connection: socket.socket, request: bytes, nth: int) -> None:
        connection.sendall(ok(b"<html>", status=status) if nth == 1 else ok(JSON))

    with RawServer(talk) as server:
        assert client(server.url).projects.get("p1").id == "p1"
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", ["500 Oops", "501 No", "429 Busy", "400 No", "404 No"])
def test_other_errors_are_not(status: str) -> None:
    with RawServer(lambda connection, request, nth: connection.sendall(ok(b"{}", status=status))) as server:
        timed(lambda: client(server.url).projects.get("p1"))
        assert len(server.requests) == 1


def test_reads_by_post_are_not_tried_a_second_time() -> None:
    with RawServer(reset_at_once) as server:
        error, _ = timed(lambda: client(server.url).agents.get("p", "a"))
        assert type(error) is Unavailable and len(server.requests) == 1


def test_connections_are_kept_for_reads_and_never_shared_by_rings() -> None:
    with RawServer(lambda connection, request, nth: connection.sendall(ok(JSON))) as server:
        asker = client(server.url)
        for _ in range(3):
            asker.projects.get("p1")
        assert server.connections == 1
        for _ in range(2):
            asker.calls.make("+12065550123", "p", "a", {})
        assert server.connections == 3


def test_a_stale_kept_connection() -> None:
    """It was closed after the last answer: a read comes through, a write is not sent twice."""

    def talk(connection: socket.socket, request: bytes, nth: int) -> None:
        connection.sendall(ok(JSON))
        connection.close()
        raise OSError

    with RawServer(talk) as server:
        asker = client(server.url)
        asker.projects.get("p1")
        time.sleep(0.02)
        asker.projects.get("p1")
        time.sleep(0.02)
        asker.projects.update("p1", "One", "")
        assert len(server.requests) == 3


def test_a_kept_connection_that_is_reset_under_a_write_is_unknown() -> None:
    def talk(connection: socket.socket, request: bytes, nth: int) -> None:
        if nth > 1:
            reset(connection)
        connection.sendall(ok(JSON))

    with RawServer(talk) as server:
        asker = client(server.url)
        asker.projects.get("p1")
        error, _ = timed(lambda: asker.projects.delete("p1"))
        assert type(error) is OutcomeUnknown and len(server.requests) == 2 and server.connections == 1


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See", "307 Temporary", "308 Permanent"])
def test_redirects_are_never_followed_and_nothing_arrives_elsewhere(status: str) -> None:
    with RawServer(lambda connection, request, nth: connection.sendall(ok(JSON))) as elsewhere:
        where = f"Location: {elsewhere.url}/project/p1"
        with RawServer(lambda connection, request, nth: connection.sendall(ok(b"", where, status=status))) as server:
            asker = client(server.url)
            assert type(timed(lambda: asker.projects.get("p1"))[0]) is Unavailable
            assert type(timed(lambda: asker.projects.update("p1", "n", "d"))[0]) is OutcomeUnknown
            assert type(timed(lambda: asker.calls.make("+12065550123", "p", "a", {}))[0]) is OutcomeUnknown
            assert TOKEN.encode() in server.requests[0]
        assert elsewhere.connections == 0 and not elsewhere.requests


def test_the_body_of_a_redirect_is_not_waited_for_past_the_deadline() -> None:
    def talk(connection: socket.socket, request: bytes, nth: int) -> None:
        connection.sendall(b"HTTP/1.1 302 Found\r\nLocation: http://[bad\r\nContent-Length: 1000\r\n\r\n")
        drip(connection, b" " * 1000)

    with RawServer(talk) as server:
        error, took = timed(lambda: client(server.url).projects.update("p1", "n", "d"))
        assert type(error) is OutcomeUnknown and error.status == 302 and took < 0.6


def test_a_refusal_whose_body_breaks_off_is_still_a_refusal() -> None:
    def talk(connection: socket.socket, request: bytes, nth: int) -> None:
        connection.sendall(ok(b'{"message":"no such number"}', status="400 Bad")[:-5])
        connection.close()
        raise OSError

    with RawServer(talk) as server:
        error, _ = timed(lambda: client(server.url).calls.make("+12065550123", "p", "a", {}))
        assert error.status == 400 and error.message == ""


def test_cookies_are_not_kept_and_compressed_bombs_are_capped() -> None:
    import gzip

    bomb = gzip.compress(b"[" + b" " * 60_000_000 + b"]")

    def talk(connection: socket.socket, request: bytes, nth: int) -> None:
        extra = ["Set-Cookie: a=b; Path=/", *(["Content-Encoding: gzip"] if nth > 1 else [])]
        connection.sendall(ok(bomb if nth > 1 else JSON, *extra))

    with RawServer(talk) as server:
        client(server.url).projects.get("p1")
        error, _ = timed(lambda: transport.exchange("GET", server.url + "/x", seconds=2))
        assert type(error) is Unavailable and "larger" in error.detail
        assert b"ookie" not in server.requests[1] and b"Accept-Encoding: identity" in server.requests[1]


def test_environment_proxies_and_netrc_are_ignored(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    with RawServer(lambda connection, request, nth: connection.sendall(ok(JSON))) as server:
        transport.exchange("GET", server.url + "/x", seconds=1)
        assert b"uthorization" not in server.requests[0]


def test_within_ends_reads_sooner_and_leaves_writes_alone() -> None:
    with RawServer(never) as server:
        asker = client(server.url).within(0.05)
        error, took = timed(lambda: asker.projects.get("p1"))
        assert type(error) is Unavailable and took < 0.2
        error, took = timed(lambda: asker.projects.get("p1"))
        assert type(error) is Unavailable and not error.sent and len(server.requests) == 1
        error, took = timed(lambda: asker.projects.delete("p1"))
        assert type(error) is OutcomeUnknown and took > 0.2
