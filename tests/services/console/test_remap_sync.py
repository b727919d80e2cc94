"""What the console says opens proposals and strengthens them: after a sync, and by asking for single serial numbers."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.remap import Kind, Strength
from server.services import demo, device_moves, remap_asks, remaps
from server.simulated_installation import Installation
from server.store import tables as t
from tests.console_school import JOKO, copy_school, open_school
from tests.returning import annotate, google, mirror, switch, wipe
from tests.services.test_enrol import Desk

LIST = "directory.chromeosdevices.list"


@pytest.fixture(scope="module")
def annotated(synced, tmp_path_factory):
    folder = copy_school(synced, tmp_path_factory.mktemp("annotated") / "school")
    with open_school(folder) as school:
        annotate(school)
        school.emulator.world.save()
    return folder


@pytest.fixture
def school(annotated, tmp_path):
    """Both clocks agree: what came first is what the evidence is about."""
    with open_school(copy_school(annotated, tmp_path / "school")) as made:
        made.now = round(made.emulator.world.now() * 1000)
        yield made


@pytest.fixture
def desk(school):
    return Desk(school)


def later(school, minutes=10):
    school.sleep(minutes * 60)


def knock(desk, number, *, serial=None):
    """A key that nobody knows, under a Chromebook's serial number."""
    return desk.prove(Installation(), serial=serial or demo.serial(number))


def waiting(school):
    with school.db.read() as c:
        return {view.serial: view for view in remaps.waiting(c)}


def jobs(school, kind="remap_look"):
    return school.all(select(t.google_jobs).where(t.google_jobs.c.kind == kind))


def accept(school, view, how="click", **more):
    remaps.accept(school.db, JOKO, school.now, view.id, view.digest, how, **more)
    school.work()


def test_a_key_nobody_knows_has_its_record_asked_for_at_once(school, desk):
    knock(desk, 1)
    later(school)
    switch(school, org_unit="/Kantor")
    wipe(school, school.console_id("C01"))
    later(school)
    assert knock(desk, 1).standing == "quarantined"
    assert waiting(school)[demo.serial(1)].strength is not Strength.STRONG
    school.emulator.quota.reset()
    school.work()
    asked = school.emulator.quota.report()["calls"]
    view = waiting(school)[demo.serial(1)]
    assert (view.strength, view.kind) == (Strength.STRONG, Kind.WRONG_UNIT)
    assert {change.field: change.after for change in view.changes if change.left is None} == {
        "annotatedAssetId": "C01",
        "annotatedLocation": "Lemari 2",
        "annotatedUser": "lab@smp-contoh.sch.id",
        "notes": "engsel longgar",
        "orgUnitPath": "/Lab",
    }
    assert asked[LIST] == 1
    accept(school, view, how="scan", device_id=school.device("C01").id)
    assert google(school, school.console_id("C01")) == mirror(school, school.console_id("C01"))
    assert google(school, school.console_id("C01"))["orgUnitPath"] == "/Lab"


def test_fifteen_at_once_are_one_job_and_one_search_each(school, desk):
    for number in range(1, 16):
        knock(desk, number)
    later(school)
    ids = {n: school.console_id(f"C{n:02d}") for n in range(1, 16)}
    for console_id in ids.values():
        wipe(school, console_id)
    later(school)
    for number in range(1, 16):
        knock(desk, number)
    assert len(jobs(school)) == 1
    school.emulator.quota.reset()
    school.work()
    assert school.emulator.quota.report()["calls"][LIST] == 15
    assert {view.strength for view in waiting(school).values()} == {Strength.STRONG}
    assert len(waiting(school)) == 15
    # what is sure is not asked for again
    later(school)
    assert not remap_asks.look_again(school.db, school.now)


def test_very_many_are_read_as_pages(school, desk, monkeypatch):
    monkeypatch.setattr("server.services.remap_look.MANY", 3)
    for number in range(1, 6):
        knock(desk, number)
    later(school)
    for number in range(1, 6):
        wipe(school, school.console_id(f"C{number:02d}"))
    later(school)
    for number in range(1, 6):
        knock(desk, number)
    school.emulator.quota.reset()
    school.work()
    assert school.emulator.quota.report()["calls"][LIST] == 1
    assert {view.strength for view in waiting(school).values()} == {Strength.STRONG}


def test_google_is_asked_again_when_it_learns_of_the_enrolment_later_than_we(school, desk):
    knock(desk, 1)
    later(school)
    knock(desk, 1)
    school.work()
    assert waiting(school)[demo.serial(1)].strength is not Strength.STRONG
    assert not remap_asks.look_again(school.db, school.now)
    wipe(school, school.console_id("C01"))
    later(school, 1)
    assert remap_asks.look_again(school.db, school.now)
    school.work()
    assert len(jobs(school)) == 1
    assert mirror(school, school.console_id("C01"))["annotatedAssetId"] == ""


def test_a_serial_number_that_is_part_of_another_one_brings_nobody_elses_record(school, desk):
    with school.emulator.world.changing() as state:
        for record in state["devices"].values():
            if record["serialNumber"] == demo.serial(2):
                record["serialNumber"] = demo.serial(1) + "X"
                record["annotatedAssetId"] = "changed"
    knock(desk, 1)
    later(school)
    knock(desk, 1)
    school.work()
    assert mirror(school, school.console_id("C02"))["annotatedAssetId"] == "C02"


def test_without_a_consoles_list_nobody_is_asked(school, desk):
    with school.db.write() as tx:
        tx.c.execute(t.console_devices.delete())
    knock(desk, 1)
    knock(desk, 1)
    assert jobs(school) == []


def test_the_console_alone_opens_a_proposal_when_a_record_lost_something(school):
    wipe(school, school.console_id("C04"))
    wipe(school, school.console_id("C05"), lost=False)
    later(school)
    school.sync()
    assert list(waiting(school)) == [demo.serial(4)]
    school.sync()
    (view,) = waiting(school).values()
    accept(school, view)
    assert google(school, school.console_id("C04"))["annotatedAssetId"] == "C04"
    school.sync()
    assert waiting(school) == {}


def test_a_second_live_record_waits_with_a_proposal_and_the_accepted_one_is_the_chromebook(school):
    old = school.console_id("C06")
    switch(school, device_id="new", org_unit="/Kantor")
    new = wipe(school, old)
    later(school)
    school.sync()
    assert school.console_id("C06") == old
    (view,) = waiting(school).values()
    assert (view.kind, view.console_id, view.label) == (Kind.TWO_RECORDS, new, "C06")
    unit = school.unit_id("/Ujian/Ruang 1")
    plan = device_moves.plan(
        school.db, JOKO, school.now, org_unit_id=unit, device_ids=[school.device("C06").id]
    )
    assert [left.code for left in plan.plan.left] == ["device_doubled"]
    accept(school, view)
    assert school.console_id("C06") == new
    assert google(school, new)["orgUnitPath"] in ("/Lab", "/Lab/Rak 2")
    plan = device_moves.plan(
        school.db, JOKO, school.now, org_unit_id=unit, device_ids=[school.device("C06").id]
    )
    assert [item.console_id for item in plan.plan.items] == [new]
    school.sync()
    assert school.console_id("C06") == new
    remaps.undo(school.db, JOKO, school.now, view.id)
    school.work()
    assert school.console_id("C06") == old
    assert google(school, new)["orgUnitPath"] == "/Kantor"


def test_a_new_serial_number_with_the_same_address_or_label_is_proposed_as_a_new_mainboard(school):
    old = school.console_id("C07")
    with school.emulator.world.changing() as state:
        state["devices"][old]["macAddress"] = "A0B1C2D3E4F5"
    school.sync()
    new = wipe(school, old, serial="PAPANBARU07")
    with school.emulator.world.changing() as state:
        state["devices"][new]["macAddress"] = "A0B1C2D3E4F5"
    later(school)
    school.sync()
    (view,) = waiting(school).values()
    assert (view.kind, view.label, view.console_id) == (Kind.BOARD_SWAPPED, "C07", new)
    accept(school, view)
    assert google(school, new)["annotatedAssetId"] == "C07"
    assert school.console_id("C07") == new
    open_ = school.all(
        select(t.device_serials.c.serial).where(
            t.device_serials.c.device_id == school.device("C07").id, t.device_serials.c.to_at.is_(None)
        )
    )
    assert [row.serial for row in open_] == ["PAPANBARU07"]


def test_living_keys_learn_where_the_console_has_them(school, desk):
    admitted = knock(desk, 3)
    school.sync()
    (life,) = school.all(select(t.enrolments).where(t.enrolments.c.id == admitted.enrolment_id))
    assert (life.console_id, life.org_unit_path) == (school.console_id("C03"), "/Lab")
