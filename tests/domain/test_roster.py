"""A participant list is read row by row, and every problem is told at once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.domain.roster import SPEC, read
from server.domain.sheet import Table, choose, clean, guess

HEADINGS = ["Nomor Peserta", "Nama", "NISN", "NPSN", "Sesi", "Ruang", "Meja"]
OWN = "20999001"


def sheet(*rows: list[object], headings: list[str] | None = None):
    table = Table("Lembar1", tuple(enumerate([tuple(headings or HEADINGS), *map(tuple, rows)], 1)))
    return read(choose(SPEC, [table]), OWN, [])


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
    assert guess(SPEC, ["No. Peserta", "NAMA PESERTA", "session"]) == {"number": 0, "name": 1, "slot": 2}


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


def test_a_reserve_needs_no_place_and_everybody_else_does():
    headings = [*HEADINGS, "Jenis peserta"]
    roster = sheet(
        ["1", "Ani", "", "", "", "", "", "cadangan"],
        ["2", "Budi", "", "", "", "", "", "utama"],
        headings=headings,
    )
    assert [(p.row, p.column) for p in roster.problems] == [(3, "slot"), (3, "room"), (3, "seat")]
    (reserve,) = roster.rows
    assert (reserve.kind, reserve.slot) == ("reserve", None)


def test_half_a_place_is_told_for_a_reserve_too():
    roster = sheet(["1", "Ani", "", "", 1, "", "", "reserve"], headings=[*HEADINGS, "kind"])
    assert {p.column for p in roster.problems} == {"room", "seat"}


def test_a_kind_that_is_neither_is_told_with_its_value():
    (problem,) = sheet(["1", "Ani", "", "", 1, "R", "1", "titipan"], headings=[*HEADINGS, "kind"]).problems
    assert (problem.code, problem.value) == ("kind_invalid", "titipan")


def test_a_list_of_reserves_alone_needs_no_columns_of_places():
    roster = sheet(["1", "Ani", "cadangan"], headings=["Nomor Peserta", "Nama", "Jenis peserta"])
    assert roster.problems == []


ROWS = st.lists(
    st.tuples(st.integers(1, 30), st.sampled_from(["Ani", "Budi"]), st.integers(1, 3), st.integers(1, 20)),
    max_size=8,
)


@given(ROWS, st.permutations(range(6)), st.sets(st.integers(0, 8)))
def test_the_order_of_columns_and_blank_rows_change_nothing(rows, order, blanks: set[int]):
    headings = ["Nomor Peserta", "Nama", "Sesi", "Ruang", "Meja", "NIK"]
    lines = [[f"0{n:02d}-1", name, slot, "Ruang 1", seat, "3201010101010001"] for n, name, slot, seat in rows]
    straight = sheet(*lines, headings=headings)
    turned = []
    for position, line in enumerate(lines):
        if position in blanks:
            turned.append([None, "  ", "", None, None, None])
        turned.append([line[i] for i in order])
    shuffled = sheet(*turned, headings=[headings[i] for i in order])

    def told(roster):
        rows_ = [(r.number, r.name, r.slot, r.room, r.seat) for r in roster.rows]
        return rows_, [(p.column, p.code, p.value) for p in roster.problems]

    assert told(straight) == told(shuffled)
    assert "3201010101010001" not in repr(shuffled)
