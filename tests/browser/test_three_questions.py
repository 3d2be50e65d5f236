"""Three questions that operators have, each answered by hand from the first page within three clicks.

A click is a click; typing a few digits and pressing Enter is one as well.
"""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from dashboard.accounts.models import Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls import dialing, follow, reread
from dashboard.calls.models import Attempt, Call
from dashboard.sandbox import Sandbox
from dashboard.sandbox.call_api import build
from dashboard.sandbox.store import Agent
from dashboard.worker import heartbeat
from tests.calls.conftest import DROPPED, start
from tests.conftest import sign_in
from tests.histories import read_all

pytestmark = pytest.mark.browser
YESTERDAYS = "+12065550123"


class Hand:
    """Somebody's hand on the mouse, who begins at the first page and counts."""

    def __init__(self, page: Page, home: str) -> None:
        self.page, self.clicks = page, 0
        page.goto(home)

    def click(self, where: Locator) -> None:
        self.clicks += 1
        where.click()

    def type_and_enter(self, where: Locator, text: str) -> None:
        self.clicks += 1
        where.fill(text)
        where.press("Enter")


def call_of_yesterday(sandbox: Sandbox, agent: Agent) -> None:
    """Somebody was called elsewhere, yesterday, and talked for 95 s: the dashboard knows it from the history alone."""
    store = sandbox.store
    number, at = store.number_of(agent.id), sandbox.now() - 86400
    origin = (number.id, number.e164)
    project = store.projects[agent.project_id]
    call = build(sandbox.chance, project, agent, YESTERDAYS, origin, {}, "answered", at, talk=95)
    store.add_call(call)
    store.project_calls[agent.project_id].sort(key=lambda each: each.made_at)


def lost_answer(agent: Agent) -> None:
    """A call whose answer never came: the phone rang, and nobody here knows."""
    upstream = Upstream(Workspace.objects.get(slug="oak-care"))
    start(sign_in("operator@oakcare.example"), upstream.client().agents.get(agent.project_id, agent.id), DROPPED)
    while dialing.send_next("a worker"):
        pass
    assert Call.objects.get(attempt=Attempt.UNKNOWN).number == DROPPED


@pytest.fixture
def busy_week(people: None, sandbox: Sandbox) -> None:
    """Histories are read, what they call answered is looked behind, and an answer is lost."""
    agent = next(row for row in sandbox.store.agents.values() if row.name == "Appointment reminder")
    for calls in sandbox.store.project_calls.values():
        calls[:] = [call for call in calls if call.made_at > sandbox.now() - 8 * 86400]
    call_of_yesterday(sandbox, agent)
    read_all()
    while True:
        reread.put_on_list()
        if not follow.follow_open():
            break
    heartbeat.beat("a worker", first=True)
    lost_answer(agent)


def voicemails(sandbox: Sandbox) -> int:
    """How many calls of the last seven days, today among them, a voicemail answered."""
    since = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=6)
    return sum(call.story == "voicemail" and call.made_at >= since.timestamp() for call in sandbox.store.calls.values())


def test_each_within_three_clicks(site, busy_week, sandbox, visitor):
    visitor.sign_in("operator")
    home, page = f"{visitor.url}/w/oak-care/", visitor.page

    hand = Hand(page, home)  # what happened with the call to …0123 yesterday?
    hand.type_and_enter(page.get_by_role("searchbox", name="Find calls"), "0123")
    row = page.get_by_role("row").filter(has_text="+1 206 555 0123").filter(has_text="10 Mar")
    hand.click(row.get_by_role("link", name="+1 206 555 0123"))
    expect(page.get_by_text("Answered, talked for 1 min 35 s.")).to_be_visible()
    assert hand.clicks <= 3

    hand = Hand(page, home)  # which calls of this week ended in voicemail?
    hand.click(page.get_by_role("link", name="Voicemail", exact=False).first)
    expect(page.locator("#calls-table .found")).to_contain_text(f"{voicemails(sandbox)} calls")
    told = page.locator("tbody td.what .badge").all_inner_texts()
    assert told == ["Voicemail"] * voicemails(sandbox) and len(told) > 3
    assert hand.clicks <= 3

    hand = Hand(page, home)  # why is this one unknown?
    hand.click(page.get_by_role("link", name="See why +1 206 555 0119 is unknown"))
    expect(page.get_by_text("It is not known whether this phone rang.")).to_be_visible()
    expect(page.locator("#call-live")).to_contain_text("The connection broke off before Talkstack answered.")
    expect(page.locator("#decide")).to_contain_text("a call may need a minute to show up in the history")
    assert hand.clicks <= 3
    assert not visitor.reports
