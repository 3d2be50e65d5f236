"""Questions in a browser: a set built button by button, asked about calls, its charts; nothing for axe or the policy."""

import re

import pytest

from tests.browser.test_every_page import problems

pytestmark = pytest.mark.browser


def test_from_the_first_question_to_the_charts(visitor, people, worker, sandbox):
    visitor.sign_in()
    page = visitor.open("/w/oak-care/projects/")
    project = page.get_by_role("link", name="Northgate Clinics").first.get_attribute("href")
    wrong: list[str] = []

    def look(scheme: str = "light") -> None:
        page.emulate_media(color_scheme=scheme)
        wrong.extend(f"{page.url} {scheme} {problem}" for problem in problems(page))

    visitor.open(f"{project}questions/new/")
    page.fill("[name=name]", "After the visit")
    page.fill("[name=q0-text]", "Is the visit confirmed?")
    assert not page.is_visible("[name=q0-options]")
    page.get_by_role("button", name="Add a question").click()
    page.fill("[name=q1-text]", "Why not?")
    page.select_option("[name=q1-type]", "Selector")
    assert page.is_visible("[name=q1-options]") and not page.is_visible("[name=q0-options]")
    page.press("[name=name]", "Enter")  # saves, although other buttons stand before it
    page.get_by_role("link", name="Question 2, options").wait_for()
    look()
    page.fill("[name=q1-options]", "Too far away\nToo dear")
    page.get_by_role("button", name="Create question set").click()
    page.get_by_role("link", name="Ask about calls").wait_for()
    its_page = page.url
    visitor.open_until(f"{project}calls/?days=7&state=completed", "#calls-table tbody tr")
    page.goto(its_page)
    page.get_by_role("link", name="Ask about calls").click()
    for _ in range(
        30
    ):  # while the history is still coming in, it would be more calls than the page said: confirm again
        with page.expect_response(lambda answer: answer.request.method == "POST") as answered:
            page.get_by_role("button", name=re.compile("Ask about")).click()
        if answered.value.status != 422:
            break
    page.get_by_text("Done.").wait_for(timeout=60000)  # by itself: the page polls
    look("dark")
    call = page.get_by_role("link", name=re.compile(r"^\+1")).first.get_attribute("href")
    visitor.open(f"{call}analysis/")
    page.get_by_role("link", name="All calls").click()
    page.locator("svg.bars a").first.wait_for()
    look("dark")
    page.set_viewport_size({"width": 390, "height": 844})
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.get_by_role("link", name="Edit").click()
    page.get_by_text("These questions were asked already.").wait_for()
    over += page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    wrong += [report for report in visitor.reports if "Status Error Code 422" not in report]
    assert over <= 0 and not wrong, "\n".join(wrong)
