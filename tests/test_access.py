"""Who may open what: every URL × nobody, stranger, viewer, operator, admin, owner. An address without a row fails."""

from functools import cache
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.analysis.conftest import asked_of
from tests.calls.conftest import view_of
from tests.webhooks.conftest import kept

METHODS = ("get", "post", "put", "patch", "delete")
ASKED = ("get", "post", "delete")  # by those whom a page does not know or let in; whoever may do all tries every method
# URL name → the methods it answers, for anybody
PUBLIC = {
    "web:healthz": "GET",
    "web:readyz": "GET",
    "web:styleguide": "GET",
    "web:sample_page": "GET",
    "accounts:sign_in": "GET POST",
    "accounts:code": "GET POST",
    "accounts:sign_out": "POST",
    "accounts:sign_up": "GET POST",
    "accounts:verify": "GET POST",
    "accounts:resend": "POST",
    "accounts:forgot": "GET POST",
    "accounts:reset": "GET POST",
    "accounts:root": "GET",
    "invitations:open": "GET",
    "invitations:accept": "GET POST",
    "hooks:receive": "POST",
}
# URL name → the methods it answers, for whoever is signed in
PERSON = {
    "accounts:workspaces": "GET",
    "accounts:account": "GET POST",
    "accounts:change_password": "GET POST",
    "accounts:session_end": "POST",
    "accounts:sessions_end_others": "POST",
    "accounts:parked": "GET",
    "accounts:factor": "GET",
    "accounts:factor_start": "POST",
    "accounts:factor_confirm": "GET POST",
    "accounts:factor_codes": "POST",
    "accounts:factor_remove": "POST",
}
# URL names whose POST asks for a fresh password
FRESH = {
    "projects:delete",
    "accounts:factor_start",
    "accounts:factor_confirm",
    "accounts:factor_codes",
    "accounts:factor_remove",
    "settings:key",
    "settings:key_paste",
    "settings:key_remove",
    "settings:second_factor",
    "settings:keeping",
    "settings:forget",
    "webhooks:address",
    "webhooks:rotate",
    "team:invite",
    "team:role",
    "team:remove",
    "team:hand_over",
    "team:reset_link",
    "team:factor_remove",
}
# URL name → (smallest role, methods it answers)
TABLE: dict[str, tuple[str, str]] = {
    "home:home": ("viewer", "GET"),
    "projects:list": ("viewer", "GET"),
    "projects:new": ("admin", "GET POST"),
    "projects:detail": ("viewer", "GET"),
    "projects:edit": ("admin", "GET POST"),
    "projects:delete": ("admin", "GET POST"),
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
    "webhooks:page": ("admin", "GET POST"),
    "webhooks:events": ("viewer", "GET"),
    "webhooks:event": ("viewer", "GET"),
    "webhooks:replay": ("admin", "POST"),
    "webhooks:test": ("admin", "POST"),
    "webhooks:address": ("admin", "POST"),
    "webhooks:rotate": ("admin", "POST"),
    "webhooks:end": ("admin", "POST"),
    "calls:all": ("viewer", "GET"),
    "calls:unknown": ("viewer", "GET"),
    "calls:list": ("viewer", "GET"),
    "calls:read": ("viewer", "POST"),
    "calls:read_all": ("viewer", "POST"),
    "calls:export": ("operator", "GET"),
    "calls:export_project": ("operator", "GET"),
    "calls:views": ("viewer", "GET"),
    "calls:view_save": ("viewer", "POST"),
    "calls:view_rename": ("viewer", "POST"),
    "calls:view_delete": ("viewer", "POST"),
    "calls:new": ("operator", "GET POST"),
    "calls:detail": ("viewer", "GET"),
    "calls:status": ("viewer", "GET"),
    "calls:cancel": ("operator", "POST"),
    "calls:release": ("operator", "POST"),
    "calls:decide": ("operator", "POST"),
    "calls:recording": ("viewer", "GET"),
    "analysis:list": ("viewer", "GET"),
    "analysis:new": ("admin", "GET POST"),
    "analysis:detail": ("viewer", "GET"),
    "analysis:edit": ("admin", "GET POST"),
    "analysis:retire": ("admin", "POST"),
    "analysis:ask": ("operator", "GET POST"),
    "analysis:asking": ("viewer", "GET"),
    "analysis:status": ("viewer", "GET"),
    "analysis:stop": ("operator", "POST"),
    "analysis:again": ("operator", "POST"),
    "analysis:call": ("viewer", "GET"),
    "analysis:ask_call": ("operator", "POST"),
    "activity:list": ("viewer", "GET"),
    "activity:export": ("operator", "GET"),
    "activity:entry": ("viewer", "GET"),
    "settings:page": ("admin", "GET"),
    "worker:background": ("admin", "GET"),
    "settings:name": ("owner", "POST"),
    "settings:test": ("owner", "POST"),
    "settings:second_factor": ("owner", "POST"),
    "settings:key": ("owner", "GET POST"),
    "settings:key_paste": ("owner", "GET POST"),
    "settings:key_remove": ("owner", "POST"),
    "settings:keeping": ("owner", "GET POST"),
    "settings:forget": ("admin", "GET POST"),
    "team:list": ("viewer", "GET"),
    "team:invite": ("admin", "GET POST"),
    "team:withdraw": ("admin", "POST"),
    "team:role": ("admin", "GET POST"),
    "team:remove": ("admin", "GET POST"),
    "team:leave": ("viewer", "GET POST"),
    "team:hand_over": ("owner", "GET POST"),
    "team:sessions_end": ("admin", "POST"),
    "team:reset_link": ("admin", "POST"),
    "team:factor_remove": ("admin", "POST"),
    "practice:room": ("viewer", "GET"),
    "practice:outbox": ("operator", "GET"),
    "practice:faults": ("admin", "POST"),
}
ROLES = ["viewer", "operator", "admin", "owner"]


@cache
def names(resolver: URLResolver | None = None, space: str = "") -> dict[str, URLPattern]:
    """Every URL of the program by its full name."""
    found: dict[str, URLPattern] = {}
    for each in (resolver or get_resolver()).url_patterns:
        if isinstance(each, URLResolver):
            found |= names(each, each.app_name or space)
        else:
            found[f"{space}:{each.name}"] = each
    return found


@pytest.mark.item("S01")
def test_every_address_has_a_row():
    assert set(names()) == set(TABLE) | set(PUBLIC) | set(PERSON)


def test_every_view_asks_for_the_role_of_its_row():
    asked = {name: getattr(pattern.callback, "required_role", None) for name, pattern in names().items()}
    assert {name: role for name, role in asked.items() if name in TABLE} == {n: role for n, (role, _) in TABLE.items()}
    assert {name for name, role in asked.items() if role == "person"} == set(PERSON)


@pytest.mark.item("S23")
def test_what_is_dear_asks_for_a_fresh_password():
    asked = {name for name, each in names().items() if getattr(each.callback, "asks_fresh_password", False)}
    assert asked == FRESH


@pytest.fixture
def address(project_id: str, workspace: Any) -> Any:
    """URL name → an address of the demo workspace, with real ids where a page needs them."""
    from dashboard.accounts.upstream import Upstream
    from dashboard.calls.models import Call

    agent = Upstream(workspace).client().agents.list(project_id)[0].id
    voice = Upstream(workspace).client().voices.list()[0].id
    from django.utils import timezone

    call = Call.objects.create(workspace=workspace, project_id=project_id, number="+12065550121", at=timezone.now())
    member, invitation = team_of(workspace)
    known = {
        "member_id": member,
        "invitation_id": invitation,
        "project_id": project_id,
        "agent_id": agent,
        "voice_id": voice,
        "call_id": call.pk,
        "n": 1,
        "entry_id": workspace.entries.first().pk,
        "slug": "oak-care",
        **kept(workspace, project_id),
        **asked_of(workspace, project_id),
    }

    def build(name: str) -> str:
        pattern = names()[name]
        needed = {"slug", *pattern.pattern.converters}
        more = view_of(workspace, "viewer@oakcare.example") if "view_id" in needed else {}
        return reverse(name, kwargs={key: {**known, **more}[key] for key in needed})

    return build


def team_of(workspace: Any) -> tuple[Any, Any]:
    """The ids of a member and of an invitation that an admin may look after."""
    from datetime import timedelta

    from django.utils import timezone

    from dashboard.accounts.models import Membership, User
    from dashboard.team.models import Invitation

    user = User.objects.create_user("pat@oakcare.example", "practice-makes-calm", name="Pat Sample")
    invitation = Invitation.objects.create(
        workspace=workspace, email="ina@oakcare.example", role="viewer", digest="0" * 64,
        expires_at=timezone.now() + timedelta(hours=1),
    )  # fmt: skip
    return Membership.objects.create(workspace=workspace, user=user, role="viewer").pk, invitation.pk


def expected(role: str, methods: str, actor: str, method: str) -> int | None:
    """The status that the row promises; None for "let in": what comes then is the page's own affair."""
    if actor == "nobody":
        return 302
    if actor == "stranger":
        return 404
    if ROLES.index(actor) < ROLES.index(role):
        return 403
    return None if method.upper() in methods.split() else 405


@pytest.mark.parametrize("name", sorted(TABLE))
@pytest.mark.item("S01")
@pytest.mark.item("S02")
@pytest.mark.item("S03")
def test_each_actor_gets_what_the_row_says(name, address, client, stranger, viewer, operator, admin, owner):
    """A POST that is let in comes last and once: it may change who is who."""
    role, methods = TABLE[name]
    url = address(name)
    actors = {"nobody": client, "stranger": stranger} | dict(zip(ROLES, (viewer, operator, admin, owner), strict=True))
    for actor, person in actors.items():
        for method in METHODS if actor == "owner" else ASKED:
            wanted = expected(role, methods, actor, method)
            if wanted is None and method != "get":
                continue
            answer = getattr(person, method)(url)
            if wanted is not None:
                assert answer.status_code == wanted, (actor, method, answer.status_code)
                assert wanted != 302 or answer.url.startswith("/sign-in/?next="), (method, answer.url)
                assert wanted != 403 or "Ask one of these people" in answer.content.decode(), (actor, method)
            else:
                assert answer.status_code < 500 and answer.status_code not in (302, 403, 405), (
                    actor,
                    answer.status_code,
                )
    if "POST" in methods:
        status = actors[role].post(url).status_code
        assert status < 500 and status not in (302, 403, 404, 405), (role, status)


@pytest.mark.parametrize("name", sorted(TABLE))
def test_a_fragment_for_nobody_sends_the_whole_page_to_sign_in(name, address, client):
    """A reading fragment by a header; a poll stops with a notice; what was to be written stays on its page."""
    url, htmx = address(name), {"HX-Request": "true", "HX-Current-URL": "http://testserver/w/oak-care/?a=1"}
    if "GET" in TABLE[name][1]:
        answer = client.get(url, headers=htmx)
        assert (answer.status_code, answer["HX-Redirect"]) == (401, "/sign-in/?next=/w/oak-care/%3Fa%3D1")
        poll = client.get(f"{url}?seen=1", headers=htmx)
        assert poll.status_code == 286 and "HX-Redirect" not in poll
    if "POST" in TABLE[name][1]:
        answer = client.post(url, {"name": "typed"}, headers=htmx)
        assert answer.status_code == 401 and "HX-Redirect" not in answer
        assert answer["HX-Retarget"] == "#messages" and 'name="password"' in answer.content.decode()


def _own_address(name: str) -> str:
    converters = names()[name].pattern.converters
    return reverse(name, kwargs={key: "token" if key == "token" else NOBODY for key in converters})


@pytest.mark.parametrize("name", sorted(PERSON))
def test_a_persons_own_pages_ask_nobody_to_sign_in(name, client, owner):
    url = _own_address(name)
    for method in METHODS:
        answered = method.upper() in PERSON[name].split()
        status = getattr(client, method)(url).status_code
        assert status == 302 or (status == 405 and not answered), (method, status)
        if not answered:
            assert getattr(owner, method)(url).status_code == 405, method
    if "GET" in PERSON[name]:
        assert owner.get(url).status_code in (200, 302)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_public_pages_answer_their_methods_and_no_others(name, client, db, sandbox):
    url = _own_address(name)
    for method in METHODS:
        status = getattr(client, method)(url).status_code
        assert status < 500 and (status == 405) == (method.upper() not in PUBLIC[name].split()), (method, status)


NOBODY = "00000000-0000-0000-0000-000000000000"
