"""The pages of an account: signing up, the code, a forgotten password, a new one."""

import pytest

from tests.browser.conftest import Visitor, in_light_and_dark, over_the_edge

pytestmark = pytest.mark.browser
EMAIL, PASSWORD, FRESH = "nora@oakcare.example", "a calm first password", "four calm words together"
PAGES = ("/sign-up/", "/verify/", "/forgot/", "/reset/?sent=1", "/account/password/")


def code(sandbox) -> str:
    return next(mail.code for mail in reversed(sandbox.outbox) if mail.to == EMAIL)


def sign_up(visitor: Visitor) -> None:
    page = visitor.open("/sign-up/")
    page.fill("[name=name]", "Nora New")
    page.fill("[name=email]", EMAIL)
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/verify/")


def way_in(visitor: Visitor, sandbox) -> None:
    """From nothing to a session: account, code, password."""
    sign_up(visitor)
    page = visitor.page
    assert page.input_value("[name=email]") == EMAIL
    page.fill("[name=code]", code(sandbox))
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/w/**")


def forgotten(visitor: Visitor, sandbox) -> None:
    """A new password by a pasted link."""
    page = visitor.open("/forgot/")
    page.fill("[name=email]", EMAIL)
    page.keyboard.press("Enter")
    page.wait_for_url("**/reset/?sent=1")
    page.fill("[name=token]", next(mail.link for mail in reversed(sandbox.outbox) if mail.to == EMAIL))
    page.fill("[name=new_password]", FRESH)
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in/")
    assert page.input_value("[name=email]") == EMAIL


def test_from_nothing_to_a_new_password_with_the_keyboard_alone(visitor, sandbox):
    way_in(visitor, sandbox)
    visitor.page.context.clear_cookies()
    forgotten(visitor, sandbox)
    assert visitor.reports == []


def test_the_same_without_javascript(plain_visitor, sandbox):
    way_in(plain_visitor, sandbox)
    plain_visitor.page.context.clear_cookies()
    forgotten(plain_visitor, sandbox)


def test_another_code_is_counted_down(visitor, sandbox):
    sign_up(visitor)
    page, button = visitor.page, visitor.page.locator("[data-wait-button]")
    assert button.is_disabled()
    left = page.inner_text("[data-wait-left]")
    page.wait_for_function("left => document.querySelector('[data-wait-left]').textContent !== left", arg=left)
    sandbox.tick(61)
    page.reload()
    first = code(sandbox)
    page.fill("[name=code]", "half")
    button.click()
    page.wait_for_selector("text=Another code is on its way")
    assert code(sandbox) != first
    assert visitor.reports == []


def test_another_code_without_javascript_is_told_in_words(plain_visitor, sandbox):
    sign_up(plain_visitor)
    page = plain_visitor.page
    assert "You can ask for another code in" in page.inner_text("main")
    page.click("[data-wait-button]")
    page.wait_for_url("**/verify/resend/")
    assert "A code was sent a moment ago" in page.inner_text("[role=alert]")


def test_a_password_is_shown_on_demand(visitor):
    page = visitor.open("/sign-up/")
    page.fill("[name=password]", PASSWORD)
    page.check("[data-show-password]")
    assert page.get_attribute("[name=password]", "type") == "text"
    page.uncheck("[data-show-password]")
    assert page.get_attribute("[name=password]", "type") == "password"


def test_pages_are_clean_in_light_and_dark_empty_and_wrong(visitor):
    wrong = []
    for pages, role in ((PAGES[:-1], ""), (PAGES[1:], "admin")):
        if role:
            visitor.sign_in(role)
        for path in pages:
            page = visitor.open(path)
            wrong += in_light_and_dark(page)
            page.evaluate("document.querySelector('main form').noValidate = true")
            page.click("main form button.go")
            page.wait_for_load_state()
            wrong += in_light_and_dark(page)
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    for path in PAGES:
        wrong += over_the_edge(visitor.open(path))
    assert wrong + visitor.reports == []
