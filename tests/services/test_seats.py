"""Seats: what is corrected, paused, reopened, and what a lock does when the sitting is over."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.sitting import SittingState as S
from server.services import exams, seats
from server.store import blocks as block_rows
from server.store.tables import holds, sittings
from tests.services.conftest import MINUTE, PROFILE, SARI
from tests.services.room import doc, ids, run, tick, work


@pytest.fixture
def ministry(school):
    """The second session, whose client is the ministry's Exam Browser."""
    school.make_exam(
        slot_id=school.made.slot_ids[1], profile={**PROFILE, "client": "exam_browser"}, start_url=None
    )
    return school


def tell(school, seat: int, state: S):
    return seats.tell(school.db, SARI, school.now, ids(school, seat), state)[0]


def test_everyone_started_then_the_absent_are_told_as_exceptions(ministry):
    run(ministry)
    assert all(o.ok for o in seats.whole_room_started(ministry.db, SARI, ministry.now, ministry.exam))
    assert tell(ministry, 4, S.ABSENT).ok
    assert (ministry.view(4).state, ministry.view(4).told) == (S.ABSENT, True)
    assert ministry.view(5).state is S.WORKING


def test_a_person_may_correct_what_a_person_told(ministry):
    run(ministry)
    for state in (S.ABSENT, S.WORKING, S.FINISHED, S.WORKING, S.EXPECTED, S.WORKING):
        assert tell(ministry, 1, state).ok, state
    row = ministry.sitting(1)
    assert (row.state, row.finished_at, row.finish_reason) == ("working", None, None)
    assert tell(ministry, 1, S.WORKING).code == "sitting_state"  # nothing to correct


def test_nobody_is_told_to_work_before_the_exam_started(ministry):
    exams.open_exam(ministry.db, SARI, ministry.now, ministry.exam)
    outcomes = seats.whole_room_started(ministry.db, SARI, ministry.now, ministry.exam)
    assert {o.code for o in outcomes} == {"exam_not_running"}
    assert tell(ministry, 4, S.ABSENT).ok  # who is absent is known earlier


def test_a_pupil_at_a_live_seat_is_not_marked_absent_while_working(school):
    run(school)
    work(school, 1)
    assert seats.absent(school.db, SARI, school.now, ids(school, 1))[0].code == "sitting_state"


def test_a_finish_taken_back_while_the_room_is_paused_waits_with_the_others(school):
    run(school)
    work(school, 1)
    school.now += 4 * MINUTE
    seats.finish(school.db, SARI, school.now, ids(school, 1))
    exams.pause(school.db, SARI, school.now, school.exam)
    school.now += MINUTE
    assert seats.reset(school.db, SARI, school.now, ids(school, 1))[0].ok
    assert school.sitting(1).state == "paused"
    tick(school, 30 * MINUTE)
    exams.resume(school.db, SARI, school.now, school.exam)
    assert doc(school, 1)["ends_at"] == school.now + 6 * MINUTE


def test_a_lock_without_an_end_ends_with_the_time_of_the_sitting(school):
    run(school)
    work(school, 1)
    seats.lock(school.db, SARI, school.now, ids(school, 1), "Tunggu")
    tick(school, 15 * MINUTE)
    assert (school.view(1).state, school.view(1).locked) == (S.FINISHED, None)
    assert school.all(select(holds).where(holds.c.released_at.is_(None))) == []


def test_a_lock_does_not_stay_behind_on_the_device_of_an_absent_pupil(school):
    run(school)
    seats.lock(school.db, SARI, school.now, ids(school, 1), "Tunggu")
    assert seats.absent(school.db, SARI, school.now, ids(school, 1))[0].ok
    assert (doc(school, 1)["mode"], doc(school, 1)["lock"]) == ("idle", None)


def test_a_short_lock_that_runs_out_during_a_pause_leaves_the_device_locked(school):
    run(school)
    work(school, 1)
    exams.pause(school.db, SARI, school.now, school.exam)
    seats.lock(school.db, SARI, school.now, ids(school, 1), "Tunggu", 1)
    assert doc(school, 1)["lock"]["expires_at"] is None
    tick(school, 5 * MINUTE)
    assert (doc(school, 1)["mode"], doc(school, 1)["lock"]["expires_at"]) == ("locked", None)


def test_one_seat_of_a_paused_room_is_not_resumed_alone(school):
    run(school)
    work(school, 1)
    exams.pause(school.db, SARI, school.now, school.exam)
    assert seats.resume(school.db, SARI, school.now, ids(school, 1))[0].code == "exam_paused"


def test_the_time_left_when_an_exam_ends_over_a_paused_sitting_stays_on_record(school):
    run(school)
    work(school, 1)
    school.now += 3 * MINUTE
    seats.pause(school.db, SARI, school.now, ids(school, 1))
    school.now += 20 * MINUTE
    exams.end(school.db, SARI, school.now, school.exam)
    row = school.sitting(1)
    assert (row.state, row.finish_reason, row.finished_at) == ("finished", "exam_ended", school.now)
    with school.db.read() as c:
        block = block_rows.of_sitting(c, row.id)[0]
    assert block.paused_at is None
    assert block.granted_ms - (block.ended_at - block.started_at - block.stood_ms) == 7 * MINUTE
    assert doc(school, 1)["mode"] == "finished"


def test_a_part_that_was_over_before_the_proctor_ended_it_ends_when_it_was_over(school):
    run(school)
    work(school, 1)
    began = school.now
    school.now += 12 * MINUTE  # the server was away and no sweep ran
    seats.finish(school.db, SARI, school.now, ids(school, 1))
    with school.db.read() as c:
        assert block_rows.of_sitting(c, school.sitting(1).id)[0].ended_at == began + 10 * MINUTE


def test_extra_time_goes_to_the_part_being_worked_on(school):
    run(school)
    work(school, 1)
    tick(school, 11 * MINUTE)  # the second part began a minute ago
    seats.extra_time(school.db, SARI, school.now, ids(school, 1), 3)
    assert doc(school, 1)["ends_at"] == school.now + 7 * MINUTE


def test_a_seat_named_twice_is_done_once_and_one_nobody_knows_is_refused(school):
    run(school)
    work(school, 1)
    (one,) = ids(school, 1)
    outcomes = seats.extra_time(school.db, SARI, school.now, [one, one, 9_999], 5)
    assert [(o.ok, o.code) for o in outcomes] == [(True, None), (False, "sitting_unknown")]
    assert school.view(1).extra_ms == 5 * MINUTE
    lines = [(line.object, line.outcome, line.code) for line in school.lines("seat.extra_time")]
    assert lines[-1] == ("sitting 9999", "refused", "sitting_unknown")


def test_a_message_replaces_the_one_before_and_is_cleared(school):
    run(school)
    seats.message(school.db, SARI, school.now, ids(school, 1), "Siapkan kartu")
    seats.message(school.db, SARI, school.now, ids(school, 1), "Lima menit lagi")
    assert doc(school, 1)["notice"]["text"] == "Lima menit lagi"
    seats.clear_message(school.db, SARI, school.now, ids(school, 1))
    assert doc(school, 1)["notice"] is None


def test_a_lock_that_is_not_there_cannot_be_released(school):
    run(school)
    assert seats.unlock(school.db, SARI, school.now, ids(school, 1))[0].code == "seat_not_locked"
    assert [(line.outcome, line.code) for line in school.lines("seat.unlock")] == [
        ("refused", "seat_not_locked")
    ]


def test_a_device_that_was_cleared_is_not_reopened(school):
    run(school)
    work(school, 1)
    seats.finish(school.db, SARI, school.now, ids(school, 1))
    with school.db.write() as tx:
        tx.c.execute(sittings.update().values(clear_ordered_at=school.now))
    assert seats.reset(school.db, SARI, school.now, ids(school, 1))[0].code == "seat_cleared"
