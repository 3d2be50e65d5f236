"""What a page asks by itself, again and again, is not a person's doing."""

from django.http import HttpRequest


def is_poll(request: HttpRequest) -> bool:
    """Whether a page asks by itself: a reading request that says which version it has seen."""
    return request.method in ("GET", "HEAD") and "seen" in request.GET
