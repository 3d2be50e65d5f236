"""Every page: nothing for axe to find, nothing the security policy refuses, nothing that runs over the edge of a phone."""

import re
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Visitor, visitor_of

pytestmark = pytest.mark.browser


def addresses(visitor: Visitor) -> list[str]:
    """The pages of the demo workspace, found by following the links of the pages themselves."""
    seen: dict[str, None] = {}
    waiting = ["/w/oak-care/", "/w/oak-care/projects/", "/account/", "/w/?all=1"]
    shapes: set[str] = set()
    while waiting:
        path = waiting.pop(0)
        shape = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|(?<=voices/)[^/]+", "*", path.split("?")[0])
        if shape in shapes or "/preview/" in path or "/recording/" in path:
            continue
        shapes.add(shape)
        visitor.open(path)
        seen[path] = None
        links = visitor.page.eval_on_selector_all("a[href^='/']", "all => all.map(one => one.getAttribute('href'))")
        waiting += [link for link in links if link not in seen]
    return list(seen)


def problems(page: Any) -> list[str]:
    found = Axe().run(page, options={"preload": False})  # it would ask for imported styles at wrong addresses
    return [f"{item['id']}: {item['nodes'][0]['html'][:160]}" for item in found.response["violations"]]


def test_every_page_in_light_and_dark_wide_and_narrow(site, people, worker, browser, sandbox):
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    visitor = visitor_of(context, site.url).sign_in()
    visitor.page.wait_for_timeout(1500)  # the background process mirrors the histories, so that there are calls
    paths = addresses(visitor)
    assert len(paths) > 15, paths
    wrong: list[str] = []
    for scheme in ("light", "dark"):
        visitor.page.emulate_media(color_scheme=scheme)
        for path in paths:
            visitor.open(path)
            wrong += [f"{scheme} {path} {problem}" for problem in problems(visitor.page)]
    visitor.page.set_viewport_size({"width": 390, "height": 844})
    for path in paths:
        visitor.open(path)
        over = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        wrong += [f"{path} runs {over} px over the edge at 390 px"] if over > 0 else []
    wrong += visitor.reports
    assert not wrong, "\n".join(wrong)
    context.close()


def test_pages_without_a_session(visitor):
    for path in ("/sign-in/", "/nowhere/"):
        visitor.open(path)
        assert problems(visitor.page) == []


def test_everything_is_reached_with_the_keyboard(visitor):
    visitor.sign_in()
    page = visitor.open("/w/oak-care/projects/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    reached = set()
    for _ in range(120):
        page.keyboard.press("Tab")
        reached.add(page.evaluate("document.activeElement.getAttribute('href') || document.activeElement.name || ''"))
    links = page.eval_on_selector_all(
        "main a[href], .side-nav a[href]", "all => all.map(one => one.getAttribute('href'))"
    )
    assert not [link for link in links if link not in reached]
