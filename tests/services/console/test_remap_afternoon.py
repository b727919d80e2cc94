"""Fifteen Chromebooks are powerwashed at once in the afternoon; in the evening console, list and ledger agree.

Half keep their record at Google and half get a new one; one lands in the wrong org unit, one is never enrolled again,
one comes back with a new mainboard. Everything goes over HTTP: the sync, the looks, what is written and read back.
"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.scan import What
from server.services import demo, inventory_list, not_returned, remap_timing, remaps, scans
from server.simulated_installation import Installation
from server.store import tables as t
from server.workspace.emulator import device_side
from tests.console_school import JOKO, copy_school, open_school
from tests.returning import annotate, google, mirror, outcomes, switch, wipe
from tests.services.test_enrol import Desk

ALL = [f"C{n:02d}" for n in range(1, 16)]
SAME, NEW = ALL[:7], ALL[7:13]  # half keep their record, half get a new one
WRONG_UNIT, NEVER, BOARD = "C03", "C14", "C15"
BACK = [label for label in ALL if label != NEVER]
NEW_SERIAL = "PAPANBARU15"


@pytest.fixture
def school(synced, tmp_path):
    """In use: synced, labelled, annotated, each in its own org unit and each with a living key."""
    with open_school(copy_school(synced, tmp_path / "school")) as made:
        annotate(made)
        made.now = round(made.emulator.world.now() * 1000)
        yield made


def number(label):
    return int(label[1:])


def serial(label):
    return NEW_SERIAL if label == BOARD else demo.serial(number(label))


def places(school):
    """Label → what the list of Chromebooks says of its home."""
    with school.db.read() as c:
        return {d.label: (d.room, d.seat, d.spare, d.in_service) for d in inventory_list.lines(c)}


def ledger(school):
    return [tuple(row) for row in school.all(select(t.assignments).order_by(t.assignments.c.id))]


def waiting(school):
    with school.db.read() as c:
        return {view.label: view for view in remaps.waiting(c)}


def work(school):
    """What the worker beside the server does until it has nothing left."""
    school.work()
    while remap_timing.look_again(school.db, school.now):
        school.work()


def live_keys(school):
    rows = school.all(
        select(t.devices.c.label, t.enrolments.c.installation_id)
        .join(t.devices, t.devices.c.id == t.enrolments.c.device_id)
        .where(t.enrolments.c.standing == "live")
    )
    return {row.label: row.installation_id for row in rows}


def agree(school, before, labels):
    """Google's records, the mirror and the list say the same of these, and it is what it was before."""
    for label in labels:
        record = school.console_id(label)
        assert google(school, record) == mirror(school, record) == before[label], label
    linked = school.all(
        select(t.console_devices.c.device_id).where(t.console_devices.c.device_id.is_not(None))
    )
    assert len({row.device_id for row in linked}) == len(linked), "two records stand for one Chromebook"


def afternoon(school):
    """Powerwash of all at once. Label → its record from now on."""
    records = {}
    for label in ALL:
        old = school.console_id(label)
        if label == NEVER:
            leave_in_the_cupboard(school, old)
            continue
        switch(
            school,
            device_id="new" if label in NEW else "kept",
            org_unit="/Kantor" if label == WRONG_UNIT else "kept",
        )
        records[label] = wipe(school, old, serial=NEW_SERIAL if label == BOARD else None)
    with school.emulator.world.changing() as state:  # whoever enrols it is asked for the asset id
        state["devices"][records[BOARD]]["annotatedAssetId"] = BOARD
    return records


def leave_in_the_cupboard(school, console_id):
    """Wiped by our own order, and nobody enrols it."""
    switch(school, powerwash="manual")
    with school.emulator.world.changing():
        device_side.powerwash(school.emulator.world, console_id, school.emulator.world.now())
    switch(school, powerwash="auto")
    at = {"created_at": school.now, "sent_at": school.now, "ended_at": school.now}
    with school.db.write() as tx:
        tx.insert(
            t.device_commands,
            console_id=console_id,
            device_id=school.device(NEVER).id,
            serial=demo.serial(number(NEVER)),
            kind="powerwash",
            payload={},
            state="done",
            asked_by="joko",
            **at,
        )


def test_fifteen_powerwashed_in_one_afternoon_are_all_themselves_again_in_the_evening(school):
    desk = Desk(school)
    first = {label: Installation() for label in ALL}
    for label in ALL:
        desk.prove(first[label], serial=demo.serial(number(label)))
    before = {label: google(school, school.console_id(label)) for label in ALL}
    home, seats = places(school), ledger(school)
    school.sleep(1_800)

    records = afternoon(school)
    school.sleep(1_200)
    second = {label: Installation() for label in BACK}
    for label in BACK:
        if label == BOARD:
            assert desk.refusal(second[label], serial=NEW_SERIAL) == "unknown_device"
        else:
            assert desk.prove(second[label], serial=serial(label)).standing == "quarantined"
    work(school)  # within seconds: just these serial numbers
    school.sync()  # the evening's list: it also meets the new mainboard

    found = waiting(school)
    assert set(found) == set(BACK)
    assert {label: found[label].console_id for label in BACK} == records
    for label in SAME:
        assert found[label].strength == "strong", label
    assert found[WRONG_UNIT].kind == "wrong_unit"
    assert found[BOARD].kind == "board_swapped"
    assert {found[label].kind for label in NEW} == {"two_records"}

    for label in BACK:  # a technician walks along and scans
        view = waiting(school)[label]
        scanned = scans.find(school.db, f"https://bangku.test/d/{scans.code(school.db, What.DEVICE, label)}")
        assert scanned.scanned
        remaps.accept(school.db, JOKO, school.now, view.id, view.digest, "scan", device_id=scanned.id)
    work(school)

    ids = {label: found[label].id for label in BACK}
    for label in BACK:
        assert set(outcomes(school, ids[label]).values()) <= {("done", None)}, label
        assert school.console_id(label) == records[label]
    agree(school, before, BACK)
    assert (places(school), ledger(school)) == (home, seats)
    desk.prove(second[BOARD], serial=NEW_SERIAL)
    work(school)
    keys = live_keys(school)
    assert {label: keys[label] for label in BACK if label != BOARD} == {
        label: second[label].id for label in BACK if label != BOARD
    }
    with school.db.read() as c:
        away = not_returned.listed(c, school.now)
    assert [d.label for d in away] == [NEVER]

    # a sync by itself changes nothing of it
    school.sync()
    agree(school, before, BACK)
    assert waiting(school) == {}

    # one was the wrong one after all: undone, and everything agrees again
    undone = "C09"
    remaps.undo(school.db, JOKO, school.now, ids[undone])
    work(school)
    lost = google(school, records[undone])
    assert {lost[name] for name in lost if name != "orgUnitPath"} == {""}
    assert mirror(school, records[undone]) == lost
    assert undone in waiting(school)
    agree(school, before, [label for label in BACK if label != undone])
    assert (places(school), ledger(school)) == (home, seats)
    view = waiting(school)[undone]
    remaps.accept(school.db, JOKO, school.now, view.id, view.digest, "click")
    work(school)
    agree(school, before, BACK)
