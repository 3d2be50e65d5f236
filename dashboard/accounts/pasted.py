"""The token in what somebody pasted: the token itself, or the whole link from the mail.

Talkstack does not document what its links look like (API contract, 1.7), so every likely shape is read.
"""

from urllib.parse import parse_qsl, unquote, urlsplit

_NAMES = ("token", "resettoken", "reset_token", "passwordtoken", "oobcode", "code", "t", "key")


def token_in(text: str) -> str:
    """The token, "" if there is none. Takes a token, or a link that carries it in its query, fragment or path."""
    text = "".join(text.split()).strip("<>\"'")  # mail programs break long links over lines
    if "://" not in text and not text.startswith(("www.", "/")):
        return text
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    pairs = parse_qsl(parts.query) + parse_qsl(parts.fragment.rpartition("?")[2])
    named = {name.lower(): value for name, value in reversed(pairs)}
    found = next((named[name] for name in _NAMES if name in named), "")
    if found or pairs:
        return found or (pairs[0][1] if len(pairs) == 1 else "")
    return unquote(parts.fragment or parts.path.rstrip("/").rpartition("/")[2])
