import pytest
from django.template import engines

PAGE = """{% partialdef pair inline %}<p id="pair">{{ n }}</p>{% endpartialdef %}<p>whole</p>{% include "ui/_messages.html" %}"""


@pytest.fixture
def addresses(settings, monkeypatch):
    """The real addresses and those of tests/web/addresses.py, with one template more."""
    settings.ROOT_URLCONF = "tests.web.addresses"
    engine = engines["django"].engine
    cached = engine.template_loaders[0].loaders[0]
    find = cached.get_template

    def with_page(name, skip=None):
        return engine.from_string(PAGE) if name == "numbered.html" else find(name, skip)

    monkeypatch.setattr(cached, "get_template", with_page)


HTMX = {"HX-Request": "true"}


@pytest.fixture
def htmx(client, addresses):
    """get(path, target="", **headers) as htmx asks."""

    def get(path, target="", method="get", **headers):
        return getattr(client, method)(path, headers={**HTMX, "HX-Target": target, **headers})

    return get
