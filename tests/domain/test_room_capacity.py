"""What a room's working Chromebooks carry, and when its sessions must be split anew."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from server.domain.room_capacity import (
    capacity,
    clients_of,
    devices_for,
    outlook,
    portal_differs,
    portal_wanted,
    spares_for,
    split,
)


def test_a_begun_ten_wants_a_whole_spare():
    assert [spares_for(n) for n in (0, 1, 10, 11, 13, 20, 40)] == [0, 1, 1, 2, 2, 2, 4]
    assert (clients_of(15), clients_of(14), clients_of(1), clients_of(0)) == (13, 12, 0, 0)


def test_a_plan_that_fits_stands_as_it_is():
    found = capacity(15, 13, (13, 13), 2)
    assert found.plan_fits and found.split.sizes == (13, 13) and found.missing == 0
    assert portal_wanted(found) == 13


def test_one_dead_too_many_splits_the_pupils_anew_as_evenly_as_can_be():
    found = capacity(14, 13, (13, 13), 3)
    assert not found.plan_fits and found.day_fits
    assert found.split.sizes == (9, 9, 8) and portal_wanted(found) == 12


def test_more_sessions_than_the_day_has_says_how_many_chromebooks_are_missing():
    found = capacity(10, 13, (13, 13), 2)
    assert found.split.sizes == (9, 9, 8) and not found.day_fits
    assert found.missing == devices_for(13) - 10


def test_the_outlook_names_the_loss_that_breaks_the_plan_and_the_one_the_day_cannot_take():
    losses = outlook(capacity(15, 13, (13, 13), 3))
    assert [(loss.dead, loss.capacity.split.sizes) for loss in losses] == [(1, (9, 9, 8)), (6, (7, 7, 6, 6))]
    assert not losses[1].capacity.day_fits


def test_the_portal_s_clients_must_make_the_same_sessions():
    found = capacity(15, 13, (13, 13), 2)
    assert not portal_differs(None, found) and not portal_differs(13, found)
    assert portal_differs(15, found)  # more than work
    assert portal_differs(12, found)  # three sessions instead of two
    assert portal_differs(0, found)


def test_a_room_without_pupils_asks_nothing_of_the_portal():
    found = capacity(15, 13, (), 2)
    assert found.plan_fits and not portal_differs(15, found)


SIZES = st.lists(st.integers(1, 45), min_size=1, max_size=6)


@given(st.integers(0, 300), st.integers(0, 60), st.integers(0, 400))
def test_a_split_seats_everybody_within_what_works(working, seats, pupils):
    found = split(pupils, working, seats)
    assert devices_for(found.clients) <= max(working, 0) and found.clients <= seats
    if found.clients:
        assert sum(found.sizes) == pupils
        assert all(0 < size <= found.clients for size in found.sizes)
        assert not found.sizes or max(found.sizes) - min(found.sizes) <= 1
        assert found.sessions == -(-pupils // found.clients)
    else:
        assert found.sizes == ()


@given(SIZES, st.integers(0, 60), st.integers(1, 8))
def test_fewer_chromebooks_never_carry_more(planned, working, slots):
    more, fewer = (capacity(n, 60, planned, slots) for n in (working + 1, working))
    assert fewer.split.clients <= more.split.clients
    assert fewer.plan_fits <= more.plan_fits and fewer.day_fits <= more.day_fits
    assert fewer.missing >= more.missing


@given(SIZES, st.integers(0, 60), st.integers(1, 8))
def test_with_what_is_missing_the_day_is_held(planned, working, slots):
    now = capacity(working, 60, planned, slots)
    then = capacity(working + now.missing, 60, planned, slots)
    assert then.day_fits or now.missing == 0


@given(SIZES, st.integers(1, 80), st.integers(1, 8))
def test_the_number_for_the_portal_is_never_refused_when_the_plan_fits(planned, working, slots):
    found = capacity(working, 60, planned, slots)
    wanted = portal_wanted(found)
    assert wanted <= found.split.clients
    if found.split.sizes and not found.plan_fits:
        assert not portal_differs(wanted, found)
