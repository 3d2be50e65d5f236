"""Where to go after signing in: only to a path of ours, whatever the address says."""

from urllib.parse import urlsplit

from django.utils.http import url_has_allowed_host_and_scheme

_LONGEST = 2000


def safe_path(path: str, default: str) -> str:
    """`path` if it is a plain path on this host, else `default`.

    Refused are other hosts in all their disguises: //host, /\\host, schemes, user names, control characters.
    """
    plain = (
        path.startswith("/")
        and len(path) <= _LONGEST
        and "\\" not in path
        and path.isprintable()
        and not path.startswith("//")
        and url_has_allowed_host_and_scheme(path, allowed_hosts=None)
    )
    if not plain:
        return default
    parts = urlsplit(path)
    return default if parts.scheme or parts.netloc else path


def path_of(url: str) -> str:
    """Path and query of an address, "" for one that cannot be read."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
