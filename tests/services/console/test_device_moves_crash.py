"""A worker killed at any step of a move loses no device: the next one goes on, or all go home."""

from __future__ import annotations

import os
import random

import pytest
from sqlalchemy import select

from server.services import device_moves, google_jobs
from server.services.device_move_candidates import home_plan
from server.store import tables as t
from tests.console_killer import Killer
from tests.console_school import JOKO, copy_school, make_school, open_school

TO = "/Ujian/Ruang 1"
LOST_MS = 3_600_000  # later than a dead worker's last beat is believed, however long it had waited
SCHEDULES = int(os.environ.get("BANGKU_FAULT_RUNS", "60"))
DEVICES = int(os.environ.get("BANGKU_FAULT_DEVICES", "120"))
MOVE = "directory.chromeosdevices.moveDevicesToOu"
READS = "directory.chromeosdevices.[lg]*"


@pytest.fixture(scope="module")
def killer():
    made = Killer()
    yield made
    made.close()


def start(school, **more):
    made = device_moves.plan(
        school.db, JOKO, school.now, room_id=school.room_id, org_unit_id=school.unit_id(TO), **more
    )
    return made, device_moves.order(school.db, JOKO, school.now, made.digest)


def check_nobody_is_lost(school, move_id):
    """Every device of a move ended: done means that Google has it there; else a code says why not."""
    rows = school.all(
        select(t.device_move_items, t.console_devices.c.serial)
        .join(t.console_devices, t.console_devices.c.console_id == t.device_move_items.c.console_id)
        .where(t.device_move_items.c.move_id == move_id)
    )
    where = school.where()
    for row in rows:
        assert row.outcome in {"done", "failed"}, row
        if row.outcome == "done":
            assert where[row.serial] == row.to_path, row
        else:
            assert row.code, row
            # not where it was and not where it goes would be a device that we lost
            assert where[row.serial] in {row.from_path, row.to_path}, row
    return rows


@pytest.fixture(scope="module")
def steps(killer, synced, tmp_path_factory):
    """How many steps an undisturbed move with reboots takes."""
    folder = copy_school(synced, tmp_path_factory.mktemp("steps") / "school")
    with open_school(folder) as school:
        start(school, reboot=True)
        taken, killed = killer.work(folder / "data", school.now)
        assert not killed
        assert set(school.where().values()) == {TO}
        return taken


def test_a_worker_killed_at_any_step_is_followed_by_one_that_goes_on(killer, steps, synced, tmp_path):
    assert steps > 30
    folder = copy_school(synced, tmp_path / "school")
    with open_school(folder) as school:
        before = school.where()
        for step in range(1, steps + 1):
            made, job = start(school, reboot=True)
            taken, killed = killer.work(folder / "data", school.now, step)
            assert killed, f"step {step} of {steps} was not reached ({taken})"
            school.now += LOST_MS
            school.work()
            rows = check_nobody_is_lost(school, made.id)
            assert {row.outcome for row in rows} == {"done"}, f"killed at step {step}"
            assert school.job(job).state == "done"
            reboots = [row.reboot_id for row in rows]
            assert len(set(reboots)) == len(rows) and None not in reboots, f"killed at step {step}"
            with school.db.read() as c:
                assert len(home_plan(c, made.id, False).items) == len(rows)
            as_before(school, before)


def test_after_a_crash_half_way_everything_that_moved_goes_home(killer, steps, synced, tmp_path):
    folder = copy_school(synced, tmp_path / "school")
    with open_school(folder) as school:
        before = school.where()
        for step in range(1, steps + 1, 4):
            made, job = start(school)
            _taken, killed = killer.work(folder / "data", school.now, step)
            school.now += LOST_MS
            if killed and school.job(job).active:
                google_jobs.cancel(school.db, JOKO, school.now, job)
            back = device_moves.plan_home(school.db, JOKO, school.now, made.id)
            if back.plan.items:
                device_moves.order(school.db, JOKO, school.now, back.digest)
                # the way home is killed too, somewhere, and gone on with
                killer.work(folder / "data", school.now, 1 + step % 29)
                school.now += LOST_MS
                school.work()
                check_nobody_is_lost(school, back.id)
            assert school.where() == before, f"killed at step {step}"


def as_before(school, before):
    """Both sides as they were, for the next round."""
    units = {path: school.unit_id(path) for path in set(before.values())}
    with school.emulator.world.changing() as state:
        for device in state["devices"].values():
            device["orgUnitId"] = units[before[device["serialNumber"]]]
    with school.db.write() as tx:
        tx.c.execute(t.device_move_items.update().values(reboot_id=None))
        tx.c.execute(t.device_commands.delete())
        for path, unit_id in units.items():
            serials = [serial for serial, where in before.items() if where == path]
            tx.c.execute(
                t.console_devices.update()
                .where(t.console_devices.c.serial.in_(serials))
                .values(org_unit_id=unit_id, org_unit_path=path)
            )


FAULTS = (
    *({"method": MOVE, "kind": kind} for kind in ("ignore_ids", "503", "503:after", "reset", "reset:after")),
    *({"method": MOVE, "kind": kind} for kind in ("429", "403:quotaExceeded", "500:after", "403:forbidden")),
    *({"method": READS, "kind": kind} for kind in ("stale_read:3600", "503", "429", "reset", "504")),
    *({"method": "directory.orgunits.get", "kind": kind} for kind in ("503", "403:userRateLimitExceeded")),
)


def bad_day(luck: random.Random) -> list[dict[str, object]]:
    """Two to four things that go wrong, each for some of the calls."""
    return [
        rule | {"probability": luck.choice([0.15, 0.3, 0.6, 1.0]), "times": luck.randint(1, 8), "share": 0.3}
        for rule in luck.sample(FAULTS, luck.randint(2, 4))
    ]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    return make_school(tmp_path_factory.mktemp("crowd"), DEVICES)


@pytest.mark.parametrize("part", range(4))
def test_whatever_goes_wrong_every_device_ends_where_it_should_be_or_says_why(part, killer, crowd, tmp_path):
    """Seeded bad days with a killed worker in each; docs/policy.md has the long look."""
    folder = copy_school(crowd, tmp_path / "school")
    with open_school(folder) as school:
        before = school.where()
        for seed in range(part, SCHEDULES, 4):
            luck = random.Random(seed)
            made, _job = start(school)
            school.emulator.fail(*bad_day(luck), seed=seed)
            killer.work(folder / "data", school.now, luck.randint(1, 60))
            school.now += LOST_MS
            school.work()
            school.emulator.fail()
            rows = check_nobody_is_lost(school, made.id)
            assert len(rows) == DEVICES
            put_back(school, made, before, seed)


def put_back(school, made, before, seed):
    """The way home on a good day: everything that had moved is back."""
    back = device_moves.plan_home(school.db, JOKO, school.now, made.id)
    if back.plan.items:
        device_moves.order(school.db, JOKO, school.now, back.digest)
        school.work()
        check_nobody_is_lost(school, back.id)
    assert school.where() == before, f"seed {seed}"
