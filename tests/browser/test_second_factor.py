"""The second factor and the fresh password as people meet them: set up, at the sign-in, over a page, without JavaScript."""

import base64
import time

import pytest
from django.conf import settings
from django_otp.oath import TOTP
from playwright.sync_api import expect

from dashboard.accounts import second_factor
from dashboard.accounts.models import SecondFactor, Session, User
from tests.browser.conftest import problems, visitor_of
from tests.browser.test_delete_project import open_project

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.accounts.guarded_urls")]
DIALOG = "dialog[data-sign-in-dialog][open]"


def app_code() -> str:
    """What the admin's authenticator app shows now."""
    user = User.objects.get(email="admin@oakcare.example")
    factor = SecondFactor.objects.get(user=user)
    clock = TOTP(base64.b32decode(second_factor.key_of(factor)))
    clock.time = time.time()
    if clock.t() <= factor.last_step:
        SecondFactor.objects.filter(pk=factor.pk).update(
            last_step=-1
        )  # a code works once a half minute: no test waits so long
    return f"{clock.token():06d}"


def complaints(visitor) -> list[str]:
    """What broke, or was refused by the policy; htmx says of every answer that is no success that it was none."""
    return [report for report in visitor.reports if not report.startswith("Response Status Error Code")]


def set_up(page, url):
    page.goto(f"{url}/account/second-factor/")
    page.click("text=Set it up")
    page.fill("[name=code]", app_code())
    page.click("text=Turn it on")
    expect(page.locator("h1")).to_have_text("Your recovery codes")


@pytest.mark.parametrize("width", [1280, 390])
def test_set_up_and_sign_in_with_it(site, people, browser, width):
    context = browser.new_context(viewport={"width": width, "height": 844})
    visitor = visitor_of(context, site.url).sign_in("admin")
    page = visitor.page
    page.goto(f"{site.url}/account/second-factor/")
    page.click("text=Set it up")
    expect(page.locator("svg.qr")).to_have_css("width", "200px")
    box = page.locator("svg.qr").bounding_box()
    assert box["width"] == box["height"] == 200
    assert not problems(page)
    set_up(page, site.url)
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert over <= 0 and not visitor.reports
    context.clear_cookies()
    page.goto(f"{site.url}/sign-in/?next=/w/oak-care/projects/")
    page.fill("[name=email]", "admin@oakcare.example")
    page.fill("[name=password]", settings.DEMO_PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("[name=code]")).to_be_focused()
    page.keyboard.type(app_code())
    page.keyboard.press("Enter")
    page.wait_for_url("**/w/oak-care/projects/")
    context.close()


def test_the_code_is_asked_for_in_the_dialog_too(visitor):
    page = visitor.sign_in("admin").page
    set_up(page, visitor.url)
    visitor.open("/account/")
    form = "form[action='/account/']"
    page.evaluate(
        """selector => { const form = document.querySelector(selector); form.setAttribute("hx-post", "/w/oak-care/guarded/change/");
        form.setAttribute("hx-target", "#messages"); form.setAttribute("hx-swap", "innerHTML"); htmx.process(form); }""",
        form,
    )
    page.fill(f"{form} [name=name]", "Typed and not lost")
    Session.objects.all().delete()
    page.click(f"{form} button")
    page.fill(f"{DIALOG} [name=email]", "admin@oakcare.example")
    page.fill(f"{DIALOG} [name=password]", settings.DEMO_PASSWORD)
    page.click(f"{DIALOG} button.go")
    page.wait_for_selector(f"{DIALOG} [name=code]")
    page.fill(f"{DIALOG} [name=code]", "nonsense")
    page.click(f"{DIALOG} button.go")
    expect(page.locator(f"{DIALOG} .err")).to_contain_text("This code is not right")
    page.fill(f"{DIALOG} [name=code]", app_code())
    page.click(f"{DIALOG} button.go")
    page.wait_for_selector("text=You are signed in again")
    assert page.input_value(f"{form} [name=name]") == "Typed and not lost"
    page.click(f"{form} button")
    page.wait_for_selector("text=changed by admin@oakcare.example")
    assert not complaints(visitor)


def test_a_stale_password_is_asked_for_over_the_page_and_the_deed_is_done(visitor, sandbox):
    open_project(visitor)
    page = visitor.page
    page.click("text=Delete project…")
    page.fill("#confirm_name", "Northgate Clinics")
    page.check("#cascade")
    sandbox.tick(settings.FRESH_PASSWORD_SECONDS + 1)
    page.click("dialog button.stop")
    page.wait_for_selector(DIALOG)
    expect(page.locator(DIALOG)).to_contain_text("Nothing was done yet")
    page.fill(f"{DIALOG} [name=fresh_password]", settings.DEMO_PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/w/oak-care/projects/")
    expect(page.locator("#messages")).to_contain_text("Northgate Clinics was deleted")
    assert not complaints(visitor)


def test_without_javascript(plain_visitor, sandbox):
    page = plain_visitor.sign_in("admin").page
    sandbox.tick(settings.FRESH_PASSWORD_SECONDS + 1)
    plain_visitor.open("/account/second-factor/")
    page.click("text=Set it up")
    page.fill("[name=fresh_password]", "wrong")
    page.click("text=Go on")
    expect(page.locator(".err")).to_contain_text("not your password")
    page.fill("[name=fresh_password]", settings.DEMO_PASSWORD)
    page.click("text=Go on")
    page.fill("[name=code]", app_code())
    page.click("text=Turn it on")
    expect(page.locator(".codes li")).to_have_count(10)
