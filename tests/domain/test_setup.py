"""Names, times and how seats lie in a room."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import setup
from server.domain.setup import SeveralInvalid

labels = st.lists(
    st.text("0123456789abcXYZ-", min_size=1, max_size=10), min_size=1, max_size=60, unique_by=str.lower
)


@given(labels, st.integers(1, setup.MAX_COLUMNS))
def test_every_seat_has_one_place_in_rows_without_holes(given_labels, columns):
    places = setup.lay_out(given_labels, columns)
    assert [p.label for p in places] == given_labels
    assert [(p.row - 1) * columns + p.column - 1 for p in places] == list(range(len(places)))
    assert all(1 <= p.column <= columns for p in places)


@given(labels, st.sampled_from([", ", ",", " ", ";", "\n", " ,\r\n"]))
def test_a_list_of_labels_reads_the_same_however_it_is_separated(given_labels, between):
    assert setup.labels_of(between.join(given_labels)) == given_labels


@given(labels, st.integers(1, 20), st.integers(1, 10))
def test_more_seats_at_the_end_move_nobody(given_labels, columns, more):
    longer = [*given_labels, *(f"+{n}" for n in range(more))]
    assert setup.lay_out(longer, columns)[: len(given_labels)] == setup.lay_out(given_labels, columns)


@pytest.mark.parametrize(
    ("labels", "columns", "codes"),
    [
        ([], 5, ["seats_missing"]),
        (["1"], 0, ["columns_invalid"]),
        (["1"], 21, ["columns_invalid"]),
        ([], 0, ["columns_invalid", "seats_missing"]),
        (["3a", "3A"], 5, ["seat_label_twice"]),
        (["x" * 11], 5, ["seat_label_long"]),
        (setup.numbered(201), 5, ["seats_too_many"]),
    ],
)
def test_a_room_that_cannot_be_says_all_that_is_wrong(labels, columns, codes):
    with pytest.raises(SeveralInvalid) as refused:
        setup.lay_out(labels, columns)
    assert [p.code for p in refused.value.problems] == codes
    assert refused.value.code == codes[0]


@pytest.mark.parametrize("npsn", ["20999001", "P1234567", "K1234567"])
def test_an_npsn_of_a_school_or_a_course(npsn):
    assert setup.npsn_problem(npsn) == []


@pytest.mark.parametrize("npsn", ["", "2099900", "209990011", "X1234567", "2099900a", "２０９９９００１"])
def test_what_is_no_npsn(npsn):
    assert [p.code for p in setup.npsn_problem(npsn)] == ["npsn_invalid"]


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("7.30", "07:30"), ("07:30", "07:30"), (" 13.00 ", "13:00"), ("24.00", None), ("730", None), ("", None)],
)
def test_times_as_people_write_them(typed, stored):
    assert setup.clock(typed) == stored
