"""A live workspace against a server the dashboard has never seen, at real sockets on loopback."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client as Browser

from dashboard.talkstack import Budgets, Client, Credentials, Servers
from tests.conftest import MIDDAY

from .dialects import DIALECTS, Dialect
from .journey import Journey
from .server import Elsewhere
from .world import OWNER, PASSWORD


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    marked = metafunc.definition.get_closest_marker("parametrize")
    if "dialect" in metafunc.fixturenames and not (marked and "dialect" in str(marked.args[0])):
        quick = [dialect for dialect in DIALECTS if not dialect.slow]
        chosen = DIALECTS if "journey" in metafunc.fixturenames else quick  # the slow one only goes the whole way
        metafunc.parametrize("dialect", chosen, ids=lambda dialect: dialect.name)


@pytest.fixture
def clock() -> Iterator[Any]:
    with time_machine.travel(MIDDAY, tick=True) as traveller:
        yield traveller


@pytest.fixture
def elsewhere(clock: Any, dialect: Dialect, settings) -> Iterator[Elsewhere]:
    """The servers, running; the dashboard is set up to speak to them with its everyday budgets, but for the ring."""
    cache.clear()
    server = Elsewhere(dialect)
    settings.TALKSTACK_API_URL, settings.TALKSTACK_CALLS_URL = server.api_url, server.calls_url
    settings.BUDGETS = {"connect": 2.0, "read": 6.0, "write": 8.0, "ring": 1.0, "analysis": 8.0}
    settings.MEDIA_HOSTS = ["127.0.0.1"]
    yield server
    server.close()


@pytest.fixture
def service(elsewhere: Elsewhere) -> Client:
    """The service module, signed in."""
    servers = Servers(elsewhere.api_url, elsewhere.calls_url)
    login = Client(servers, budgets=Budgets()).auth.login(OWNER, PASSWORD)
    elsewhere.world.tokens = dict.fromkeys(elsewhere.world.tokens, 1e12)  # renewing is the dashboard's, tested with it
    return Client(servers, Credentials(bearer=login.tokens.token), Budgets(read=3.0, ring=1.0))


@pytest.fixture
def person(db: None, elsewhere: Elsewhere) -> Browser:
    """Somebody who signed in with their account of that server; a live workspace opened by it."""
    client = Browser()
    answer = client.post("/sign-in/", {"email": OWNER, "password": PASSWORD})
    assert answer.status_code in (302, 303), answer.content.decode()[:3000]
    return client


@pytest.fixture
def journey(person: Browser, elsewhere: Elsewhere, clock: Any) -> Journey:
    """That person, on the way through the dashboard."""
    return Journey(person, elsewhere, clock)
