"""Readiness without a console: reports, checks, loans and wipes of the demo room."""

from __future__ import annotations

import pytest
from sqlalchemy import event, select

from server.domain.device_check import Source
from server.domain.roles import Role
from server.services import (
    device_checks,
    inventory,
    mode,
    readiness,
    readiness_look,
    readiness_needs,
    readiness_rooms,
    remap_lives,
    when,
)
from server.services.actor import Actor
from server.store import tables as t
from tests.readiness_school import packaged
from tests.services.conftest import SARI
from tests.services.room import report

JOKO = Actor("joko", Role.TECHNICIAN, "127.0.0.1")
GOOD = {"touch": "none", "keyboard": "ok", "keys_missing": [], "screen": "ok"}
DAY = 86_400_000
PAGE = {
    "battery": 88, "charging": False, "storage_free_mb": 20_000, "online": True, "effective_type": "4g", "round_trip_ms": 20,
    "clock_offset_ms": 0, "screen": [1366, 768], "touch_points": 0, "secure": True,
    "browser": "Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36 Chrome/139.0.0.0 Safari/537.36",
}  # fmt: skip


def line(school, device=1, **given):
    with school.db.read() as c:
        (found,) = readiness.lines(c, school.now, device_ids=[device], **given)
    return found


def codes(school, device=1, **given):
    return [reason.code for reason in line(school, device, **given).reasons]


def tried(school, device=1, **seen):
    device_checks.record_hands(school.db, JOKO, school.now, device, {**GOOD, **seen}, Source.PERSON)


def on(school, device=1, **seen):
    given = {"free_storage_mb": 20_000, "extension_version": packaged(), "browser_version": "139.0", **seen}
    report(school, device, "waiting", **given)


def insert(school, table, **values):
    with school.db.write() as tx:
        return tx.insert(table, **values)


def lend(school, device=1, until="2027-01-01", foreign=True):
    given = {"owner": "SMPN 2", "foreign_policies": foreign, "from_at": school.now, "until": until}
    insert(school, t.device_loans, device_id=device, **given)


def observed(school):
    """The exam of the day is the ministry's; nothing of ours runs on a Chromebook."""
    with school.db.write() as tx:
        tx.c.execute(t.exams.update().values(client="exam_browser"))


def test_a_device_that_reports_and_was_tried_is_ready_in_local_mode(school):
    on(school)
    tried(school)
    assert line(school).state == "ready" and line(school).facts.record is None


def test_what_the_school_does_not_know_of_it_is_said_once(school):
    assert codes(school, kind=mode.Kind.LOCAL) == ["checkin_never", "hands_unseen"]


def test_the_newest_word_stands_whoever_said_it(school):
    on(school, battery=20)
    tried(school)
    assert codes(school) == ["battery_low"]
    school.now += 60_000
    device_checks.record_page(school.db, SARI, school.now, 1, PAGE)
    found = line(school)
    assert found.state == "ready"
    assert (found.facts.battery.value, str(found.facts.battery.source)) == (88, "page")
    assert found.facts.os.value == 139


def test_observed_mode_asks_for_a_named_person_s_tick(school):
    observed(school)
    device_checks.record_page(school.db, SARI, school.now, 1, PAGE)
    tried(school)
    assert codes(school) == ["client_unseen"]
    device_checks.tick_client(school.db, JOKO, school.now, 1, "2.1")
    found = line(school)
    assert found.state == "ready" and (found.facts.client.value, found.facts.client.by) == ("2.1", "joko")
    school.now += 1
    device_checks.take_back_client(school.db, JOKO, school.now, 1)
    assert codes(school) == ["client_unseen"]


def test_a_page_without_https_leaves_the_battery_unknown_until_somebody_stood_before_it(school):
    observed(school)
    device_checks.record_page(
        school.db, SARI, school.now, 1, {**PAGE, "battery": None, "charging": None, "storage_free_mb": None, "secure": False}
    )  # fmt: skip
    tried(school)
    assert codes(school) == ["battery_unseen", "client_unseen"]
    device_checks.tick_client(school.db, JOKO, school.now, 1)
    assert line(school).state == "ready" and line(school).facts.battery is None


def test_a_borrowed_one_counts_for_what_it_can_do(school):
    lend(school)
    on(school, 2)
    tried(school)
    assert "loan_no_kiosk" in codes(school)
    observed(school)
    device_checks.tick_client(school.db, JOKO, school.now, 1)
    device_checks.record_page(school.db, SARI, school.now, 1, PAGE)
    assert line(school).state == "ready" and line(school).borrowed


def test_a_loan_that_ends_before_the_exam_is_no_help(school):
    on(school)
    tried(school)
    lend(school, until="2026-11-23", foreign=False)
    assert codes(school) == ["loan_over"]


def test_out_of_service_says_why(school):
    inventory.set_service(school.db, JOKO, school.now, 1, False, "layar retak")
    (reason,) = line(school).reasons
    assert (reason.code, dict(reason.params)) == ("out_of_service", {"why": "layar retak"})


def test_an_open_remap_comes_first(school):
    on(school)
    tried(school)
    insert(
        school, t.remaps, device_id=1, serial="x", kind="wiped", strength="strong", evidence=[], proposal={}, digest="d",
        state="open", opened_at=school.now,
    )  # fmt: skip
    assert codes(school) == ["remap_open"] and line(school).step == "accept"


def test_after_a_second_life_began_only_words_of_that_life_count(school):
    on(school)
    tried(school)
    observed(school)
    device_checks.tick_client(school.db, JOKO, school.now, 1)
    assert line(school, kind=mode.Kind.LOCAL).state == "ready"
    school.now += 60_000
    with school.db.write() as tx:
        old = tx.c.execute(select(t.enrolments).where(t.enrolments.c.device_id == 1)).mappings().one()
        ended = t.enrolments.update().where(t.enrolments.c.id == old["id"])
        tx.c.execute(ended.values(standing="ended", ended_at=school.now, end_reason="wiped"))
    assert "wiped_client" in codes(school, kind=mode.Kind.LOCAL)
    school.now += 60_000
    with school.db.write() as tx:
        life = {**old, "id": None, "thumbprint": "new", "installation_id": "new", "first_seen_at": school.now}
        tx.c.execute(t.enrolments.insert().values({k: v for k, v in life.items() if k != "id"}))
    on(school)
    assert codes(school, kind=mode.Kind.LOCAL) == ["wiped_client"]  # the hands test still stands
    device_checks.tick_client(school.db, JOKO, school.now, 1)
    assert line(school, kind=mode.Kind.LOCAL).state == "ready"


def test_the_school_and_the_profile_may_name_the_oldest_chromeos(school):
    on(school)
    tried(school)
    readiness_needs.set_least_os(school.db, SARI, school.now, "140")
    assert codes(school) == ["os_below"]
    readiness_needs.set_least_os(school.db, SARI, school.now, "")
    assert codes(school) == []
    with school.db.write() as tx:
        profile = {**tx.c.execute(select(t.exams.c.profile)).scalar(), "chromeos": {"least": 141}}
        tx.c.execute(t.exams.update().values(profile=profile))
    assert dict(line(school).reasons[0].params) == {"version": 139, "least": 141}


@pytest.mark.parametrize("text", ["12", "abc", "99999", "1.5"])
def test_a_milestone_that_is_none_is_refused(school, text):
    with pytest.raises(Exception) as refused:
        readiness_needs.set_least_os(school.db, SARI, school.now, text)
    assert refused.value.code == "least_os_invalid"


def test_one_behind_its_room_is_told_and_two_of_equal_number_are_not(school):
    for device in (1, 2, 3):
        on(school, device, browser_version="139.0" if device < 3 else "137.0")
        tried(school, device)
    assert codes(school, 3) == ["os_behind"] and codes(school, 1) == []


def test_a_look_goes_through_the_school_in_pieces_and_rests_between(school, monkeypatch):
    monkeypatch.setattr(readiness_look, "PIECE", 4)
    at = readiness_look.Round()
    written = [readiness_look.look(school.db, school.now, at) for _ in range(6)]
    assert written == [4, 4, 4, 3, 0, 0]
    school.now += readiness_look.PAUSE_MS
    assert readiness_look.look(school.db, school.now, at) == 0  # looked, and nothing had changed
    on(school)
    tried(school)
    school.now += readiness_look.PAUSE_MS
    for _ in range(8):  # to the end of this round, and the next one
        readiness_look.look(school.db, school.now, at)
        school.now += readiness_look.PAUSE_MS
    with school.db.read() as c:
        rows = c.execute(select(t.readiness_marks).where(t.readiness_marks.c.device_id == 1)).all()
    assert [row.state for row in rows] == ["warning", "ready"] and rows[1].reasons == []


def room_one(school, **given):
    with school.db.read() as c:
        lines = readiness.lines(c, school.now, **given)
        (room,) = [r for r in readiness_rooms.rooms_of(c, school.now, lines) if r.name == "Ruang 1"]
    return room


def counted(school, **given):
    """(counted as working, never seen on, Exam Browser never seen open)"""
    room = room_one(school, **given)
    return room.capacity.working, room.never_on, room.client_unseen


def test_a_list_just_imported_carries_nobody_until_its_chromebooks_were_seen(school):
    local = {"kind": mode.Kind.LOCAL}
    assert counted(school, **local) == (0, 15, 0)
    for device in range(1, 11):
        on(school, device)
    room = room_one(school, **local)
    assert (room.capacity.working, room.never_on) == (10, 5)
    assert room.capacity.split.sizes == (9, 9, 8)  # the re-split is made from those that were seen
    assert room.if_seen.plan_fits and room.missing == 0  # five to switch on, none to borrow
    for device in range(11, 16):
        on(school, device)
    assert counted(school, **local) == (15, 0, 0) and room_one(school, **local).if_seen is None


def test_on_the_eve_too_those_never_seen_are_named_and_what_is_broken_is_not_hoped_for(school):
    school.now = when.moment("2026-11-23", "07:00", "WIB")
    tried(school, 2, keyboard="bad", keys_missing=["a"])
    inventory.set_service(school.db, JOKO, school.now, 3, False, "layar retak")
    assert (
        "checkin_never" in codes(school, 2, kind=mode.Kind.LOCAL)
        and line(school, 1, kind=mode.Kind.LOCAL).state == "not_ready"
    )
    assert counted(school, kind=mode.Kind.LOCAL) == (0, 13, 0)


@pytest.mark.parametrize("kind", [mode.Kind.LOCAL, mode.Kind.OBSERVED])
def test_under_the_exam_browser_one_counts_once_a_person_saw_it_open(school, kind):
    observed(school)
    assert counted(school, kind=kind) == (0, 15, 0)
    if kind is mode.Kind.LOCAL:
        on(school)
    else:
        device_checks.record_page(school.db, SARI, school.now, 1, PAGE)
    assert counted(school, kind=kind) == (0, 14, 1)
    device_checks.tick_client(school.db, JOKO, school.now, 1, "2.1")
    device_checks.tick_client(school.db, JOKO, school.now, 2, "2.1")
    assert counted(school, kind=kind) == (2, 13, 0)
    school.now += 1
    device_checks.take_back_client(school.db, JOKO, school.now, 2)
    assert counted(school, kind=kind)[0] == 1


def test_the_portal_s_number_is_kept_and_compared(school):
    def said(clients):
        readiness_rooms.set_portal_clients(school.db, JOKO, school.now, school.made.room_id, clients)
        room = room_one(school)
        return room.portal_differs, room.portal_waits, room.portal_wanted

    assert said("13") == (True, True, 0)  # it would fit, once the Chromebooks were seen
    for device in range(1, 16):
        on(school, device)
    assert said("15") == (True, False, 13)
    assert said("13") == (False, False, 13)
    assert said("") == (False, False, 13)
    with pytest.raises(Exception) as refused:
        readiness_rooms.set_portal_clients(school.db, JOKO, school.now, school.made.room_id, "0")
    assert refused.value.code == "portal_clients_invalid"


def test_a_strangers_key_that_was_sent_away_wiped_nothing(school):
    with school.db.write() as tx:
        tx.c.execute(t.exams.update().values(client="exam_browser"))
    device_checks.tick_client(school.db, JOKO, school.now, 1, "1")
    tried(school)
    school.now += 3_600_000
    on(school)
    assert codes(school) == []
    life = {
        "device_id": 1, "serial": "s", "platform": "cros", "grade": "claimed", "standing": "ended",
        "first_seen_at": school.now, "ended_at": school.now, "public_key": b"k",
    }  # fmt: skip
    for key, reason in (("x", remap_lives.REJECTED), ("z", remap_lives.TAKEN_BACK)):
        insert(school, t.enrolments, **life, installation_id=key, thumbprint=key, end_reason=reason)
    assert codes(school) == [] and line(school).facts.wiped_at is None
    insert(school, t.enrolments, **life, installation_id="y", thumbprint="y", end_reason=remap_lives.REPLACED)
    assert codes(school) == ["wiped_client"]


def test_a_later_days_board_counts_that_days_pupils(school):
    with school.db.write() as tx:
        later = tx.insert(t.rounds, name="Utama", programme="ANBK", purpose="utama", created_at=school.now)
        tx.insert(t.round_days, round_id=later, number=1, date="2027-03-01")
        slot = tx.insert(t.exam_slots, round_id=later, number=1)
        seats = tx.c.execute(select(t.seats.c.id).where(t.seats.c.room_id == school.made.room_id)).scalars()
        people = tx.c.execute(select(t.participants.c.id)).scalars()
        for n, (person, seat) in enumerate(zip(people.all(), seats.all()[:4], strict=False), 1):
            one = tx.insert(
                t.registrations, participant_id=person, round_id=later, number=f"U{n}", card_code=f"CARD{n}"
            )
            tx.insert(t.seat_plans, registration_id=one, slot_id=slot, seat_id=seat)
    with school.db.read() as c:
        lines = readiness.lines(c, school.now)
        planned = [
            readiness_rooms.rooms_of(c, school.now, lines, date=date)[0].capacity.planned
            for date in (None, "2027-03-01")
        ]
    assert planned == [(13, 13), (4,)]


def test_a_room_with_pupils_and_no_chromebook_is_on_the_board(school):
    with school.db.write() as tx:
        tx.c.execute(t.device_places.update().values(to_at=school.now))
    with school.db.read() as c:
        lines = readiness.lines(c, school.now)
        asked = readiness_needs.school(c, school.now)
        found = readiness_rooms.rooms_of(c, school.now, lines, asked)
        (other,) = readiness_rooms.rooms_of(c, school.now, [], asked, school.made.second_room_id) or [None]
    room, homeless = found[0], found[-1]
    assert (room.name, room.lines, homeless.room_id) == ("Ruang 1", (), None)
    assert room.capacity.pupils and room.capacity.missing and not room.capacity.day_fits
    assert other is None  # neither pupils nor Chromebooks: nothing to tell


def test_the_walk_goes_row_by_row_and_back_with_the_spares_last(school):
    with school.db.read() as c:
        lines = readiness.lines(c, school.now)
    seats = [found.seat for found in readiness_rooms.walking_order(lines)]
    assert seats == ["1", "2", "3", "4", "5", "10", "9", "8", "7", "6", "11", "12", "13", None, None]


def test_two_thousand_are_read_with_as_many_questions_as_one(school):
    def asked():
        told = []

        def note(_c, _cursor, statement, *_):
            told.append(statement)

        event.listen(school.db.engine, "before_cursor_execute", note)
        with school.db.read() as c:
            found = readiness.lines(c, school.now)
            readiness_rooms.rooms_of(c, school.now, found)
        event.remove(school.db.engine, "before_cursor_execute", note)
        return len(found), len(told)

    small = asked()
    with school.db.write() as tx:
        rows = [{"label": f"X{n}", "spare": False, "created_at": school.now} for n in range(2_000)]
        tx.c.execute(t.devices.insert(), rows)
        ids = list(tx.c.execute(select(t.devices.c.id).where(t.devices.c.label.like("X%"))).scalars())
        places = [{"device_id": key, "room_id": school.made.room_id, "from_at": school.now} for key in ids]
        tx.c.execute(t.device_places.insert(), places)
    big = asked()
    assert (small[0], big[0]) == (15, 2_015)
    assert small[1] == big[1] < 40
