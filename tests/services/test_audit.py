"""One line for every act and every refusal, written with the act or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.services import audit, seats
from server.store.tables import audit as lines
from tests.services.conftest import SARI
from tests.services.room import ids, run, work


def test_a_line_says_who_did_what_to_which_seat_and_when(school):
    run(school)
    work(school, 7)
    seats.lock(school.db, SARI, school.now, ids(school, 7), "Tunggu", 5)
    (line,) = school.lines("seat.lock")
    assert (line.actor, line.role, line.address, line.at) == ("sari", "proctor", "127.0.0.1", school.now)
    assert (line.object, line.outcome, line.code) == (f"exam {school.exam} seat 7", "done", None)
    assert line.detail == {"text": "Tunggu", "minutes": 5}


def test_an_act_that_is_rolled_back_leaves_no_line(school):
    def half() -> None:
        with school.db.write() as tx:
            audit.record(tx, SARI, "test.act", "x", school.now)
            raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        half()
    assert school.lines("test.act") == []


def test_a_refusal_is_kept_with_its_code(school):
    audit.refused(school.db, SARI, "exam.end", "exam 1", school.now, "exam_state", seen="draft")
    (line,) = school.lines("exam.end")
    assert (line.outcome, line.code, line.detail) == ("refused", "exam_state", {"seen": "draft"})


def test_no_act_on_many_seats_is_without_a_line_for_each(school):
    run(school)
    before = len(school.all(select(lines.c.id)))
    outcomes = seats.message(school.db, SARI, school.now, ids(school, *range(1, 14)), "Selamat pagi")
    assert len(school.all(select(lines.c.id))) - before == len(outcomes) == 13
