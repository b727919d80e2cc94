"""A forecast never promises more than was measured, and says when it guesses."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.domain.battery import ASSUMED_PER_HOUR, HOUR_MS, Mark, forecast

MINUTE = 60_000


def falling(*pairs: tuple[int, int]) -> list[Mark]:
    return [Mark(minute * MINUTE, percent, False) for minute, percent in pairs]


def test_the_rate_is_that_of_the_newest_stretch_on_battery():
    seen = forecast(falling((0, 90), (30, 80), (60, 70)), 120 * MINUTE)
    assert (seen.percent, seen.per_hour, seen.measured) == (50, 20.0, True)


def test_before_anything_was_measured_the_rate_is_a_guess_and_says_so():
    seen = forecast(falling((0, 80), (5, 80)), 65 * MINUTE)
    assert (seen.percent, seen.measured) == (round(80 - ASSUMED_PER_HOUR), False)


def test_a_charger_between_two_stretches_starts_the_measuring_anew():
    marks = [*falling((0, 50), (60, 10)), Mark(70 * MINUTE, 60, True), *falling((80, 90), (110, 80))]
    assert forecast(marks, 170 * MINUTE).percent == 60


def test_nothing_is_known_of_a_device_that_never_said():
    assert forecast([], HOUR_MS) is None


def test_an_empty_one_wants_the_charger_and_a_full_one_does_not():
    assert forecast(falling((0, 40), (60, 30)), 180 * MINUTE).plug_in
    assert not forecast(falling((0, 95), (60, 90)), 180 * MINUTE).plug_in


@given(
    st.lists(st.tuples(st.integers(0, 600), st.integers(0, 100), st.booleans()), min_size=1, max_size=12),
    st.integers(0, 600),
)
def test_never_below_empty_and_never_above_what_is_there(raw, later):
    marks = [Mark(at * MINUTE, percent, charging) for at, percent, charging in sorted(raw)]
    seen = forecast(marks, marks[-1].at + later * MINUTE)
    assert 0 <= seen.percent <= marks[-1].percent
