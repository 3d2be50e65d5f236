"""Deleting a project as somebody does it: in the dialog, whose button rests until everything was chosen and typed."""

import pytest
from playwright.sync_api import expect

pytestmark = pytest.mark.browser


def open_project(visitor, name="Northgate Clinics"):
    visitor.sign_in()
    visitor.open("/w/oak-care/projects/")
    visitor.page.click(f"main a:text-is('{name}')")
    visitor.page.wait_for_selector("#project-panels")


def test_dialog_rests_until_it_was_chosen_and_typed(visitor):
    open_project(visitor)
    page = visitor.page
    page.click("text=Delete project…")
    button = page.locator("dialog button.stop")
    expect(button).to_have_text("Delete project, 4 agents, 3 numbers")
    expect(button).to_be_disabled()
    page.fill("#confirm_name", "Northgate Clinics")
    expect(button).to_be_disabled()
    page.check("#cascade")
    expect(button).to_be_enabled()
    button.click()
    page.wait_for_url("**/w/oak-care/projects/")
    expect(page.locator("#messages")).to_contain_text("Northgate Clinics was deleted, with 4 agents")
    expect(page.locator("#projects-table")).not_to_contain_text("Northgate Clinics")
    assert not visitor.reports


def test_dialog_closes_and_keeps_everything(visitor):
    open_project(visitor)
    page = visitor.page
    page.click("text=Delete project…")
    page.click("dialog >> text=Keep everything")
    expect(page.locator("#dialog")).not_to_be_visible()
    assert page.url.endswith("/") and "/delete/" not in page.url


def test_counts_arrive_after_the_list(visitor):
    visitor.sign_in()
    page = visitor.open("/w/oak-care/projects/")
    row = page.locator("#projects-table tr", has_text="Northgate Clinics")
    expect(row).to_contain_text("4")
    expect(row).to_contain_text("Appointment reminder")
    assert not visitor.reports


def test_without_javascript_the_page_asks_for_all_of_it(plain_visitor):
    plain_visitor.sign_in()
    page = plain_visitor.open("/w/oak-care/projects/")
    page.click("#projects-table footer a")
    expect(page.locator("#projects-table")).to_contain_text("Counted")
    page.click("main a:text-is('Northgate Clinics')")
    page.click("text=Delete project…")
    page.fill("#confirm_name", "Northgate Clinics")
    page.click("button.stop")
    expect(page.locator("#cascade_error")).to_contain_text("Nothing was deleted")
    page.check("#cascade")
    page.click("button.stop")
    expect(page.locator("#messages")).to_contain_text("Northgate Clinics was deleted")
