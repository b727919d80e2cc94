"""Org units for exams are made ahead, once, and remembered for their room."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from server.domain.errors import BangkuError
from server.domain.exam_unit import Wanted
from server.services import exam_units
from server.store import tables as t
from tests.console_killer import Killer
from tests.console_school import WAYAN

INSERT = "directory.orgunits.insert"
LOST_SECONDS = 3_600


def wanted(school):
    return [Wanted(school.room_id, "web", "Ruang Satu"), Wanted(school.room_id, "exam_browser", "Satu EB")]


def order(school, parent="/Ujian 2026"):
    with school.db.read() as c:
        made = exam_units.plan(c, wanted(school), parent)
    return made, exam_units.order(school.db, WAYAN, school.now, wanted(school), parent, made.digest)


def paths(school):
    with school.emulator.world.lock:
        world = school.emulator.world
        return sorted(world.org_path(unit) for unit in world.state["org_units"])


def test_a_plan_makes_nothing_and_the_order_makes_parent_and_units(school):
    before = paths(school)
    made, job = order(school)
    assert (made.new, made.parents) == (3, ("/Ujian 2026",))
    assert paths(school) == before
    school.work()
    new = set(paths(school)) - set(before)
    assert new == {"/Ujian 2026", "/Ujian 2026/Ruang Satu", "/Ujian 2026/Satu EB"}
    assert school.job(job).result == {"units": 2, "units_made": 3}
    with school.db.read() as c:
        unit = exam_units.unit_of(c, school.room_id, "web")
    assert unit.org_unit_id == school.unit_id("/Ujian 2026/Ruang Satu")
    mirror = school.all(select(t.console_org_units.c.path))
    assert "/Ujian 2026/Ruang Satu" in {row.path for row in mirror}


def test_what_is_there_is_used_and_made_again_by_nobody(school):
    order(school)
    school.work()
    school.emulator.quota.reset()
    made, _job = order(school)
    assert made.new == 0
    school.work()
    assert school.emulator.quota.report()["calls"].get(INSERT, 0) == 0


@pytest.mark.parametrize("kind", ["reset:after", "503:after", "503", "429"])
def test_a_lost_answer_is_looked_up_and_makes_no_second_unit(school, kind):
    school.emulator.fail({"method": INSERT, "kind": kind, "times": 2})
    order(school)
    school.work()
    found = paths(school)
    assert len(found) == len(set(found))
    assert {u.state for u in school.all(select(t.exam_units))} == {"ready"}


def test_a_refusal_is_kept_with_its_code(school):
    school.emulator.fail({"method": INSERT, "kind": "403:forbidden"})
    _made, job = order(school)
    school.work()
    assert school.job(job).code == "google_forbidden"
    rows = school.all(select(t.exam_units).order_by(t.exam_units.c.id))
    assert (rows[0].state, rows[0].code) == ("failed", "google_forbidden")


def test_a_plan_that_no_longer_holds_is_refused(school):
    with pytest.raises(BangkuError) as refused:
        exam_units.order(school.db, WAYAN, school.now, wanted(school), "/Ujian", "0" * 16)
    assert refused.value.code == "unit_plan_stale"


def test_a_worker_killed_at_any_step_leaves_each_unit_once(school):
    killer = Killer()
    try:
        for step in range(1, 80):
            order(school, f"/Ujian {step}")
            _taken, killed = killer.work(school.context.settings.data_dir, school.now, step)
            school.sleep(LOST_SECONDS)
            school.work()
            found = [path for path in paths(school) if path.startswith(f"/Ujian {step}/")]
            assert found == [f"/Ujian {step}/Ruang Satu", f"/Ujian {step}/Satu EB"], f"killed at step {step}"
            assert {u.state for u in school.all(select(t.exam_units))} == {"ready"}
            if not killed:
                break
        else:
            raise AssertionError("more steps than expected")
    finally:
        killer.close()
