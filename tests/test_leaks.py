"""Passwords, tokens and keys: in no log line, on no page, and nowhere in the database file as they are."""

import base64
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection as database
from django.test import Client

from dashboard.accounts import connection
from dashboard.accounts.models import Connection, Workspace
from dashboard.accounts.secrets import open_, seal
from dashboard.accounts.upstream import Upstream
from dashboard.calls import dialing
from dashboard.web.logs import JsonFormatter
from tests.conftest import text
from tests.histories import read_all
from tests.test_hostile import crawl

WRONG = "wrong-password-CANARY-1"
KEY = "sk-live-CANARY-0123456789abcdef"


class Lines(logging.Handler):
    """Every line that would be written, as text, at every level."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonFormatter())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@pytest.fixture
def log() -> Iterator[Lines]:
    """What is logged from now on, at DEBUG; queries of the database, which hold their values, are DEBUG's own affair."""
    handler, root = Lines(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


def forms_of(secret: str) -> list[bytes]:
    """A secret as it might lie about: as it is, in base64 (at each of three offsets), in hex."""
    raw = secret.encode()
    cut = [base64.b64encode(b"x" * n + raw)[4 : (len(raw) // 3) * 4].rstrip(b"=") for n in range(3)]
    return [raw, raw.hex().encode(), *cut]


def secrets_of(workspace: Workspace) -> list[str]:
    link = Connection.objects.get(workspace=workspace)
    return [open_(workspace.pk, "bearer", link.bearer), open_(workspace.pk, "refresh", link.refresh)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fault", ["", "500", "401", "text"])
@pytest.mark.item("S65")
@pytest.mark.item("S67")
def test_no_secret_is_logged_or_shown_or_stored_as_it_is(transactional_db, log, sandbox, owner, fault):
    workspace = Workspace.objects.get(slug="oak-care")
    told = [*secrets_of(workspace), settings.DEMO_PASSWORD, WRONG, settings.SECRET_KEY, *settings.ENCRYPTION_KEYS]
    assert all(len(secret) > 15 for secret in told)
    stranger = Client(raise_request_exception=False)
    stranger.post("/sign-in/", {"email": "owner@oakcare.example", "password": WRONG})
    stranger.post("/sign-in/", {"email": WRONG, "password": WRONG})
    stranger.post("/w/oak-care/projects/new/", {"name": "x", "password": WRONG})
    if fault:
        body = {"message": f"Unauthorized: {told[0]}"}
        sandbox.faults.add(fault, times=0, **({"body": body} if fault in ("500", "401") else {}))
    pages = [
        text(answer) for _, answer in crawl(owner, ["/w/oak-care/", "/account/", "/w/?all=1"]) if not answer.streaming
    ]
    owner.post("/w/oak-care/projects/new/", {"name": "A project"})
    stranger.post("/sign-in/", {"email": "owner@oakcare.example", "password": settings.DEMO_PASSWORD})
    read_all()
    dialing.send_next("worker")
    told += secrets_of(workspace)
    for secret in told:
        assert not [line for line in log.lines if secret in line][:1], "logged"
        assert not [page for page in pages if secret in page], "shown"
    if database.vendor == "sqlite":
        name = Path(database.settings_dict["NAME"])
        kept = b"".join(path.read_bytes() for path in name.parent.glob(f"{name.name}*"))
        assert b"oakcare.example" in kept
        assert not [form for secret in told for form in forms_of(secret) if form in kept], "stored"


@pytest.mark.item("S64")
@pytest.mark.item("S67")
def test_an_api_key_is_used_and_shown_nowhere(log, sandbox, owner, workspace):
    Connection.objects.filter(workspace=workspace).update(api_key=seal(workspace.pk, "api_key", KEY))
    workspace.refresh_from_db()
    credentials, _ = connection.credentials(Workspace.objects.get(pk=workspace.pk))
    assert credentials.api_key == KEY
    assert KEY not in f"{credentials!r} {Upstream(workspace).client()!r}"
    pages = [text(answer) for _, answer in crawl(owner, ["/w/oak-care/", "/account/"]) if not answer.streaming]
    assert len(pages) > 3
    for shown in [*pages, *log.lines]:
        assert KEY not in shown and KEY[-12:] not in shown


@pytest.mark.item("S63")
def test_a_secret_of_one_workspace_opens_in_no_other(workspace, stranger):
    other = Workspace.objects.get(slug="elsewhere")
    mine: Any = Connection.objects.get(workspace=workspace)
    Connection.objects.filter(workspace=other).update(
        bearer=mine.bearer, refresh=mine.refresh, expires_at=mine.expires_at
    )
    answer = stranger.get("/w/elsewhere/projects/")
    assert "Northgate" not in text(answer)
