"""The console's list over HTTP: what a sync finds, what it takes over, and that a killed worker goes on."""

from __future__ import annotations

import math
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from server.domain.errors import Conflict, Invalid
from server.services import (
    console_links,
    console_list,
    console_staging,
    console_sync,
    demo,
    google_jobs,
    inventory_list,
)
from server.services.console_list import Filter
from server.services.google_work import Displaced
from server.store import tables as t
from tests import synced_school
from tests.console_school import WAYAN
from tests.stage import until
from tests.synced_school import Connected, school_of


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo school's data once."""
    return synced_school.bare_school(tmp_path_factory.mktemp("bare") / "data")


@pytest.fixture
def connect(tmp_path: Path, bare: Path) -> Iterator[Callable[..., Connected]]:
    """Make a school with a console of this seed."""
    opened: list[Connected] = []

    def make(seed: Mapping[str, Any] | None = None) -> Connected:
        data = tmp_path / f"data-{len(opened)}"
        shutil.copytree(bare, data)
        opened.append(synced_school.connect(data, tmp_path / f"console-{len(opened)}", seed))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


LIST = "directory.chromeosdevices.list"


def counts(found, *names):
    return {name: found[name] for name in names or ("new", "moved", "serial", "gone", "back", "twice", "odd")
            if found[name]}  # fmt: skip


def some(*numbers: int, **more):
    return school_of(*({"serial": f"SN{n:04}", "asset_id": f"L{n}"} for n in numbers), **more)


def test_a_first_sync_shows_before_it_writes_and_links_by_serial_number(connect):
    school = connect()  # the demo school's own fifteen
    found = school.sync()
    assert counts(found) == {"new": 15}
    assert school.all(select(t.console_devices)) == [] and found["accepted"] is None
    taken = school.take(found)
    assert taken["devices_made"] == 0
    assert [school.label_of(demo.serial(n)) for n in (1, 7, 15)] == ["C01", "C07", "C15"]
    with school.context.db.read() as c:
        line = next(d for d in inventory_list.lines(c) if d.label == "C14")
    assert (line.org_unit_path, line.console_status) == ("/Chromebook/Cadangan", "ACTIVE")
    assert school.all(select(t.console_staged)) == []
    assert counts(school.sync()) == {}


def test_new_chromebooks_get_the_consoles_label_only_when_it_is_usable(connect):
    school = connect(
        school_of(
            {"serial": "SN1", "asset_id": "D01"},
            {"serial": "SN2", "asset_id": "C01"},  # the label of another device
            {"serial": "SN3", "asset_id": "D03"},
            {"serial": "SN4", "asset_id": "d03"},
            {"serial": "SN5"},
            {"serial": "none", "asset_id": "D06"},
            {"serial": "SN7", "asset_id": "D07", "status": "DEPROVISIONED"},
        )
    )
    school.take(school.sync())
    assert school.label_of("SN1") == "D01"
    with school.context.db.read() as c:
        rows = console_list.unlabelled(c)
        why = console_list.why_unlabelled(c, rows)
    assert {row.serial: why[row.console_id][0] for row in rows} == {
        "SN2": "label_of", "SN3": "asset_id_unfit", "SN4": "asset_id_unfit", "SN5": "no_asset_id",
        "none": "no_serial", "SN7": "asset_id_unfit",
    }  # fmt: skip


def test_room_seat_and_label_are_never_taken_from_google(connect):
    school = connect()
    with school.context.db.read() as c:
        before = [(d.label, d.serial, d.room, d.seat, d.spare, d.model) for d in inventory_list.lines(c)]
    record = school.google(demo.serial(1))
    record |= {"annotatedLocation": "Ruang 2", "annotatedAssetId": "X99", "model": "Chromebook 99"}
    school.take(school.sync())
    with school.context.db.read() as c:
        after = [(d.label, d.serial, d.room, d.seat, d.spare, d.model) for d in inventory_list.lines(c)]
    assert after == before


def test_a_person_labels_what_the_console_does_not(connect):
    school = connect(school_of({"serial": "SN5"}, {"serial": "SN6"}, {"serial": "none"}))
    school.take(school.sync())
    db, now = school.context.db, school.context.now()
    ids = {row.serial: row.console_id for row in school.all(select(t.console_devices))}
    with db.write() as tx:  # a sticker from an imported list, with no serial number yet
        tx.insert(t.devices, label="E01", created_at=now)
    listed = console_links.give_label(db, WAYAN, now, ids["SN5"], " e01 ")
    assert school.label_of("SN5") == "E01"
    for key, label, error, code in (
        ("SN6", "C01", Conflict, "label_taken"),
        ("SN6", " ", Invalid, "label_invalid"),
        ("SN5", "E09", Conflict, "console_device_linked"),
    ):
        with pytest.raises(error) as refused:
            console_links.give_label(db, WAYAN, now, ids[key], label)
        assert refused.value.code == code
    console_links.give_label(db, WAYAN, now, ids["none"], "E03")
    school.take(school.sync())
    assert school.label_of("none") == "E03"
    serials = school.all(select(t.device_serials).where(t.device_serials.c.device_id == listed))
    assert [row.serial for row in serials] == ["SN5"]
    acts = school.all(select(t.audit.c.object).where(t.audit.c.action == "device.label"))
    assert [row.object for row in acts] == ["device e01", "device E03"]


def test_moved_changed_gone_and_back_are_told_and_kept_in_the_history(connect):
    school = connect(some(1, 2, 3, 4))
    school.take(school.sync())
    school.google("SN0001")["orgUnitId"] = school.unit("/Ujian")
    school.google("SN0002")["status"] = "DISABLED"
    away = school.google("SN0003")
    del school.console.world.state["devices"][away["deviceId"]]
    found = school.sync(accept="ordinary")
    assert counts(found, "moved", "status", "gone", "odd") == {"moved": 1, "status": 1, "gone": 1}
    assert found["accepted"] == "ordinary"
    assert school.mirror("SN0001")[0].org_unit_path == "/Ujian"
    assert school.mirror("SN0003")[0].gone_at is not None and school.label_of("SN0003") is None
    school.console.world.state["devices"][away["deviceId"]] = away
    assert counts(school.sync(accept="ordinary")) == {"back": 1}
    kinds = school.all(
        select(t.console_history.c.kind)
        .where(t.console_history.c.console_id == away["deviceId"])
        .order_by(t.console_history.c.id)
    )
    assert [row.kind for row in kinds] == ["seen", "gone", "back"]
    assert school.label_of("SN0003") == "L3"


def test_a_renamed_org_unit_moves_nobody_and_a_vanished_one_is_odd(connect):
    school = connect(some(1, 2))
    school.take(school.sync())
    unit = school.unit("/Lab")
    school.console.world.state["org_units"][unit]["name"] = "Laboratorium"
    found = school.sync(accept="ordinary")
    assert counts(found, "moved", "units_renamed", "same", "odd") == {"units_renamed": 1, "same": 2}
    assert school.mirror("SN0001")[0].org_unit_path == "/Laboratorium"
    for serial in ("SN0001", "SN0002"):
        school.google(serial)["orgUnitId"] = school.unit("/Ujian")
    del school.console.world.state["org_units"][unit]
    found = school.sync(accept="ordinary")
    assert counts(found, "moved", "units_vanished", "odd") == {"moved": 2, "units_vanished": 1, "odd": 1}
    rows = school.all(select(t.console_org_units).where(t.console_org_units.c.org_unit_id == unit))
    assert rows[0].gone_at is None
    school.take(found)
    rows = school.all(select(t.console_org_units).where(t.console_org_units.c.org_unit_id == unit))
    assert rows[0].gone_at is not None


def test_a_changed_serial_number_waits_for_a_person_and_then_stands_on_the_device_too(connect):
    school = connect()
    school.take(school.sync())
    school.google(demo.serial(3))["serialNumber"] = "PAPAN-BARU"
    found = school.sync(accept="ordinary")
    assert counts(found) == {"serial": 1, "odd": 1}
    assert school.mirror("PAPAN-BARU") == [] and school.label_of(demo.serial(3)) == "C03"
    with pytest.raises(Conflict) as refused:
        school.take({**found, "digest": "0" * 16})
    assert refused.value.code == "sync_changed"
    school.take(found)
    assert school.label_of("PAPAN-BARU") == "C03"
    rows = school.all(
        select(t.device_serials)
        .join(t.devices, t.devices.c.id == t.device_serials.c.device_id)
        .where(t.devices.c.label == "C03")
        .order_by(t.device_serials.c.id)
    )
    assert [(r.serial, r.to_at is None) for r in rows] == [(demo.serial(3), False), ("PAPAN-BARU", True)]
    with pytest.raises(Conflict) as refused:
        school.take(found)
    assert refused.value.code == "sync_accepted"


def test_a_new_serial_number_that_another_device_has_is_not_given_to_a_second_one(connect):
    school = connect()
    school.take(school.sync())
    school.google(demo.serial(3))["serialNumber"] = demo.serial(4)
    taken = school.take(school.sync())
    assert taken["serials_refused"] == [demo.serial(4)]
    held = school.all(select(t.device_serials).where(t.device_serials.c.serial == demo.serial(4)))
    assert len(held) == 1 and held[0].to_at is None
    assert school.label_of(demo.serial(4)) == "C04"


def test_a_second_record_with_its_serial_number_never_takes_the_device_over(connect):
    school = connect(some(1, 2))
    school.take(school.sync())
    first = school.google("SN0001")
    twin = {**first, "deviceId": "11111111-2222-3333-4444-555555555555"}
    school.console.world.state["devices"][twin["deviceId"]] = twin
    found = school.sync(accept="ordinary")
    assert counts(found) == {"new": 1, "twice": 1}
    linked = {row.console_id: row.device_id is not None for row in school.mirror("SN0001")}
    assert linked == {first["deviceId"]: True, twin["deviceId"]: False}


def test_a_serial_number_that_is_part_of_another_one_links_nothing(connect):
    school = connect(
        school_of({"serial": "5CD0001DEM"}, {"serial": "5CD0001DEMOX"}, {"serial": "5cd0001demo"})
    )
    school.take(school.sync())
    assert [school.label_of(s) for s in ("5CD0001DEM", "5CD0001DEMOX", "5cd0001demo")] == [None, None, "C01"]


def test_many_gone_at_once_stay_until_a_person_accepts_it(connect):
    school = connect(some(*range(1, 21)))
    school.take(school.sync())
    for n in range(1, 11):
        del school.console.world.state["devices"][school.google(f"SN{n:04}")["deviceId"]]
    found = school.sync(accept="ordinary")
    assert counts(found) == {"gone": 10, "odd": 10}
    assert school.all(select(t.console_devices).where(t.console_devices.c.gone_at.is_not(None))) == []
    school.take(found)
    assert len(school.all(select(t.console_devices).where(t.console_devices.c.gone_at.is_not(None)))) == 10


def test_a_list_of_yesterday_says_nobody_is_gone_who_can_be_asked_for(connect):
    """A stale list misses devices that are there: each is asked for before it is called gone."""
    school = connect(some(1, 2, 3))
    school.take(school.sync())
    gone = school.google("SN0002")
    school.console.fail({"method": LIST, "kind": "stale_read:3600"})
    client = _patched_away(school, gone)
    found = school.sync()
    assert counts(found) == {}, client
    assert found["fetched"] == 3


def _patched_away(school: Connected, record: dict) -> str:
    """Let the console's past lack a device that its present has."""
    world, console = school.console.world, school.console.console
    with world.lock:
        del world.state["devices"][record["deviceId"]]
        console._remember()
        world.state["devices"][record["deviceId"]] = record
    return "the list was read from the past"


def test_a_passing_refusal_in_the_middle_costs_nothing(connect):
    school = connect(some(generate={"devices": 700}))
    school.console.fail(
        {"method": LIST, "kind": "503", "nth": 2}, {"method": LIST, "kind": "403:quotaExceeded", "nth": 4}
    )
    found = school.sync()
    assert (found["new"], found["fetched"]) == (700, 700)


def test_what_was_read_back_after_the_sync_is_not_overwritten_by_it(connect):
    school = connect(some(1))
    school.take(school.sync())
    found = school.sync()
    with school.context.db.write() as tx:  # as a move does, once it has read back
        tx.c.execute(
            t.console_devices.update().values(
                org_unit_id="moved", org_unit_path="/Ujian", seen_at=school.context.now() + 1
            )
        )
    school.take(found)
    assert school.mirror("SN0001")[0].org_unit_path == "/Ujian"


def test_the_next_sync_asks_only_for_what_synced_since_and_calls_nobody_gone(connect):
    school = connect(some(1, 2, 3))
    first = school.order(full=False)
    assert school.job(first).params["full"] is True  # nothing was ever taken over: there is no since
    school.work(first)
    school.take({"job": first, "digest": school.job(first).result["digest"]})
    old, new = school.google("SN0001"), school.google("SN0002")
    old |= {"lastSync": "2026-01-01T00:00:00.000Z", "status": "DISABLED"}
    new |= {"lastSync": time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime()), "status": "DISABLED"}
    del school.console.world.state["devices"][school.google("SN0003")["deviceId"]]
    found = school.sync(full=False, accept="ordinary")
    assert counts(found, "status", "gone", "odd") == {"status": 1}
    assert counts(school.sync(accept="ordinary"), "status", "gone") == {"status": 1, "gone": 1}


def test_only_one_sync_is_in_line_and_an_older_one_is_not_taken_over(connect):
    school = connect(some(1))
    old = school.sync()
    waiting = school.order()
    with pytest.raises(Conflict) as refused:
        school.order(full=True, accept="ordinary")
    assert refused.value.code == "job_waiting"
    with pytest.raises(Conflict) as refused:
        school.take(old)
    assert refused.value.code == "sync_old"
    with pytest.raises(Conflict) as refused:
        school.take({**old, "job": waiting})
    assert refused.value.code == "sync_not_done"


def test_the_list_is_filtered_by_what_the_console_says(connect):
    school = connect()
    school.google(demo.serial(2))["status"] = "DISABLED"
    school.take(school.sync())

    def labels(**wanted):
        with school.context.db.read() as c:
            return [d.label for d in console_list.lines(c, Filter(**wanted))[0]]

    assert labels(org_unit=school.unit("/Chromebook/Cadangan")) == ["C14", "C15"]
    assert labels(status="DISABLED") == ["C02"]
    assert labels(linked="no") == []
    assert labels(text="0007") == ["C07"]
    assert labels(policy="yes", since=0) == [f"C{n:02}" for n in range(1, 16)]
    assert labels(policy="yes", since=school.context.now() + 10**9) == []
    assert labels(service="out") == []


WORKER = """
import sys
from pathlib import Path
from server import config, worker
from server.bootstrap import open_context, open_gateway
worker.run_one(open_context(config.load(Path(sys.argv[1]))), open_gateway)
"""


def _worker(school: Connected) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", WORKER, str(school.context.settings.data_dir)],
        cwd=Path(__file__).resolve().parents[3],
    )


def test_ten_thousand_devices_with_the_worker_killed_on_the_way(connect):
    school = connect(some(generate={"devices": 10_000, "per_org_unit": 500}))
    pages = math.ceil(10_000 / 300)
    job_id = school.order(accept="ordinary")

    def staged() -> int:
        with school.context.db.read() as c:
            return console_staging.staged_count(c, job_id)

    school.console.fail({"method": LIST, "kind": "slow:0.5"})  # a quarter of a minute in which to be killed
    process = _worker(school)
    try:
        until(lambda: staged() >= 1_500, "some pages are staged")
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    kept = staged()
    assert kept < 10_000 and school.job(job_id).state == "running"
    school.console.fail()
    before = school.console.quota.calls[LIST]
    with school.context.db.write() as tx:  # its last sign of life is long ago
        tx.c.execute(t.google_jobs.update().values(beat_at=0))
    job = school.work(job_id)
    assert (job.state, job.result["new"], job.done, job.total) == ("done", 10_000, 10_000, 10_000)
    assert school.console.quota.calls[LIST] - before == pages - kept // 300
    assert job.result["accepted"] == "ordinary"
    assert school.all(select(func.count()).select_from(t.console_devices)) == [(10_000,)]


def test_a_worker_killed_while_taking_over_ends_as_if_it_had_not_been(connect):
    school = connect(some(generate={"devices": 3_000, "per_org_unit": 500}))
    job_id = school.order(accept="ordinary")
    mirrored = select(func.count()).select_from(t.console_devices)
    process = _worker(school)
    try:
        until(lambda: school.all(mirrored)[0][0] > 0 or process.poll() is not None, "it takes over")
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.kill()
        process.wait()
    with school.context.db.write() as tx:
        tx.c.execute(t.google_jobs.update().where(t.google_jobs.c.state == "running").values(beat_at=0))
    job = school.job(job_id)
    if job.active:
        job = school.work(job_id)
    assert (job.state, job.result["new"], job.result["accepted"]) == ("done", 3_000, "ordinary")
    assert school.all(mirrored) == [(3_000,)]
    seen = select(func.count()).select_from(t.console_history).where(t.console_history.c.kind == "seen")
    assert school.all(seen) == [(3_000,)]
    assert school.all(select(t.console_staged)) == []


def test_what_a_summary_was_taken_over_as_is_known_without_reading_its_lines(connect):
    school = connect(some(1, 2))

    def known() -> tuple[int | None, int | None]:
        with school.context.db.write() as tx:
            return console_sync.watermark(tx), console_sync.taken_at(tx.c)

    assert known() == (None, None)
    found = school.sync()
    assert known() == (None, None)
    school.take(found)
    first = school.job(found["job"])
    assert known() == (first.started_at, first.result["accepted_at"])
    school.google("SN0001")["serialNumber"] = "SN0009"  # odd: waits for a person
    later = school.sync(accept="ordinary")
    assert later["odd"]
    waits = school.job(later["job"])
    assert known() == (first.started_at, waits.result["accepted_at"])
    school.take(later)
    assert known()[0] == waits.started_at


def test_a_sync_whose_job_another_worker_has_writes_nothing_more(connect):
    """It was believed dead between two pages; the other's place in the list must stand."""
    school = connect(some(1, 2))
    job_id = school.order()
    claimed = google_jobs.claim(school.context.db, school.context.now(), job_id)
    with school.context.db.write() as tx:
        tx.c.execute(t.google_jobs.update().values(beat_at=0))
    assert google_jobs.claim(school.context.db, school.context.now(), job_id)
    with pytest.raises(Displaced):
        console_sync.keep(school.context.db, claimed, {"token": "old"})
    assert school.job(job_id).result is None
