"""What was found out about a server and is worth keeping: read once per process, written when it is news."""

from .models import UpstreamFact

LIST_PATH = "list_projects_path"
_known: dict[tuple[str, str], str] = {}


def get(server: str, key: str) -> str:
    """The fact, "" if it is not known."""
    if (server, key) not in _known:
        row = UpstreamFact.objects.filter(server=server, key=key).first()
        _known[server, key] = row.value if row else ""
    return _known[server, key]


def put(server: str, key: str, value: str) -> None:
    """Keep a fact, if it is news."""
    if value and _known.get((server, key)) != value:
        UpstreamFact.objects.update_or_create(server=server, key=key, defaults={"value": value})
        _known[server, key] = value


def forget() -> None:
    """Forget what this process has read; the database is asked again."""
    _known.clear()
