"""Files from schools as tables: XLSX and CSV, under the same limits and with the same errors.

A file is recognised by its content first and by its ending second. Nothing of it is kept but the chosen columns.
"""

from __future__ import annotations

import csv
import io
import re
import zlib
from collections.abc import Iterable
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from server.domain.errors import Invalid
from server.domain.sheet import Sheet, Spec, Table, choose

MAX_ROWS = 5_000
MAX_COLUMNS = 200
MAX_UNPACKED = 150 * 1024 * 1024  # a small XLSX can unpack to gigabytes
DELIMITERS = (",", ";", "\t")
TEXT_ENDINGS = (".csv", ".tsv", ".txt")

Row = tuple[int, tuple[object, ...]]


def read(spec: Spec, content: bytes, file_name: str) -> Sheet:
    """The best fitting sheet of a file. Raises: Invalid (`sheet_unreadable`, `sheet_too_long`) naming the file."""
    return choose(spec, tables(content, file_name))


def tables(content: bytes, file_name: str) -> list[Table]:
    """Every sheet of a workbook; a CSV file once for each delimiter it could have, the likeliest first."""
    if content[:2] == b"PK":
        return _workbook(content, file_name)
    if file_name.lower().endswith(TEXT_ENDINGS):
        return _text(content, file_name)
    raise _unreadable(file_name)


def _workbook(content: bytes, file_name: str) -> list[Table]:
    try:
        with ZipFile(io.BytesIO(content)) as packed:
            if sum(item.file_size for item in packed.infolist()) > MAX_UNPACKED:
                raise _too_long(file_name)
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        found = []
        for sheet in book.worksheets:
            sheet.reset_dimensions()  # some programs write a wrong extent, and all but A1 would be missing
            rows = ((n, tuple(map(_cell, row[:MAX_COLUMNS]))) for n, row in enumerate(sheet.iter_rows(), 1))
            found.append(Table(sheet.title, _kept(rows, file_name)))
        book.close()
    except (
        *(InvalidFileException, BadZipFile, zlib.error, KeyError, ValueError, OSError, TypeError, IndexError),
        *(SyntaxError, EOFError, AttributeError, NotImplementedError, RuntimeError),
    ) as error:
        raise _unreadable(file_name) from error
    return found


def _cell(cell: Any) -> object:
    """A number shown with leading zeros (format 0000000000) keeps them."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool):
        shown = str(getattr(cell, "number_format", ""))
        if re.fullmatch(r"0{2,}", shown) and float(value).is_integer() and value >= 0:
            return str(int(value)).zfill(len(shown))
    return value


def _text(content: bytes, file_name: str) -> list[Table]:
    text = _decode(content)
    if text is None or "\0" in text:
        raise _unreadable(file_name)
    found = []
    try:
        for delimiter in DELIMITERS:
            reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            rows = ((n, tuple(row[:MAX_COLUMNS])) for n, row in enumerate(reader, 1))
            found.append(Table(file_name, _kept(rows, file_name)))
    except csv.Error as error:
        raise _unreadable(file_name) from error
    return sorted(found, key=lambda t: -max((len(cells) for _, cells in t.rows[:15]), default=0))


def _decode(content: bytes) -> str | None:
    """UTF-8 with or without its mark, UTF-16 with its mark, else what Windows writes in Indonesia."""
    if content[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        codecs: tuple[str, ...] = ("utf-16",)
    else:
        codecs = ("utf-8-sig", "cp1252")
    for codec in codecs:
        try:
            return content.decode(codec)
        except UnicodeDecodeError:
            continue
    return None


def _kept(rows: Iterable[Row], file_name: str) -> tuple[Row, ...]:
    """Rows that hold something, with the numbers the file shows. Raises: Invalid (`sheet_too_long`)."""
    kept: list[Row] = []
    for number, cells in rows:
        if any(c is not None and c != "" for c in cells):
            kept.append((number, cells))
            if len(kept) > MAX_ROWS:
                raise _too_long(file_name)
    return tuple(kept)


def _unreadable(file_name: str) -> Invalid:
    return Invalid(
        f"{file_name}: not a readable XLSX or CSV file; save it again as XLSX and retry",
        code="sheet_unreadable",
        file=file_name,
    )


def _too_long(file_name: str) -> Invalid:
    return Invalid(
        f"{file_name}: too long, at most {MAX_ROWS} rows",
        code="sheet_too_long",
        file=file_name,
        most=MAX_ROWS,
    )
