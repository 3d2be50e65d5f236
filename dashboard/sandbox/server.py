"""The door for people: the sandbox as a process of its own, on this machine only."""

from __future__ import annotations

import contextlib
import ipaddress
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from .app import Sandbox
from .faults import Rule
from .wire import Request, Response, as_json

LARGEST_BODY = 10_000_000
HOOK_PAUSE = 0.2


class Server(ThreadingHTTPServer):
    """HTTP on 127.0.0.1 around one sandbox, with the thread that delivers webhooks."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, sandbox: Sandbox, port: int = 0, *, quiet: bool = False) -> None:
        self.sandbox, self.quiet = sandbox, quiet
        self.stopping = threading.Event()
        self.away = False
        super().__init__(("127.0.0.1", port), Handler)

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    def run(self) -> None:
        """Serve until ``stop``; what is not yet kept is kept at the end."""
        threading.Thread(target=self._tell, name="webhooks", daemon=True).start()
        try:
            while not self.stopping.is_set():
                self.serve_forever(poll_interval=0.1)
                if not self.stopping.is_set():
                    self._come_back()
        finally:
            self.stopping.set()
            self.server_close()
            self.sandbox.save()

    def service_actions(self) -> None:
        """Asked to be away: leave the loop, so that ``run`` can close the port."""
        if self.sandbox.away and not self.away:
            self.away = True
            threading.Thread(target=self.shutdown, daemon=True).start()

    def _come_back(self) -> None:
        """Close the port for the seconds asked for, then listen on it again: meanwhile connections are refused."""
        address = self.server_address
        self.server_close()
        self.stopping.wait(self.sandbox.away)
        self.sandbox.away, self.away = 0.0, False
        self.socket = socket.socket(self.address_family, self.socket_type)
        self.server_address = address
        self.server_bind()
        self.server_activate()

    def stop(self) -> None:
        """End ``run`` soon; may be called from a signal handler."""
        self.stopping.set()
        self.sandbox.faults.clear()
        threading.Thread(target=self.shutdown, daemon=True).start()

    def _tell(self) -> None:
        while not self.stopping.wait(HOOK_PAUSE):
            with contextlib.suppress(Exception):
                self.sandbox.hooks.deliver()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hung up is not worth a line."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class Handler(BaseHTTPRequestHandler):
    """One connection, kept alive between requests."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "sandbox", ""
    timeout = 75
    disable_nagle_algorithm = True
    server: Server

    def setup(self) -> None:
        super().setup()
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def serve(self) -> None:
        started = time.monotonic()
        if self.server.away:
            self._drop()
            return
        body = self._body()
        if body is None:
            return
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        request = Request(self.command, unquote(parts.path) or "/", query, dict(self.headers.items()), body)
        if not loopback_name(request.header("host")):
            self._plain(421, "The sandbox answers on this machine only.")
            return
        try:
            answer = self.server.sandbox.handle(request, self._pause)
        except Exception:
            traceback.print_exc()
            answer = as_json({"message": "Internal server error", "status": "error"}, 500)
        self._write(answer)
        self._note(request, answer, time.monotonic() - started)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve  # noqa: N815

    def _body(self) -> bytes | None:
        """The request's body; None after an answer that ends the connection."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._chunks()
        given = self.headers.get("Content-Length", "0")
        if not given.isdigit():
            self._plain(400, "Bad Content-Length.")
            return None
        if int(given) > LARGEST_BODY:
            self._plain(413, "request entity too large")
            return None
        return self.rfile.read(int(given))

    def _chunks(self) -> bytes | None:
        whole = b""
        while True:
            try:
                size = int(self.rfile.readline(64).split(b";")[0].strip(), 16)
            except ValueError:
                self._plain(400, "Bad chunk.")
                return None
            if len(whole) + size > LARGEST_BODY:
                self._plain(413, "request entity too large")
                return None
            whole += self.rfile.read(size)
            self.rfile.readline(64)
            if not size:
                return whole

    def _plain(self, status: int, words: str) -> None:
        self.close_connection = True
        self._send(Response(status, {"Content-Type": "text/plain; charset=utf-8"}, words.encode()))

    def _pause(self, rule: Rule, do: Callable[[], Response]) -> None:
        if rule.kind == "slow":
            self.server.stopping.wait(rule.seconds)
            return
        rule.held.set()
        rule.released.wait(600)

    def _write(self, answer: Response) -> None:
        if answer.wait:
            self.server.stopping.wait(answer.wait)
        if answer.hold is not None:
            answer.hold.held.set()
            answer.hold.released.wait(600)
        if answer.ending not in ("", "cut"):
            self._drop()
            return
        self._send(answer)

    def _send(self, answer: Response) -> None:
        body = answer.body
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Length" not in answer.headers:
            self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command == "HEAD":
            return
        if answer.ending == "cut":
            self.wfile.write(body[: len(body) // 2])
            self._drop()
        elif answer.drip:
            self._drip(body, answer.drip)
        else:
            self.wfile.write(body)

    def _drip(self, body: bytes, seconds: float) -> None:
        for place in range(len(body)):
            if self.server.stopping.wait(seconds):
                return
            self.wfile.write(body[place : place + 1])
            self.wfile.flush()

    def _drop(self) -> None:
        """End the connection without another byte."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.wfile.flush()
            self.connection.shutdown(socket.SHUT_RDWR)

    def _note(self, request: Request, answer: Response, seconds: float) -> None:
        """One quiet line: no query, no body, no ids of people."""
        if not self.server.quiet and request.path != "/healthz":
            word = answer.ending or answer.status
            print(f"sandbox {request.method} {request.path[:120]!a} {word} {seconds * 1000:.0f} ms", file=sys.stderr)

    def log_message(self, format: str, *args: Any) -> None:
        """Only ``_note`` writes lines."""


def loopback_name(host: str) -> bool:
    """Whether a Host header names this machine: no web page may reach the sandbox by a name of its own."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
        return name == "localhost" or name.endswith(".localhost") or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def serve(sandbox: Sandbox, port: int, *, quiet: bool = False) -> None:
    """Run the process door until SIGTERM or SIGINT."""
    server = Server(sandbox, port, quiet=quiet)
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: server.stop())
    print(f"Practice server ready on http://127.0.0.1:{server.port}", flush=True)
    server.run()
