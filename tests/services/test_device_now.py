"""One Chromebook as the server saw it: reports, check pages, loans, the exam of its room."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import Conflict, NotFound
from server.domain.next_act import Do
from server.domain.next_step import By, Step
from server.services import device_checks, device_now, exams, inventory, swaps
from server.services.actor import SYSTEM
from server.services.mode import Kind
from server.store import tables as t
from tests.services import room
from tests.services.conftest import SARI

PAGE = {
    "battery": 80, "charging": True, "storage_free_mb": 9_000, "online": True, "effective_type": "4g", "round_trip_ms": 20,
    "clock_offset_ms": 10, "screen": [1366, 768], "touch_points": 0, "secure": True, "browser": "Chrome 139",
}  # fmt: skip


def read(school, device: int, kind: Kind = Kind.LOCAL, since=lambda _id: None):
    with school.db.read() as c:
        return device_now.one(c, school.now, device, kind, since)


def letters(found) -> str:
    return "".join(str(mark.state)[0] for mark in found.next.marks)


def test_an_unknown_device_is_said(school):
    with pytest.raises(NotFound) as told:
        read(school, 999)
    assert told.value.code == "device_not_listed"


def test_a_report_ticks_everything_and_shows_what_it_does(school):
    assert letters(read(school, 3)) == "nuull"
    room.report(school, 3, "idle")
    school.now += 1
    found = read(school, 3, since=lambda _id: school.now - 5_000)
    assert letters(found) == "ddddd"
    assert (found.label, found.room, found.seat, found.spare) == ("C03", "Ruang 1", "3", False)
    doing = found.doing
    assert (doing.since, doing.heard_at) == (school.now - 5_000, school.now - 1)
    assert (doing.ordered, doing.applied, doing.behind, doing.battery) == ("idle", "idle", False, 80)


def test_what_is_ordered_and_what_is_applied_are_told_apart(school):
    room.report(school, 3, "idle")
    exams.open_exam(school.db, SARI, school.now, school.exam)
    doing = read(school, 3).doing
    assert (doing.ordered, doing.applied, doing.behind) == ("waiting", "idle", True)


def test_an_unknown_key_has_checked_in_and_has_no_seat(school):
    with school.db.write() as tx:
        tx.insert(
            t.enrolments, device_id=3, installation_id="new", serial="s", public_key=b"k", thumbprint="new",
            grade="claimed", standing="quarantined", first_seen_at=school.now,
        )  # fmt: skip
    found = read(school, 3)
    assert letters(found) == "ddddn"
    assert found.next.marks[3].by is By.NEWCOMER
    assert found.next.do is Do.ACCEPT


def test_a_remap_that_waits_comes_before_all(school):
    room.report(school, 3, "idle")
    with school.db.write() as tx:
        tx.insert(
            t.remaps, device_id=3, serial="s", kind="newcomer", strength="weak", evidence=[], proposal={"label": "C03"},
            digest="d", state="open", opened_at=school.now,
        )  # fmt: skip
    found = read(school, 3)
    assert (found.next.do, found.next.step) == (Do.ACCEPT, Step.SEAT)
    with school.db.read() as c:
        assert len(device_now.remaps_of(c, 3)) == 1
        assert device_now.remaps_of(c, 4) == []


def test_in_observed_mode_the_check_page_is_the_check_in(school):
    assert read(school, 4, Kind.OBSERVED).next.do is Do.CHECK_PAGE
    device_checks.record_page(school.db, SYSTEM, school.now, 4, PAGE)
    found = read(school, 4, Kind.OBSERVED)
    assert letters(found) == "duudd"
    assert found.next.marks[0].by is By.PAGE


def test_a_persons_tick_is_named_and_ticks_no_step(school):
    device_checks.tick_client(school.db, SARI, school.now, 4)
    found = read(school, 4, Kind.OBSERVED)
    assert found.told == ("sari", school.now)
    assert letters(found) == "nuull"


def lend(school, device: int, until: str):
    with school.db.write() as tx:
        tx.insert(
            t.device_loans, device_id=device, owner="SMP Sebelah", foreign_policies=True, from_at=school.now, until=until
        )  # fmt: skip


def test_a_borrowed_one_keeps_its_owners_policies_also_under_our_console(school):
    lend(school, 5, "2099-12-31")
    found = read(school, 5, Kind.MANAGED)
    assert letters(found) == "nuull"
    assert (found.loan.owner, found.next.do) == ("SMP Sebelah", Do.CHECK_PAGE)
    lend(school, 6, "2020-01-01")
    assert read(school, 6, Kind.MANAGED).next.do is Do.GIVE_BACK


def test_out_of_service_says_why(school):
    inventory.set_service(school.db, SARI, school.now, 5, False, "layar retak")
    found = read(school, 5)
    assert (found.next.do, found.out_reason) == (Do.REPAIR, "layar retak")


def test_one_that_a_pupil_needs_is_left_alone(school):
    room.run(school)
    room.work(school, 3)
    found = read(school, 3)
    assert (found.next.do, found.needed_by) == (Do.HANDS_OFF, "Hari 1")


def test_one_that_was_swapped_away_is_switched_on_and_not_left_alone(school):
    room.run(school)
    room.report(school, 3, room.doc(school, 3)["mode"])
    room.work(school, 3)
    school.now += 60_000
    (done,) = swaps.place(school.db, SARI, school.now, school.sitting(3).id, "C15")
    assert done.ok
    found = read(school, 3)
    assert (found.next.do, found.needed_by) == (Do.DELIVER, "Hari 1")
    with pytest.raises(Conflict) as refused:
        inventory.set_service(school.db, SARI, school.now, 3, False, "mati")
    assert refused.value.code == "device_keeps_work"
    room.clear(school, 3)
    assert read(school, 3).next.do is not Do.DELIVER
    inventory.set_service(school.db, SARI, school.now, 3, False, "mati")


def test_the_exam_of_a_room_is_the_one_that_goes_on_else_the_next(school):
    place = read(school, 3).room_id

    def exam(now: int):
        with school.db.read() as c:
            return device_now.room_exam(c, now, place)

    assert (exam(school.now).title, exam(school.now).open) == ("Hari 1", False)
    exams.open_exam(school.db, SARI, school.now, school.exam)
    assert exam(school.now).open
    exams.end(school.db, SARI, school.now, school.exam)
    assert exam(school.now) is None


def test_a_room_and_those_without_one(school):
    with school.db.write() as tx:
        tx.c.execute(
            t.device_places.update().where(t.device_places.c.device_id == 7).values(to_at=school.now)
        )
    with school.db.read() as c:
        place = c.execute(select(t.rooms.c.id).where(t.rooms.c.name == "Ruang 1")).scalar_one()
        here = device_now.of_room(c, school.now, place, Kind.LOCAL)
        nowhere = device_now.of_room(c, school.now, None, Kind.LOCAL)
    assert [d.label for d in nowhere] == ["C07"]
    assert "C07" not in [d.label for d in here]
    assert len(here) == 14
