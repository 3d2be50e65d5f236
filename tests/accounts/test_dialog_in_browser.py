"""A session that ends while somebody types: the dialog, and nothing typed is lost."""

import io

import pytest
from django.conf import settings
from django.core.management import call_command
from playwright.sync_api import sync_playwright

from dashboard.accounts.models import Session
from tests.browser_found import chromium

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.urls("tests.accounts.guarded_urls"),
]
FORM, DIALOG = "form[action='/account/']", "dialog[data-sign-in-dialog][open]"
AS_HTMX = """selector => {
  const form = document.querySelector(selector);
  form.setAttribute("hx-post", "/w/oak-care/guarded/change/");
  form.setAttribute("hx-target", "#messages");
  form.setAttribute("hx-swap", "innerHTML");
  htmx.process(form);
}"""


def sign_in(page, password):
    page.fill("[name=email]", "admin@oakcare.example")
    page.fill("[name=password]", password)


def test_sign_in_in_the_page_and_go_on(live_server, sandbox):
    call_command("demo", wait=0, stdout=io.StringIO())
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{live_server.url}/sign-in/?next=/account/")
        sign_in(page, settings.DEMO_PASSWORD)
        assert page.input_value("[name=tz]")
        page.click("button.go")
        page.wait_for_url("**/account/")

        page.evaluate(AS_HTMX, FORM)
        page.fill(f"{FORM} [name=name]", "Typed and not lost")
        Session.objects.all().delete()
        page.click(f"{FORM} button")
        page.wait_for_selector(DIALOG)
        sign_in_again(page, "wrong")
        page.wait_for_selector(f"{DIALOG} .note.bad")
        assert page.input_value(f"{DIALOG} [name=email]") == "admin@oakcare.example"
        sign_in_again(page, settings.DEMO_PASSWORD)
        page.wait_for_selector("text=You are signed in again")

        assert page.input_value(f"{FORM} [name=name]") == "Typed and not lost"
        page.click(f"{FORM} button")
        page.wait_for_selector("text=changed by admin@oakcare.example")
        browser.close()


def sign_in_again(page, password):
    page.fill(f"{DIALOG} [name=email]", "admin@oakcare.example")
    page.fill(f"{DIALOG} [name=password]", password)
    page.click(f"{DIALOG} button.go")
