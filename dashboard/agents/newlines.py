"""Line ends of a prompt, which browsers change on their way.

A browser shows CRLF, CR and LF alike and sends every one of them as CRLF. What is kept: CRLF becomes LF, a lone CR (which
no browser sends) stays, and a prompt whose words were not touched keeps the very line ends it is stored with.
"""

import re

_ANY = re.compile(r"\r\n|\r")


def received(text: str) -> str:
    """What a form sent, with LF as line end."""
    return text.replace("\r\n", "\n")


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in nothing but their line ends: a browser cannot tell them apart."""
    return _ANY.sub("\n", one) == _ANY.sub("\n", other)


def untouched_or(typed: str, stored: str) -> str:
    """The text to store: `stored` itself, to the byte, when the person changed nothing in it; else what was typed."""
    return stored if same_words(typed, stored) else typed
