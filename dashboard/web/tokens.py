"""Addresses with a secret in their path, as they may be shown and kept: "https://…/hooks/••••x7Qa/"."""

import re
from typing import Any

PREFIX = "hook-"  # how the secret begins, so that it is known wherever it turns up
_TOKEN = re.compile(r"(/hooks/)hook-[A-Za-z0-9_-]{39}([A-Za-z0-9_-]{4})(?![A-Za-z0-9_-])")


def masked(value: Any) -> Any:
    """A text, or a JSON value at any depth, with all but the last four letters of every such secret hidden."""
    if isinstance(value, str):
        return _TOKEN.sub(r"\1••••\2", value) if "/hooks/" in value else value
    if isinstance(value, dict):
        return {name: masked(item) for name, item in value.items()}
    if isinstance(value, list):
        return [masked(item) for item in value]
    return value
