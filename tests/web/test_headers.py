"""The same strict headers on every answer, errors and files included."""

import re

import pytest
from django.test import Client

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("addresses")]


@pytest.mark.parametrize(
    "path", ["/healthz", "/sign-in/", "/no/such/page/", "/fail/bug/", "/fail/unavailable/", "/show/", "/go/"]
)
def test_every_answer_has_them(path):
    answer = Client(raise_request_exception=False).get(path)
    policy = answer["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ):
        assert rule in policy
    assert "unsafe" not in policy and "data:" not in policy and "*" not in policy
    assert answer["Cross-Origin-Opener-Policy"] == answer["Cross-Origin-Resource-Policy"] == "same-origin"
    assert answer["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert answer["X-Content-Type-Options"] == "nosniff" and answer["Referrer-Policy"] == "same-origin"
    assert "microphone=()" in answer["Permissions-Policy"]
    assert answer["Cache-Control"] == "no-store" or "no-store" in answer["Cache-Control"]
    assert re.fullmatch(r"[0-9a-f]{16}", answer["X-Request-ID"])
    assert "charset=utf-8" in answer.get("Content-Type", "charset=utf-8")


def test_every_request_has_its_own_id(client):
    assert client.get("/healthz")["X-Request-ID"] != client.get("/healthz")["X-Request-ID"]


def test_healthz_touches_nothing(client, django_assert_num_queries):
    client.cookies["sessionid"] = "x" * 32
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok\n"


def test_readyz_knows_the_database(client, monkeypatch):
    from dashboard.web import registry

    monkeypatch.setattr(registry, "_probe", [lambda: True])
    answer = client.get("/readyz")
    assert answer.status_code == 200 and answer.json() == {"database": True, "migrated": True, "worker": True}


def test_a_made_up_zone_shows_utc(client):
    session = client.session
    session["time_zone"] = "../../etc/passwd"
    session.save()
    assert client.get("/show/").status_code == 200


def test_the_component_page_is_for_debugging_only(client):
    assert client.get("/styleguide/").status_code == client.get("/styleguide/page/").status_code == 404
