"""The component page in a browser: nothing for axe or the policy to find, and the small scripts do what they say."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import over_the_edge, problems

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ("/styleguide/", "/styleguide/page/")


@pytest.fixture
def said(page):
    """What the console said: errors and reports of the content security policy."""
    heard = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.fixture
def show(page, live_server, settings):
    settings.DEBUG = True

    def go(path="/styleguide/"):
        page.goto(f"{live_server.url}{path}")
        page.wait_for_selector("html.js")
        return page

    return go


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_component_is_accessible_and_keeps_to_the_policy(page, show, said, path, scheme, width):
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(color_scheme=scheme)
    show(path)
    assert said == []
    assert over_the_edge(page) == []
    assert problems(page, *(("color-contrast",) if scheme == "dark" else ())) == []


def test_targets_are_large_enough(page, show):
    show("/styleguide/page/")
    small = page.evaluate(
        """() => [...document.querySelectorAll("button, .btn, .nav a, summary, .who a, .place, .chip")]
        .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 24).map((one) => one.outerHTML)"""
    )
    assert small == []


def test_ages_count_up(show):
    told = show().locator("dd time[data-ago]").first
    expect(told).to_have_text(re.compile("^4[0-7] s ago$"))
    before = int(told.inner_text().split()[0])
    expect(told).to_have_text(f"{before + 2} s ago")


def test_the_delete_button_waits_for_the_name(show):
    tab = show()
    button = tab.locator("[data-confirm-button]")
    expect(button).to_be_disabled()
    tab.fill("#confirm_name", "Northgate Clinics")
    expect(button).to_be_enabled()
    tab.fill("#confirm_name", "northgate clinics")
    expect(button).to_be_disabled()


def test_a_dialog_opens_over_the_page_and_gives_the_focus_back(show):
    tab = show()
    link = tab.get_by_text("The figures, in a dialog")
    link.focus()
    for close in ("Escape", "button"):
        tab.keyboard.press("Enter")
        expect(tab.locator("#dialog .numbers")).to_be_visible()
        if close == "Escape":
            tab.keyboard.press("Escape")
        else:
            tab.locator("#dialog [data-close]").click()
        expect(tab.locator("#dialog")).to_be_hidden()
        expect(link).to_be_focused()


def test_unsaved_text_is_asked_about(show):
    tab = show()
    asked = []
    tab.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    tab.goto(tab.url.split("#")[0])
    assert asked == []
    tab.locator("form[data-guard] #id_name").press_sequentially("Cl")
    tab.reload()
    assert asked == ["beforeunload"]


def test_keys(show):
    tab = show("/styleguide/page/")
    tab.keyboard.press("?")
    expect(tab.locator("#keys")).to_contain_text("Agents")
    tab.keyboard.press("Escape")
    tab.keyboard.press("g")
    tab.keyboard.press("c")
    expect(tab).to_have_url(f"{tab.url.split('#')[0]}#main")
    tab = show()
    tab.keyboard.press("/")
    expect(tab.locator("#sample-q")).to_be_focused()
    tab.keyboard.type("?g/")
    expect(tab.locator("#sample-q")).to_have_value("?g/")


def test_the_menu_of_small_screens_opens_without_a_script(browser, live_server, settings):
    settings.DEBUG = True
    context = browser.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(f"{live_server.url}/styleguide/page/")
    line = tab.locator(".menu .nav a", has_text="Agents")
    expect(line).to_be_hidden()
    tab.locator(".menu summary").click()
    expect(line).to_be_visible()
    context.close()


def test_a_form_is_sent_once(show):
    tab = show("/styleguide/page/")
    sent = []
    tab.route("**/sign-out/", lambda route: (sent.append(route.request.method), route.fulfill(status=204)))
    button = tab.locator(".side-nav .who button")
    button.dblclick()
    expect(button).to_be_disabled()
    assert sent == ["POST"]


def test_an_answer_that_never_comes_is_said(show):
    tab = show()
    tab.route("**/styleguide/page/", lambda route: route.abort())
    tab.get_by_text("The figures, in a dialog").click()
    expect(tab.locator("#messages")).to_contain_text("The dashboard cannot be reached.")


def test_a_hidden_tab_asks_nothing(show):
    tab = show()
    asked = []
    tab.route("**/polled/", lambda route: (asked.append(1), route.fulfill(status=204)))
    poll = """() => {
        const poll = document.createElement("div");
        const named = { "data-poll": "", "hx-get": "/polled/", "hx-trigger": "every 100ms" };
        for (const [name, value] of Object.entries(named)) poll.setAttribute(name, value);
        document.querySelector("main").append(poll);
        htmx.process(poll);
    }"""
    with tab.expect_request("**/polled/"):
        tab.evaluate(poll)
    tab.evaluate("() => Object.defineProperty(document, 'hidden', { value: true })")
    tab.wait_for_timeout(150)
    asked.clear()
    tab.wait_for_timeout(450)
    assert asked == []
