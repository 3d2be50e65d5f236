"""A world of people with bad intentions, in a real browser: nothing runs, nothing is injected, nothing runs over the edge."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from dashboard.sandbox import Sandbox
from dashboard.sandbox.doors import adapter
from dashboard.sandbox.hostile import PAYLOADS
from dashboard.talkstack import transport
from tests.browser.conftest import Visitor, over_the_edge, visitor_of
from tests.browser.test_every_page import STARTS, walk
from tests.conftest import OWNER_EMAIL

pytestmark = pytest.mark.browser

INJECTED = """() => [...document.querySelectorAll('*')].flatMap(one => [
  ...(/^(iframe|base|math|object|embed|animate|style)$/.test(one.localName) ? [one.localName] : []),
  ...(/^(script|img)$/.test(one.localName) && !(one.getAttribute('src') || '').startsWith('/static/') ? [one.localName] : []),
  ...[...one.attributes].filter(given =>
    /^(on|srcdoc|hx-on|data-hx|style$)/.test(given.name) || /^\\s*(javascript|data):/i.test(given.value) && given.name !== 'value'
    || /evil\\.example/.test(given.value) && /^(action|formaction|src|hx-get|hx-post)$/.test(given.name)
    || /^hx-(get|post)$/.test(given.name) && given.value.startsWith('/sign-out')
  ).map(given => `${one.localName} ${given.name}=${given.value.slice(0, 60)}`)])"""


@pytest.fixture
def sandbox(sandbox: Sandbox) -> Iterator[Sandbox]:
    """The hostile world in place of the demo's; every name in it is also long and without a space."""
    world = Sandbox(
        owner_email=OWNER_EMAIL,
        owner_password=settings.DEMO_PASSWORD,
        base_url=settings.SANDBOX_URL,
        seed="hostile",
    )
    for place, thing in enumerate([*world.store.projects.values(), *world.store.agents.values()]):
        thing.name = f"{PAYLOADS[place % 20]}{'Longname' * 36}"
    world.tick = sandbox.tick
    transport.mount(settings.SANDBOX_URL, adapter(world))
    yield world


def wrong_on(visitor: Visitor, path: str) -> list[str]:
    """What is not as it should be on this page, wide and narrow."""
    page = visitor.open(path)
    found = []
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        found += [f"{path}: {item}" for item in page.evaluate(INJECTED)] + over_the_edge(page)
    return found


def test_nothing_runs_and_nothing_is_injected(site: Any, people: None, worker: None, browser: Any) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    visitor = visitor_of(context, site.url).sign_in()
    dialogs: list[str] = []
    visitor.page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    home = visitor.page.url.removeprefix(site.url)
    visitor.open_until(f"{home}calls/?days=any", "#calls-table tbody tr")  # once the histories were read
    seen, wrong = walk(visitor, STARTS, wrong_on)
    assert len(seen) > 15, seen
    assert not dialogs
    assert not wrong + visitor.reports, "\n".join(wrong + visitor.reports)
    context.close()
