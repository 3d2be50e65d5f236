"""What the tests of the settings share: addresses, the connection as it is kept, hidden fields, and pages as text."""

import html
import re
from typing import Any

import pytest

from dashboard.accounts.models import Connection, Workspace
from dashboard.accounts.secrets import open_, seal
from tests.accounts.conftest import Counting, asked, live
from tests.conftest import text

__all__ = ["Counting", "asked", "live"]
PAGE = "/w/oak-care/settings/"
NAME, TEST, FACTOR = f"{PAGE}name/", f"{PAGE}test/", f"{PAGE}second-factor/"
KEY, PASTE, REMOVE = f"{PAGE}key/", f"{PAGE}key/paste/", f"{PAGE}key/remove/"
GENERATE = "/user/generate-apikey"
CANARY = "c0ffee" * 10 + "1a2b"  # a key that Talkstack does not know
SLOW = "the password was typed a while ago"


def link() -> Connection:
    """The connection of the demo workspace, as the database has it."""
    return Connection.objects.select_related("workspace").get(workspace__slug="oak-care")


def stored_key() -> str:
    """The API key that is kept, opened."""
    kept = link()
    return open_(kept.workspace_id, "api_key", kept.api_key)


def store(key: str, **fields: Any) -> None:
    """Have the demo workspace use this key, as if it had been stored some time."""
    kept = link()
    values = {"api_key": seal(kept.workspace_id, "api_key", key), "api_key_hint": key[-4:], **fields}
    Connection.objects.filter(pk=kept.pk).update(**values)


def version(page: Any) -> str:
    """The one go that a page has."""
    found = re.search(r'name="key_version" value="(\d+)"', text(page))
    assert found, text(page)
    return found[1]


def words(page: Any) -> str:
    """A page without its tags, in one line."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text(page))))


def shown_key(page: Any) -> str:
    """The key on the page that shows it."""
    found = re.search(r'<code class="raw">([0-9a-f]{64})</code>', text(page))
    assert found, text(page)
    return found[1]


def follow(client: Any, answer: Any) -> str:
    """The words of the page that a see-other leads to."""
    assert answer.status_code == 303, text(answer)[:3000]
    return words(client.get(answer["Location"]))


@pytest.fixture
def account_key(workspace: Workspace, sandbox: Any) -> str:
    """A key of the demo account that counts at the sandbox, made elsewhere."""
    from dashboard.accounts.upstream import Upstream

    return Upstream(workspace).client().user.generate_api_key()
