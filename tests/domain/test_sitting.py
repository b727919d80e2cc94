"""Time left follows from what was granted; states follow arrows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import IllegalTransition
from server.domain.exam import ARROWS as EXAM_ARROWS
from server.domain.exam import ExamState
from server.domain.exam import raise_if_no_arrow as raise_if_no_exam_arrow
from server.domain.sitting import (
    ACTIVE,
    ARROWS,
    MINUTE_MS,
    Block,
    SittingState,
    current_block,
    ends_at,
    raise_if_no_arrow,
    time_left_ms,
)

T0 = 1_790_000_000_000


def test_a_block_that_has_not_started_has_all_its_time():
    assert time_left_ms(Block(1, "Literasi", 75, extra_minutes=15), T0) == 90 * MINUTE_MS


def test_time_runs_from_the_start_and_stops_at_nothing():
    block = Block(1, "Literasi", 10, started_at=T0)
    assert time_left_ms(block, T0 + 4 * MINUTE_MS) == 6 * MINUTE_MS
    assert time_left_ms(block, T0 + 99 * MINUTE_MS) == 0


def test_a_pause_stops_the_clock_and_the_end_is_not_known_until_it_goes_on():
    paused = Block(1, "Literasi", 10, started_at=T0, paused_at=T0 + MINUTE_MS)
    assert time_left_ms(paused, T0 + 60 * MINUTE_MS) == 9 * MINUTE_MS
    assert ends_at(paused) is None
    on = Block(1, "Literasi", 10, started_at=T0, stood_ms=59 * MINUTE_MS)
    assert time_left_ms(on, T0 + 60 * MINUTE_MS) == 9 * MINUTE_MS
    assert ends_at(on) == T0 + 69 * MINUTE_MS


def test_incident_time_is_kept_apart_and_moves_the_end():
    block = Block(1, "Literasi", 10, incident_ms=5 * MINUTE_MS, started_at=T0)
    assert ends_at(block) == T0 + 15 * MINUTE_MS


def test_the_current_block_is_the_first_that_has_not_ended():
    first = Block(1, "A", 10, started_at=T0, ended_at=T0 + 1)
    assert current_block([Block(2, "B", 10), first]) == Block(2, "B", 10)
    assert current_block([first]) is None


blocks = st.builds(
    Block,
    position=st.just(1),
    name=st.just("A"),
    minutes=st.integers(1, 300),
    extra_minutes=st.integers(0, 240),
    incident_ms=st.integers(0, 10**8),
    started_at=st.integers(T0, T0 + 10**8),
    paused_at=st.none() | st.integers(T0, T0 + 2 * 10**8),
    stood_ms=st.integers(0, 10**8),
    ended_at=st.none() | st.integers(T0, T0 + 2 * 10**8),
)


@given(blocks, st.integers(T0, T0 + 10**9), st.integers(0, 10**9))
def test_time_left_never_grows_by_itself(block: Block, now: int, later: int):
    assert 0 <= time_left_ms(block, now + later) <= time_left_ms(block, now) <= block.granted_ms


@given(blocks, st.integers(T0, T0 + 10**9))
def test_the_end_is_where_the_time_left_becomes_nothing(block: Block, now: int):
    limit = ends_at(block)
    if limit is not None and now >= block.started_at + block.stood_ms:
        assert time_left_ms(block, now) == max(0, limit - now)


@pytest.mark.parametrize("seen", SittingState)
@pytest.mark.parametrize("wanted", SittingState)
def test_only_the_arrows_of_the_table_are_taken(seen: SittingState, wanted: SittingState):
    if wanted in ARROWS[seen]:
        raise_if_no_arrow(seen, wanted)
    else:
        with pytest.raises(IllegalTransition) as refused:
            raise_if_no_arrow(seen, wanted)
        assert refused.value.code == "sitting_state"


def test_moved_and_archived_are_final_and_nothing_absent_works_without_being_expected_again():
    assert ARROWS[SittingState.MOVED] == frozenset()
    assert EXAM_ARROWS[ExamState.ARCHIVED] == frozenset()
    assert SittingState.WORKING not in ARROWS[SittingState.ABSENT]
    assert SittingState.ABSENT not in ACTIVE


def test_an_ended_exam_never_runs_again():
    reachable, frontier = set(), {ExamState.ENDED}
    while frontier:
        reachable |= frontier
        frontier = {n for s in frontier for n in EXAM_ARROWS[s]} - reachable
    assert ExamState.RUNNING not in reachable
    with pytest.raises(IllegalTransition) as refused:
        raise_if_no_exam_arrow(ExamState.ENDED, ExamState.RUNNING)
    assert refused.value.code == "exam_state"
