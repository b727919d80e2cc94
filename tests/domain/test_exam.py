"""The life of an exam has one way forward, and a pause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.errors import IllegalTransition
from server.domain.exam import ARROWS, LIVE, ExamState, raise_if_no_arrow


@pytest.mark.parametrize("seen", ExamState)
@pytest.mark.parametrize("wanted", ExamState)
def test_only_the_arrows_of_the_table_are_taken(seen: ExamState, wanted: ExamState):
    if wanted in ARROWS[seen]:
        raise_if_no_arrow(seen, wanted)
    else:
        with pytest.raises(IllegalTransition) as refused:
            raise_if_no_arrow(seen, wanted)
        assert (refused.value.code, refused.value.status) == ("exam_state", 409)
        assert refused.value.params == {"seen": str(seen), "wanted": str(wanted)}


@given(st.lists(st.sampled_from(ExamState), max_size=30))
def test_no_sequence_of_wishes_brings_an_ended_exam_back(wishes: list[ExamState]):
    state, ended = ExamState.DRAFT, False
    for wanted in wishes:
        try:
            raise_if_no_arrow(state, wanted)
        except IllegalTransition:
            continue
        state = wanted
        ended = ended or state is ExamState.ENDED
        assert not (ended and state in LIVE)


def test_an_exam_that_runs_cannot_become_a_draft_again():
    assert ExamState.DRAFT not in ARROWS[ExamState.RUNNING] | ARROWS[ExamState.PAUSED]
