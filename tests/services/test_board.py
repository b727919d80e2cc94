"""The board as one picture: what was ordered and what was applied are told apart."""

from __future__ import annotations

from server.domain.presence import Presence
from server.services import board, exams, seats
from tests.services.conftest import MINUTE, PROFILE, SARI
from tests.services.room import ids, report, run, tick, work


def counts(school):
    with school.db.read() as c:
        return board.board(c, school.exam, school.now).counts


def test_an_order_is_pending_until_the_device_says_it_applied_it(school):
    run(school)
    work(school, 1)
    report(school, 1, "exam")
    assert not school.view(1).pending
    seats.lock(school.db, SARI, school.now, ids(school, 1), "Tunggu")
    seen = school.view(1)
    assert (seen.ordered, seen.applied, seen.pending) == ("locked", "exam", True)
    report(school, 1, "locked")
    seen = school.view(1)
    assert (seen.applied, seen.pending, seen.locked, seen.lock_text) == ("locked", False, "proctor", "Tunggu")


def test_every_seat_is_counted_once_by_its_state(school):
    run(school)
    work(school, 1, 2)
    seats.finish(school.db, SARI, school.now, ids(school, 2))
    seats.absent(school.db, SARI, school.now, ids(school, 3))
    seen = counts(school)
    assert (seen["working"], seen["finished"], seen["absent"], seen["expected"]) == (1, 1, 1, 10)
    assert seen["all"] == 13


def test_silence_is_missing_and_asks_for_a_look(school):
    run(school)
    work(school, 1)
    report(school, 1, "exam")
    tick(school, MINUTE)
    assert (school.view(1).presence, school.view(1).attention) == (Presence.MISSING, True)
    assert counts(school)["missing"] == 1


def test_nobody_is_missed_at_the_seat_of_an_absent_pupil(school):
    report(school, 3, "idle")  # this Chromebook spoke once, this morning
    run(school)
    seats.absent(school.db, SARI, school.now, ids(school, 3))
    school.now += 60 * MINUTE
    assert not school.view(3).attention
    assert counts(school).get("missing", 0) == 0


def test_a_device_last_heard_before_the_ministrys_exam_is_not_seen_and_not_missed(school):
    report(school, 1, "idle")  # the readiness check of this morning
    school.now += 60 * MINUTE
    school.make_exam(
        slot_id=school.made.slot_ids[1], profile={**PROFILE, "client": "exam_browser"}, start_url=None
    )
    run(school)
    seen = school.view(1)
    assert (seen.presence, seen.missing, seen.pending) == (Presence.NEVER, False, False)
    with school.db.read() as c:
        assert board.board(c, school.exam, school.now).heard == 0
    report(school, 1, "waiting")
    with school.db.read() as c:
        assert board.board(c, school.exam, school.now).heard == 1


def test_a_finished_pupil_has_no_clock(school):
    run(school)
    work(school, 1)
    school.now += MINUTE
    seats.finish(school.db, SARI, school.now, ids(school, 1))
    seen = school.view(1)
    assert (seen.block, seen.ends_at, seen.time_left_ms) == (None, None, None)


def test_a_seat_whose_chromebook_is_elsewhere_is_shown_without_one(school):
    seen = school.view(1)  # not opened yet
    assert (seen.device, seen.presence, seen.pending) == (None, Presence.NEVER, False)


def test_a_paused_clock_is_shown_as_what_is_left(school):
    run(school)
    work(school, 1)
    school.now += 4 * MINUTE
    exams.pause(school.db, SARI, school.now, school.exam)
    school.now += 9 * MINUTE
    assert (school.view(1).ends_at, school.view(1).time_left_ms) == (None, 6 * MINUTE)
