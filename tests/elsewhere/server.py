"""An independent stand-in for Talkstack on real sockets, written from the API contract alone.

Two loopback servers, one for the API and one for calls, share a world and speak one dialect.
"""

import json
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from . import telephony, things
from .dialects import Dialect
from .replies import HTML, Answer, Refusal, refused, say
from .world import SEEDED, World

SOUND = b"ID3" + bytes(4000)
LISTS = ("/project", "/project/get-projects", "/project/list", "/project/all", "/projects")


class Elsewhere:
    """The pair of servers. `fault` says what happens to the next request to ring: see `Calls.ring`."""

    def __init__(self, dialect: Dialect) -> None:
        self.dialect, self.world, self.fault, self.log = dialect, World(dialect), "", []
        self.released = threading.Event()
        self.lock = threading.RLock()
        self.servers = [ThreadingHTTPServer(("127.0.0.1", 0), handler(self, kind)) for kind in (Api, Calls)]
        self.api_url, self.calls_url = (f"http://127.0.0.1:{server.server_port}" for server in self.servers)
        self.world.port = self.servers[0].server_port
        self.world.new_project(SEEDED, "Was here before the dashboard.")
        if dialect.extra:
            self.world.new_project(None, "")
        for server in self.servers:
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def rings(self) -> list[dict[str, Any]]:
        return self.world.calls

    def close(self) -> None:
        self.released.set()
        for server in self.servers:
            server.shutdown()
            server.server_close()


def handler(elsewhere: Elsewhere, kind: type["Api"]) -> type["Api"]:
    return type(kind.__name__, (kind,), {"elsewhere": elsewhere})


class Api(BaseHTTPRequestHandler):
    """Everything but making one call."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait for each other
    elsewhere: Elsewhere

    def log_message(self, *words: object) -> None:
        """Silence."""

    def handle_all(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        self.raw = self.rfile.read(length)
        parts = urlsplit(self.path)
        self.elsewhere.log.append((self.command, parts.path))
        time.sleep(self.elsewhere.dialect.slow)
        try:
            body = json.loads(self.raw) if self.raw else {}
        except ValueError:
            body = {}
        try:
            answer = self.answer(unquote(parts.path), dict(parse_qsl(parts.query)), body)
        except Refusal as refusal:
            answer = refused(self.elsewhere.dialect, refusal)
        if answer is not None:
            self.write(answer)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = handle_all

    def write(self, answer: Answer) -> None:
        self.send_response(answer.status)
        if answer.status != 204:
            self.send_header("Content-Type", answer.kind)
            self.send_header("Content-Length", str(len(answer.body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if answer.status == 204 else answer.body)

    def answer(self, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer | None:
        world = self.elsewhere.world
        if path.startswith("/sound/"):
            return self.sound()
        with self.elsewhere.lock:
            if path in OPEN:
                return OPEN[path](world, body)
            if not world.knows(self.headers):
                raise Refusal(401, "token is invalid or has expired")
            return self.known(world, path, query, body)

    def known(self, world: World, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer:
        fixed = FIXED.get((self.command, path))
        if fixed:
            return fixed(world, body)
        if (self.command, path) == ("GET", "/voices"):
            return things.list_voices(world)
        if (self.command, path) == ("POST", "/call/get-call-history"):
            return telephony.history(world, body, query)
        if self.command == "GET" and path in LISTS:
            return self.listing(world, path)
        _, _, rest = path.partition("/")
        room, _, key = rest.partition("/")
        return self.of_one(world, room, key, body)

    def listing(self, world: World, path: str) -> Answer:
        if path == world.dialect.list_path:
            return things.list_projects(world)
        if world.dialect.list_other == "null" and path != "/project":
            return say({"message": "ok", "status": "success", "data": None})
        if world.dialect.list_other == "as_id" and path.startswith("/project/"):
            raise Refusal(400, "project does not exist")
        return Answer(404, HTML.format("Cannot GET").encode(), "text/html")

    def of_one(self, world: World, room: str, key: str, body: dict[str, Any]) -> Answer:
        if key and room == "project" and self.command == "GET" and "/" not in key:
            project = things.shown(world, world.project(key))
            under = "data" if world.dialect.project_under == "message" else world.dialect.project_under
            return say(things.within(under, project, message="ok", status="succcess"))
        if key and room == "project" and self.command == "PUT":
            return things.update_project(world, key, body)
        if key.startswith("active-agent/") and self.command == "PATCH":
            return things.remove_active_agent(world, key.removeprefix("active-agent/"))
        if key and room == "project" and self.command == "DELETE":
            return things.delete_project(world, key, body)
        if key and room == "agent" and self.command == "GET":
            return things.list_agents(world, key)
        return Answer(404, HTML.format("Cannot").encode(), "text/html")

    def sound(self) -> Answer:
        wanted = self.headers.get("Range", "")
        if not wanted or self.elsewhere.dialect.sound == "whole":
            return Answer(200, SOUND, "audio/mpeg")
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first), min(int(last or len(SOUND) - 1), len(SOUND) - 1)
        where = (("Content-Range", f"bytes {start}-{end}/{len(SOUND)}"),)
        return Answer(206, SOUND[start : end + 1], "audio/mpeg", where)


class Calls(Api):
    """The host that makes calls, and nothing else."""

    def answer(self, path: str, query: dict[str, str], body: dict[str, Any]) -> Answer | None:
        if (self.command, path) != ("POST", "/call/makeCall"):
            return Answer(404, HTML.format("Cannot").encode(), "text/html")
        with self.elsewhere.lock:
            if not self.elsewhere.world.knows(self.headers):
                raise Refusal(401, "token is invalid or has expired")
            fault, self.elsewhere.fault = self.elsewhere.fault, ""
            if fault == "refused":
                raise Refusal(400, "this number may not be called")
            if fault == "lost":
                return self.cut()
            call = telephony.ring(self.elsewhere.world, body)
            answer = telephony.made(self.elsewhere.world, call)
        return self.spoiled(fault, answer)

    def spoiled(self, fault: str, answer: Answer) -> Answer | None:
        """The answer after the ring: late, cut, half, 500, html, or as it should be."""
        if fault == "late":
            self.elsewhere.released.wait(3)
            return self.cut()
        if fault == "cut":
            return self.cut()
        if fault == "half":
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body[:10])
            return self.cut()
        if fault == "500":
            return refused(self.elsewhere.dialect, Refusal(500, "while getting active agent"))
        return Answer(200, HTML.format("welcome").encode(), "text/html") if fault == "html" else answer

    def cut(self) -> None:
        """End the connection with a reset instead of an answer."""
        self.wfile.flush()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True


OPEN = {"/auth/login": things.login, "/auth/refresh-token": things.refresh}
FIXED = {
    ("POST", "/project/create-project"): things.create_project,
    ("POST", "/project/call-status/add-webhookurl"): things.add_webhook,
    ("POST", "/project/active-agent"): things.active_agent,
    ("PATCH", "/project/active-agent"): things.set_active_agent,
    ("POST", "/agent/create-agent"): things.create_agent,
    ("POST", "/agent"): things.get_agent,
    ("PUT", "/agent"): things.update_agent,
    ("DELETE", "/agent"): things.delete_agent,
    ("POST", "/phone-number"): things.get_numbers,
    ("POST", "/phone-number/add-number"): things.add_number,
    ("POST", "/call"): telephony.call_data,
}
