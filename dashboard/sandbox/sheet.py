"""The first sheet of an Excel file as rows of text: as much of the format as a list of numbers needs."""

from __future__ import annotations

import io
import re
import zipfile
from xml.etree import ElementTree  # noqa: S405  (entities are refused below)

from .wire import Refusal

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
LARGEST = 20_000_000


def rows_of_xlsx(content: bytes) -> list[list[str]]:
    """Rows of the first sheet. Raises Refusal 400 for what is no workbook."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            shared = _shared(book)
            return [_cells(row, shared) for row in _xml(book, "xl/worksheets/sheet1.xml").iter(f"{MAIN}row")]
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError, ValueError, IndexError):
        raise Refusal(400, "the file could not be read.") from None


def _xml(book: zipfile.ZipFile, name: str) -> ElementTree.Element:
    if book.getinfo(name).file_size > LARGEST:
        raise ValueError("too large")
    raw = book.read(name)
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise ValueError("entities")
    return ElementTree.fromstring(raw)  # noqa: S314


def _shared(book: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in book.namelist():
        return []
    return ["".join(item.itertext()) for item in _xml(book, "xl/sharedStrings.xml").iter(f"{MAIN}si")]


def _cells(row: ElementTree.Element, shared: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.iter(f"{MAIN}c"):
        column = _column(cell.get("r", ""), len(cells))
        cells += [""] * (column - len(cells))
        text = "".join(part for tag in ("v", "is") for found in cell.iter(MAIN + tag) for part in found.itertext())
        cells.append(shared[int(text)] if cell.get("t") == "s" and text else text)
    return cells


def _column(reference: str, otherwise: int) -> int:
    letters = re.match(r"[A-Z]{1,3}", reference)
    if not letters:
        return otherwise
    place = 0
    for letter in letters[0]:
        place = place * 26 + ord(letter) - 64
    return place - 1
