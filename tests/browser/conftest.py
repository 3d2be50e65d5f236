"""Real pages in a real browser: Debian's Chromium, and people who sign in through the sign-in page."""

import io
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.core.management import call_command
from django.test import override_settings
from django.test.testcases import LiveServerThread, _StaticFilesHandler
from playwright.sync_api import Browser, BrowserContext, Page, expect

from dashboard.sandbox import Sandbox
from dashboard.worker import loop
from tests.browser_found import chromium
from tests.conftest import OWNER_EMAIL

_QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]
expect.set_options(timeout=20_000)  # milliseconds; what comes sooner is not waited for


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A browser on a machine that is busy may miss a moment: what fails in it is tried once more, and named at the end."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


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

    def open_until(self, path: str, selector: str, seconds: float = 30.0) -> Page:
        """Open this address again and again until something is there that the background process brings."""
        end = time.monotonic() + seconds
        while self.open(path).locator(selector).count() == 0:
            assert time.monotonic() < end, f"{path} still has no {selector} after {seconds:.0f} s"
        return self.page

    def sign_in(self, role: str = "owner") -> "Visitor":
        """Sign in through the page, as the one of the cast with this role."""
        self.open("/sign-in/")
        self.page.fill("[name=email]", OWNER_EMAIL if role == "owner" else f"{role}@oakcare.example")
        self.page.fill("[name=password]", settings.DEMO_PASSWORD)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url(f"{self.url}/w/**")
        return self


def problems(page: Page, *rules: str) -> list[str]:
    """What axe finds on the page, by all its rules or by these alone, once no colour is on its way to another."""
    page.wait_for_function("() => document.getAnimations().every((one) => !(one instanceof CSSTransition))")
    options: dict[str, Any] = {"preload": False}  # it would ask for imported styles at wrong addresses
    options |= {"resultTypes": ["violations"], "selectors": False}  # telling of what is well takes longer than looking
    found = Axe().run(page, options=options | ({"runOnly": list(rules)} if rules else {}))
    return [f"{page.url} {item['id']}: {item['nodes'][0]['html'][:160]}" for item in found.response["violations"]]


def in_light_and_dark(page: Page) -> list[str]:
    """What axe finds in the light, and in the dark, where only the colours are others."""
    found = []
    for scheme, rules in (("light", ()), ("dark", ("color-contrast",))):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        found += [f"{scheme} {problem}" for problem in problems(page, *rules)]
    return found


def over_the_edge(page: Page) -> list[str]:
    """How far the page runs over the edge of the window, if it does."""
    over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return [f"{page.url} runs {over} px over the edge"] if over > 0 else []


def visitor_of(context: BrowserContext, url: str) -> Visitor:
    """A new page of this browser whose complaints are kept."""
    visitor = Visitor(context.new_page(), url)

    def heard(message: Any) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            visitor.reports.append(message.text)

    visitor.page.on("console", heard)
    visitor.page.on("pageerror", lambda error: visitor.reports.append(str(error)))
    return visitor


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The static files as production serves them: bundled, hashed. Gives the settings that use them."""
    bundled = {"BACKEND": "dashboard.web.storage.BundledStaticFilesStorage"}
    changed = {
        "STATIC_ROOT": tmp_path_factory.mktemp("static"),
        "STORAGES": {**settings.STORAGES, "staticfiles": bundled},
    }
    with override_settings(**changed):
        call_command("collectstatic", interactive=False, verbosity=0)
    return changed


@dataclass
class Server:
    url: str


@pytest.fixture
def site(transactional_db: None, collected: dict[str, Any], settings: Any) -> Iterator[Server]:
    """The web server on a free port of this machine, with the collected static files."""
    for name, value in collected.items():
        setattr(settings, name, value)
    thread = LiveServerThread("127.0.0.1", static_handler=_StaticFilesHandler)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield Server(f"http://127.0.0.1:{thread.port}")
    thread.terminate()


@pytest.fixture
def people(transactional_db: None, sandbox: Sandbox, settings: Any) -> None:
    """The demo workspace with its people. A page may wait for Talkstack a little longer here than in other tests."""
    settings.BUDGETS = {**settings.BUDGETS, "read": 4.0, "write": 4.0, "ring": 15.0}
    call_command("demo", wait=0, stdout=io.StringIO())


@pytest.fixture
def visitor(site: Server, people: None, context: BrowserContext) -> Visitor:
    return visitor_of(context, site.url)


@pytest.fixture
def plain_visitor(site: Server, people: None, browser: Browser) -> Iterator[Visitor]:
    """A browser without JavaScript."""
    context = browser.new_context(java_script_enabled=False)
    yield visitor_of(context, site.url)
    context.close()


@pytest.fixture
def worker(people: None) -> Iterator[None]:
    """The background process, as a thread of this one."""
    stop = threading.Event()
    thread = threading.Thread(target=loop.run, args=("browser tests", stop), daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join(30)
