"""Static files in production: hashed names, compressed, and the small files of style and script bundled into two.

The imports of css/app.css and js/app.js are replaced by what they import (without its comments) before names are hashed,
so that a first visit costs one request for each.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

_STYLE = re.compile(r'@import url\("([^"]+)"\) layer\(([\w.-]+)\);\n?')
_STYLE_WORDS = re.compile(r"/\*.*?\*/\n?", re.DOTALL)
_SCRIPT_WORDS = re.compile(r"^\s*//.*\n|^[ \t]+", re.MULTILINE)
_SCRIPT = re.compile(r'^import "\./([^"]+)";\n?', re.MULTILINE)


class BundledStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Whitenoise's storage, with one stylesheet and one script."""

    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        """Bundle, then do what the parent does."""
        if not dry_run:
            paths = dict(paths)
            self._bundle(paths, "css/app.css", _STYLE, _layer)
            self._bundle(paths, "js/app.js", _SCRIPT, _block)
        yield from super().post_process(paths, dry_run, **options)

    def _bundle(self, paths: dict[str, Any], name: str, imports: re.Pattern[str], wrap: Callable[..., str]) -> None:
        if name not in paths:
            return
        folder = name.rpartition("/")[0]
        text = imports.sub(lambda found: wrap(_read(paths, f"{folder}/{found[1]}"), found), _read(paths, name))
        self.delete(name)
        self._save(name, ContentFile(text.encode()))
        paths[name] = (self, name)


def _layer(text: str, found: re.Match[str]) -> str:
    return f"@layer {found[2]} {{\n{_STYLE_WORDS.sub('', text)}}}\n"


def _block(text: str, found: re.Match[str]) -> str:
    return f"{{\n{_SCRIPT_WORDS.sub('', text)}}}\n"


def _read(paths: dict[str, Any], name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())
