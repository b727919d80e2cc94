"""Two weeks before the exam: eleven Chromebooks ready, three with a warning, one not ready, each for a real cause."""

from __future__ import annotations

from collections import Counter

import pytest

from server.services import device_checks, mode, readiness_look, readiness_rooms, remap_views, remaps
from tests.readiness_school import JOKO, ready_school


@pytest.fixture
def school(tmp_path):
    with ready_school(tmp_path, C12={"auto_update_through": "2025-06-01"}) as made:
        made.make_exam()
        yield made


def disable(school, number):
    """Somebody disables it in the Admin console."""
    with school.emulator.world.lock:
        school.emulator.device(f"5CD{number:04d}DEMO")["status"] = "DISABLED"


def the_story(school):
    disable(school, 2)
    school.machine("body", 7, signal=-84)
    school.well(4)
    school.machine("fetch", 4)
    school.hands(4)
    school.reports(4, battery=31)
    school.telemetry()


def test_eleven_are_ready_three_want_a_look_and_one_is_not_each_with_its_reason(school):
    the_story(school)
    lines = school.lines(kind=mode.Kind.MANAGED)
    assert Counter(str(line.state) for line in lines.values()) == {"ready": 11, "warning": 3, "not_ready": 1}
    found = {label: [r.code for r in line.reasons] for label, line in lines.items() if line.reasons}
    assert found == {
        "C02": ["console_status"],
        "C04": ["battery_low"],
        "C07": ["wifi_weak"],
        "C12": ["updates_end"],
    }
    assert lines["C02"].step == "enable" and lines["C04"].step == "charge"
    assert dict(lines["C07"].reasons[0].params) == {"dbm": -84}


def test_the_mode_read_from_the_data_is_the_school_s_own(school):
    the_story(school)
    states = [
        {k: v.reasons for k, v in school.lines(kind=kind).items()} for kind in (None, mode.Kind.MANAGED)
    ]
    assert states[0] == states[1]


def test_the_room_says_what_the_working_ones_carry(school):
    the_story(school)
    lines = list(school.lines().values())
    with school.db.read() as c:
        (room,) = readiness_rooms.rooms_of(c, school.now, lines)
    # fourteen work: twelve pupils and two spares, so thirteen in a session do not fit
    assert (room.capacity.working, room.capacity.split.clients, room.capacity.plan_fits) == (14, 12, False)
    assert room.capacity.split.sizes == (9, 9, 8) and not room.capacity.day_fits
    assert room.capacity.missing == 1 and room.portal_wanted == 12


def test_one_that_never_reported_is_not_among_those_that_carry(school):
    """The console knows all fifteen, and Google has seen them fetch their policy: that is not our kiosk at work."""
    school.well(1, 2, 3)
    for number in (1, 2, 3):
        school.machine("fetch", number)
    school.sync()
    lines = list(school.lines(kind=mode.Kind.MANAGED).values())
    with school.db.read() as c:
        (room,) = readiness_rooms.rooms_of(c, school.now, lines)
    assert (room.capacity.working, room.never_on, room.capacity.split.clients) == (12, 3, 10)
    assert not room.capacity.plan_fits and room.if_seen.plan_fits


def test_a_look_writes_each_change_once_and_tells_the_trend_a_day_later(school):
    the_story(school)

    def look():
        school.later(minutes=2)
        return readiness_look.look(school.db, school.now, readiness_look.Round())

    assert look() == 15
    assert look() == 0
    school.later(hours=25)
    school.reports(4, battery=90)
    device_checks.record_hands(
        school.db, JOKO, school.now, school.id(5),
        {"touch": "ok", "keyboard": "bad", "keys_missing": ["a"], "screen": "ok"}, device_checks.Source.PERSON,
    )  # fmt: skip
    assert look() == 2
    lines = school.lines()
    assert (lines["C04"].trend, lines["C05"].trend, lines["C07"].trend) == (1, -1, 0)
    assert lines["C04"].was == "warning" and lines["C04"].since <= school.now


def test_a_powerwashed_one_is_ready_again_only_after_all_was_seen_once_more(school):
    the_story(school)
    assert school.line(5).state == "ready"
    school.later(hours=1)
    school.machine("powerwash", 5)
    school.later(hours=1)  # it re-enrols by itself
    school.sync()
    assert school.codes(5) == ["not_returned"] and school.line(5).state == "not_ready"
    assert school.line(5).step == "switch_on"
    school.reports(5)
    assert school.line(5).state == "ready"


def test_a_powerwashed_one_that_left_its_org_unit_says_where_it_belongs(school):
    the_story(school)
    school.later(hours=1)
    school.machine("powerwash", 5)
    school.later(hours=1)
    with school.emulator.world.lock:
        school.emulator.device("5CD0005DEMO")["orgUnitId"] = school.emulator.world.find_org_unit("/Ujian")
    school.sync()
    school.reports(5)
    assert school.codes(5) == ["remap_open", "wrong_unit"]
    assert dict(school.line(5).reasons[1].params) == {"path": "/Ujian", "home": "/Lab"}


def test_one_that_came_back_long_ago_may_be_moved_and_its_org_unit_renamed(school):
    """Where a return belonged is no order for ever: what a person does in the console afterwards is meant."""
    the_story(school)
    school.later(hours=1)
    world = school.emulator.world
    for number in (5, 6):
        school.machine("powerwash", number)
    school.later(hours=1)
    with world.lock:
        school.emulator.device("5CD0005DEMO")["orgUnitId"] = world.find_org_unit("/Ujian")
        school.emulator.device("5CD0006DEMO")["orgUnitId"] = world.find_org_unit("/Ujian")
    school.sync()
    with school.db.read() as c:
        waiting = remap_views.waiting(c)
    for one in waiting:
        remaps.accept(school.db, JOKO, school.now, one.id, one.digest, "scan")
    school.work()
    for number in (5, 6):
        school.machine("fetch", number)
        school.reports(number)
    school.sync()
    assert school.codes(5) == school.codes(6) == []
    school.later(days=1)
    with world.lock:  # one is moved for good, and the other one's org unit gets a better name
        school.emulator.device("5CD0005DEMO")["orgUnitId"] = world.find_org_unit("/Ujian")
        lab = world.find_org_unit("/Lab")
        world.state["org_units"][lab]["name"] = "Ruang Lab"
    school.sync()
    assert school.line(6).facts.record.path == "/Ruang Lab"
    assert "wrong_unit" not in school.codes(5) + school.codes(6)
