from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings

from dashboard.sandbox.doors import adapter
from dashboard.talkstack import transport


@pytest.fixture
def unmounted(admin: Any, sandbox: Any) -> Iterator[None]:
    """The stand-in is not running: nothing listens where it should be."""
    other = "http://127.0.0.1:9"
    before, settings.SANDBOX_URL = settings.SANDBOX_URL, other
    transport.unmount(before)
    yield
    settings.SANDBOX_URL = before
    transport.mount(before, adapter(sandbox))
