"""Marks of keyset pages: the values of the last row seen, as they stand in an address. Anybody may type anything there."""

from datetime import UTC, datetime

from django.utils.dateparse import parse_datetime


def moment(text: str) -> datetime | None:
    """The moment that an ISO 8601 text with an offset tells, in UTC; None for anything else, and beyond the years 1 to 9999."""
    try:
        told = parse_datetime(text)
        return told.astimezone(UTC) if told and told.tzinfo else None
    except (ValueError, OverflowError):
        return None
