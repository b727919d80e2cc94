"""Exactly one thing to do, and what stands in the way comes first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.domain.next_act import Around, Do, find
from server.domain.next_step import Record, Seen, Step
from server.domain.readiness import Readiness
from tests.domain.test_next_step import HOUR, T, sights

arounds = st.builds(
    Around,
    needed=st.booleans(),
    doubted=st.booleans(),
    keeps_work=st.booleans(),
    in_service=st.booleans(),
    loan_over=st.booleans(),
    wrong_unit=st.booleans(),
    readiness=st.none() | st.sampled_from(Readiness),
)
OF_STEP = {
    Step.WIFI: {Do.JOIN_WIFI, Do.COME_BACK, Do.CHECK_PAGE, Do.ENROL_AGAIN},
    Step.ENROL: {Do.ENROL, Do.ENROL_AGAIN},
    Step.POLICY: {Do.WAIT_POLICY},
    Step.CHECK_IN: {Do.CHECK_IN},
    Step.SEAT: {Do.GIVE_HOME, Do.ACCEPT},
    None: {Do.MEND, Do.PUT},
}
IN_THE_WAY = {Do.ACCEPT, Do.HANDS_OFF, Do.DELIVER, Do.REPAIR, Do.GIVE_BACK, Do.ENABLE, Do.MOVE_UNIT}


@given(sights, arounds)
def test_what_to_do_fits_the_step_or_stands_before_all_steps(seen, around):
    found = find(seen, around)
    assert found.do in IN_THE_WAY | OF_STEP[found.step]


@given(sights, arounds)
def test_a_waiting_remap_comes_before_everything_but_a_pupil_who_may_still_be_at_it(seen, around):
    if seen.remap_waits:
        theirs = around.needed and around.doubted
        assert find(seen, around).do is (Do.HANDS_OFF if theirs else Do.ACCEPT)


@given(sights, arounds)
def test_put_into_place_is_said_only_of_one_that_is_all_right(seen, around):
    found = find(seen, around)
    if found.do is Do.PUT:
        assert around.in_service and not around.needed and not around.wrong_unit
        assert around.readiness in {None, Readiness.READY}
        assert seen.placed and found.step is None


ALL_DONE = {"console": True, "reported_at": T, "placed": True, "record": Record("ACTIVE", T - HOUR, T)}


@pytest.mark.parametrize(
    ("seen", "around", "do"),
    [
        ({}, {"needed": True, "in_service": False}, Do.HANDS_OFF),
        ({}, {"needed": True, "keeps_work": True}, Do.HANDS_OFF),
        ({}, {"keeps_work": True}, Do.DELIVER),
        ({"wiped_at": T + 1}, {"keeps_work": True}, Do.COME_BACK),
        ({}, {"in_service": False}, Do.REPAIR),
        ({}, {"loan_over": True}, Do.GIVE_BACK),
        ({"record": Record("DISABLED", T, T)}, {}, Do.ENABLE),
        ({}, {"wrong_unit": True}, Do.MOVE_UNIT),
        ({}, {"readiness": Readiness.WARNING}, Do.MEND),
        ({}, {"readiness": Readiness.READY}, Do.PUT),
        ({"placed": False}, {}, Do.GIVE_HOME),
        ({"reported_at": None, "record": None}, {}, Do.JOIN_WIFI),
        ({"wiped_at": T + 1}, {}, Do.COME_BACK),
        ({"reported_at": None, "record": Record("DEPROVISIONED", T, T)}, {}, Do.ENROL_AGAIN),
        ({"reported_at": None, "record": None, "page_at": T}, {}, Do.ENROL),
        ({"reported_at": None, "record": Record("ACTIVE", T)}, {}, Do.WAIT_POLICY),
        ({"reported_at": None}, {}, Do.CHECK_IN),
        ({"reported_at": None, "newcomer_at": T + 1}, {}, Do.ACCEPT),
    ],
)
def test_each_situation_has_its_own_word(seen, around, do):
    assert find(Seen(**{**ALL_DONE, **seen}), Around(**around)).do is do


def test_observed_mode_asks_for_the_check_page_which_is_the_first_thing_it_can_see():
    assert find(Seen(page_checks_in=True, placed=True)).do is Do.CHECK_PAGE
    assert find(Seen(page_checks_in=True, placed=True, page_at=T)).do is Do.PUT
