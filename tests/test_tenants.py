"""Two workspaces on one deployment: whatever an address or a form of one says, nothing of the other is shown or changed."""

import copy
import itertools
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from dashboard.accounts.models import Membership, User, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls import dialing, follow
from dashboard.calls.models import Call, Moved
from dashboard.sandbox.world import fixed_id
from dashboard.talkstack import Client as Talkstack
from dashboard.talkstack import Servers
from tests.analysis.conftest import asked_of
from tests.calls.conftest import view_of
from tests.conftest import sign_in, text
from tests.histories import read_all
from tests.test_access import TABLE, names
from tests.test_hostile import crawl
from tests.webhooks.conftest import kept

CANARY = "TENANT-B-CANARY"
EMAIL = "tenant-b-canary@b.example"
IDS = (
    "project_id", "agent_id", "call_id", "member_id", "invitation_id", "entry_id", "event_id", "secret_id", "set_id",
    "asking_id", "view_id",
)  # fmt: skip
PROMPT = f"{CANARY} prompt for {{{{name}}}}."


@pytest.fixture
def theirs(owner: Client, sandbox: Any, settings: Any) -> Any:
    """The other workspace, opened by its own Talkstack account; every text of it holds the canary."""
    settings.OPEN_WORKSPACES = "anyone"
    api = Talkstack(Servers(settings.SANDBOX_URL, settings.SANDBOX_URL))
    api.auth.signup(EMAIL, settings.DEMO_PASSWORD, f"{CANARY} person")
    api.auth.verify_email(EMAIL, sandbox.outbox[-1].code)
    client = sign_in(EMAIL)
    workspace = Workspace.objects.get(connection__account_email=EMAIL)
    upstream = Upstream(workspace)
    project = upstream.client().projects.create(f"{CANARY} project", f"{CANARY} description")
    project = next(each for each in upstream.client().projects.list() if each.name == project.name)
    upstream.client().agents.create(project.id, f"{CANARY} agent", PROMPT, phone_number="+13125550199")
    agent = upstream.client().agents.list(project.id)[0]
    wish = dialing.Wish(project.id, project.name, agent.id, agent.name, "+13125550121", {"name": CANARY})
    call = dialing.reserve(workspace, User.objects.get(email=EMAIL), wish, request_key="their key")
    while dialing.send_next("worker"):
        pass
    sandbox.tick(120)
    follow.follow_open()
    read_all()
    for path in ("", "projects/", f"projects/{project.id}/", "calls/", "voices/"):
        assert client.get(f"/w/{workspace.slug}/{path}").status_code == 200
    call.refresh_from_db()
    assert call.state == "completed"
    colleague = User.objects.create_user(
        "tenant-b-canary-2@b.example", settings.DEMO_PASSWORD, name=f"{CANARY} colleague"
    )
    member = Membership.objects.create(workspace=workspace, user=colleague, role="operator")
    invited = client.post(
        f"/w/{workspace.slug}/team/invite/", {"email": "tenant-b-canary-3@b.example", "role": "viewer"}
    )
    assert invited.status_code in (200, 303)
    return {
        "workspace": workspace, "client": client, "project_id": project.id, "agent_id": agent.id, "call_id": str(call.pk),
        "sid": call.sid, "member_id": member.pk, "invitation_id": workspace.invitations.get().pk,
        "entry_id": workspace.entries.filter(verb="team.invite").get().pk, **kept(workspace, project.id),
        **asked_of(workspace, project.id), **view_of(workspace),
    }  # fmt: skip


def test_no_page_of_one_workspace_shows_anything_of_the_other(owner, theirs):
    assert CANARY in text(theirs["client"].get(f"/w/{theirs['workspace'].slug}/projects/"))
    seen = 0
    start = [
        "/w/oak-care/", "/w/oak-care/projects/?fresh=1&counts=1", f"/w/oak-care/calls/?q={CANARY}", "/account/", "/w/?all=1",
        "/w/oak-care/practice/outbox/", "/w/oak-care/activity/", f"/w/oak-care/activity/?q={CANARY}",
        "/w/oak-care/activity/export/", "/w/oak-care/activity/export/?format=jsonl", "/w/oak-care/team/", "/w/oak-care/settings/",
        f"/w/{theirs['workspace'].slug}/", f"/w/{theirs['workspace'].slug}/team/", "/invitations/",
    ]  # fmt: skip
    for path, answer in crawl(owner, start):
        content = b"".join(answer) if answer.streaming else answer.content
        shown = content.decode().replace(f"q={CANARY}", "").replace(f'value="{CANARY}"', "")
        shown = shown.replace(theirs["workspace"].slug, "") if answer.status_code == 404 else shown
        for secret in (
            EMAIL,
            "@b.example",
            theirs["project_id"],
            theirs["agent_id"],
            theirs["call_id"],
            theirs["sid"],
            "3125550199",
        ):
            assert secret not in shown, (path, secret)
        assert CANARY not in shown.replace(f"“{CANARY}”", ""), path
        seen += 1
    assert seen > 40


def addresses(theirs: Any, mine: dict[str, str]) -> list[tuple[str, str]]:
    """Every address below a project, with ids of theirs: all of them, or only the last one under a project of mine."""
    found = []
    for name, (_, methods) in TABLE.items():
        keys = [key for key in IDS if key in names()[name].pattern.converters]
        for mix in itertools.product((True, False), repeat=len(keys)):
            if not any(mix):
                continue
            ids = {key: (theirs if their else mine)[key] for key, their in zip(keys, mix, strict=True)}
            extra = {"n": 1} if "n" in names()[name].pattern.converters else {}
            url = reverse(name, kwargs={"slug": "oak-care", **ids, **extra})
            found += [(method, url) for method in methods.split()]
    return found


@pytest.mark.item("S02")
def test_ids_of_the_other_workspace_are_not_there(owner, theirs, sandbox, project_id):
    mine = {"project_id": project_id, "agent_id": fixed_id("agent/reminder")}
    call = Call.objects.create(
        workspace=Workspace.objects.get(slug="oak-care"),
        project_id=project_id,
        number="+12065550121",
        at=timezone.now(),
    )
    mine["call_id"] = str(call.pk)
    mine["entry_id"] = call.workspace.entries.first().pk
    mine |= kept(call.workspace, project_id)
    mine |= asked_of(call.workspace, project_id) | view_of(call.workspace)
    Moved.objects.create(old_id="00000000-0000-4000-8000-00000000000b",
                         workspace=theirs["workspace"], call_id=theirs["call_id"])  # fmt: skip
    before = their_world(sandbox, theirs)
    rings = len(sandbox.rings)
    form = {"name": "Mine now", "system_instruction": "x", "cascade": "on", "confirm_name": f"{CANARY} project",
            "agent_id": theirs["agent_id"], "e164": "+14155550199", "number": "+12065550121", "request_key": "k",
            "webhook_url": "https://crm.example.com/", "confirm_move": "on", "role": "admin", "confirm": "on"}  # fmt: skip
    for method, url in addresses(theirs, mine):
        answer = owner.get(url) if method == "GET" else owner.post(url, form)
        page = text(answer) if not answer.streaming else ""
        assert CANARY not in page.replace(form["confirm_name"], ""), (method, url)
        assert answer.status_code in (200, 302, 303, 404, 409, 422), (method, url, answer.status_code)
        if method == "GET" and "/calls/" not in url and "/numbers/" not in url:
            assert answer.status_code in (404, 200), (method, url)
    assert their_world(sandbox, theirs) == before
    assert len(sandbox.rings) == rings
    while dialing.send_next("worker"):
        pass
    assert len([ring for ring in sandbox.rings[rings:] if ring.sid]) == 0


def their_world(sandbox: Any, theirs: Any) -> Any:
    """What the other account has at Talkstack and in our database."""
    store = sandbox.store
    at_talkstack = [
        copy.deepcopy(vars(store.projects[theirs["project_id"]])),
        [copy.deepcopy(vars(agent)) for agent in store.agents_of(theirs["project_id"])],
        copy.deepcopy(vars(store.numbers["+13125550199"])),
    ]
    ours = (
        Call.objects.filter(workspace=theirs["workspace"]).values("id", "attempt", "state", "version"),
        Membership.objects.filter(workspace=theirs["workspace"]).values(),
        theirs["workspace"].invitations.values(),
        theirs["workspace"].entries.values("pk", "verb", "thing_name"),
    )
    return at_talkstack, [list(rows) for rows in ours]


def test_ids_of_theirs_in_the_forms_of_mine_do_nothing(owner, theirs, sandbox, project_id):
    before, rings = their_world(sandbox, theirs), len(sandbox.rings)
    base = f"/w/oak-care/projects/{project_id}/"
    for path, fields in (
        ("calls/new/", {"agent_id": theirs["agent_id"], "number": "+12065550121", "request_key": "k", "var_name": "x"}),
        ("calls/new/", {"agent_id": theirs["agent_id"], "number": "+12065550121", "request_key": "their key"}),
        ("numbers/assign/", {"agent_id": theirs["agent_id"], "e164": "+14155550132", "confirm_move": "on"}),
        ("numbers/assign/", {"agent_id": theirs["agent_id"], "e164": "+13125550199", "confirm_move": "on"}),
        ("agents/new/", {"name": "x", "system_instruction": "y", "voice_id": "z", "phone_number": "+13125550199",
                         "project_id": theirs["project_id"], "workspace": theirs["workspace"].pk}),
    ):  # fmt: skip
        answer = owner.post(base + path, fields, follow=True)
        assert answer.status_code in (200, 404, 409, 422), (path, answer.status_code)
        assert CANARY not in text(answer), path
    while dialing.send_next("worker"):
        pass
    assert their_world(sandbox, theirs) == before
    assert len(sandbox.rings) == rings


@pytest.mark.item("S05")
def test_a_form_names_nothing_but_its_own_fields(owner):
    address = "/account/"
    owner.post(
        address,
        {"name": "Owner", "time_zone": "UTC", "email": "x@y.example", "way": "local", "is_active": "", "practice": ""},
    )
    user = User.objects.get(email="owner@oakcare.example")
    assert (user.way, user.is_active) == ("talkstack", True)


def test_the_name_of_a_workspace_is_exact(owner):
    for slug in ("OAK-CARE", "oak-care%00", "oak-care%20", "oak_care"):
        assert owner.get(f"/w/{slug}/projects/").status_code == 404, slug
