"""What the README promises is there, and what is there is in the README."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_setting_is_in_the_readme():
    source = (ROOT / "dashboard" / "settings.py").read_text(encoding="utf-8")
    names = set(re.findall(r"_(?:text|flag|number|words|url)\(\"([A-Z_]+)\"", source))
    assert len(names) > 15
    assert not {name for name in names if f"`{name}`" not in README}


def test_every_make_target_is_in_the_readme():
    targets = re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert not [target for target in targets if f"make {target}" not in README]


def test_the_two_commands_come_first():
    assert README.index("make run") < README.index("## ") + 600
    assert "make test" in README


def test_every_folder_of_the_house_is_in_the_map():
    rooms = [path.name for path in (ROOT / "dashboard").iterdir() if (path / "__init__.py").exists()]
    assert not [room for room in rooms if f"{room}/" not in README]


def test_the_practice_numbers_are_told():
    for digits in ("11", "12", "13", "14", "15", "16", "17", "18", "19"):
        assert f"| {digits} |" in README


def test_pins_are_exact():
    for name in ("requirements.txt", "requirements-dev.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").split():
            assert line in ("-r", "requirements.txt") or "==" in line, line
