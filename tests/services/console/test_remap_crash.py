"""A worker killed at any step of giving Chromebooks their records back, or of undoing it: the next one goes on."""

from __future__ import annotations

import random

import pytest

from server.domain.remap_change import ANNOTATED
from server.services import remap_timing
from server.store import tables as t
from tests.console_killer import Killer
from tests.console_school import copy_school, open_school
from tests.returning import accept, annotate, google, mirror, outcomes, switch, undo, wipe

LOST_MS = 3_600_000  # later than a dead worker's last beat is believed, however long it had waited
LABELS = ("C01", "C02")
WRITES = ("directory.chromeosdevices.patch", "directory.chromeosdevices.moveDevicesToOu")
READS = "directory.chromeosdevices.get"


@pytest.fixture(scope="module")
def killer():
    made = Killer()
    yield made
    made.close()


@pytest.fixture(scope="module")
def wiped(synced, tmp_path_factory):
    """Two Chromebooks came back without their annotations, in another org unit; a sync has seen it."""
    folder = copy_school(synced, tmp_path_factory.mktemp("wiped") / "school")
    with open_school(folder) as school:
        annotate(school)
        switch(school, org_unit="/Kantor")
        for label in LABELS:
            wipe(school, school.console_id(label))
        school.now += 600_000
        school.sync()
        school.emulator.world.save()
        moment = school.now
    return folder, moment


@pytest.fixture
def school(wiped, tmp_path):
    folder, moment = wiped
    with open_school(copy_school(folder, tmp_path / "school"), now=moment) as made:
        yield made


def both(school):
    """What Google has and what Bangku holds of the two; they must be one."""
    said = {label: google(school, school.console_id(label)) for label in LABELS}
    assert said == {label: mirror(school, school.console_id(label)) for label in LABELS}
    return said


def finish(school):
    """What a worker beside the server would do until nothing is left."""
    school.now += LOST_MS
    school.work()
    while remap_timing.look_again(school.db, school.now):
        school.work()


def ended(school, remaps, way="out"):
    return {outcome for remap in remaps for outcome in outcomes(school, remap, way).values()}


def test_a_worker_killed_at_any_step_is_followed_by_one_that_goes_on(killer, school, tmp_path):
    data = school.context.settings.data_dir
    lost = both(school)
    remaps = [accept(school, label, school.console_id(label)) for label in LABELS]
    steps, killed = killer.work(data, school.now)
    assert not killed and steps > 30
    full = both(school)
    assert full != lost and ended(school, remaps) == {("done", None)}
    for remap in remaps:
        undo(school, remap)
    back, _killed = killer.work(data, school.now)
    assert both(school) == lost
    for step in range(1, max(steps, back) + 1):
        remaps = [accept(school, label, school.console_id(label)) for label in LABELS]
        killer.work(data, school.now, step)
        finish(school)
        assert both(school) == full, f"killed at step {step}"
        assert ended(school, remaps) <= {("done", None), ("done", "remap_already")}, f"killed at step {step}"
        for remap in remaps:
            undo(school, remap)
        killer.work(data, school.now, step)
        finish(school)
        assert both(school) == lost, f"undoing was killed at step {step}"
        assert not ended(school, remaps, "back") - {("done", None), ("done", "remap_already")}


FAULTS = (
    *({"method": m, "kind": k} for m in WRITES for k in ("503", "503:after", "reset", "reset:after", "429")),
    *({"method": m, "kind": k} for m in WRITES for k in ("403:quotaExceeded", "500:after", "403:forbidden")),
    {"method": WRITES[1], "kind": "ignore_ids"},
    *({"method": READS, "kind": k} for k in ("stale_read:3600", "503", "429", "reset", "504")),
    *({"method": "directory.orgunits.get", "kind": k} for k in ("503", "403:userRateLimitExceeded")),
)


@pytest.mark.parametrize("part", range(2))
def test_whatever_goes_wrong_each_field_is_as_it_was_or_as_ordered_and_the_row_says_which(
    part, killer, school
):
    data = school.context.settings.data_dir
    lost = both(school)
    for seed in range(part, 16, 2):
        luck = random.Random(seed)
        remaps = {label: accept(school, label, school.console_id(label)) for label in LABELS}
        rules = [
            rule | {"probability": luck.choice([0.3, 0.6, 1.0]), "times": luck.randint(1, 8), "share": 0.5}
            for rule in luck.sample(FAULTS, luck.randint(2, 4))
        ]
        school.emulator.fail(*rules, seed=seed)
        killer.work(data, school.now, luck.randint(1, 60))
        finish(school)
        school.emulator.fail()
        for label, remap in remaps.items():
            said = google(school, school.console_id(label))
            for name, (outcome, code) in outcomes(school, remap).items():
                assert outcome in {"done", "failed"}, (seed, name, outcome)
                if outcome == "done":
                    assert said[name] != lost[label][name], (seed, name)
                    assert mirror(school, school.console_id(label))[name] == said[name], (seed, name)
                else:
                    assert code, (seed, name)
        put_back(school, lost)


def put_back(school, lost):
    """Both sides as they were, for the next day."""
    with school.emulator.world.changing() as state:
        for label in LABELS:
            record = state["devices"][school.console_id(label)]
            record |= {name: value for name, value in lost[label].items() if name != "orgUnitPath"}
            record["orgUnitId"] = school.unit_id(lost[label]["orgUnitPath"])
    with school.db.write() as tx:
        for label in LABELS:
            values = {ANNOTATED[n]: v or None for n, v in lost[label].items() if n in ANNOTATED}
            tx.c.execute(
                t.console_devices.update()
                .where(t.console_devices.c.device_id == school.device(label).id)
                .values(
                    **values,
                    org_unit_id=school.unit_id(lost[label]["orgUnitPath"]),
                    org_unit_path=lost[label]["orgUnitPath"],
                )
            )
