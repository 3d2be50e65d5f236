"""What each HTTP status and each kind of lost answer is taken for, for a read, a write and a ring."""

import io
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import requests
from urllib3 import HTTPResponse
from urllib3.exceptions import ConnectTimeoutError, NewConnectionError, ProtocolError

from dashboard.talkstack import (
    AuthRefused,
    Budgets,
    Client,
    Conflict,
    ContractBroken,
    Credentials,
    KeyRejected,
    NotAllowed,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Refused,
    Servers,
    TalkstackError,
    Unavailable,
    WrongPassword,
    transport,
)
from tests.talkstack.stand_ins import KEY, TOKEN, URL, Table, client


def read(c: Client) -> Any:
    return c.voices.list()


def read_by_post(c: Client) -> Any:
    return c.agents.get("p", "a")


def write(c: Client) -> Any:
    return c.agents.delete("p", "a")


def write_with_payload(c: Client) -> Any:
    return c.projects.create("n", "d")


def key(c: Client) -> Any:
    return c.user.generate_api_key()


def ring(c: Client) -> Any:
    return c.calls.make("+12065550123", "p", "a", {"name": "Jo"})


def batch(c: Client) -> Any:
    return c.calls.batch("p", "a", "list.csv", b"number\n+12065550123\n")


READS, CHANGES = [read, read_by_post], [write, write_with_payload, key, ring, batch]
CERTAIN = {400: Refused, 402: Refused, 405: Refused, 413: Refused, 415: Refused, 422: Refused, 409: Conflict}
CERTAIN |= {401: KeyRejected, 403: NotAllowed, 404: NotFound, 429: RateLimited}
UNCERTAIN = [301, 302, 304, 307, 406, 408, 410, 418, 425, 451, 499, 500, 501, 502, 503, 504, 520, 599]


def outcome(act: Callable[[Client], Any], asker: Client | None = None) -> Any:
    try:
        return act(asker or client())
    except TalkstackError as error:
        return error


@pytest.mark.parametrize("body", [b"", b"<html><b>no</b></html>", b'{"message":"no"}', b"[]", b"\xff\x00"])
@pytest.mark.parametrize("act", READS + CHANGES)
@pytest.mark.parametrize("status", CERTAIN)
def test_certain_answers(table: Any, act: Any, status: int, body: bytes) -> None:
    stand_in = table(lambda request: (status, body))
    error = outcome(act)
    assert type(error) is CERTAIN[status] and error.status == status and len(stand_in.asked) == 1
    assert error.sentence and "<" not in error.sentence and error.route


@pytest.mark.parametrize("act", READS + CHANGES)
@pytest.mark.parametrize("status", UNCERTAIN)
def test_uncertain_answers(table: Any, act: Any, status: int) -> None:
    stand_in = table(lambda request: (status, b"<html>oops</html>"))
    error = outcome(act)
    assert type(error) is (Unavailable if act in READS else OutcomeUnknown)
    assert error.status == status
    assert len(stand_in.asked) == (2 if act is read and status in (502, 503, 504) else 1)


UNREADABLE = [
    b"",
    b"<html>hello</html>",
    b'{"message":"do',
    b"[" * 100_000,
    b"OK",
    b"null",
    b"[]",
    b"3",
    b'"text"',
    b"{}",
]


@pytest.mark.parametrize("body", UNREADABLE)
@pytest.mark.parametrize("act", [write_with_payload, key, ring])
def test_a_yes_without_the_payload_is_unknown(table: Any, act: Any, body: bytes) -> None:
    table(lambda request: (200, body))
    assert type(outcome(act)) is OutcomeUnknown


@pytest.mark.parametrize("body", UNREADABLE[:5])
@pytest.mark.parametrize("act", READS)
def test_a_yes_to_a_read_that_is_not_json_breaks_the_contract(table: Any, act: Any, body: bytes) -> None:
    table(lambda request: (200, body))
    assert type(outcome(act)) is ContractBroken


@pytest.mark.parametrize(
    ("body", "done"),
    [(b"", True), (b"OK", True), (b"null", True), (b"{}", True), (b'{"status":"error"}', True)]
    + [(b"<html></html>", False), (b'{"message":"Agent', False), (b"[" * 100_000, False)],
)
def test_a_yes_to_a_write_that_needs_no_payload(table: Any, body: bytes, done: bool) -> None:
    table(lambda request: (200, body))
    assert (outcome(write) is None) is done


def nested(error: Exception) -> requests.ConnectionError:
    return requests.ConnectionError(error)


@pytest.mark.parametrize(
    ("raised", "sent"),
    [
        (nested(NewConnectionError(None, "refused")), False),  # type: ignore[arg-type]
        (requests.ConnectTimeout(ConnectTimeoutError(None, "late")), False),
        (requests.exceptions.SSLError("certificate"), False),
        (nested(ConnectionRefusedError(111, "refused")), False),
        (nested(ProtocolError("reset", ConnectionResetError(104, "reset"))), True),
        (requests.ReadTimeout("late"), True),
        (requests.ConnectionError("no word about why"), True),
        (requests.exceptions.ChunkedEncodingError("cut"), True),
        (TimeoutError(), True),
        (ConnectionResetError(), True),
    ],
)
def test_what_an_adapter_raises(table: Any, raised: Exception, sent: bool) -> None:
    table(lambda request: raised)
    for act in READS:
        assert type(outcome(act)) is Unavailable and outcome(act).sent is sent
    for act in CHANGES:
        assert type(outcome(act)) is (OutcomeUnknown if sent else Unavailable)


DAY = 86_400.0


@pytest.mark.parametrize(
    ("header", "wait"),
    [
        ("30", 30),
        ("0", 0),
        ("1.5", 1.5),
        (" 7 ", 7),
        (None, None),
        ("", None),
        ("-5", None),
        ("soon", None),
        ("NaN", None),
    ]
    + [("99999999999", DAY), ("1e400", None), ("9" * 500, None), ("Tue, 30 Jan 2024 13:39:53 +0000", 0), ("inf", None)],
)
def test_retry_after(table: Any, header: str | None, wait: float | None) -> None:
    table(lambda request: (429, b"{}", {} if header is None else {"Retry-After": header}))
    assert outcome(ring).retry_after == wait


def test_retry_after_as_a_date(table: Any) -> None:
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    table(lambda request: (429, b"", {"Retry-After": when}))
    assert 57 < outcome(ring).retry_after <= 60
    far = format_datetime(datetime.now(UTC) + timedelta(days=60), usegmt=True)
    table(lambda request: (429, b"", {"Retry-After": far}))
    assert outcome(ring).retry_after == DAY


@pytest.mark.parametrize(
    ("body", "message", "fields"),
    [
        ({"message": "Name is taken"}, "Name is taken", {}),
        ({"error": "Name is taken"}, "Name is taken", {}),
        ({"error": {"message": "Name is taken", "code": 7}}, "Name is taken", {}),
        ({"detail": "Name is taken"}, "Name is taken", {}),
        ({"errors": ["Name is taken", "Too long"]}, "Name is taken; Too long", {}),
        ({"message": ["a", "b"]}, "a; b", {}),
        ({"errors": {"name": "taken"}}, "name: taken", {"name": "taken"}),
        ({"message": "Invalid", "errors": {"name": ["taken", "short"]}}, "Invalid", {"name": "taken; short"}),
        ({"errors": [{"field": "name", "message": "taken"}]}, "taken", {"name": "taken"}),
        ({"errors": [{"path": ["body", "e164"], "msg": "bad"}]}, "bad", {"e164": "bad"}),
        ({"detail": [{"loc": ["body", "email"], "msg": "bad"}]}, "bad", {"email": "bad"}),
        ({"message": None, "status": "error"}, "", {}),
        ({"message": {"number": "bad"}}, "number: bad", {"number": "bad"}),
        ("just text", "just text", {}),
        ([], "", {}),
        (None, "", {}),
        (7, "", {}),
        ({"message": "a\u0000b\u001b[31m\n\u202ec"}, "ab [31m c", {}),
        ({"message": "<b>Bold</b> words"}, "Bold words", {}),
        ({"message": "<!DOCTYPE html><title>x"}, "", {}),
        ({"message": "must be < 3 and > 1"}, "must be < 3 and > 1", {}),
        ({"message": "x" * 5000}, "x" * 299 + "…", {}),
        (b"plain words", "plain words", {}),
        (b"<html><h1>502</h1>", "", {}),
        (b'{"message":"cut', "", {}),
        (b"\xff\xfe\xfd", None, {}),
        (b'{"message":' * 50_000, "", {}),
    ],
)
def test_the_words_of_a_refusal(table: Any, body: Any, message: str | None, fields: dict[str, str]) -> None:
    table(lambda request: (400, body))
    error = outcome(ring)
    assert type(error) is Refused and error.fields == fields
    assert message is None or error.message == message
    assert len(error.message) <= 300


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500])
def test_no_secret_gets_out(table: Any, status: int, caplog: pytest.LogCaptureFixture) -> None:
    body = {"message": f"bad {TOKEN} {KEY}", "number": "+12065550123", "mail": "jo@example.com"}
    table(lambda request: (status, body))
    asker = Client(Servers(URL, URL), Credentials(TOKEN, KEY), Budgets(0.2, 0.3, 0.3, 0.3))
    with caplog.at_level(logging.DEBUG):
        error = outcome(lambda c: c.projects.update("project-7", "n", "d"), asker)
    everything = " ".join([repr(asker), repr(asker.credentials), repr(error), str(error), error.sentence, error.detail])
    everything += caplog.text + getattr(error, "message", "")
    for secret in (TOKEN, KEY, "2065550123", "jo@example.com"):
        assert secret not in everything
    assert "project-7" not in caplog.text and len(error.detail) <= 200
    assert f"PUT /project/:projectId {status}" in caplog.text


@pytest.mark.parametrize("bad", ["", "two\nlines-of-a-token", "tökén-that-is-long", " ", "a b", "x" * 9000])
def test_a_token_that_no_header_can_hold_is_not_sent(table: Any, bad: str) -> None:
    stand_in = table({})
    error = outcome(ring, Client(Servers(URL, URL), Credentials(bad)))
    assert type(error) is KeyRejected and not stand_in.asked
    assert not bad.strip() or bad not in repr(error) + error.detail + str(error.__cause__)


class Drip(io.RawIOBase):
    """A body that comes byte by byte without any socket."""

    def read1(self, size: int = -1) -> bytes:
        time.sleep(0.01)
        return b" "

    def read(self, size: int = -1) -> bytes:
        return b"".join(self.read1() for _ in range(size))


def test_a_mounted_adapter_that_drips_is_cut_too() -> None:
    class Dripping(Table):
        def send(self, request: Any, **options: Any) -> requests.Response:  # type: ignore[override]
            answer = super().send(request)
            answer.raw = HTTPResponse(Drip(), status=200, preload_content=False)
            return answer

    transport.mount(URL, Dripping(lambda request: (200, b"")))
    started = time.perf_counter()
    assert type(outcome(read)) is Unavailable and type(outcome(ring)) is OutcomeUnknown
    assert time.perf_counter() - started < 1
    transport.unmount(URL)


def test_which_credential_goes_where(table: Any) -> None:
    stand_in = table(lambda request: (200, {"apiKey": "k", "voices": [], "token": "t", "call": {"call_id": "c"}}))
    asker = Client(Servers(URL, URL), Credentials(TOKEN, KEY))
    for act in (read, key, ring):
        act(asker)
    asker.auth.login("a@b.c", "pw")
    first, second, third, fourth = [request.headers for request in stand_in.asked]
    assert first["x-api-key"] == third["x-api-key"] == KEY and "Authorization" not in first
    assert second["Authorization"] == f"Bearer {TOKEN}" and "x-api-key" not in second
    assert "Authorization" not in fourth and "x-api-key" not in fourth


@pytest.mark.parametrize("bad", ["", ".", "..", "a\nb", "a\x00b", "\ud800", "x" * 501, "\x7f"])
def test_ids_that_no_path_may_hold(table: Any, bad: str) -> None:
    stand_in = table({})
    for act in (
        lambda c: c.projects.get(bad),
        lambda c: c.agents.list(bad),
        lambda c: c.projects.delete(bad),
        lambda c: c.projects.remove_active_agent(bad),
    ):
        assert type(outcome(act)) is NotFound
    assert not stand_in.asked


@pytest.mark.parametrize(
    ("id_", "path"),
    [
        ("../x", "/project/..%2Fx"),
        ("a?b=c#d", "/project/a%3Fb%3Dc%23d"),
        ("%2e%2e", "/project/%252e%252e"),
        ("ü", "/project/%C3%BC"),
    ],
)
def test_ids_are_quoted(table: Any, id_: str, path: str) -> None:
    stand_in = table(lambda request: (200, {"data": {"id": "p", "name": "n"}}))
    client().projects.get(id_)
    assert stand_in.names == [f"GET {path}"]


def test_a_password_that_is_wrong_is_not_a_session_that_ended(table: Any) -> None:
    table(lambda request: (401, {"message": "old password is wrong"}))
    error = outcome(lambda c: c.auth.change_password("old", "new"))
    assert type(error) is WrongPassword and isinstance(error, Refused) and isinstance(error, AuthRefused)
    assert not isinstance(error, KeyRejected) and error.message == "old password is wrong"
    assert type(outcome(lambda c: c.auth.login("a@b.c", "x"))) is WrongPassword
    assert type(outcome(lambda c: c.auth.refresh("x"))) is KeyRejected


def test_hosts(table: Any) -> None:
    stand_in = table({"POST /call/batch-call": (200, b""), "GET /voices": (200, {"voices": []})})
    rings = Table({"POST /call/makeCall": (200, {"call": {"call_id": "c"}})})
    transport.mount("http://calls.test", rings)
    asker = client(calls_url="http://calls.test/")
    ring(asker), batch(asker), read(asker)
    transport.unmount("http://calls.test")
    assert rings.names == ["POST /call/makeCall"]
    assert stand_in.names == ["POST /call/batch-call", "GET /voices"]
    assert b'filename="list.csv"' in stand_in.asked[0].body and "multipart/form-data; boundary=" in str(
        stand_in.asked[0].headers
    )
