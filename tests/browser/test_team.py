"""From an invitation to the first page, on a phone; and every page of the team, clean."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import Server, Visitor, in_light_and_dark, over_the_edge, visitor_of
from tests.team.conftest import NORA, PASSWORD, TEAM, at

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


def wrong(page: Page) -> list[str]:
    """What axe finds in light and dark, and what runs over the edge."""
    return in_light_and_dark(page) + over_the_edge(page)


@pytest.fixture
def inviter(visitor: Visitor, site: Server, settings) -> Visitor:
    """The admin, at a desk, in a dashboard whose links lead to where it is."""
    settings.PUBLIC_URL = site.url
    visitor.page.set_viewport_size({"width": 1280, "height": 900})
    visitor.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return visitor.sign_in("admin")


def invite(visitor: Visitor, role: str = "Operator") -> str:
    """Invite Nora through the pages and copy the link with its button."""
    page = visitor.open(TEAM)
    page.click("text=Invite somebody")
    page.fill("[name=email]", NORA)
    page.click(f".choice:has-text('{role}')")
    page.click("text=Make the invitation")
    page.wait_for_selector("#once-link")
    page.click("button[data-copy]")
    page.wait_for_selector("button:has-text('Copied')")
    return str(page.evaluate("navigator.clipboard.readText()"))


def test_from_the_link_to_the_first_page_on_a_phone(inviter, site, browser: Browser):
    link = invite(inviter)
    found = wrong(inviter.page)
    context = browser.new_context(viewport=PHONE, timezone_id="Europe/Berlin")
    nora = visitor_of(context, site.url)
    page = nora.page
    page.goto(link)
    assert page.url == f"{site.url}/invitations/"
    assert "invites you as an operator" in page.inner_text("main")
    found += wrong(page)
    page.fill("[name=name]", "Nora Newcomer")
    page.fill("[name=password]", "short")
    page.keyboard.press("Enter")
    page.wait_for_selector("text=too short")
    found += wrong(page)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/w/oak-care/")
    assert "Welcome to Oak Care. You are an operator here." in page.inner_text("#messages")
    found += wrong(page)
    page.click("summary:has-text('Menu')")
    assert "Times in Berlin" in page.inner_text(".menu .panel")
    page.click("#home-projects a >> text=Northgate Clinics")
    page.click(".head >> text=Start a call")
    page.wait_for_selector("h1")
    assert "may not" not in page.inner_text("h1")
    page.goto(link)
    page.wait_for_url("**/w/oak-care/")
    assert "You belong to Oak Care already." in page.inner_text("#messages")
    assert found + nora.reports + inviter.reports == []
    context.close()


def test_the_same_without_javascript(inviter, site, browser: Browser):
    link = invite(inviter, "Viewer")
    context = browser.new_context(java_script_enabled=False, viewport=PHONE)
    page = context.new_page()
    page.goto(link)
    page.fill("[name=name]", "Nora Newcomer")
    page.fill("[name=password]", PASSWORD)
    page.click("main form button.go")
    page.wait_for_url("**/w/oak-care/")
    assert "You are a viewer here." in page.inner_text("#messages")
    page.goto(f"{site.url}{TEAM}leave/")
    page.click("button.stop")
    page.wait_for_url("**/w/")
    assert "You have left Oak Care." in page.inner_text("main")
    context.close()


def test_somebody_else_signs_out_and_goes_on(inviter, site, browser: Browser, people):
    link = invite(inviter)
    context = browser.new_context(viewport=PHONE)
    vera = visitor_of(context, site.url).sign_in("viewer")
    vera.page.goto(link)
    found = wrong(vera.page)
    vera.page.click("text=Sign out and go on")
    vera.page.wait_for_selector("text=You are new here")
    assert found + vera.reports == []
    context.close()


def test_every_page_of_the_team_is_clean(inviter, site, browser: Browser):
    invite(inviter)
    page, found = inviter.page, []
    paths = [TEAM, f"{TEAM}invite/", f"{TEAM}leave/", at("operator"), at("operator", "remove/"), at("owner")]
    for size in ({"width": 1280, "height": 900}, PHONE):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        for path in paths:
            inviter.open(path)
            found += wrong(page)
    inviter.open(f"{TEAM}invite/")
    page.fill("[name=email]", "viewer@oakcare.example")
    page.check("[value=operator]")
    page.click("main form button.go")
    page.wait_for_selector("text=belongs to the team already")
    found += wrong(page)
    context = browser.new_context(viewport=PHONE)
    owner = visitor_of(context, site.url).sign_in()
    for path in (TEAM, f"{TEAM}hand-over/", f"{TEAM}leave/", at("admin"), at("owner")):
        owner.open(path)
        found += wrong(owner.page)
    for path in ("/invitations/", "/invitations/no-such-link/"):
        owner.open(path)
        found += wrong(owner.page)
    assert found + inviter.reports + owner.reports == []
    context.close()
