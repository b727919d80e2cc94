"""A participant list is read row by row, and every problem is told at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.domain.roster import clean, guess_columns, read

HEADINGS = ["Nomor Peserta", "Nama", "NISN", "NPSN", "Sesi", "Ruang", "Meja"]
OWN = "20999001"


def sheet(*rows: list[object], headings: list[str] | None = None):
    return read(headings or HEADINGS, list(enumerate(rows, 2)), OWN, [])


def test_a_clean_row_is_understood():
    roster = sheet(["02-001-001", "Ani Lestari", "0012345678", OWN, 1, "Ruang 1", 7.0])
    assert roster.problems == []
    (row,) = roster.rows
    assert (row.number, row.name, row.slot, row.seat) == ("02-001-001", "Ani Lestari", 1, "7")


def test_leading_zeros_and_hyphens_stay():
    assert sheet(["0007-01", "Budi", "0009321234", "", "2", "Ruang 1", "01"]).rows[0].number == "0007-01"


def test_invisible_characters_inside_a_nisn_do_no_harm():
    assert sheet(["1", "Citra", "00​1234​5678", "", 1, "R", "1"]).rows[0].nisn == "0012345678"


def test_a_doubled_number_names_both_rows():
    roster = sheet(["1", "Ani", "", "", 1, "R", "1"], ["1", "Budi", "", "", 1, "R", "2"])
    (problem,) = roster.problems
    assert (problem.row, problem.code) == (3, "number_doubled")
    assert "row 2" in problem.message


def test_a_doubled_seat_is_told_even_in_other_case():
    roster = sheet(["1", "Ani", "", "", 1, "Ruang A", "m1"], ["2", "Budi", "", "", 1, "ruang a", "M1"])
    assert [p.code for p in roster.problems] == ["seat_doubled"]


def test_a_foreign_school_is_told():
    assert [p.code for p in sheet(["1", "Ani", "", "10000001", 1, "R", "1"]).problems] == ["foreign_school"]


def test_every_problem_of_a_row_is_told_at_once():
    codes = {p.code for p in sheet(["", "Ani", "123", "x", "zero", "R", ""]).problems}
    assert codes == {"cell_empty", "nisn_invalid", "foreign_school", "slot_invalid"}


def test_a_missing_column_is_told_with_the_headings_it_is_known_by():
    roster = sheet(["1"], headings=["Nomor Peserta"])
    assert {p.column for p in roster.problems} == {"name", "slot", "room", "seat"}
    assert roster.rows == []


def test_headings_are_known_in_both_languages_and_any_spelling():
    assert guess_columns(["No. Peserta", "NAMA PESERTA", "session"]) == {"number": 0, "name": 1, "slot": 2}


def test_a_sheet_without_participants_is_a_problem():
    assert [p.code for p in sheet().problems] == ["roster_empty"]


@given(
    st.lists(
        st.lists(st.one_of(st.none(), st.text(max_size=20), st.integers(), st.floats()), max_size=8),
        max_size=12,
    )
)
def test_any_sheet_is_read_without_an_exception_and_no_number_comes_twice(rows: list[list[object]]):
    roster = sheet(*rows)
    numbers = [r.number for r in roster.rows]
    assert len(numbers) == len(set(numbers))


@given(st.text())
def test_cleaning_is_idempotent(text: str):
    assert clean(clean(text)) == clean(text)
