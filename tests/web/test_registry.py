"""What features hand in when the program starts."""

import pytest

from dashboard.web import registry
from dashboard.web.registry import NavItem


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    for name, empty in (("_nav", {}), ("_duties", {}), ("_dependents", {}), ("_probe", [])):
        monkeypatch.setattr(registry, name, empty)


def test_nav_is_in_order_by_group_and_not_doubled():
    for order, name in ((20, "b:list"), (10, "a:list"), (20, "b:list")):
        registry.nav(NavItem("work", name, "phone", name, order))
    registry.nav(NavItem("project", "other", "bot", "c:list", 1))
    assert [item.url_name for item in registry.nav_items("work")] == ["a:list", "b:list"]


def test_duties_and_dependents_are_kept_once():
    def look():
        return None

    for _ in range(2):
        registry.duty("look", look, 5)
        registry.dependents("project", look)
    assert [(duty.name, duty.every_seconds) for duty in registry.duties()] == [("look", 5)]
    assert registry.dependents_of("project") == [look] and registry.dependents_of("agent") == []


def test_the_probe_answers_or_nobody_knows():
    assert registry.worker_alive() is None
    registry.worker_probe(lambda: True)
    registry.worker_probe(lambda: False)
    assert registry.worker_alive() is False
