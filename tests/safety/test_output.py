"""Pages say what people need, and nothing else of what Talkstack sent."""

import io
import json
from typing import Any

import pytest
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from dashboard.sandbox.doors import adapter
from dashboard.talkstack import transport
from tests.conftest import text
from tests.test_hostile import crawl

CANARY = "UNASKED-FOR-CANARY"
_THINGS = {"name", "id", "voice_id", "e164", "sid", "callSid", "email"}


class Talkative(BaseAdapter):
    """A Talkstack whose every thing carries more than anybody asked for."""

    def __init__(self, inner: BaseAdapter) -> None:
        super().__init__()
        self.inner = inner
        self.added = 0

    def send(self, request: Any, **options: Any) -> Any:
        answer = self.inner.send(request, **options)
        raw = answer.raw.read(decode_content=True)
        try:
            body = json.dumps(self._more(json.loads(raw))).encode()
        except ValueError:
            body = raw
        answer.raw = HTTPResponse(io.BytesIO(body), status=answer.status_code, preload_content=False)
        return answer

    def _more(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._more(item) for item in value]
        if not isinstance(value, dict):
            return value
        more = {key: self._more(item) for key, item in value.items()}
        if _THINGS & set(value):
            self.added += 1
            more |= {"internal_note": CANARY, "billing": {"card": CANARY}, "user_id": CANARY}
        return more

    def close(self) -> None:
        self.inner.close()


@pytest.mark.item("S06")
def test_no_page_carries_what_nobody_asked_for(owner, sandbox, settings):
    door = Talkative(adapter(sandbox))
    transport.mount(settings.SANDBOX_URL, door)
    seen = 0
    for path, answer in crawl(
        owner, ["/w/oak-care/", "/w/oak-care/projects/?fresh=1&counts=1", "/w/oak-care/voices/?fresh=1"]
    ):
        if not answer.streaming:
            assert answer.status_code < 500, path
            assert CANARY not in text(answer), path
            seen += 1
    assert seen > 20 and door.added > 20
