"""`manage.py serve`, which `make run` ends in: it starts everything, says where, and stops everything."""

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]


def free_ports(many: int) -> list[int]:
    sockets = [socket.socket() for _ in range(many)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@pytest.mark.parametrize("live", [False, True], ids=["practice", "live"])
def test_it_starts_says_where_and_stops(tmp_path, live):
    port, sandbox = free_ports(2)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "dashboard.settings",
        "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
        "SECRET_KEY": settings.SECRET_KEY,
        "ENCRYPTION_KEYS": settings.ENCRYPTION_KEYS[0],
        "DEMO_PASSWORD": settings.DEMO_PASSWORD,
        "SANDBOX_OWNER_PASSWORD": settings.DEMO_PASSWORD,
        "SANDBOX_STATE": str(tmp_path / "sandbox.json"),
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "SANDBOX_URL": f"http://127.0.0.1:{sandbox}",
        "DEBUG": "1",
    }
    if live:
        environment |= {"TALKSTACK_API_URL": "http://127.0.0.1:9", "TALKSTACK_CALLS_URL": "http://127.0.0.1:9"}
    manage = [sys.executable, str(ROOT / "manage.py")]
    subprocess.run([*manage, "migrate", "--verbosity", "0"], env=environment, check=True, cwd=ROOT)
    process = subprocess.Popen([*manage, "serve"], env=environment, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if "Ctrl-C" in line:
            break
    assert f"http://127.0.0.1:{port}/" in said
    assert ("Sign in with your Talkstack account" if live else "owner@oakcare.example") in said
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/sign-in/", timeout=10) as answer:
        assert "Sign in" in answer.read().decode()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=40)
    for each in (port, sandbox):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", each)) != 0, "something is still running"
