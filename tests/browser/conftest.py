"""Real pages in a real browser: Debian's Chromium, and people who sign in through the sign-in page."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from playwright.sync_api import Browser, BrowserContext, Page

from dashboard.worker import loop
from tests.browser_found import chromium
from tests.conftest import OWNER_EMAIL

_QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": chromium(), "args": _QUIET}


@dataclass
class Visitor:
    """Somebody in front of a browser. `reports` are what the security policy refused and what broke in the page."""

    page: Page
    url: str
    reports: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        """Go to an address of the dashboard."""
        self.page.goto(f"{self.url}{path}")
        return self.page

    def sign_in(self, role: str = "owner") -> "Visitor":
        """Sign in through the page, as the one of the cast with this role."""
        self.open("/sign-in/")
        self.page.fill("[name=email]", OWNER_EMAIL if role == "owner" else f"{role}@oakcare.example")
        self.page.fill("[name=password]", settings.DEMO_PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{self.url}/w/**")
        return self


def visitor_of(context: BrowserContext, url: str) -> Visitor:
    """A new page of this browser whose complaints are kept."""
    visitor = Visitor(context.new_page(), url)

    def heard(message: Any) -> None:
        if "Content Security Policy" in message.text or "Content-Security-Policy" in message.text:
            visitor.reports.append(message.text)

    visitor.page.on("console", heard)
    visitor.page.on("pageerror", lambda error: visitor.reports.append(str(error)))
    return visitor


@pytest.fixture
def people(owner: Any, admin: Any, operator: Any, viewer: Any) -> None:
    """The cast, so that each of them can sign in."""


@pytest.fixture
def visitor(live_server: Any, people: None, context: BrowserContext) -> Visitor:
    return visitor_of(context, live_server.url)


@pytest.fixture
def plain_visitor(live_server: Any, people: None, browser: Browser) -> Iterator[Visitor]:
    """A browser without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    yield visitor_of(context, live_server.url)
    context.close()


@pytest.fixture
def worker(live_server: Any) -> Iterator[None]:
    """The background process, as a thread of this one."""
    stop = threading.Event()

    def work() -> None:
        loop.run("worker of the tests", stop)
        connections.close_all()

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(30)
