"""Who may open what: every URL × nobody, stranger, viewer, operator, admin, owner. An address without a row fails."""

from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

PUBLIC = {
    "web:healthz",
    "web:readyz",
    "web:styleguide",
    "web:sample_page",
    "accounts:sign_in",
    "accounts:sign_out",
    "accounts:sign_up",
    "accounts:verify",
    "accounts:resend",
    "accounts:forgot",
    "accounts:reset",
    "accounts:root",
}
PERSON = {
    "accounts:workspaces",
    "accounts:account",
    "accounts:change_password",
    "accounts:session_end",
    "accounts:sessions_end_others",
    "accounts:parked",
}
# URL name → (smallest role, methods it answers)
TABLE: dict[str, tuple[str, str]] = {
    "home:home": ("viewer", "GET"),
    "projects:list": ("viewer", "GET"),
    "projects:new": ("admin", "GET POST"),
    "projects:detail": ("viewer", "GET"),
    "projects:edit": ("admin", "GET POST"),
    "projects:delete": ("admin", "GET POST"),
    "projects:webhook": ("admin", "GET POST"),
    "projects:active": ("admin", "POST"),
    "agents:list": ("viewer", "GET"),
    "agents:new": ("admin", "GET POST"),
    "agents:detail": ("viewer", "GET"),
    "agents:edit": ("admin", "GET POST"),
    "agents:delete": ("admin", "GET POST"),
    "agents:active": ("admin", "POST"),
    "numbers:list": ("viewer", "GET"),
    "numbers:assign": ("admin", "GET POST"),
    "voices:list": ("viewer", "GET"),
    "voices:preview": ("viewer", "GET"),
    "calls:all": ("viewer", "GET"),
    "calls:unknown": ("viewer", "GET"),
    "calls:list": ("viewer", "GET"),
    "calls:new": ("operator", "GET POST"),
    "calls:detail": ("viewer", "GET"),
    "calls:status": ("viewer", "GET"),
    "calls:cancel": ("operator", "POST"),
    "calls:release": ("operator", "POST"),
    "calls:decide": ("operator", "POST"),
    "calls:recording": ("viewer", "GET"),
    "activity:list": ("viewer", "GET"),
    "activity:export": ("operator", "GET"),
    "activity:entry": ("viewer", "GET"),
    "practice:room": ("viewer", "GET"),
    "practice:outbox": ("operator", "GET"),
    "practice:faults": ("admin", "POST"),
}
ROLES = ["viewer", "operator", "admin", "owner"]


def names(resolver: URLResolver | None = None, space: str = "") -> dict[str, URLPattern]:
    """Every URL of the program by its full name."""
    found: dict[str, URLPattern] = {}
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            found |= names(each, each.app_name or space)
        else:
            found[f"{space}:{each.name}"] = each
    return found


def test_every_address_has_a_row():
    assert set(names()) == set(TABLE) | PUBLIC | PERSON


def test_every_view_asks_for_the_role_of_its_row():
    asked = {name: getattr(pattern.callback, "required_role", None) for name, pattern in names().items()}
    assert {name: role for name, role in asked.items() if name in TABLE} == {n: role for n, (role, _) in TABLE.items()}
    assert {name for name, role in asked.items() if role == "person"} == PERSON


@pytest.fixture
def address(project_id: str, workspace: Any) -> Any:
    """URL name → an address of the demo workspace, with real ids where a page needs them."""
    from dashboard.accounts.upstream import Upstream
    from dashboard.calls.models import Call

    agent = Upstream(workspace).client().agents.list(project_id)[0].id
    voice = Upstream(workspace).client().voices.list()[0].id
    from django.utils import timezone

    call = Call.objects.create(workspace=workspace, project_id=project_id, number="+12065550121", at=timezone.now())
    known = {
        "project_id": project_id,
        "agent_id": agent,
        "voice_id": voice,
        "call_id": call.pk,
        "n": 1,
        "entry_id": workspace.entries.first().pk,
        "slug": "oak-care",
    }

    def build(name: str) -> str:
        pattern = names()[name]
        needed = {"slug", *pattern.pattern.converters}
        return reverse(name, kwargs={key: known[key] for key in needed})

    return build


@pytest.mark.parametrize("name", sorted(TABLE))
def test_each_role_gets_what_its_row_says(name, address, client, stranger, viewer, operator, admin, owner):
    role, methods = TABLE[name]
    url = address(name)
    method = "get" if "GET" in methods else "post"
    assert getattr(client, method)(url).status_code == 302, "nobody is asked to sign in"
    assert getattr(stranger, method)(url).status_code == 404
    for which, person in zip(ROLES, (viewer, operator, admin, owner), strict=True):
        status = getattr(person, method)(url).status_code
        if ROLES.index(which) < ROLES.index(role):
            assert status == 403, which
        else:
            assert status < 500 and status not in (302, 403), (which, status)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_other_verbs_are_refused(name, address, owner):
    url = address(name)
    for method in ("get", "post", "put", "delete", "patch"):
        if method.upper() not in TABLE[name][1].split():
            assert getattr(owner, method)(url).status_code == 405, method


@pytest.mark.parametrize("name", sorted(PERSON))
def test_a_persons_own_pages_ask_nobody_to_sign_in(name, client, db):
    pattern = names()[name]
    kwargs = dict.fromkeys(pattern.pattern.converters, "00000000-0000-0000-0000-000000000000")
    assert client.get(reverse(name, kwargs=kwargs)).status_code in (302, 405)
