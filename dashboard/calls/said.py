"""Names and values that Talkstack chose, for people: whatever their shape, nothing is left out. Pure functions."""

from typing import Any


def label(name: Any) -> str:
    """A name of a field as words: "reasonOfCall" and "reason_of_call" as "Reason of call"."""
    text = str(name)
    words = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in text).replace("_", " ").split()
    return " ".join(words).capitalize() or text


def plain(value: Any) -> str:
    """A JSON value as text; true and false, also as words, are Yes and No."""
    if isinstance(value, bool) or (isinstance(value, str) and value.lower() in ("true", "false")):
        return "Yes" if str(value).lower() == "true" else "No"
    if isinstance(value, dict):
        return "; ".join(f"{label(key)}: {plain(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(plain(item) for item in value)
    return "" if value is None else str(value)


def pairs(values: Any) -> list[tuple[str, str]]:
    """The members of an object as labels with texts; anything else is one text without a label."""
    if isinstance(values, dict):
        return [(label(name), plain(value)) for name, value in values.items()]
    return [("", plain(values))] if values else []
