"""With the keyboard alone: what htmx swaps in keeps the focus and the folds that one opened."""

import pytest
from playwright.sync_api import expect

from dashboard.accounts.models import Workspace
from dashboard.accounts.upstream import Upstream
from dashboard.calls import dialing
from dashboard.calls.models import Call
from tests.browser.conftest import OWNER_EMAIL
from tests.calls.conftest import ANSWERED, start
from tests.conftest import sign_in
from tests.histories import read_all

pytestmark = pytest.mark.browser


def test_a_swap_takes_neither_the_focus_nor_an_open_fold(visitor, sandbox):
    agent = next(row for row in sandbox.store.agents.values() if row.name == "Appointment reminder")
    upstream = Upstream(Workspace.objects.get(slug="oak-care"))
    placed = start(sign_in(OWNER_EMAIL), upstream.client().agents.get(agent.project_id, agent.id), ANSWERED)
    visitor.sign_in()

    page = visitor.open(placed["Location"])  # a call that is followed: the page asks again by itself
    page.locator("summary", has_text="Technical details").focus()
    page.keyboard.press("Enter")
    assert dialing.send_next("a worker")
    expect(page.locator("#call-live .line")).to_contain_text("Talkstack accepted it", timeout=15000)
    expect(page.locator("summary", has_text="Technical details")).to_be_focused()
    assert page.locator("details[open]", has_text="Technical details").count() == 1

    project = f"/w/oak-care/projects/{agent.project_id}/"
    visitor.open(f"{project}questions/new/")
    page.get_by_role("button", name="Add a question").focus()
    page.keyboard.press("Enter")
    expect(page.locator("[name=q1-text]")).to_be_focused()

    read_all()
    assert Call.objects.filter(project_id=agent.project_id).count() > 50
    visitor.open(f"{project}calls/?days=any")
    page.get_by_role("link", name="Older").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**before=*")
    expect(page.get_by_role("region", name="Calls")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#calls-table tbody tr").first.get_by_role("link").first).to_be_focused()

    page.select_option("#state", "voicemail")
    page.get_by_role("button", name="Filter", exact=True).press("Enter")
    page.wait_for_url("**state=voicemail**")
    assert "agent=" not in page.url and "min_cost" not in page.url, "what says nothing is not in the address"
    assert not visitor.reports


def test_an_answer_that_arrives_while_one_presses_takes_no_click_away(visitor):
    visitor.sign_in()
    page = visitor.page
    held = []
    page.route("**/projects/?counts=1*", lambda route: held.append(route))
    with page.expect_request("**/projects/?counts=1*"):
        visitor.open("/w/oak-care/projects/")
    link = page.get_by_role("main").get_by_role("link", name="Northgate Clinics", exact=True)
    link.hover()
    page.mouse.down()
    with page.expect_event("requestfinished", lambda request: "counts=1" in request.url):
        held[0].continue_()
    expect(page.locator("#projects-table")).to_contain_text("not counted yet")
    page.mouse.up()
    page.wait_for_selector("#project-panels")

    held.clear()
    with page.expect_request("**/projects/?counts=1*"):
        visitor.open("/w/oak-care/projects/")
    page.get_by_role("heading", name="Projects").hover()
    page.mouse.down()
    held[0].continue_()  # nothing of the list is pressed
    expect(page.locator("#projects-table")).to_contain_text("Counted")
    page.mouse.up()
    assert not visitor.reports
