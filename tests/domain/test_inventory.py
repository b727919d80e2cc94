"""A list of Chromebooks is read row by row, and every problem is told at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.inventory import SPEC, Inventory, read, real_serial
from server.domain.sheet import Table, choose

HEADINGS = ("Label", "Nomor Seri", "Model", "Ruang", "Meja", "Cadangan")


def sheet(*rows: tuple[object, ...], headings: tuple[str, ...] = HEADINGS) -> Inventory:
    return read(choose(SPEC, [Table("A", tuple(enumerate([headings, *rows], 1)))]))


def test_a_clean_row_is_understood() -> None:
    (row,) = sheet(("C07", "5CD0007", "CB 11", "Ruang 1", 7.0, "tidak")).rows
    assert (row.label, row.serial, row.room, row.seat, row.spare) == ("C07", "5CD0007", "Ruang 1", "7", False)


def test_an_empty_cell_says_nothing() -> None:
    (row,) = sheet(("C07", "", None, "", "", "")).rows
    assert (row.serial, row.model, row.room, row.seat, row.spare) == (None, None, None, None, None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "none",
        "None ",
        "0",
        "0000000",
        "System Serial Number",
        "To Be Filled By O.E.M.",
        "N/A",
        "-",
        "xxxx",
        "Tidak ada",
    ],
)
def test_a_placeholder_is_no_serial_number(text: str) -> None:
    assert real_serial(text) is None


def test_a_doubled_label_serial_and_seat_name_both_rows() -> None:
    found = sheet(
        ("C01", "S1", "", "R", "1", ""), ("c01", "S2", "", "R", "2", ""), ("C03", "s1", "", "r", "1", "")
    )
    assert [(p.row, p.code, p.more["other"]) for p in found.problems] == [
        (3, "label_doubled", 2),
        (4, "serial_doubled", 2),
        (4, "place_doubled", 2),
    ]


def test_many_placeholders_are_no_doubled_serial() -> None:
    assert sheet(("C01", "none", "", "", "", ""), ("C02", "none", "", "", "", "")).problems == []


def test_a_seat_without_a_room_and_an_unclear_spare_are_told() -> None:
    found = sheet(("C01", "", "", "", "4", "mungkin"))
    assert {(p.column, p.code) for p in found.problems} == {
        ("room", "cell_empty"),
        ("spare", "spare_invalid"),
    }


@given(
    st.lists(st.tuples(st.integers(1, 9), st.sampled_from(["S1", "none", ""])), max_size=6),
    st.permutations(range(6)),
    st.sets(st.integers(0, 6)),
)
def test_the_order_of_columns_and_blank_rows_change_nothing(
    rows: list[tuple[int, str]], order: list[int], blanks: set[int]
) -> None:
    lines = [(f"C0{n}", serial, "CB", "R", str(i), "ya") for i, (n, serial) in enumerate(rows)]
    turned: list[tuple[object, ...]] = []
    for position, line in enumerate(lines):
        if position in blanks:
            turned.append((None,) * 6)
        turned.append(tuple(line[i] for i in order))
    straight, shuffled = sheet(*lines), sheet(*turned, headings=tuple(HEADINGS[i] for i in order))
    assert [(r.label, r.serial, r.seat) for r in straight.rows] == [
        (r.label, r.serial, r.seat) for r in shuffled.rows
    ]
    assert [(p.column, p.code) for p in straight.problems] == [(p.column, p.code) for p in shuffled.problems]


@given(
    st.lists(
        st.tuples(*[st.one_of(st.none(), st.text(max_size=12), st.integers(), st.floats())] * 6), max_size=8
    )
)
def test_any_sheet_is_read_without_an_exception(rows: list[tuple[object, ...]]) -> None:
    labels = [r.label.lower() for r in sheet(*rows).rows]
    assert all(labels)
