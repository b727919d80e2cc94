"""What a report shows, and what of it a person should look at."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.incident import CAUSES, CLOCK_OFF_MS, DERIVED, Sign, present
from server.domain.sitting import SittingState as S

WELL = Sign(missing=False, state=S.WORKING, battery=80, charging=False, focused=True, clock_offset_ms=0)


def test_a_device_that_is_well_is_nothing_to_look_at():
    assert present(WELL) == set()


@pytest.mark.parametrize("state", S)
def test_only_a_pupil_who_came_and_is_not_done_can_be_missing(state: S):
    busy = state in {S.CHECKED_IN, S.READY, S.WORKING, S.PAUSED}
    assert ("missing" in present(replace(WELL, state=state, missing=True))) is busy


def test_a_flat_battery_counts_unless_it_is_charging():
    assert present(replace(WELL, battery=15)) == {"battery_low"}
    assert present(replace(WELL, battery=15, charging=True)) == set()
    assert present(replace(WELL, battery=None)) == set()


def test_losing_focus_counts_only_while_working_and_heard():
    assert present(replace(WELL, focused=False)) == {"left_exam"}
    assert present(replace(WELL, focused=False, state=S.PAUSED)) == set()
    assert present(replace(WELL, focused=False, missing=True)) == {"missing"}  # the focus is old news


def test_a_clock_off_by_a_day_is_seen_either_way():
    for by in (86_400_000, -86_400_000):
        assert present(replace(WELL, clock_offset_ms=by)) == {"clock_off"}
    assert present(replace(WELL, clock_offset_ms=CLOCK_OFF_MS)) == set()


signs = st.builds(
    Sign,
    st.booleans(),
    st.sampled_from(S),
    st.none() | st.integers(0, 100),
    st.none() | st.booleans(),
    st.booleans(),
    st.integers(-(10**9), 10**9),
)


@given(signs)
def test_every_kind_that_comes_and_goes_has_a_cause(sign: Sign):
    assert present(sign) <= DERIVED <= set(CAUSES)
