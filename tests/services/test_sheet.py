"""Files as schools send them: XLSX or CSV in any of the usual dresses give the same rows."""

from __future__ import annotations

import io

import pytest
from openpyxl import Workbook

from server.domain import inventory, roster
from server.domain.errors import Invalid
from server.services import sheet

ROWS = [
    ["Nomor Peserta", "Nama", "Sesi", "Ruang", "Meja"],
    ["007-01", "Zoë Ñata", "1", "Ruang 1", "01"],
    ["008-02", "Budi, S", "2", "Ruang 1", "02"],
]


def workbook(*sheets: tuple[str, list[list[object]]]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def text(delimiter: str) -> str:
    return "\r\n".join(
        delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in ROWS
    )


def cells(content: bytes, name: str) -> list[list[str]]:
    found = sheet.read(roster.SPEC, content, name)
    return [list(found.headings), *(list(cells) for _, cells in found.rows)]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_a_csv_in_any_dress_gives_the_same_text(delimiter: str, codec: str):
    assert cells(text(delimiter).encode(codec), "daftar.csv") == ROWS


def test_an_xlsx_gives_the_same_text_whatever_it_is_called():
    assert cells(workbook(("A", ROWS)), "daftar.csv") == ROWS


def test_the_sheet_whose_headings_fit_best_is_read():
    content = workbook(
        ("Petunjuk", [["Isi lembar kedua"], ["Nama", "Kelas"]]), ("Peserta", [["DAFTAR"], [], *ROWS])
    )
    found = sheet.read(roster.SPEC, content, "daftar.xlsx")
    assert (found.name, found.heading_row) == ("Peserta", 3)
    assert [row for row, _ in found.rows] == [4, 5]


def test_a_number_shown_with_zeros_keeps_them():
    book = Workbook()
    page = book.active
    page.append(["Nomor Peserta", "NISN"])
    page.append([7, 12345678])
    page["A2"].number_format, page["B2"].number_format = "000", "0000000000"
    stream = io.BytesIO()
    book.save(stream)
    found = sheet.read(roster.SPEC, stream.getvalue(), "x.xlsx")
    assert found.rows[0][1] == ("007", "0012345678")


@pytest.mark.parametrize(
    "heading",
    ["NIK", "No. KK", "Nama Ayah", "NamaIbuKandung", "Alamat Rumah", "Penghasilan Wali", "Tanggal Lahir"],
)
def test_what_is_private_is_not_kept_in_any_form(heading: str):
    found = sheet.read(
        roster.SPEC, workbook(("A", [[*ROWS[0], heading], [*ROWS[1], "rahasia-77"]])), "daftar.xlsx"
    )
    assert found.dropped == (heading,)
    assert "rahasia-77" not in repr(found)


def test_columns_under_a_parents_heading_are_not_kept():
    """Two rows of headings with merged cells: the second says only "Nama" under "Data Ayah"."""
    rows = [
        ["Daftar Peserta Didik"],
        ["Nomor Peserta", "Nama", "Sesi", "Ruang", "Meja", "Data Ayah", None, "Kelas"],
        [None, None, None, None, None, "Nama", "NIK", None],
        ["1", "Ani", "1", "R", "1", "Rahasia", "3201", "IX-A"],
    ]
    found = sheet.read(roster.SPEC, workbook(("A", rows)), "daftar.xlsx")
    assert "Rahasia" not in repr(found) and "3201" not in repr(found)
    assert [n for n, _ in found.rows] == [4]
    assert found.rows[0][1][7] == "IX-A"


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"bukan lembar", "foto.xlsx"),
        (b"PK\x03\x04rusak", "rusak.xlsx"),
        (b"a\0b", "biner.csv"),
        (b"\xd0\xcf\x11\xe0 lama", "lama.xls"),
        (b"\xff\xfea", "ganjil.csv"),
    ],
)
def test_a_file_that_is_no_list_is_named(content: bytes, name: str):
    with pytest.raises(Invalid) as refused:
        sheet.read(roster.SPEC, content, name)
    assert refused.value.code == "sheet_unreadable"
    assert name in str(refused.value)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_too_many_rows_are_refused_alike(kind: str):
    rows: list[list[object]] = [["Label"], *([f"C{n}"] for n in range(sheet.MAX_ROWS))]
    content = workbook(("A", rows)) if kind == "xlsx" else "\n".join(str(r[0]) for r in rows).encode()
    with pytest.raises(Invalid) as refused:
        sheet.read(inventory.SPEC, content, f"panjang.{kind}")
    assert refused.value.code == "sheet_too_long"
    assert refused.value.params["file"] == f"panjang.{kind}"


def test_an_empty_file_says_which_columns_are_missing():
    found = sheet.read(inventory.SPEC, b"", "kosong.csv")
    assert [p.code for p in inventory.read(found).problems] == ["column_missing"]
