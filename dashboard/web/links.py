"""Addresses with ids from Talkstack in them. An id can be anything; one that no address can hold has no page."""

from django.urls import NoReverseMatch, reverse


def link(name: str, *args: str, query: str = "") -> str:
    """The address with `query` behind it, or "" when one of the ids cannot stand in it."""
    try:
        return reverse(name, args=args) + query
    except NoReverseMatch:
        return ""
