"""Lists as XLSX files."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence

from flask import Response, send_file
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from server.web.offload import run_away

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def xlsx(name: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A download with one sheet."""
    stream = run_away(
        _book, list(headings), list(rows)
    )  # the rows are read here, their sheet is made elsewhere
    return send_file(stream, mimetype=XLSX, as_attachment=True, download_name=f"{name}.xlsx")


def _book(headings: list[str], rows: list[Sequence[object]]) -> io.BytesIO:
    """Text stays text: a name that starts with = must not become a formula."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(headings)
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    widths = [len(h) for h in headings]
    for row in rows:
        sheet.append([None if v is None else v for v in row])
        for column, value in enumerate(row, 1):
            widths[column - 1] = min(60, max(widths[column - 1], len(str(value or ""))))
            if isinstance(value, str):
                sheet.cell(sheet.max_row, column).data_type = "s"
    for column, width in enumerate(widths, 1):
        sheet.column_dimensions[get_column_letter(column)].width = width + 2
    sheet.freeze_panes = "A2"
    stream = io.BytesIO()
    book.save(stream)
    stream.seek(0)
    return stream
