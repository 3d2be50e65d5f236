"""The main job, by hand: with a mouse, with the keyboard alone, without JavaScript, on a phone."""

import re
import time

import pytest
from playwright.sync_api import Page, expect

from dashboard.calls.models import Call
from dashboard.sandbox import Sandbox

pytestmark = pytest.mark.browser
PROMPT = "You are Ada from Sample Dental. Say: Hello {{name}}, your visit is on {{day}}. Ask whether it suits."


def create_project(page: Page, name: str) -> None:
    page.get_by_role("link", name="Projects", exact=True).first.click()
    page.get_by_role("link", name=re.compile("New project|Create a project")).first.click()
    page.fill("[name=name]", name)
    page.fill("[name=description]", "Reminders for a made-up dentist.")
    page.locator("main button.go").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def create_agent(page: Page) -> None:
    page.get_by_role("link", name=re.compile("New agent|Create an agent")).first.click()
    page.fill("[name=name]", "Ada")
    page.fill("[name=system_instruction]", PROMPT)
    page.locator("[name=voice_id][type=radio], select[name=voice_id]").first.wait_for(state="attached")
    if page.locator("select[name=voice_id]").count():
        page.select_option("select[name=voice_id]", index=1)
    else:
        page.locator("[name=voice_id][type=radio]").nth(1).check(force=True)
    page.locator("main button.go").last.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Ada")


def assign_number(page: Page, number: str) -> None:
    page.get_by_role("link", name=re.compile("[Aa]ssign")).first.click()
    page.fill("input[name=e164]", number)
    page.locator("main button.go").last.click()
    expect(page.locator("main")).to_contain_text("+1 206 555 0180")


def choose_the_reminder(page: Page, url: str) -> None:
    page.goto(f"{url}/w/oak-care/projects/")
    page.wait_for_load_state("networkidle")  # the counts arrive and replace the rows
    page.get_by_role("link", name="Northgate Clinics").first.click()
    page.get_by_role("link", name="Start a call").first.click()
    page.get_by_role("link", name="Appointment reminder").first.click()


def start_call(page: Page, url: str, number: str) -> None:
    page.goto(url)
    page.get_by_role("link", name="Start a call").first.click()
    if page.get_by_role("link", name="Ada").count() and not page.locator("[name=number]").count():
        page.get_by_role("link", name="Ada").first.click()
    page.fill("[name=number]", number)
    page.fill("[name=var_name]", "Robin Sample")
    page.fill("[name=var_day]", "Tuesday")
    page.get_by_role("button", name="Start call").click()
    page.wait_for_url(re.compile("/calls/[0-9a-f-]{36}/$"))


def let_it_end(page: Page, sandbox: Sandbox, words: str) -> None:
    """Time passes, 8 seconds at once, until the page of a call says how it ended."""
    end = time.monotonic() + 60
    while words not in page.inner_text("main"):
        assert time.monotonic() < end, page.inner_text("main")
        sandbox.tick(8)
        page.wait_for_timeout(700)
        if page.locator("html.js").count() == 0:
            page.reload()


def delete_project(page: Page, project_url: str, name: str) -> None:
    page.goto(f"{project_url}delete/")
    form = page.locator("main")
    expect(form).to_contain_text("Ada")
    expect(form).to_contain_text("+1 206 555 0180")
    page.check("[name=cascade]")
    page.fill("[name=confirm_name]", name)
    page.locator("main button.stop").click()
    expect(page.locator("#messages")).to_contain_text(name)


def test_the_whole_job(visitor, worker, sandbox):
    page = visitor.sign_in().page
    create_project(page, "Sample Dental")
    project_url = page.url
    create_agent(page)
    page.goto(project_url)
    assign_number(page, "+1 206 555 0180")
    start_call(page, project_url, "+1 206 555 0121")
    expect(page.locator("#call-live")).to_contain_text(re.compile("Talkstack accepted|queue|dialling|Ringing"))
    let_it_end(page, sandbox, "Answered, talked for")
    page.locator("audio").first.evaluate("player => player.play()")
    page.wait_for_function("() => document.querySelector('audio').currentTime > 0")
    assert page.locator("audio").first.evaluate("player => player.duration > 1")
    expect(page.locator("main")).to_contain_text("What the call brought")
    delete_project(page, project_url, "Sample Dental")
    assert len(sandbox.rings) == 1
    assert visitor.reports == []


def test_the_whole_job_without_javascript(plain_visitor, worker, sandbox):
    page = plain_visitor.sign_in().page
    create_project(page, "Plain Dental")
    project_url = page.url
    create_agent(page)
    page.goto(project_url)
    assign_number(page, "+1 206 555 0180")
    start_call(page, project_url, "+1 206 555 0111")
    let_it_end(page, sandbox, "The line was busy.")
    delete_project(page, project_url, "Plain Dental")


def test_double_click_is_one_call(visitor, worker, sandbox):
    page = visitor.sign_in("operator").page
    choose_the_reminder(page, visitor.url)
    page.fill("[name=number]", "+12065550121")
    for field in page.locator("[name^=var_]").all():
        field.fill("sample")
    page.get_by_role("button", name="Start call").dblclick()
    page.wait_for_url(re.compile("/calls/[0-9a-f-]{36}/$"))
    page.go_back()
    assert page.input_value("[name=number]") == "", "a fresh form: nothing is ready to be sent again by accident"
    assert Call.objects.filter(attempt__gt="").count() == 1


def test_typing_updates_what_is_known_before_pressing(visitor, sandbox):
    page = visitor.sign_in("operator").page
    choose_the_reminder(page, visitor.url)
    page.locator("[name=number]").press_sequentially("+12065550121")
    page.locator("[name^=var_]").first.fill("Robin Sample")
    expect(page.locator("#call-preview")).to_contain_text("guessed from the number")
    expect(page.locator("#call-preview mark", has_text="Robin Sample").first).to_be_visible()
    assert not Call.objects.filter(attempt__gt="").exists()
