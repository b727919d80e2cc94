"""Chromebooks go into an exam's org unit and home again, over HTTP against the emulated console."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import BangkuError
from server.services import device_move_list as lists
from server.services import device_moves, exam_day_moves, exams, google_jobs, inventory, when
from server.store import tables as t
from server.workspace.gateway import Bucket
from tests.console_school import JOKO, WAYAN
from tests.services.conftest import PROFILE

TO = "/Ujian/Ruang 1"
items = t.device_move_items


def planned(school, **more):
    given = {"room_id": school.room_id} | more
    if "org_unit_id" not in given:
        given["org_unit_id"] = school.unit_id(TO)
    return device_moves.plan(school.db, JOKO, school.now, **given)


def ordered(school, made, **more):
    return device_moves.order(school.db, JOKO, school.now, made.digest, **more)


def moved(school, **more):
    made = planned(school, **more)
    job = ordered(school, made)
    school.work()
    return made, school.job(job)


def home(school, made):
    back = device_moves.plan_home(school.db, JOKO, school.now, made.id)
    ordered(school, back)
    school.work()
    return back


def outcomes(school, move_id):
    rows = school.all(select(items).where(items.c.move_id == move_id))
    return {row.console_id: (row.outcome, row.code) for row in rows}


def state(school, move_id):
    return school.all(select(t.device_moves).where(t.device_moves.c.id == move_id))[0].state


def test_a_plan_moves_nothing_and_the_order_moves_all_in_one_call(school):
    before = school.where()
    made = planned(school)
    assert (len(made.plan.items), made.plan.calls) == (15, 1)
    assert school.where() == before
    school.emulator.quota.reset()
    job = ordered(school, made)
    assert school.where() == before
    school.work()
    assert set(school.where().values()) == {TO}
    assert school.job(job).result == {
        "move_id": made.id,
        "done": 15,
        "moved": 15,
        "not_moved": 0,
        "failed": {},
    }
    assert set(outcomes(school, made.id).values()) == {("done", None)}
    assert state(school, made.id) == "done"
    calls = school.emulator.quota.report()["calls"]
    assert calls["directory.chromeosdevices.moveDevicesToOu"] == 1
    assert calls["directory.chromeosdevices.list"] == 3  # two org units before, one after
    assert calls.get("directory.chromeosdevices.get", 0) == 0


def test_the_mirror_and_each_devices_history_follow_what_was_read_back(school):
    made, _job = moved(school)
    rows = school.all(select(t.console_devices))
    assert {(r.org_unit_id, r.org_unit_path) for r in rows} == {(school.unit_id(TO), TO)}
    history = school.all(select(t.console_history).where(t.console_history.c.kind == "moved"))
    assert len(history) == 15
    assert {h.detail["after"] for h in history} == {TO}
    assert [line.detail["devices"] for line in school.lines("device.move")] == [15]
    assert school.lines("device.moved")[0].object == f"move {made.id}"


def test_each_device_goes_home_to_its_own_org_unit(school):
    before = school.where()
    made, _job = moved(school)
    back = home(school, made)
    assert school.where() == before
    assert (state(school, made.id), state(school, back.id)) == ("home", "done")


def test_only_what_is_still_where_we_put_it_is_brought_home(school):
    made, _job = moved(school)
    early, late = school.console_id("C01"), school.console_id("C02")
    devices = school.emulator.world.state["devices"]
    devices[early]["orgUnitId"] = school.unit_id("/Kantor")
    school.sync()
    back = device_moves.plan_home(school.db, JOKO, school.now, made.id)
    assert [(left.label, left.code) for left in back.plan.left] == [("C01", "device_moved_elsewhere")]
    devices[late]["orgUnitId"] = school.unit_id("/Kantor")
    ordered(school, back)
    school.work()
    assert outcomes(school, back.id)[late] == ("failed", "device_moved_elsewhere")
    assert school.where()["5CD0001DEMO"] == school.where()["5CD0002DEMO"] == "/Kantor"
    assert state(school, back.id) == "partly"


def test_drift_between_plan_and_order_is_refused_and_after_it_said_per_device(school):
    made = planned(school)
    devices = school.emulator.world.state["devices"]
    one, gone, off = (school.console_id(label) for label in ("C01", "C02", "C03"))
    job = ordered(school, made)
    devices[one]["orgUnitId"] = school.unit_id("/Kantor")
    devices[off]["status"] = "DISABLED"
    del devices[gone]
    school.work()
    found = outcomes(school, made.id)
    assert found[one] == ("failed", "device_moved_elsewhere")
    assert found[gone] == ("failed", "device_gone")
    assert found[off] == ("failed", "device_not_active")
    assert school.where()["5CD0001DEMO"] == "/Kantor"
    assert school.job(job).result["done"] == 12
    assert state(school, made.id) == "partly"


def test_a_plan_that_no_longer_holds_is_not_ordered(school):
    made = planned(school)
    school.emulator.world.state["devices"][school.console_id("C01")]["orgUnitId"] = school.unit_id("/Kantor")
    school.sync()
    for digest in (made.digest, "0" * 16):
        with pytest.raises(BangkuError) as refused:
            device_moves.order(school.db, JOKO, school.now, digest)
        assert refused.value.code == "move_plan_stale"


def test_what_is_silently_ignored_is_tried_alone_and_then_moves(school):
    school.emulator.fail(
        {"method": "directory.chromeosdevices.moveDevicesToOu", "kind": "ignore_ids", "share": 0.4, "nth": 1}
    )
    made, _job = moved(school)
    assert set(school.where().values()) == {TO}
    assert set(outcomes(school, made.id).values()) == {("done", None)}


def test_what_never_moves_is_said_after_trying_alone(school):
    school.emulator.fail(
        {"method": "directory.chromeosdevices.moveDevicesToOu", "kind": "ignore_ids", "share": 1.0}
    )
    before = school.where()
    made, job = moved(school)
    assert school.where() == before
    assert set(outcomes(school, made.id).values()) == {("failed", "move_silent")}
    assert (state(school, made.id), job.state) == ("failed", "done")
    assert school.emulator.quota.report()["calls"]["directory.chromeosdevices.moveDevicesToOu"] == 16


def test_old_reads_are_waited_out_before_a_device_is_called_unmoved(school):
    made = planned(school)
    school.emulator.fail(
        {"method": "directory.chromeosdevices.*", "kind": "stale_read:3600", "nth": 3},
        {"method": "directory.chromeosdevices.*", "kind": "stale_read:3600", "nth": 4},
        {"method": "directory.chromeosdevices.*", "kind": "stale_read:3600", "nth": 5},
    )
    ordered(school, made)
    school.work()
    assert set(outcomes(school, made.id).values()) == {("done", None)}


@pytest.mark.parametrize("kind", ["503:after", "reset:after", "503", "reset"])
def test_a_lost_answer_to_a_move_is_read_back(school, kind):
    school.emulator.fail({"method": "directory.chromeosdevices.moveDevicesToOu", "kind": kind, "times": 3})
    made, _job = moved(school)
    assert set(school.where().values()) == {TO}
    assert set(outcomes(school, made.id).values()) == {("done", None)}


def test_when_google_stays_away_every_device_says_so_and_the_move_ends(school):
    school.emulator.fail({"method": "directory.chromeosdevices.*", "kind": "503"})
    made, job = moved(school)
    assert set(outcomes(school, made.id).values()) == {("failed", "google_unavailable")}
    assert (job.state, job.code, state(school, made.id)) == ("failed", "google_unavailable", "failed")


def test_a_renamed_org_unit_is_found_by_its_id_and_one_that_is_gone_is_said(school):
    made = planned(school)
    units = school.emulator.world.state["org_units"]
    units[school.unit_id(TO)]["name"] = "Ruang Satu"
    ordered(school, made)
    school.work()
    assert set(school.where().values()) == {"/Ujian/Ruang Satu"}
    gone = school.unit_id("/Ujian/Ruang 2")
    second = planned(school, room_id=school.room_id, org_unit_id=gone)
    ordered(school, second)
    del units[gone]
    school.work()
    assert set(outcomes(school, second.id).values()) == {("failed", "org_unit_gone")}


def test_a_reboot_is_ordered_once_for_each_device_that_arrived(school):
    made, _job = moved(school, reboot=True)
    commands = school.all(select(t.device_commands))
    assert len(commands) == 15
    assert {c.kind for c in commands} == {"reboot"}
    with school.db.read() as c:
        detail = lists.detail(c, made.id)
    assert all(item.reboot is not None for item in detail.items)


def test_devices_that_do_not_move_are_named_with_their_reason(school):
    inventory.set_service(school.db, JOKO, school.now, school.device("C04").id, False, "layar retak")
    with school.db.write() as tx:
        tx.c.execute(
            t.console_devices.update()
            .where(t.console_devices.c.console_id == school.console_id("C05"))
            .values(device_id=None)
        )
    made = planned(school)
    assert [(left.label, left.code) for left in made.plan.left] == [
        ("C04", "device_out_of_service"),
        ("C05", "device_unlinked"),
    ]


def test_root_and_unknown_org_units_are_refused(school):
    for unit, code in ((school.unit_id("/"), "move_root"), ("nowhere", "org_unit_unknown")):
        with pytest.raises(BangkuError) as refused:
            planned(school, org_unit_id=unit)
        assert refused.value.code == code
    with pytest.raises(BangkuError) as refused:
        planned(school, room_id=None)
    assert refused.value.code == "move_whom"


def test_some_devices_by_name(school):
    ids = [school.device(label).id for label in ("C01", "C15")]
    made, _job = moved(school, room_id=None, device_ids=ids)
    assert len(made.plan.items) == 2
    assert sorted(school.where().values()).count(TO) == 2


def test_a_cancelled_move_says_which_devices_did_not_get_their_turn_and_goes_home(school):
    before = school.where()
    made = planned(school)
    job = ordered(school, made)
    google_jobs.cancel(school.db, JOKO, school.now, job)
    school.work()
    with school.db.read() as c:
        assert lists.detail(c, made.id).stopped
    device_moves.go_on(school.db, JOKO, school.now, made.id)
    school.work()
    assert state(school, made.id) == "done"
    home(school, made)
    assert school.where() == before


# --- H-1 ---------------------------------------------------------------------------------------------------


def make_exam(school, client="web", day=0):
    profile = PROFILE | {"client": client} | ({"token": None} if client != "web" else {})
    return exams.create(
        school.db,
        WAYAN,
        school.now,
        day_id=school.day_ids[day],
        slot_id=school.slot_ids[0],
        room_id=school.room_id,
        profile=profile,
        title=f"Hari {day + 1}",
        start_url="practice" if client == "web" else None,
        allowed_hosts=[],
    )


def refused_today(school, made, **more):
    with pytest.raises(BangkuError) as refused:
        ordered(school, made, **more)
    return refused.value.code


def test_on_the_exam_day_a_move_is_too_late_unless_a_person_says_why(school):
    make_exam(school)
    school.now = when.moment("2026-11-23", "15:00", "WIB")
    made = planned(school)
    school.now = when.moment("2026-11-24", "00:00", "WIB")
    made = planned(school)
    assert refused_today(school, made) == "move_too_late"
    assert refused_today(school, made, late_reason="   ") == "move_too_late"
    ordered(school, made, late_reason="tiga Chromebook baru datang")
    school.work()
    assert set(school.where().values()) == {TO}
    assert school.lines("device.move")[0].detail["reason"] == "tiga Chromebook baru datang"


def test_on_an_exam_browser_day_nothing_moves_whatever_is_said(school):
    made, _job = moved(school)
    make_exam(school, "exam_browser")
    school.now = when.moment("2026-11-24", "16:00", "WIB")
    back = device_moves.plan_home(school.db, JOKO, school.now, made.id)
    assert refused_today(school, back, late_reason="harus") == "move_exam_browser_day"
    school.now = when.moment("2026-11-25", "06:00", "WIB")
    ordered(school, back)
    school.work()
    assert TO not in school.where().values()


def test_a_move_that_was_left_over_night_does_not_run_into_an_exam_browser_day(school):
    make_exam(school, "exam_browser")
    school.now = when.moment("2026-11-23", "23:59", "WIB")
    made = planned(school)
    job = ordered(school, made)
    school.now = when.moment("2026-11-24", "05:00", "WIB")
    before = school.where()
    school.work()
    assert school.where() == before
    assert set(outcomes(school, made.id).values()) == {("failed", "move_exam_browser_day")}
    assert school.job(job).code == "move_exam_browser_day"


def test_while_an_exam_is_open_its_room_stays_and_another_may_move(school):
    exam = make_exam(school)
    school.now = when.moment("2026-11-24", "07:00", "WIB")
    made = planned(school)
    exams.open_exam(school.db, WAYAN, school.now, exam)
    assert refused_today(school, made, late_reason="x") == "move_exam_open"


def test_a_day_is_ready_when_each_device_fetched_its_policy_after_the_move(school):
    make_exam(school)
    unit = school.unit_id(TO)
    with school.db.write() as tx:
        tx.insert(
            *(t.exam_units,),
            room_id=school.room_id,
            client="web",
            name="Ruang 1",
            parent_path="/Ujian",
            org_unit_id=unit,
            path=TO,
            state="ready",
            at=school.now,
        )

    def day():
        with school.db.read() as c:
            (found,) = exam_day_moves.room_days(c, school.now)
        return found

    assert (day().eve, day().count("not_moved")) == ("2026-11-23", 15)
    moved(school)
    assert (day().count("not_proved"), day().ready) == (15, False)
    first = school.console_id("C01")
    with school.db.write() as tx:
        tx.c.execute(
            t.console_devices.update()
            .where(t.console_devices.c.console_id == first)
            .values(last_sync_at=school.now + 1)
        )
    assert (day().count("ready"), day().count("not_proved")) == (1, 14)


def test_moving_stays_within_the_allowance_of_calls(school):
    moved(school)
    taken = school.all(select(t.google_calls).where(t.google_calls.c.bucket == Bucket.DIRECTORY_WRITE))
    assert len(taken) == 1
