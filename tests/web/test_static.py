"""One stylesheet and one script in production, each small; every small file is in one of them."""

import gzip
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import override_settings

STATIC = Path(settings.BASE_DIR) / "static"
LAYERS = ["reset", "tokens", "base", "layout", "components", "features", "utilities"]


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    folder = tmp_path_factory.mktemp("static")
    storages = {**settings.STORAGES, "staticfiles": {"BACKEND": "dashboard.web.storage.BundledStaticFilesStorage"}}
    with override_settings(STATIC_ROOT=folder, STORAGES=storages):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield {name: (folder / staticfiles_storage.stored_name(name)) for name in ("css/app.css", "js/app.js")}


def test_they_are_bundled_hashed_and_compressed(collected):
    style, script = (collected[name].read_text() for name in ("css/app.css", "js/app.js"))
    assert "@import" not in style and "import " not in re.sub(r"//.*", "", script)
    assert "@layer components {" in style and ".btn" in style
    for path in collected.values():
        assert re.search(r"app\.[0-9a-f]{12}\.", path.name)
        assert path.with_name(f"{path.name}.gz").exists()


def test_a_first_visit_is_light(collected):
    sizes = {name: len(gzip.compress(path.read_bytes(), 6)) for name, path in collected.items()}
    assert sizes["css/app.css"] < 12_000 and sizes["js/app.js"] < 7_000, sizes


def test_every_file_is_imported_once_and_into_a_layer():
    source = (STATIC / "css" / "app.css").read_text()
    assert source.startswith(f"@layer {', '.join(LAYERS)};")
    imported = re.findall(r'@import url\("([^"]+)"\) layer\((\w+)\);', source)
    here = {str(path.relative_to(STATIC / "css")) for path in (STATIC / "css").rglob("*.css")} - {"app.css"}
    assert sorted(name for name, _ in imported) == sorted(here)
    assert {layer for _, layer in imported} == set(LAYERS)
    scripts = re.findall(r'^import "\./([^"]+)";$', (STATIC / "js" / "app.js").read_text(), re.MULTILINE)
    assert sorted(scripts) == sorted({path.name for path in (STATIC / "js").glob("*.js")} - {"app.js"})


def test_style_files_stay_small_and_their_braces_close():
    for path in (STATIC / "css").rglob("*.css"):
        source = path.read_text()
        assert source.count("\n") <= 200, path
        assert source.count("{") == source.count("}"), path


def test_colours_come_from_the_tokens():
    for path in (STATIC / "css").rglob("*.css"):
        if path.name != "tokens.css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![\w-])(?=[^{]*;)", path.read_text()), path
