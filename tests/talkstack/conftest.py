from collections.abc import Callable, Iterator
from typing import Any

import pytest

from dashboard.talkstack import projects, transport
from tests.talkstack.stand_ins import URL, Table


@pytest.fixture
def table() -> Iterator[Callable[[Any], Table]]:
    """Mounts a Table on the made-up address of Talkstack."""

    def mount(answers: Any) -> Table:
        stand_in = Table(answers)
        transport.mount(URL, stand_in)
        return stand_in

    yield mount
    transport.unmount(URL)


@pytest.fixture(autouse=True)
def no_path_known() -> Iterator[None]:
    projects._found.clear()
    yield
    projects._found.clear()
