"""Passing a webhook's event on to another system: one POST of its bytes, never with our credentials.

Only https and public addresses, checked where the connection is opened, so that a name which changes its mind gains
nothing; no redirects, no user in the address, one deadline. For practice alone an address on this machine will do.
"""

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

import requests

from dashboard.talkstack import transport
from dashboard.talkstack.deadline import Deadline, capped, now, running
from dashboard.talkstack.errors import Unavailable
from dashboard.talkstack.sockets import host_is_public

LONGEST = 2000
_CAP = 65_536


@dataclass(frozen=True)
class Posted:
    """What came of it. `code` 0: no answer; then `words` say why. `seconds` is how long it took."""

    code: int
    words: str
    seconds: float
    retry_after: str = ""

    @property
    def ok(self) -> bool:
        """Whether the other system took it."""
        return 200 <= self.code < 300


def problem(url: str, *, local: bool = False, look_up: bool = True) -> str:
    """What keeps an address from being posted to, as a sentence; "" if nothing does.

    `local`: an address on this machine will do, also with plain http. `look_up`: ask where its name leads to.
    """
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return "This is not a web address: its host or port cannot be read."
    if len(url) > LONGEST or "\\" in url or any(letter.isspace() or not letter.isprintable() for letter in url):
        return "There is a space, a backslash or an invisible character in the address, or it is too long."
    if parts.scheme not in ("http", "https") or not host:
        return "Start with https:// and the name of the server."
    if parts.username is not None or parts.password is not None:
        return "Leave out the name and password before the @: everybody here could read them."
    if local and is_local(url):
        return ""
    if parts.scheme != "https":
        return "Use https://: updates hold phone numbers and what was said."
    public = host_is_public(host, port or 443, 2.0) if look_up else True
    if public is None:
        return f"No server called {host} was found just now."
    return "" if public else "This address leads into a private network, where nothing is sent to."


def is_local(url: str) -> bool:
    """Whether an address is on this machine, by name or literally; nothing is looked up."""
    try:
        host = urlsplit(url).hostname or ""
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    local: bool = False,
    anywhere: bool = False,
    seconds: float = 10.0,
) -> Posted:
    """Send `body` to `url` once, within `seconds` in all. Never raises for what the network or the other side does.

    `local` as for `problem`; `anywhere`: the address comes from our own settings and may lead wherever it does.
    """
    began = now()
    words = "" if anywhere else problem(url, local=local, look_up=False)
    if words:
        return Posted(0, words, 0.0)
    sent = {"User-Agent": "talkstack-dashboard", "Accept-Encoding": "identity", **headers}
    try:
        request = requests.Request("POST", url, headers=sent, data=body).prepare()
    except (requests.RequestException, ValueError):
        return Posted(0, "The address cannot be used.", 0.0)
    deadline = Deadline(capped(seconds))
    private = anywhere or (local and is_local(url))
    try:
        with running(deadline), transport.fresh_session(public_only=not private) as session:
            reply = transport.perform(session, request, deadline, cap=_CAP, connect=3.0)
    except Unavailable as error:
        return Posted(0, _why(error), now() - began)
    words = "It has moved to another address, which is not followed." if 300 <= reply.status < 400 else ""
    return Posted(reply.status, words, now() - began, str(reply.headers.get("Retry-After", "")))


def _why(error: Unavailable) -> str:
    if error.sent:
        return "It was sent, but no whole answer came back in time."
    if "SSL" in error.detail:
        return "The connection was not secure: its certificate does not hold."
    return "No connection could be made, or the address leads into a private network."
