"""Ganti sesi: the next pupils on the same Chromebooks, and nothing of the first ones lost."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import Conflict, IllegalTransition
from server.services import exams, reserves, seats, session_plan, swaps, tokens
from server.services.session_change import change_session
from server.services.session_plan import Place
from server.store.database import BoardChanged
from server.store.tables import assignments, device_places, devices, participants, registrations, sittings
from server.store.tables import exams as exam_rows
from tests.services.conftest import MINUTE, SARI
from tests.services.room import clear, doc, ids, report, run, tick, work

HERE = {"connected": lambda _id: True}


@pytest.fixture
def room(school):
    """Session 1 runs with three pupils at work; session 2 is prepared."""
    school.first = school.exam
    school.second = school.make_exam(
        slot_id=school.made.slot_ids[1], title="Sesi 2", opens_at=school.now + 90 * MINUTE
    )
    school.exam = school.first
    for device in range(1, 16):
        report(school, device, "idle")
    run(school)
    work(school, 1, 2, 3)
    return school


def change(school, **more):
    return change_session(school.db, SARI, school.now, school.first, school.second, **{**HERE, **more})


def plan(school):
    with school.db.read() as c:
        return session_plan.plan(c, school.first, school.now, HERE["connected"])


def line(school, seat: int):
    return next(one for one in plan(school).lines if one.seat == str(seat))


def state(school, exam: int) -> str:
    return school.all(select(exam_rows.c.state).where(exam_rows.c.id == exam))[0].state


def shown(school, device: int):
    return (doc(school, device)["participant"] or {}).get("number")


def test_a_cleared_device_shows_the_next_name_and_one_that_is_not_shows_nobody_elses(room):
    seats.finish(room.db, SARI, room.now, ids(room, 1, 2, 3))
    clear(room, 1)
    report(room, 2, "finished", unsent=0)
    change(room)
    assert shown(room, 1) == "02-001-014"
    assert shown(room, 2) == "02-001-002", "the first pupil's page stays until the device is cleared"
    clear(room, 2)
    assert shown(room, 2) == "02-001-015"


def test_everyone_done_ends_the_first_session_at_once_and_who_never_came_is_absent(room):
    seats.finish(room.db, SARI, room.now, ids(room, 1, 2, 3))
    change(room)
    assert state(room, room.first) == "ended"
    assert state(room, room.second) == "open"
    assert room.sitting(9).state == "absent"
    assert shown(room, 9) == "02-001-022"


def test_a_pupil_with_time_left_keeps_the_device_and_the_next_one_sits_at_a_spare(room):
    seats.finish(room.db, SARI, room.now, ids(room, 1, 2))
    tick(room)
    for device in (1, 2):
        clear(room, device)
    assert line(room, 3).place is Place.WORKING
    change(room)
    assert state(room, room.first) == "running"
    assert shown(room, 3) == "02-001-003"
    room.exam = room.second
    third = room.view_of("02-001-016")
    assert (third.device, third.seat) == ("C14", "3")
    ledger = room.all(select(assignments).where(assignments.c.sitting_id == third.sitting_id))
    assert [row.seat_id for row in ledger] == [None], "two pupils never stand at one desk in the ledger"
    room.exam = room.first
    seats.finish(room.db, SARI, room.now, ids(room, 3))
    clear(room, 3)
    tick(room)
    assert state(room, room.first) == "ended"
    assert shown(room, 3) is None, "the next pupil of that seat sits elsewhere already"


def test_without_a_spare_the_next_pupil_waits_for_the_device(room):
    with room.db.write() as tx:
        tx.c.execute(devices.update().where(devices.c.spare.is_(True)).values(in_service=False))
    change(room)
    room.exam = room.second
    assert room.view(3).device is None
    room.exam = room.first
    seats.finish(room.db, SARI, room.now, ids(room, 3))
    clear(room, 3)
    room.exam = room.second
    assert room.view(3).device == "C03"
    rows = room.all(
        select(assignments).where(assignments.c.sitting_id == room.sitting(3).id).order_by(assignments.c.id)
    )
    assert [(r.device_id is None, r.reason, r.end_reason) for r in rows] == [
        (True, "opened", "handed_over"),
        (False, "handed_over", None),
    ]
    assert rows[1].from_at >= rows[0].to_at


def test_unsent_answers_refuse_the_change_by_name_and_nothing_is_half_written(room):
    seats.finish(room.db, SARI, room.now, ids(room, 1, 2, 3))
    tick(room)
    report(room, 2, "finished", unsent=4)
    before = room.all(select(exam_rows)), room.all(select(sittings)), room.all(select(assignments))
    with pytest.raises(Conflict) as refused:
        change(room)
    assert refused.value.code == "session_unsent"
    assert refused.value.params["seats"] == "2 (C02, Bunga Pratama)"
    assert (room.all(select(exam_rows)), room.all(select(sittings)), room.all(select(assignments))) == before


def test_a_silent_device_counts_as_unsent_and_may_be_put_aside(room):
    seats.finish(room.db, SARI, room.now, ids(room, 1, 2, 3))
    room.now += 5 * MINUTE
    for device in (1, 3):
        report(room, device, "finished")
    silent = {"connected": lambda device: device != 2}
    with pytest.raises(Conflict):
        change(room, **silent)
    with room.db.read() as c:
        seen = session_plan.plan(c, room.first, room.now, silent["connected"])
    (held,) = seen.unsent
    change(room, aside=frozenset({held.sitting_id}), **silent)
    room.exam = room.second
    assert room.view_of("02-001-015").device == "C14"
    assert shown(room, 2) == "02-001-002"


def test_the_token_of_the_first_session_stops_and_none_is_made_any_more(room):
    change(room)
    with room.db.read() as c:
        assert tokens.current(c, room.first, room.now) is None
    tick(room, 20 * MINUTE)
    with room.db.read() as c:
        assert tokens.current(c, room.first, room.now) is None
    assert state(room, room.first) == "ended"


def test_no_new_token_while_the_last_pupils_of_the_first_session_write(room):
    change(room)
    with pytest.raises(Conflict) as refused:
        tokens.release(room.db, SARI, room.now, room.first)
    assert refused.value.code == "exam_followed"


def test_only_the_next_session_of_the_same_room_and_day_takes_over(room):
    other_day = room.make_exam(day_id=room.made.day_ids[1], slot_id=room.made.slot_ids[1])
    with pytest.raises(Conflict) as refused:
        change_session(room.db, SARI, room.now, room.first, other_day, **HERE)
    assert refused.value.code == "session_not_next"
    assert state(room, other_day) == "draft"


def test_a_session_is_followed_once(room):
    change(room)
    with pytest.raises((IllegalTransition, Conflict)):
        change(room)
    assert len(room.lines("exam.change_session")) == 1


def test_batteries_that_will_not_last_are_listed_first(room):
    room.now += 30 * MINUTE
    report(room, 5, "waiting", battery=60)
    report(room, 6, "waiting", battery=79)
    seen = plan(room)
    by_label = {charge.device: charge for charge in seen.charges}
    assert seen.charges[0].device == "C05" and seen.charges[0].forecast.measured
    assert by_label["C05"].forecast.percent < by_label["C06"].forecast.percent
    assert seen.until > room.now


def test_a_device_out_of_service_has_no_next_pupil_until_a_spare_is_placed(room):
    with room.db.write() as tx:
        home = tx.c.execute(
            select(device_places.c.device_id).where(device_places.c.device_id == 7)
        ).scalar_one()
        tx.c.execute(devices.update().where(devices.c.id == home).values(in_service=False))
    assert line(room, 7).place is Place.NO_DEVICE
    change(room)
    room.exam = room.second
    assert room.view_of("02-001-020").device in {"C14", "C15"}


def test_an_opened_next_session_can_be_run_to_its_end(room):
    seats.finish(room.db, SARI, room.now, ids(room, 1, 2, 3))
    for device in (1, 2, 3):
        clear(room, device)
    change(room)
    exams.start(room.db, SARI, room.now, room.second)
    room.exam = room.second
    work(room, 1, 2)
    exams.end(room.db, SARI, room.now, room.second)
    for device in (1, 2):
        clear(room, device)
    tick(room)
    assert room.all(select(assignments).where(assignments.c.to_at.is_(None))) == []


def test_a_free_device_that_is_not_heard_is_not_called_ready(room):
    room.now += 5 * MINUTE
    report(room, 8, "waiting")
    with room.db.read() as c:
        seen = session_plan.plan(c, room.first, room.now, lambda device: device == 8)
    places = {one.seat: one.place for one in seen.lines}
    assert (places["8"], places["9"]) == (Place.FREE, Place.SILENT)


def test_nobody_is_called_back_into_a_session_whose_devices_went_to_the_next(room):
    change(room)
    (late,) = ids(room, 9)
    (outcome,) = seats.expected(room.db, SARI, room.now, [late])
    assert outcome.code == "exam_followed"
    assert room.sitting(9).state == "absent"


def test_a_reserve_is_not_seated_in_a_session_whose_devices_went_to_the_next(room):
    with room.db.write() as tx:
        who = tx.insert(participants, school_id=1, name="Rani Cadangan")
        tx.insert(
            registrations,
            round_id=room.made.round_id, participant_id=who, number="02-001-R01", kind="reserve",
            extra_minutes=0, card_code="ABCDEF",
        )  # fmt: skip
    change(room)
    before = room.all(select(registrations)), room.all(select(sittings))
    with pytest.raises(Conflict) as refused:
        reserves.activate(room.db, SARI, room.now, ids(room, 9)[0], "02-001-R01")
    assert refused.value.code == "exam_followed"
    assert (room.all(select(registrations)), room.all(select(sittings))) == before


def test_a_followed_session_that_was_paused_ends_when_the_last_pupil_is_done(room):
    change(room)
    exams.pause(room.db, SARI, room.now, room.first)
    tick(room)
    assert state(room, room.first) == "paused", "three pupils still have time"
    seats.finish(room.db, SARI, room.now, ids(room, 1, 2, 3))
    tick(room)
    assert state(room, room.first) == "ended"


def test_the_board_that_loses_a_device_to_the_other_session_hears_of_it(room):
    change(room)
    room.exam = room.second
    seats.absent(room.db, SARI, room.now, ids(room, 9))
    room.exam = room.first
    room.news.clear()
    (swapped,) = swaps.place(room.db, SARI, room.now, ids(room, 3)[0], "C09")
    assert swapped.ok
    told = {e for n in room.news if isinstance(n, BoardChanged) for e in n.exam_ids or ()}
    assert told == {room.first, room.second}
