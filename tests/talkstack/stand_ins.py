"""Tiny servers for the tests of the service module: an adapter that answers from a table, and raw sockets on loopback."""

import io
import json
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from dashboard.talkstack import Budgets, Client, Credentials, Servers

URL = "http://talkstack.test"
TOKEN = "bearer-token-0123456789abcdefghij"
KEY = "0123456789abcdef" * 4
FAST = Budgets(connect=0.2, read=0.3, write=0.3, ring=0.3, analysis=0.3)


class Table(BaseAdapter):
    """Answers (status, body[, headers]) by "METHOD /path", or by one function; everything else is 404 in HTML."""

    def __init__(self, answers: Any = None) -> None:
        super().__init__()
        self.answers = answers if answers is not None else {}
        self.asked: list[requests.PreparedRequest] = []

    def send(self, request: Any, stream=False, timeout=None, verify=True, cert=None, proxies=None) -> requests.Response:
        self.asked.append(request)
        path = request.path_url.partition("?")[0]
        if callable(self.answers):
            answer = self.answers(request)
        else:
            answer = self.answers.get(f"{request.method} {path}", (404, b"<html><h1>Not Found</h1></html>"))
            if isinstance(answer, list):
                answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if isinstance(answer, Exception):
            raise answer
        return _response(request, *answer)

    def close(self) -> None:
        """Nothing to close."""

    @property
    def names(self) -> list[str]:
        return [f"{request.method} {request.path_url}" for request in self.asked]

    def body(self, place: int = -1) -> Any:
        return json.loads(self.asked[place].body)


def _response(request: Any, status: int, body: Any = b"", headers: dict[str, str] | None = None) -> requests.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = requests.Response()
    response.status_code = status
    response.headers.update({"Content-Type": "application/json", **(headers or {})})
    response.raw = HTTPResponse(io.BytesIO(content), headers=headers or {}, status=status, preload_content=False)
    response.request, response.url = request, request.url
    return response


def client(url: str = URL, budgets: Budgets = FAST, **servers: str) -> Client:
    return Client(Servers(url, servers.pop("calls_url", url), **servers), Credentials(TOKEN), budgets)


class RawServer:
    """A listener on loopback that lets `talk(connection, request_bytes, nth)` do to each request what it wants."""

    def __init__(self, talk: Callable[[socket.socket, bytes, int], None], *, read: bool = True) -> None:
        self.talk, self.read = talk, read
        self.requests: list[bytes] = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.over = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        connection.settimeout(3)
        try:
            while not self.over.is_set():
                request = read_request(connection) if self.read else b"-"
                if not request:
                    break
                self.requests.append(request)
                self.talk(connection, request, len(self.requests))
        except OSError:
            pass
        finally:
            connection.close()

    def __enter__(self) -> "RawServer":
        return self

    def __exit__(self, *_: Any) -> None:
        self.over.set()
        self.listener.close()


def read_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        part = connection.recv(65536)
        if not part:
            return b""
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")), 0
    )
    while len(body) < length:
        part = connection.recv(65536)
        if not part:
            break
        body += part
    return head + b"\r\n\r\n" + body


def ok(body: bytes = b"{}", *extra: str, status: str = "200 OK") -> bytes:
    head = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *extra]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def drip(connection: socket.socket, data: bytes, pause: float = 0.02) -> None:
    """Byte by byte, until the other side has had enough."""
    for place in range(len(data)):
        connection.sendall(data[place : place + 1])
        time.sleep(pause)


def reset(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()
    raise OSError("reset")


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
