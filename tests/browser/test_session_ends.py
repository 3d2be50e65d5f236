"""A session that ends while somebody types: the dialog, and nothing typed is lost."""

import pytest
from django.conf import settings

from dashboard.accounts.models import Session

pytestmark = [pytest.mark.browser, pytest.mark.urls("tests.accounts.guarded_urls")]
FORM, DIALOG = "form[action='/account/']", "dialog[data-sign-in-dialog][open]"
AS_HTMX = """selector => {
  const form = document.querySelector(selector);
  form.setAttribute("hx-post", "/w/oak-care/guarded/change/");
  form.setAttribute("hx-target", "#messages");
  form.setAttribute("hx-swap", "innerHTML");
  htmx.process(form);
}"""


@pytest.mark.item("S27")
def test_sign_in_in_the_page_and_go_on(visitor):
    page = visitor.sign_in("admin").page
    visitor.open("/account/")
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


def test_the_browser_names_its_time_zone(visitor):
    assert visitor.open("/sign-in/").input_value("[name=tz]")


def sign_in_again(page, password):
    page.fill(f"{DIALOG} [name=email]", "admin@oakcare.example")
    page.fill(f"{DIALOG} [name=password]", password)
    page.click(f"{DIALOG} button.go")
