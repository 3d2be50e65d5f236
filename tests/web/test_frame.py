"""The frame of a workspace: the band, the sidebar by role, one current line."""

import pytest

from dashboard.web import registry
from dashboard.web.registry import NavItem
from tests.web import addresses as views

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("addresses")]


@pytest.fixture(autouse=True)
def lines(monkeypatch):
    monkeypatch.setattr(registry, "_nav", {})
    registry.nav(NavItem("work", "Frames", "house", "frame:list", 1))
    registry.nav(
        NavItem("workspace", "People", "users", "accounts:workspaces", 2, role="owner", counts=lambda request: 5)
    )
    registry.nav(NavItem("work", "Nowhere", "house", "nowhere:list", 3))


def page(client):
    return client.get("/frame/").content.decode()


def test_lines_are_those_that_exist_and_may_be_seen(client, monkeypatch):
    from dashboard.web import links

    monkeypatch.setattr("dashboard.web.context.link", lambda name, *args: links.link(name) or links.link(name, *args))
    shown = page(client)
    assert "Frames" in shown and "Nowhere" not in shown and "People" in shown and '<span class="n">5</span>' in shown
    monkeypatch.setattr(views.Member, "owner", False)
    assert "People" not in page(client)


def test_one_line_is_current_in_each_menu(client, monkeypatch):
    from dashboard.web import links

    monkeypatch.setattr("dashboard.web.context.link", lambda name, *args: links.link(name) or links.link(name, *args))
    assert page(client).count('aria-current="page"') == 2, "the sidebar and the small-screen menu"


def test_practice_is_said_and_live_is_not(client, monkeypatch):
    assert "Practice: nobody is called." in page(client)
    monkeypatch.setattr(views.Member, "practice", False)
    assert "Practice: nobody is called." not in page(client)


def test_the_frame_works_without_javascript(client):
    shown = page(client)
    assert '<details class="menu"' in shown and 'href="#main"' in shown and 'aria-live="polite"' in shown
    assert 'method="post" action="/sign-out/"' in shown
