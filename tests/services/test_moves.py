"""A pupil who sits it at another time, or on another Chromebook."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import Conflict, NotFound
from server.domain.sitting import time_left_ms
from server.services import admission, clearing, exams, ledger, moves, reserves, schedule, seats, swaps
from server.services.pupil_answers import _chain
from server.services.seats import absent
from server.store import blocks
from server.store.tables import (
    answers,
    assignments,
    enrolments,
    participants,
    registrations,
    sitting_blocks,
    sittings,
)
from server.store.tables import exams as exam_rows
from tests.services.conftest import MINUTE, PROFILE, SARI
from tests.services.room import clear, doc, ids, report, run, tick, work


@pytest.fixture
def two(school):
    """Session 1 runs, session 2 is prepared."""
    school.first = school.exam
    school.second = school.make_exam(slot_id=school.made.slot_ids[1], title="Sesi 2")
    school.exam = school.first
    for device in range(1, 16):
        report(school, device, "idle")
    run(school)
    return school


def left(school, sitting_id: int) -> list[int]:
    with school.db.read() as c:
        return [time_left_ms(b, school.now) for b in blocks.of_sitting(c, sitting_id)]


def new_sitting(school, old_id: int):
    (old,) = school.all(select(sittings).where(sittings.c.id == old_id))
    (new,) = school.all(select(sittings).where(sittings.c.id == old.moved_to_id))
    return new


def codes(outcomes):
    return [o.code for o in outcomes]


def test_a_moved_pupil_goes_on_with_the_time_that_was_left(two):
    work(two, 1)
    two.now += 4 * MINUTE
    (old,) = ids(two, 1)
    assert codes(moves.move_to(two.db, SARI, two.now, [old], two.second)) == [None]
    new = new_sitting(two, old)
    assert (new.exam_id, new.state) == (two.second, "expected")
    assert left(two, new.id) == [6 * MINUTE, 5 * MINUTE]
    two.now += 30 * MINUTE
    assert left(two, new.id) == [6 * MINUTE, 5 * MINUTE], "waiting costs nothing"


def test_parts_that_were_done_stay_done(two):
    work(two, 1)
    tick(two, 11 * MINUTE)
    (old,) = ids(two, 1)
    moves.move_to(two.db, SARI, two.now, [old], two.second)
    assert left(two, new_sitting(two, old).id) == [0, 4 * MINUTE]


def test_what_a_moved_pupil_wrote_is_fetched_and_cleared_before_the_device_is_given_on(two):
    work(two, 1)
    moves.move_to(two.db, SARI, two.now, ids(two, 1), two.second)
    assert doc(two, 1)["mode"] == "finished"
    tick(two)
    with two.db.read() as c:
        assert ledger.busy(c, [1]) == {1}
    clear(two, 1)
    with two.db.read() as c:
        assert ledger.busy(c, [1]) == set()


def test_a_pupil_who_never_began_leaves_the_device_free(two):
    moves.move_to(two.db, SARI, two.now, ids(two, 5), two.second)
    assert doc(two, 5)["mode"] == "idle" and doc(two, 5)["participant"] is None


def test_moved_twice_is_refused_by_name(two):
    (old,) = ids(two, 5)
    moves.move_to(two.db, SARI, two.now, [old], two.second)
    (outcome,) = moves.move_to(two.db, SARI, two.now, [old], two.second)
    assert outcome.code == "move_already_there"
    assert outcome.params["name"] == "Eka Pratama"
    assert len(two.all(select(sittings).where(sittings.c.exam_id == two.second))) == 14


def test_another_round_or_kind_of_exam_is_no_place_to_move_to(two):
    other = two.make_exam(day_id=two.made.day_ids[1], profile={**PROFILE, "key": "other"}, title="Hari 2")
    two.exam = two.first
    assert codes(moves.move_to(two.db, SARI, two.now, ids(two, 5), other)) == ["move_not_possible"]
    with pytest.raises(NotFound):
        moves.move_to(two.db, SARI, two.now, ids(two, 5), 999)


def test_an_absent_pupil_is_noted_for_the_susulan_even_after_the_end(two):
    absent(two.db, SARI, two.now, ids(two, 6))
    exams.end(two.db, SARI, two.now, two.first)
    assert codes(moves.to_susulan(two.db, SARI, two.now, ids(two, 6, 7))) == [None, None]
    assert {two.sitting(n).moved_kind for n in (6, 7)} == {"susulan"}
    assert two.sitting(6).moved_to_id is None


def test_who_finished_is_not_moved(two):
    work(two, 1)
    seats.finish(two.db, SARI, two.now, ids(two, 1))
    assert codes(moves.to_susulan(two.db, SARI, two.now, ids(two, 1))) == ["sitting_state"]


def test_answers_are_found_again_in_the_new_session(two):
    work(two, 1)
    (old,) = ids(two, 1)
    with two.db.write() as tx:
        tx.insert(
            answers,
            sitting_id=old, item="1-1", seq=1, value="B", answered_at=two.now, received_at=two.now,
        )  # fmt: skip
    moves.move_to(two.db, SARI, two.now, [old], two.second)
    new = new_sitting(two, old)
    with two.db.read() as c:
        assert _chain(c, new.id) == [old, new.id]


# --- another Chromebook ---------------------------------------------------------------------------------


def test_a_spare_takes_the_seat_with_the_time_that_was_left(two):
    work(two, 7)
    two.now += 3 * MINUTE
    (sitting,) = ids(two, 7)
    assert codes(swaps.place(two.db, SARI, two.now, sitting, "c14")) == [None]
    assert doc(two, 14)["participant"]["number"] == "02-001-007" and doc(two, 14)["mode"] == "exam"
    assert doc(two, 7)["participant"] is None and doc(two, 7)["mode"] == "idle"
    assert left(two, sitting)[0] == 7 * MINUTE
    rows = two.all(select(assignments).where(assignments.c.sitting_id == sitting).order_by(assignments.c.id))
    assert [(r.device_id, r.end_reason, r.reason) for r in rows] == [
        (7, "swapped", "opened"),
        (14, None, "swapped"),
    ]
    assert rows[0].to_at == rows[1].from_at and rows[0].seat_id == rows[1].seat_id


def test_the_device_that_was_swapped_out_delivers_and_is_cleared_before_it_serves_another(two):
    work(two, 7)
    swaps.place(two.db, SARI, two.now, ids(two, 7)[0], "C14")
    assert codes(swaps.place(two.db, SARI, two.now, ids(two, 8)[0], "C07")) == ["device_owes"]
    tick(two)
    report(two, 7, "idle", unsent=2)
    tick(two)
    (held,) = swaps.place(two.db, SARI, two.now, ids(two, 8)[0], "C07")
    assert (held.code, held.params["count"]) == ("device_unsent", 2)
    assert doc(two, 7)["clear"] is None, "an answer is still on it"
    clear(two, 7)
    assert doc(two, 7)["clear"] is None
    assert codes(swaps.place(two.db, SARI, two.now, ids(two, 8)[0], "C07")) == [None]


def test_a_wipe_takes_what_a_swapped_device_still_held(two):
    work(two, 7)
    swaps.place(two.db, SARI, two.now, ids(two, 7)[0], "C14")
    with two.db.write() as tx:
        (life,) = tx.c.execute(select(enrolments.c.id).where(enrolments.c.device_id == 7)).scalars().all()
        admission.end(tx, two.now, [life], "wiped")
        clearing.wiped(tx, [7], two.now, born_at=two.now)
    with two.db.read() as c:
        assert ledger.busy(c, [7]) == set()


def test_bad_stickers_are_named(two):
    (sitting,) = ids(two, 7)
    for label, code in (("X99", "device_unknown"), ("C08", "device_taken"), ("C07", "device_same")):
        (outcome,) = swaps.place(two.db, SARI, two.now, sitting, label)
        assert outcome.code == code
        assert outcome.params["device"] == label


def test_a_dead_device_is_released_by_a_person_and_the_exam_can_be_put_away(two):
    work(two, 7)
    exams.end(two.db, SARI, two.now, two.first)
    tick(two)
    with pytest.raises(Conflict) as refused:
        exams.archive(two.db, SARI, two.now, two.first)
    assert refused.value.code == "exam_devices_held"
    assert refused.value.params["seats"] == "7"
    assert codes(swaps.release(two.db, SARI, two.now, ids(two, 7))) == [None]
    exams.archive(two.db, SARI, two.now, two.first)
    with two.db.read() as c:
        assert ledger.busy(c, [7]) == {7}, "it still owes what was written on it"


# --- reserve, and a later start ---------------------------------------------------------------------------


def a_reserve(school, number: str = "02-001-R01") -> int:
    with school.db.write() as tx:
        who = tx.insert(participants, school_id=1, name="Rani Cadangan")
        return tx.insert(
            registrations,
            round_id=school.made.round_id, participant_id=who, number=number, kind="reserve",
            extra_minutes=0, card_code="ABCDEF",
        )  # fmt: skip


def test_a_reserve_takes_the_seat_and_the_device_and_the_later_days(two):
    reserve = a_reserve(two)
    day_two = two.make_exam(day_id=two.made.day_ids[1], title="Hari 2")
    two.exam = two.first
    new = reserves.activate(two.db, SARI, two.now, ids(two, 4)[0], "02-001-R01")
    assert two.sitting_of(new).registration_id == reserve
    assert doc(two, 4)["participant"]["number"] == "02-001-R01"
    on_day_two = two.all(
        select(sittings.c.state).where(sittings.c.exam_id == day_two, sittings.c.registration_id == reserve)
    )
    assert [r.state for r in on_day_two] == ["expected"]
    with two.db.read() as c:
        assert reserves.available(c, two.first) == []


def test_a_reserve_is_activated_once(two):
    a_reserve(two)
    reserves.activate(two.db, SARI, two.now, ids(two, 4)[0], "02-001-R01")
    before = two.all(select(sittings)), two.all(select(registrations))
    with pytest.raises(Conflict) as refused:
        reserves.activate(two.db, SARI, two.now, ids(two, 5)[0], "02-001-R01")
    assert refused.value.code == "reserve_already_active"
    assert refused.value.params == {
        "number": "02-001-R01",
        "name": "Rani Cadangan",
        "instead_of": "02-001-004",
    }
    assert (two.all(select(sittings)), two.all(select(registrations))) == before


def test_who_has_begun_is_not_replaced_and_an_unknown_reserve_is_named(two):
    a_reserve(two)
    work(two, 1)
    with pytest.raises(Conflict) as refused:
        reserves.activate(two.db, SARI, two.now, ids(two, 1)[0], "02-001-R01")
    assert refused.value.code == "reserve_has_begun"
    with pytest.raises(NotFound) as unknown:
        reserves.activate(two.db, SARI, two.now, ids(two, 5)[0], "02-001-005")
    assert unknown.value.code == "reserve_unknown"


def test_a_late_start_moves_the_later_sessions_too_and_nobodys_minutes(school):
    first = school.exam
    second = school.make_exam(slot_id=school.made.slot_ids[1])
    planned = {r.id: r.opens_at for r in school.all(select(exam_rows))}
    minutes = school.all(select(sitting_blocks.c.minutes))
    assert schedule.shift(school.db, SARI, school.now, first, 25, reason="listrik padam") == [first, second]
    assert {r.id: r.opens_at for r in school.all(select(exam_rows))} == {
        key: at + 25 * MINUTE for key, at in planned.items()
    }
    assert school.all(select(sitting_blocks.c.minutes)) == minutes
    school.exam = first
    run(school)
    with pytest.raises(Conflict) as refused:
        schedule.shift(school.db, SARI, school.now, first, 5)
    assert refused.value.code == "shift_too_late"


def test_a_reserve_of_a_later_day_gets_the_device_of_the_seat_when_that_day_opens(two):
    a_reserve(two)
    day_two = two.make_exam(day_id=two.made.day_ids[1], title="Hari 2")
    two.exam = two.first
    reserves.activate(two.db, SARI, two.now, ids(two, 4)[0], "02-001-R01")
    exams.end(two.db, SARI, two.now, two.first)
    tick(two)
    exams.open_exam(two.db, SARI, two.now, day_two)
    assert doc(two, 4)["participant"]["number"] == "02-001-R01"


def test_a_replaced_pupil_does_not_come_back_to_this_round(two):
    a_reserve(two)
    (replaced,) = ids(two, 4)
    reserves.activate(two.db, SARI, two.now, replaced, "02-001-R01")
    before = two.all(select(sittings)), two.all(select(assignments))
    assert codes(seats.expected(two.db, SARI, two.now, [replaced])) == ["reserve_seat_replaced"]
    assert codes(moves.move_to(two.db, SARI, two.now, [replaced], two.second)) == ["reserve_seat_replaced"]
    assert codes(moves.to_susulan(two.db, SARI, two.now, [replaced])) == ["reserve_seat_replaced"]
    assert (two.all(select(sittings)), two.all(select(assignments))) == before


def test_a_moved_pupil_who_has_begun_elsewhere_is_not_replaced(two):
    a_reserve(two)
    work(two, 1)
    two.now += 4 * MINUTE
    (old,) = ids(two, 1)
    moves.move_to(two.db, SARI, two.now, [old], two.second)
    with pytest.raises(Conflict) as refused:
        reserves.activate(two.db, SARI, two.now, new_sitting(two, old).id, "02-001-R01")
    assert refused.value.code == "reserve_has_begun"


def test_a_device_taken_from_a_pupil_who_was_moved_in_and_wrote_nothing_yet_owes_nothing(two):
    work(two, 1)
    two.now += 11 * MINUTE
    tick(two)  # the first part is over and the second runs
    (old,) = ids(two, 1)
    moves.move_to(two.db, SARI, two.now, [old], two.second)
    clear(two, 1)
    exams.end(two.db, SARI, two.now, two.first)
    for device in range(1, 16):
        report(two, device, doc(two, device)["mode"])
    tick(two)
    exams.open_exam(two.db, SARI, two.now, two.second)
    new = new_sitting(two, old)
    assert codes(swaps.place(two.db, SARI, two.now, new.id, "C14")) == [None]
    assert codes(swaps.place(two.db, SARI, two.now, new.id, "C15")) == [None]
    with two.db.read() as c:
        assert ledger.busy(c, [14]) == set()


def test_a_wiped_device_is_told_at_once_that_there_is_nothing_left_to_clear(two):
    work(two, 7)
    swaps.place(two.db, SARI, two.now, ids(two, 7)[0], "C14")
    tick(two)
    report(two, 7, "idle")
    tick(two)
    assert doc(two, 7)["clear"] is not None
    with two.db.write() as tx:
        clearing.wiped(tx, [7], two.now, born_at=two.now)
    assert doc(two, 7)["clear"] is None


def test_a_key_that_comes_back_after_its_end_still_owes_what_it_holds(two):
    work(two, 7)
    (born,) = {r.first_seen_at for r in two.all(select(enrolments).where(enrolments.c.device_id == 7))}
    two.now += MINUTE
    swaps.place(two.db, SARI, two.now, ids(two, 7)[0], "C14")
    with two.db.write() as tx:
        clearing.wiped(tx, [7], two.now, born_at=born)
    with two.db.read() as c:
        assert ledger.busy(c, [7]) == {7}
