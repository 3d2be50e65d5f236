"""What the tests of calls share: an agent that can call, and a worker that does what is due when it is told to."""

import re
from typing import Any

import pytest
from django.test import Client

from dashboard.accounts.models import Membership, Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls import attempts, dialing, follow, reconcile
from dashboard.calls.models import Call, SavedView
from dashboard.sandbox import Sandbox
from dashboard.talkstack import Agent, prompt
from tests.conftest import text

ANSWERED, BUSY, NO_ANSWER, VOICEMAIL = "+12065550121", "+12065550111", "+12065550112", "+12065550113"
SILENCE, FAILED, REFUSED, SLOW, DROPPED = "+12065550114", "+12065550115", "+12065550116", "+12065550117", "+12065550119"


@pytest.fixture
def agent(workspace: Workspace, project_id: str) -> Agent:
    """The agent "Appointment reminder", whole: it has a number and variables."""
    client = Upstream(workspace).client()
    found = next(each for each in client.agents.list(project_id) if client.numbers.by_agent(each.id))
    return client.agents.get(project_id, found.id)


@pytest.fixture
def few_calls(sandbox: Sandbox, owner: Client) -> None:
    """A dozen calls in the history of each project, for tests that read it but are not about how long it is."""
    for calls in sandbox.store.project_calls.values():
        calls[:] = calls[-12:]


def form_of(client: Client, project_id: str, agent_id: str) -> dict[str, str]:
    """The hidden fields of a fresh form, as a browser would send them."""
    page = text(client.get(f"/w/oak-care/projects/{project_id}/calls/new/?agent={agent_id}"))
    return dict(re.findall(r'<input type="hidden" name="(request_key|agent_id)" value="([^"]*)"', page))


def fill(agent: Agent, number: str, **more: str) -> dict[str, str]:
    """Values for every variable of the agent's prompt, and the number."""
    return {f"var_{name}": f"sample {name}" for name in prompt.variables(agent.prompt)} | {"number": number} | more


def start(client: Client, agent: Agent, number: str, **more: str) -> Any:
    """Fill in the form and press the button; gives the answer."""
    fields = form_of(client, agent.project_id, agent.id) | fill(agent, number) | more
    return client.post(f"/w/oak-care/projects/{agent.project_id}/calls/new/?agent={agent.id}", fields)


def call_of(answer: Any) -> Call:
    """The call whose page the answer leads to."""
    assert answer.status_code == 303, text(answer)
    return Call.objects.get(pk=answer["Location"].rstrip("/").rsplit("/", 1)[1])


def send() -> None:
    """The worker sends everything that is due."""
    while dialing.send_next("test worker"):
        pass


def work(sandbox: Sandbox, seconds: float = 0.0, step: float = 5.0) -> None:
    """The worker goes on for so long, by all clocks."""
    gone = 0.0
    while True:
        send()
        attempts.expire_leases()
        while reconcile.look_for_unknown():
            pass
        follow.follow_open()
        if gone >= seconds:
            return
        sandbox.tick(step)
        gone += step


def view_of(workspace: Workspace, email: str = "") -> dict[str, Any]:
    """The id of a view, for tables of addresses: of the person with this e-mail if there is one here, else the team's."""
    member = Membership.objects.filter(workspace=workspace, user__email=email).first()
    name = f"For every address {SavedView.objects.count()}"
    view = SavedView.objects.create(workspace=workspace, member=member, name=name, query="days=7&state=voicemail")
    return {"view_id": view.pk}
