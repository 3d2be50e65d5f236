"""Requests that two servers could read in two ways: gunicorn, as the README starts it, refuses them."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet

from tests.test_architecture import ROOT

pytestmark = pytest.mark.item("S33")
HOST = "Host: 127.0.0.1"
TRICKS = {
    "two lengths": f"POST /healthz HTTP/1.1\r\n{HOST}\r\nContent-Length: 4\r\nContent-Length: 11\r\n\r\nbodyGET / HT",
    "length and chunks": f"POST /healthz HTTP/1.1\r\n{HOST}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "chunks, disguised": f"POST /healthz HTTP/1.1\r\n{HOST}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "a length that is none": f"POST /healthz HTTP/1.1\r\n{HOST}\r\nContent-Length: +4\r\n\r\nbody",
    "a header folded over lines": f"GET /healthz HTTP/1.1\r\n{HOST}\r\nX-A: b\r\n Content-Length: 4\r\n\r\nbody",
    "a space before the colon": f"GET /healthz HTTP/1.1\r\n{HOST}\r\nContent-Length : 4\r\n\r\nbody",
}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """gunicorn with the real program on a free port; /healthz needs nothing else."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number = free.getsockname()[1]
    keys = {
        "SECRET_KEY": "k" * 40,
        "ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "DATABASE_URL": "sqlite:///var/none.sqlite3",
    }
    options = [
        "--worker-class",
        "gthread",
        "--no-control-socket",
        "--log-level",
        "critical",
        "--bind",
        f"127.0.0.1:{number}",
    ]
    server = subprocess.Popen(
        [sys.executable, "-m", "gunicorn", "dashboard.wsgi", *options],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **keys},
    )
    for _ in range(150):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", number)) == 0:
                break
        time.sleep(0.1)
    yield number
    server.terminate()
    server.wait(20)


def say(port: int, words: str) -> bytes:
    """Send this as it is; everything that comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as line:
        line.sendall(words.encode())
        line.shutdown(socket.SHUT_WR)
        heard = b""
        while piece := line.recv(65536):
            heard += piece
        return heard


def test_an_honest_request_is_answered(port):
    assert say(port, f"GET /healthz HTTP/1.1\r\n{HOST}\r\nConnection: close\r\n\r\n").startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("trick", TRICKS)
def test_a_request_that_can_be_read_in_two_ways_is_refused(port, trick):
    heard = say(port, TRICKS[trick])
    status = heard.split(b" ", 2)[1] if heard else b""
    assert status in (b"400", b"501"), (trick, heard[:200])
    assert heard.count(b"HTTP/1.1 ") == 1
