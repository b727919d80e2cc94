"""Making and opening exams: what is planned, and what devices it gets."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import Invalid, NotFound
from server.services import exams
from server.store.tables import assignments, device_places, devices, exam_slots, rounds, seats
from server.store.tables import exams as exam_rows
from tests.services.conftest import SARI
from tests.services.room import doc, run


def test_an_exam_nobody_made_is_not_found(school):
    for step in (exams.open_exam, exams.start, exams.pause, exams.resume, exams.end):
        with pytest.raises(NotFound) as refused:
            step(school.db, SARI, school.now, 9_999)
        assert refused.value.code == "exam_unknown"


@pytest.mark.parametrize("field", ["day_id", "slot_id", "room_id"])
def test_a_day_session_or_room_that_does_not_exist_is_refused_in_words(school, field):
    with pytest.raises(Invalid) as refused:
        school.make_exam(
            **{field: 9_999, **({"slot_id": school.made.slot_ids[1]} if field == "day_id" else {})}
        )
    assert (refused.value.code, refused.value.params["field"]) == ("exam_choice_missing", field)
    assert len(school.all(select(exam_rows.c.id))) == 1


def test_a_day_of_one_round_and_a_session_of_another_make_no_exam(school):
    with school.db.write() as tx:
        other = tx.insert(rounds, name="TKA", programme="TKA", purpose="utama", created_at=school.now)
        slot = tx.insert(exam_slots, round_id=other, number=1)
    with pytest.raises(Invalid) as refused:
        school.make_exam(slot_id=slot)
    assert refused.value.params["field"] == "slot_id"


def test_a_chromebook_out_of_service_is_not_put_at_a_seat(school):
    with school.db.write() as tx:
        tx.c.execute(devices.update().where(devices.c.label == "C02").values(in_service=False))
    exams.open_exam(school.db, SARI, school.now, school.exam)
    assert (school.view(2).device, school.view(3).device) == (None, "C03")


def test_two_chromebooks_that_call_one_seat_home_do_not_stop_the_room_from_opening(school):
    with school.db.write() as tx:
        seat = tx.c.execute(
            select(seats.c.id).where(seats.c.label == "1", seats.c.room_id == school.made.room_id)
        ).scalar()
        tx.insert(device_places, device_id=14, room_id=school.made.room_id, seat_id=seat, from_at=school.now)
    exams.open_exam(school.db, SARI, school.now, school.exam)
    rows = school.all(select(assignments.c.device_id).where(assignments.c.sitting_id == school.sitting(1).id))
    assert [r.device_id for r in rows] == [1]  # whoever was there first
    assert doc(school, 14)["mode"] == "idle"


def test_ending_marks_who_never_came_and_finishes_who_worked_and_stops_the_token(school):
    run(school)
    exams.end(school.db, SARI, school.now, school.exam)
    assert {s.state for s in [school.sitting(n) for n in range(1, 14)]} == {"absent"}
    assert [line.outcome for line in school.lines("exam.end")] == ["done"]
    assert doc(school, 1)["mode"] == "idle"


def test_a_room_that_was_opened_by_mistake_can_be_ended_without_a_start(school):
    exams.open_exam(school.db, SARI, school.now, school.exam)
    exams.end(school.db, SARI, school.now, school.exam)
    assert {school.sitting(n).state for n in range(1, 14)} == {"absent"}
