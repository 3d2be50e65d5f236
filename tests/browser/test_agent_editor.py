import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from dashboard.agents import prompts
from tests.agents.conftest import REMINDER, stored

pytestmark = pytest.mark.browser

HARD = [
    "Hello {{name}}, you are at {{ clinic }}.\n{{oops\n{old} }} {{}} {{two words}} {{a}}{{b}}",
    "{{{name}}} {x} {{x} {{y}}\n\n}}\n{{é_1.2-3}} {{漢字}} {{e\u0301}} {ab}} {{🙂}}",
    "plain text, no braces, 🙂🙂",
    "{{" + "x" * 60 + " y}}\n" * 3 + "{" + "z" * 64 + "} {" + "z" * 65 + "}",
    "{{a\n}} {{\tb\t}} { c } {{c }",
]


@pytest.fixture
def complaints(page: Page) -> Iterator[list[str]]:
    """What the console said: errors and reports of the content security policy. A test that asks for it wants none."""
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    yield heard
    assert heard == []


@pytest.fixture
def enter(page: Page, live_server: Any) -> Callable[[Client, str], Page]:
    """Open an address as the person of this client."""

    def go(person: Client, address: str) -> Page:
        value = person.cookies[settings.SESSION_COOKIE_NAME].value
        page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": live_server.url}])
        page.goto(f"{live_server.url}{address}")
        return page

    return go


@pytest.fixture
def edit(project_id):
    return f"/w/oak-care/projects/{project_id}/agents/{REMINDER}/edit/"


def test_variables_and_problems_appear_while_typing(enter, admin, edit, complaints):
    page = enter(admin, edit)
    editor = page.get_by_label("Prompt", exact=True)
    editor.fill("")
    editor.press_sequentially("Call {{first_name}}.\nAsk {{why")
    expect(page.locator("[data-variables] li")).to_have_text(["first_name"])
    expect(page.locator("[data-problems] li")).to_have_text(
        ["Line 2 “{{” is opened here and not closed with “}}” on the same line."]
    )
    expect(page.locator("[data-size]")).to_have_text("30 characters, 2 lines")
    expect(page.get_by_role("button", name="Check the prompt")).to_be_hidden()


@pytest.mark.parametrize("text", HARD)
def test_the_browser_reads_a_prompt_like_the_server(enter, admin, edit, text, complaints):
    page = enter(admin, edit)
    page.get_by_label("Prompt", exact=True).fill(text)
    told = prompts.report(text)
    expect(page.locator("[data-size]")).to_have_text(told.size)
    expect(page.locator("[data-variables] li")).to_have_text(told.variables)
    expect(page.locator("[data-problems] li")).to_have_text([f"Line {one.line} {one.message}" for one in told.problems])
    expect(page.locator("[data-summary]")).to_have_text(told.summary)


def test_leaving_with_unsaved_text_asks(enter, admin, edit, complaints):
    page = enter(admin, edit)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_label("Prompt", exact=True).press_sequentially("More words. ")
    page.get_by_role("link", name="Cancel").click()
    expect(page).to_have_url(re.compile(r"/edit/$"))
    assert asked == ["beforeunload"]


def test_saving_does_not_ask(enter, admin, edit, sandbox, complaints):
    page = enter(admin, edit)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.get_by_label("Prompt", exact=True).fill("\n\nTwo lines before {{name}}.\n")
    page.get_by_role("button", name="Save agent").click()
    expect(page.get_by_text("was changed.")).to_be_visible()
    assert asked == [] and stored(sandbox).prompt == "\n\nTwo lines before {{name}}.\n"


def test_the_delete_dialog(enter, admin, project_id, sandbox, complaints):
    page = enter(admin, f"/w/oak-care/projects/{project_id}/agents/{REMINDER}/")
    page.get_by_role("link", name="Delete agent").click()
    button = page.get_by_role("dialog").get_by_role("button", name="Delete agent and silence 1 number")
    expect(button).to_be_disabled()
    page.get_by_label("Type Appointment reminder to confirm").fill("Appointment reminder")
    expect(button).to_be_enabled()
    button.click()
    expect(page.get_by_text("Appointment reminder was deleted.")).to_be_visible()
    assert REMINDER not in sandbox.store.agents
