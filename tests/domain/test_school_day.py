"""A day is read from what people write, and only days that exist."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain import school_day


@given(st.dates())
def test_every_day_is_read_in_each_spelling(day: date):
    assert school_day.read(day.isoformat()) == day.isoformat()
    assert school_day.read(f"{day.isoformat()} 00:00:00") == day.isoformat()
    assert school_day.read(f"{day.day}/{day.month}/{day.year:04d}") == day.isoformat()
    assert school_day.is_day(day.isoformat())


@given(st.integers(1, 9999), st.integers(1, 12), st.integers(1, 31))
def test_no_day_is_made_up(year: int, month: int, day: int):
    text = f"{year:04d}-{month:02d}-{day:02d}"
    try:
        real = date(year, month, day).isoformat()
    except ValueError:
        real = None
    assert school_day.read(text) == real


@pytest.mark.parametrize("text", ["", "besok", "30/11", "2026-11-31", "31.02.26", "2026-13-01", "٣٠/١١/٢٠٢٦"])
def test_what_is_no_day_is_none(text: str):
    assert school_day.read(text) is None


def test_only_one_spelling_sorts():
    assert school_day.read("3.1.26") == "2026-01-03"
    assert not school_day.is_day("2026-1-3")
