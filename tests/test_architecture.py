"""The floors of the house: a room imports only from floors below it; features meet through URLs and the registry."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
HOUSE = ROOT / "dashboard"
FLOORS = {
    "talkstack": 0,
    "web": 0,
    "sandbox": 0,
    "activity": 1,
    "accounts": 2,
    "calls": 3,
    "analysis": 4,
    "home": 4,
    "projects": 4,
    "agents": 4,
    "numbers": 4,
    "voices": 4,
    "practice": 4,
    "webhooks": 4,
    "team": 4,
    "workspace_settings": 4,
    "worker": 4,
}
STAND_HIGHER = {("activity", "urls"): 4, ("activity", "views"): 4}  # pages of a record that every floor writes
MODULES = sorted(path for path in HOUSE.rglob("*.py") if "migrations" not in path.parts)
STANDARD_ONLY = {"sandbox": {"requests", "urllib3"}, "talkstack": {"requests", "urllib3"}}


def imports(path: Path) -> set[str]:
    """Dotted names of everything a module imports, relative ones resolved."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            found |= {f"{module}.{name.name}" for name in node.names}
    return found


def room_of(name: str) -> str:
    parts = name.split(".")
    return parts[1] if len(parts) > 1 and parts[0] == "dashboard" and parts[1] in FLOORS else ""


def floor_of(room: str, module: str) -> int:
    return STAND_HIGHER.get((room, module), FLOORS[room])


def module_of(name: str) -> str:
    parts = name.split(".")
    return parts[2] if len(parts) > 2 else ""


def test_what_stands_higher_is_there():
    assert all((HOUSE / room / f"{module}.py").exists() for room, module in STAND_HIGHER)


def test_every_room_stands_on_a_floor():
    rooms = {path.name for path in HOUSE.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert rooms == set(FLOORS)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(HOUSE)))
def test_imports_go_down(path):
    room = path.relative_to(HOUSE).parts[0]
    if room not in FLOORS:
        return
    for name in imports(path):
        other = room_of(name)
        here, there = floor_of(room, path.stem), floor_of(other, module_of(name)) if other else 0
        if not other or (other == room and there <= here):
            continue
        allowed = there < here
        if (room, other) == ("web", "talkstack"):
            allowed = name.startswith("dashboard.talkstack.errors") or name == "dashboard.talkstack.errors"
        assert allowed and other != "sandbox", f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("room", sorted(STANDARD_ONLY))
def test_the_service_module_and_the_sandbox_know_no_django(room):
    for path in (HOUSE / room).rglob("*.py"):
        assert not [name for name in imports(path) if name.split(".")[0] == "django"], path


def test_only_settings_reads_the_environment():
    for path in MODULES:
        if path.name in ("settings.py", "wsgi.py", "firstrun.py") or path.relative_to(HOUSE).parts[0] == "sandbox":
            continue
        source = path.read_text(encoding="utf-8")
        assert "os.environ" not in source and "getenv" not in source, path


def test_only_the_service_module_speaks_http():
    for path in MODULES:
        if path.relative_to(HOUSE).parts[0] in ("talkstack", "sandbox"):
            continue
        spoken = {name.split(".")[0] for name in imports(path)} & {"requests", "urllib3", "httpx", "http.client"}
        assert not spoken, path


def test_only_dialing_may_ring():
    for path in MODULES:
        if path.relative_to(HOUSE).parts[0] in ("talkstack", "sandbox") or path == HOUSE / "calls" / "dialing.py":
            continue
        assert "calls.make(" not in path.read_text(encoding="utf-8"), path
