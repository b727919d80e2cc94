"""What time brings about, also when the server was away while it passed."""

from __future__ import annotations

from sqlalchemy import select

from server.services import exams, sweep
from server.store.tables import assignments, exam_tokens, sitting_blocks
from tests.services.conftest import MINUTE, SARI
from tests.services.room import doc, report, run, tick, work


def blocks(school, seat: int):
    return school.all(
        select(sitting_blocks)
        .where(sitting_blocks.c.sitting_id == school.sitting(seat).id)
        .order_by(sitting_blocks.c.position)
    )


def test_ten_minutes_away_a_part_ends_when_it_was_due_and_the_next_began_then(school):
    run(school)
    began = school.now
    work(school, 1)
    tick(school, 4 * MINUTE)
    tick(school, 10 * MINUTE)  # the server was away over the end of part A (10 minutes)
    first, second = blocks(school, 1)
    assert (first.ended_at, first.end_reason) == (began + 10 * MINUTE, "time")
    assert (second.started_at, second.ended_at) == (began + 10 * MINUTE, None)
    assert doc(school, 1)["ends_at"] == began + 15 * MINUTE


def test_both_parts_over_while_away_are_both_on_record_in_order(school):
    run(school)
    began = school.now
    work(school, 1)
    tick(school, 120 * MINUTE)
    assert [b.ended_at - began for b in blocks(school, 1)] == [10 * MINUTE, 15 * MINUTE]
    assert school.sitting(1).finished_at == began + 15 * MINUTE
    assert len(school.lines("block.time_up")) == 2


def test_a_second_sweep_of_the_same_moment_changes_nothing(school):
    run(school)
    work(school, 1)
    report(school, 1, "exam", battery=5)
    tick(school, 16 * MINUTE)
    before = (school.all(select(sitting_blocks)), school.all(select(exam_tokens)), len(school.news))
    tick(school, 0)
    assert (school.all(select(sitting_blocks)), school.all(select(exam_tokens)), len(school.news)) == before


def test_a_paused_sitting_never_runs_out(school):
    run(school)
    work(school, 1)
    exams.pause(school.db, SARI, school.now, school.exam)
    tick(school, 24 * 60 * MINUTE)
    assert school.sitting(1).state == "paused"
    assert doc(school, 1)["time_left_ms"] == 10 * MINUTE


def test_a_device_that_is_away_keeps_its_seat_until_it_gave_everything(school):
    run(school)
    work(school, 1)
    report(school, 1, "exam", last_seq=5)
    exams.end(school.db, SARI, school.now, school.exam)
    tick(school, 60 * MINUTE)
    open_rows = school.all(select(assignments.c.device_id).where(assignments.c.to_at.is_(None)))
    assert [r.device_id for r in open_rows] == [1]
    assert doc(school, 1)["clear"] is None


def test_a_cleared_device_is_let_go_and_idle(school):
    run(school)
    work(school, 1)
    exams.end(school.db, SARI, school.now, school.exam)
    tick(school)
    report(school, 1, "finished")
    tick(school)
    clear = doc(school, 1)["clear"]
    event = {"seq": 1, "at": school.now, "kind": "site_data_cleared", "data": {"clear_id": "s9-1"}}
    report(school, 1, "finished", last_seq=1, events=[event])
    tick(school)
    assert school.sitting(1).cleared_at is None  # the word of another clearing is not this one
    event = {"seq": 2, "at": school.now, "kind": "site_data_cleared", "data": {"clear_id": clear["id"]}}
    report(school, 1, "finished", last_seq=2, events=[event])
    tick(school)
    assert school.all(select(assignments.c.id).where(assignments.c.to_at.is_(None))) == []
    assert (doc(school, 1)["mode"], doc(school, 1)["clear"]) == ("idle", None)
    assert [line.outcome for line in school.lines("device.cleared")] == ["done"]


def test_with_nothing_open_the_sweep_takes_no_lock(school):
    with school.db.write():  # a second writer would wait, and then fail
        sweep.sweep(school.db, school.now, lambda _id: False)
