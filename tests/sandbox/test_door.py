"""The sandbox as a process of its own: real sockets, real signals, a real restart."""

from __future__ import annotations

import http.client
import http.server
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from .conftest import OWNER

ROOT = Path(__file__).parents[2]


class Running:
    """A started sandbox process."""

    def __init__(self, state: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "dashboard.sandbox", "--port", "0", "--state", str(state), *arguments]
        environment = {**os.environ, "SANDBOX_OWNER_PASSWORD": "from the settings"}
        self.log = state.with_suffix(".log").open("a+")
        self.process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        assert self.process.stdout
        self.base = self.process.stdout.readline().split()[-1]

    def __call__(self, method: str, path: str, body: Any = None, **options: Any) -> requests.Response:
        options.setdefault("timeout", 5)
        return requests.request(method, self.base + path, json=body, **options)

    def login(self) -> dict[str, str]:
        answer = self("POST", "/auth/login", {"email": OWNER, "password": "from the settings"})
        return {"Authorization": f"Bearer {answer.json()['token']}"}

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.log.close()
            if self.process.stdout:
                self.process.stdout.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    server = Running(tmp_path / "state.json")
    yield server
    if server.process.poll() is None:
        server.stop()


def place(server: Running, headers: dict[str, str], number: str) -> requests.Response:
    project = next(row for row in server("GET", "/project", headers=headers).json()["data"] if row["active_agent"])
    body = {"number": number, "projectId": project["id"], "agentId": project["active_agent"]}
    return server("POST", "/call/makeCall", body, headers=headers)


def test_a_day_of_the_process(running: Running, tmp_path: Path) -> None:
    headers = running.login()
    sid = place(running, headers, "+12065550121").json()["call"]["call_id"]
    running("POST", "/_sandbox/clock", {"advance": 120})
    data = running("POST", "/call", {"sid": sid}, headers=headers).json()
    assert data["status"] == "completed"
    sound = requests.get(data["recordingUrls"][0], headers={"Range": "bytes=0-3"}, timeout=5)
    assert (sound.status_code, sound.content) == (206, b"RIFF")
    with pytest.raises(requests.ConnectionError):
        place(running, headers, "+12065550119")
    assert running("GET", "/_sandbox/rings").json()["count"] == 2
    assert running.stop() == 0
    log = (tmp_path / "state.log").read_text()
    assert "POST '/call/makeCall' 200" in log
    assert "12065550121" not in log
    again = Running(tmp_path / "state.json")
    try:
        assert again("GET", "/_sandbox/rings").json()["count"] == 2
        assert again("POST", "/call", {"sid": sid}, headers=headers).json()["status"] == "completed"
    finally:
        again.stop()


def test_kill_loses_no_ring(running: Running, tmp_path: Path) -> None:
    headers = running.login()
    place(running, headers, "+12065550121")
    running.process.kill()
    running.process.wait(5)
    again = Running(tmp_path / "state.json")
    try:
        assert again("GET", "/_sandbox/rings").json()["count"] == 1
    finally:
        again.stop()


def test_faults_over_the_wire(running: Running) -> None:
    def fault(kind: str, **options: Any) -> None:
        assert running("POST", "/_sandbox/faults", {"kind": kind, "path": "/voices", **options}).status_code == 200

    headers = running.login()
    for kind in ("lost-close", "close", "down"):
        fault(kind)
        with pytest.raises(requests.ConnectionError):
            running("GET", "/voices", headers=headers)
    fault("cut")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        running("GET", "/voices", headers=headers)
    for kind in ("lost", "hang", "late", "slow"):
        fault(kind)
        with pytest.raises(requests.ReadTimeout):
            running("GET", "/voices", headers=headers, timeout=0.1)
    fault("drip", seconds=0.0001)
    assert len(running("GET", "/voices", headers=headers).json()["voices"]) == 12
    fault("hold")
    threading.Timer(0.2, lambda: running("POST", "/_sandbox/faults/release")).start()
    assert running("GET", "/voices", headers=headers).status_code == 200


def test_one_connection_carries_many_requests(running: Running) -> None:
    line = http.client.HTTPConnection("127.0.0.1", int(running.base.rsplit(":", 1)[1]), timeout=5)
    for path in ("/healthz", "/project", "/_sandbox/"):
        line.request("GET", path)
        answer = line.getresponse()
        answer.read()
        assert answer.version == 11
        assert not answer.will_close
    line.request("POST", "/agent", body=iter([b"{", b"}"]), headers={"Content-Type": "application/json"})
    assert line.getresponse().status == 401
    line.close()


def test_what_the_door_refuses(running: Running) -> None:
    assert running("GET", "/_sandbox/", headers={"Host": "evil.example"}).status_code == 421
    line = http.client.HTTPConnection("127.0.0.1", int(running.base.rsplit(":", 1)[1]), timeout=5)
    line.putrequest("POST", "/auth/login")
    line.putheader("Content-Length", "10000001")
    line.endheaders()
    assert line.getresponse().status == 413
    line.close()
    command = [sys.executable, "-m", "dashboard.sandbox", "--host", "0.0.0.0"]  # noqa: S104
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20)
    assert done.returncode == 2
    assert "this machine only" in done.stderr


def test_away_means_refused_connections_and_then_back_again(running: Running) -> None:
    running("POST", "/_sandbox/away", {"seconds": 0.5})
    deadline, refused = time.monotonic() + 5, False
    while not refused and time.monotonic() < deadline:
        try:
            running("GET", "/healthz")
        except requests.ConnectionError as error:
            refused = "refused" in str(error)
    assert refused
    while time.monotonic() < deadline:
        try:
            assert running("GET", "/healthz").status_code == 200
            return
        except requests.ConnectionError:
            time.sleep(0.05)
    pytest.fail("it did not come back")


class Listener(http.server.BaseHTTPRequestHandler):
    heard: list[dict[str, Any]] = []

    def do_POST(self) -> None:
        self.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *rest: Any) -> None:
        pass


def test_webhooks_arrive(running: Running) -> None:
    listener = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    threading.Thread(target=listener.serve_forever, daemon=True).start()
    headers = running.login()
    project = next(row for row in running("GET", "/project", headers=headers).json()["data"] if row["active_agent"])
    url = f"http://127.0.0.1:{listener.server_address[1]}/hook"
    ask = {"projectId": project["id"], "webhookURL": url}
    running("POST", "/project/call-status/add-webhookurl", ask, headers=headers)
    place(running, headers, "+12065550111")
    running("POST", "/_sandbox/clock", {"advance": 60})
    deadline = time.monotonic() + 5
    while len(Listener.heard) < 4 and time.monotonic() < deadline:
        time.sleep(0.02)
    listener.shutdown()
    listener.server_close()
    assert [row["status"] for row in Listener.heard] == ["queued", "initiated", "ringing", "busy"]
