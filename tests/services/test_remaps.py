"""A key that nobody knows: its proposal, the decision on it, and taking that back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.attestation import State, Verdict
from server.domain.errors import Conflict, Invalid
from server.domain.protocol import Refused
from server.domain.remap import Kind, Strength
from server.domain.roles import Role
from server.services import (
    admission,
    attestation_outcomes,
    demo,
    desired,
    exams,
    grades,
    remap_again,
    remap_rule,
    remap_views,
    remaps,
    when,
)
from server.services.actor import Actor
from server.services.remap_lives import WAITING_MOST
from server.simulated_installation import Installation
from server.store.tables import (
    attestations,
    console_devices,
    console_history,
    console_org_units,
    device_places,
    device_serials,
    enrolments,
    incidents,
)
from tests.knocks import Door
from tests.services.room import doc, run, tick, work

JOKO = Actor("joko", Role.TECHNICIAN)
SARI = Actor("sari", Role.PROCTOR)
HOUR, MINUTE = 3_600_000, 60_000
ONE = demo.serial(1)


class Room:
    """The demo room with devices at its door."""

    def __init__(self, school) -> None:
        self.school, self.db = school, school.db
        self.door = Door(school.db, school.now)
        with school.db.write() as tx:
            for path in ("/Lab", "/Kantor"):
                tx.c.execute(
                    console_org_units.insert().values(org_unit_id=path, path=path, name=path, seen_at=1)
                )

    def knock(self, here: Installation, serial: str = ONE):
        return self.door.knock(self.school.now, here, serial)

    def back(self) -> tuple[Installation, Installation]:
        """C01 was here, and comes back with another key an hour later."""
        old, new = Installation(), Installation()
        self.knock(old)
        self.door.report(self.school.now, old)
        self.school.now += HOUR
        self.knock(new)
        return old, new

    def waiting(self):
        with self.db.read() as c:
            return remaps.waiting(c)

    def get(self, remap_id: int):
        with self.db.read() as c:
            return remaps.get(c, remap_id)

    def accept(self, view, who=JOKO, how="scan", **more) -> None:
        remaps.accept(self.db, who, self.school.now, view.id, view.digest, how, **more)

    def standing(self, here: Installation) -> str:
        life = enrolments.c
        return self.school.all(
            select(life.standing).where(life.installation_id == here.id).order_by(life.id.desc())
        )[0].standing

    def open_incidents(self, kind: str = "newcomer"):
        return self.school.all(
            select(incidents).where(incidents.c.kind == kind, incidents.c.closed_at.is_(None))
        )

    def enrolled(self, *, at: int | None = None, console_id: str = "r1", serial: str = ONE, **more) -> None:
        """The console's record, as a sync has just brought it; with `at` it was enrolled again then."""
        now = self.school.now
        with self.db.write() as tx:
            known = tx.c.execute(
                select(console_devices.c.last_enrolled_at).where(console_devices.c.console_id == console_id)
            ).one_or_none()
            values = {
                "status": "ACTIVE",
                "org_unit_path": "/Lab",
                "facts": {},
                "digest": "",
                "seen_at": now,
                **more,
            }
            if known is None:
                tx.c.execute(
                    console_devices.insert().values(
                        console_id=console_id,
                        serial=serial,
                        first_seen_at=now,
                        last_enrolled_at=at or 1,
                        **values,
                    )
                )
                return
            tx.c.execute(
                console_devices.update()
                .where(console_devices.c.console_id == console_id)
                .values(last_enrolled_at=at, **values)
            )
            tx.c.execute(
                console_history.insert().values(
                    console_id=console_id, at=now, kind="enrolled",
                    detail={"before": str(known.last_enrolled_at), "after": str(at)},
                )
            )  # fmt: skip


@pytest.fixture
def room(school):
    made = Room(school)
    made.enrolled(device_id=1)
    return made


def code(act, *args, **kwargs) -> str:
    with pytest.raises((Conflict, Invalid)) as refused:
        act(*args, **kwargs)
    return refused.value.code


# --- opening -----------------------------------------------------------------------------------------------


def test_an_unknown_key_waits_with_a_proposal_for_its_place(room):
    _, new = room.back()
    (view,) = room.waiting()
    assert (view.label, view.room, view.seat, view.kind) == ("C01", demo.ROOM, "1", Kind.NEWCOMER)
    assert view.strength is Strength.WEAK and room.standing(new) == "quarantined"
    assert len(room.open_incidents()) == 1


def test_so_it_does_when_no_key_of_the_device_is_alive_any_more(room):
    old, new = Installation(), Installation()
    room.knock(old)
    with room.db.write() as tx:
        admission.end(tx, room.school.now, [1], "wiped")
    assert room.knock(new).standing == "quarantined"
    assert len(room.waiting()) == 1


def test_the_first_key_ever_is_the_device(room):
    assert room.knock(Installation()).standing == "live"
    assert room.waiting() == []


@pytest.mark.parametrize("said", [ONE.lower(), f" {ONE} ", ONE])
def test_capitals_and_blanks_in_a_serial_number_do_not_matter(room, said):
    with room.db.write() as tx:
        tx.c.execute(
            device_serials.update().where(device_serials.c.device_id == 1).values(serial=f" {ONE.title()}")
        )
    assert room.knock(Installation(), said).device_label == "C01"


def test_it_asks_once_however_often_it_knocks(room):
    _, new = room.back()
    for _ in range(3):
        room.knock(new)
    assert len(room.waiting()) == 1 and len(room.open_incidents()) == 1


def test_so_many_may_wait_and_no_more(room):
    room.back()
    for _ in range(WAITING_MOST - 1):
        assert room.knock(Installation()).standing == "quarantined"
    more = room.knock(Installation())
    assert isinstance(more, Refused) and more.code == "newcomers_many" and more.retry_after_ms >= MINUTE
    room.knock(Installation())
    (told,) = room.open_incidents("newcomers_many")
    assert told.detail["count"] == WAITING_MOST and len(room.waiting()) == WAITING_MOST
    room.accept(room.waiting()[0])
    assert room.open_incidents("newcomers_many") == []
    assert room.knock(Installation()).standing == "quarantined"  # there is room again


def test_a_first_contact_takes_the_record_down(room):
    room.knock(Installation())
    (life,) = room.school.all(select(enrolments))
    assert (life.console_id, life.org_unit_path) == ("r1", "/Lab")


# --- accepting ---------------------------------------------------------------------------------------------


def test_a_person_accepts_and_the_new_key_is_the_device(room):
    old, new = room.back()
    (view,) = room.waiting()
    room.accept(view)
    assert (room.standing(old), room.standing(new)) == ("ended", "live")
    life = room.school.all(select(enrolments).where(enrolments.c.installation_id == new.id))[0]
    assert (life.grade, life.vouched_by) == ("manual", "joko")
    done = room.get(view.id)
    assert (done.state, done.decided_by, done.how, done.can_undo) == ("accepted", "joko", "scan", True)
    assert room.open_incidents() == [] and room.waiting() == []
    assert [line.actor for line in room.school.lines("remap.accept")] == ["joko"]


def test_of_two_people_one_is_first_and_the_other_is_told(room):
    room.back()
    (view,) = room.waiting()
    room.accept(view)
    with pytest.raises(Conflict) as told:
        room.accept(view, who=SARI, how="click")
    assert (told.value.code, told.value.params["who"]) == ("remap_decided", "joko")


def test_what_changed_since_it_was_shown_cannot_be_accepted_unseen(room):
    old, _ = room.back()
    (shown,) = room.waiting()
    room.school.now += MINUTE
    room.door.report(room.school.now, old)  # the old key is alive after all
    assert code(room.accept, shown) == "remap_changed"
    (now,) = room.waiting()
    assert now.digest != shown.digest and {e.code for e in now.evidence} >= {"old_key_alive"}


def test_the_sticker_of_another_one_is_told(room):
    room.back()
    assert code(room.accept, room.waiting()[0], device_id=2) == "remap_other_device"
    assert code(room.accept, room.waiting()[0], how="guess") == "remap_how"


def test_the_board_s_button_accepts_the_same_proposal(room):
    _, new = room.back()
    (view,) = room.waiting()
    admission.admit(room.db, SARI, room.school.now, view.enrolment_id)
    assert room.get(view.id).how == "click" and room.standing(new) == "live"


def test_the_grade_says_what_was_proven(room):
    def grade():
        with room.db.read() as c:
            found = grades.reason(c, 1)
        return found.grade, found.reason_code

    assert grade() == (None, "no_key")
    _, new = room.back()
    assert grade() == ("managed", "secret_and_serial")
    room.enrolled(at=room.school.now - 30 * MINUTE)
    room.accept(room.waiting()[0])
    assert grade() == ("managed", "console_saw")
    room.knock(new)
    assert grade() == ("bound", "key_known")
    room.school.now += HOUR
    other = Installation()
    room.knock(other)
    room.accept(room.waiting()[0])
    assert grade() == ("manual", "vouched")


def test_others_that_waited_are_over_and_may_ask_again(room):
    room.back()
    other = Installation()
    room.knock(other)
    first = next(view for view in room.waiting() if view.enrolment_id == 2)
    room.accept(first)
    assert room.waiting() == [] and room.standing(other) == "ended"
    room.knock(other)
    (again,) = room.waiting()
    assert room.standing(other) == "quarantined" and again.enrolment_id == 3


def test_the_old_key_that_comes_back_waits_and_is_known(room):
    old, new = room.back()
    room.accept(room.waiting()[0])
    room.school.now += HOUR
    room.knock(old)
    (view,) = room.waiting()
    assert {"key_known"} <= {e.code for e in view.evidence}
    room.accept(view)
    assert (room.standing(old), room.standing(new)) == ("live", "ended")


def test_a_home_that_was_given_up_is_given_back_unless_it_is_taken(room):
    for taken in (False, True):
        with room.db.write() as tx:
            tx.c.execute(device_places.delete())
            seat = room.school.sitting(1).seat_id
            tx.insert(device_places, device_id=1, room_id=1, seat_id=seat, from_at=1, to_at=2)
            if taken:
                tx.insert(device_places, device_id=2, room_id=1, seat_id=seat, from_at=1)
        room.back() if not taken else room.knock(Installation())
        room.accept(room.waiting()[0])
        open_ = room.school.all(
            select(device_places).where(device_places.c.device_id == 1, device_places.c.to_at.is_(None))
        )
        assert len(open_) == (0 if taken else 1)


# --- rejecting ---------------------------------------------------------------------------------------------


def test_a_key_that_was_sent_away_stays_away_and_asks_no_more(room):
    _, new = room.back()
    (view,) = room.waiting()
    remaps.reject(room.db, JOKO, room.school.now, view.id)
    assert room.standing(new) == "ended" and room.open_incidents() == []
    for _ in range(3):
        refused = room.knock(new)
        assert isinstance(refused, Refused) and refused.code == "rejected"
    assert room.waiting() == [] and room.open_incidents() == []
    assert code(remaps.reject, room.db, JOKO, room.school.now, view.id) == "remap_decided"


def test_sending_away_can_be_taken_back(room):
    _, new = room.back()
    (view,) = room.waiting()
    remaps.reject(room.db, JOKO, room.school.now, view.id)
    remaps.undo(room.db, JOKO, room.school.now, view.id)
    assert room.standing(new) == "quarantined" and len(room.open_incidents()) == 1
    (again,) = room.waiting()
    room.accept(again)
    assert room.standing(new) == "live"


# --- undoing -----------------------------------------------------------------------------------------------


def test_undoing_brings_everything_back_and_asks_again(room):
    old, new = room.back()
    (view,) = room.waiting()
    before = doc(room.school, 1)
    room.accept(view)
    room.school.now += MINUTE
    remaps.undo(room.db, JOKO, room.school.now, view.id)
    assert (room.standing(old), room.standing(new)) == ("live", "quarantined")
    assert doc(room.school, 1) == before and len(room.open_incidents()) == 1
    (again,) = room.waiting()
    assert again.id != view.id and {"sent_away"} <= {e.code for e in again.evidence}
    assert code(remaps.undo, room.db, JOKO, room.school.now, view.id) == "remap_not_decided"


def test_only_the_newest_decision_on_a_chromebook_is_undone(room):
    room.back()
    (first,) = room.waiting()
    room.accept(first)
    room.school.now += HOUR
    room.knock(Installation())
    (second,) = room.waiting()
    room.accept(second)
    assert code(remaps.undo, room.db, JOKO, room.school.now, first.id) == "remap_newer"
    remaps.undo(room.db, JOKO, room.school.now, second.id)
    remaps.undo(room.db, JOKO, room.school.now, first.id)
    assert {view.enrolment_id for view in room.waiting()} == {2, 3}


def test_a_clock_that_was_set_back_does_not_turn_the_order_of_decisions_round(room):
    room.back()
    (first,) = room.waiting()
    room.accept(first)
    room.school.now += HOUR
    room.knock(Installation())
    (second,) = room.waiting()
    room.school.now -= 2 * HOUR
    room.accept(second)
    assert code(remaps.undo, room.db, JOKO, room.school.now, first.id) == "remap_newer"
    remaps.undo(room.db, JOKO, room.school.now, second.id)


def test_a_life_that_somebody_ended_since_stands_in_the_way(room):
    room.back()
    (view,) = room.waiting()
    room.accept(view)
    with room.db.write() as tx:
        admission.end(tx, room.school.now, [2], "test")
    assert code(remaps.undo, room.db, JOKO, room.school.now, view.id) == "remap_moved_on"
    assert room.get(view.id).state == "accepted"


# --- in an exam --------------------------------------------------------------------------------------------


@pytest.fixture
def exam(room):
    """C01 serves seat 1 and its pupil works; then it is wiped and comes back with another key."""
    room.school.now = 1_790_000_000_000
    old = Installation()
    room.knock(old)
    room.door.report(room.school.now, old)
    run(room.school)
    work(room.school, 1)
    tick(room.school, MINUTE)
    new = Installation()
    room.knock(new)
    return room, old, new


def test_wiped_in_an_exam_the_pupil_goes_on_with_the_time_that_was_left(exam):
    room, _, new = exam
    ordered = doc(room.school, 1)
    with room.db.read() as c:
        shown = desired.quarantine(c).doc
    assert "Aditya" not in shown and ordered["mode"] == "exam"
    (view,) = room.waiting()
    assert "seated" in {e.code for e in view.evidence}
    remap_rule.turn(room.db, JOKO, room.school.now, True)
    assert remap_again.look_again(room.db, room.school.now) == 0  # whoever is in the room decides
    room.accept(view, how="click")
    assert room.standing(new) == "live"
    after = doc(room.school, 1)
    assert (after["participant"], after["ends_at"]) == (ordered["participant"], ordered["ends_at"])


def test_an_acceptance_in_an_exam_is_undone_until_the_pupil_goes_on(exam):
    room, _, new = exam
    (view,) = room.waiting()
    room.accept(view, how="click")
    remaps.undo(room.db, JOKO, room.school.now, view.id)
    (again,) = room.waiting()
    room.accept(again, how="click")
    room.knock(new)
    room.school.now += 1_000
    room.door.report(room.school.now, new, "exam")
    with pytest.raises(Conflict) as refused:
        remaps.undo(room.db, JOKO, room.school.now, again.id)
    assert (refused.value.code, refused.value.params["exam"]) == ("remap_in_use", "Hari 1")


def test_an_impostor_in_an_exam_changes_nothing_for_the_real_one(exam):
    room, old, laptop = exam
    before = doc(room.school, 1)
    room.school.now += 1_000
    room.knock(old)
    room.door.report(room.school.now, old, "exam")
    (view,) = room.waiting()
    assert {"old_key_alive"} <= {e.code for e in view.evidence} and view.strength is Strength.WEAK
    refused = code(admission.admit, room.db, SARI, room.school.now, view.enrolment_id)
    assert refused == "remap_old_alive"  # the board shows no evidence
    assert doc(room.school, 1) == before and room.standing(old) == "live"
    remaps.reject(room.db, SARI, room.school.now, view.id)
    assert doc(room.school, 1) == before and room.standing(old) == "live" and room.standing(laptop) == "ended"


# --- the rule ----------------------------------------------------------------------------------------------


def test_the_rule_is_off_until_somebody_turns_it_on_and_takes_only_strong_evidence(room):
    _, new = room.back()
    remap_again.look_again(room.db, room.school.now)
    room.enrolled(at=room.school.now - 30 * MINUTE)
    remap_again.look_again(room.db, room.school.now)
    (view,) = room.waiting()
    assert view.strength is Strength.STRONG
    remap_rule.turn(room.db, JOKO, room.school.now, True)
    remap_again.look_again(room.db, room.school.now)
    done = room.get(view.id)
    assert (done.state, done.how, done.decided_by) == ("accepted", "rule", "rule") and room.standing(
        new
    ) == "live"
    remaps.undo(room.db, JOKO, room.school.now, view.id)
    remap_again.look_again(room.db, room.school.now)
    assert len(room.waiting()) == 1  # what a person took back, the rule does not do again


def test_what_an_exam_kept_the_rule_from_is_accepted_when_the_exam_is_over(room):
    _, new = room.back()
    room.enrolled(at=room.school.now - 30 * MINUTE)
    remap_rule.turn(room.db, JOKO, room.school.now, True)
    exams.open_exam(room.db, SARI, room.school.now, room.school.exam)
    remap_again.look_again(room.db, room.school.now)
    assert not remap_again.exam_is_over(room.db, room.school.now)
    assert room.standing(new) == "quarantined"
    exams.end(room.db, SARI, room.school.now, room.school.exam)
    assert remap_again.exam_is_over(room.db, room.school.now)
    assert room.standing(new) == "live" and room.waiting() == []
    assert not remap_again.exam_is_over(room.db, room.school.now)


@pytest.mark.parametrize(("before_ms", "near"), [(3 * HOUR, False), (2 * HOUR, True), (-HOUR, True)])
def test_an_exam_is_near_two_hours_before_it_begins(room, before_ms, near):
    begins = when.moment("2026-11-24", "07:30", "WIB")
    with room.db.read() as c:
        assert (remap_rule.exam_near(c, begins - before_ms) is not None) is near


def test_an_open_exam_is_near_whatever_its_day(room):
    exams.open_exam(room.db, SARI, room.school.now, room.school.exam)
    with room.db.read() as c:
        assert remap_rule.exam_near(c, room.school.now) == "Hari 1"
        assert not remap_rule.on(c)


def test_a_return_that_a_person_accepted_before_its_key_came_needs_no_second_word(room):
    old = Installation()
    room.knock(old)
    room.school.now += HOUR
    room.enrolled(at=room.school.now - 30 * MINUTE, org_unit_path="/Kantor")
    with room.db.write() as tx:
        tx.c.execute(
            console_history.insert().values(
                console_id="r1",
                at=room.school.now,
                kind="moved",
                detail={"before": "/Lab", "after": "/Kantor"},
            )
        )
        opened = remaps.open_for_record(tx, room.school.now, "r1")
        assert remaps.open_for_record(tx, room.school.now, "r1") is None
    view = room.get(opened)
    assert (view.label, view.kind, view.enrolment_id) == ("C01", Kind.WRONG_UNIT, None)
    room.accept(view)
    room.school.now += MINUTE
    new = Installation()
    room.knock(new)
    assert room.standing(new) == "live" and room.standing(old) == "ended"


# --- another serial number ---------------------------------------------------------------------------------


def swapped(room) -> remap_views.RemapView:
    """C01 has a new mainboard: a new record that carries its label."""
    room.knock(Installation())
    room.school.now += HOUR
    room.enrolled(console_id="r2", serial="7XB1", at=room.school.now - MINUTE, annotated_asset_id="C01")
    with room.db.write() as tx:
        opened = remaps.open_for_record(tx, room.school.now, "r2")
    return room.get(opened)


def serials(room, device: int = 1):
    return [
        r.serial
        for r in room.school.all(
            select(device_serials).where(
                device_serials.c.device_id == device, device_serials.c.to_at.is_(None)
            )
        )
    ]


def test_a_new_mainboard_gets_the_old_one_s_place_and_the_machine_is_let_in(room):
    view = swapped(room)
    assert (view.label, view.kind, view.serial) == ("C01", Kind.BOARD_SWAPPED, "7XB1")
    room.accept(view, device_id=1)
    assert serials(room) == ["7XB1"]
    links = {r.console_id: r.device_id for r in room.school.all(select(console_devices))}
    assert links == {"r1": None, "r2": 1}
    assert room.knock(Installation(), "7XB1").standing == "live"
    remaps.undo(room.db, JOKO, room.school.now, view.id)
    assert serials(room) == [ONE]
    standings = [r.standing for r in room.school.all(select(enrolments).order_by(enrolments.c.id))]
    assert standings == ["live", "ended"]


def test_a_serial_number_of_another_one_is_not_taken_from_it(room):
    view = swapped(room)
    with room.db.write() as tx:
        tx.c.execute(device_serials.update().where(device_serials.c.device_id == 2).values(serial="7xb1 "))
    fresh = room.get(view.id)
    assert (fresh.label, fresh.strength) == ("C02", Strength.WEAK)
    assert code(room.accept, view, device_id=1) == "remap_changed"
    assert code(room.accept, fresh, device_id=1) == "remap_other_device"
    assert (serials(room), serials(room, 2)) == ([ONE], ["7xb1 "])


def test_what_a_person_said_no_to_is_not_asked_again(room):
    view = swapped(room)
    remaps.reject(room.db, JOKO, room.school.now, view.id)
    with room.db.write() as tx:
        assert remaps.open_for_record(tx, room.school.now, "r2") is None
    assert room.waiting() == [] and serials(room) == [ONE]


def test_what_verified_access_proves_of_a_key_that_waits_counts_at_once(room):
    _, new = room.back()
    remap_rule.turn(room.db, JOKO, room.school.now, True)
    with room.db.write() as tx:
        asked = tx.insert(
            attestations, enrolment_id=2, scope="machine", state="asked", asked_at=room.school.now, facts={}
        )
        row = tx.c.execute(select(attestations).where(attestations.c.id == asked)).one()
        attestation_outcomes.record(tx, room.school.now, row, Verdict(State.VERIFIED))
    assert room.standing(new) == "live" and room.waiting() == []
    life = room.school.all(select(enrolments).where(enrolments.c.installation_id == new.id))[0]
    assert (life.grade, life.vouched_by) == ("attested", None)


def test_undoing_answers_the_question_of_the_old_key_that_had_come_back(room):
    old, new = room.back()
    (view,) = room.waiting()
    room.accept(view)
    room.school.now += MINUTE
    room.knock(old)
    assert room.standing(old) == "quarantined" and len(room.waiting()) == 1
    remaps.undo(room.db, JOKO, room.school.now, view.id)
    assert (room.standing(old), room.standing(new)) == ("live", "quarantined")
    assert [one.enrolment_id for one in room.waiting()] == [2]
    assert [one.detail["enrolment"] for one in room.open_incidents()] == [2]
