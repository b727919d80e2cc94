"""A policy plan: made, shown, applied, proved, taken back; through the real adapter to the emulated console."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from server.domain.errors import Conflict
from server.services import device_moves, policy_orders, readiness, secrets
from server.services.meta import set_meta
from server.store import tables as t
from tests.console_school import WAYAN
from tests.policy_story import (
    EXAM_BROWSER,
    ROOM,
    allow_all,
    apply,
    plan,
    prove,
    restore,
    set_in,
    somebody_sets,
    view,
)


def test_a_plan_writes_nothing_and_says_everything(school):
    before = set_in(school, ROOM)
    made = plan(school)
    assert len(made.changes) > 20
    assert {str(line.change.op) for line in made.changes} == {"create"}
    assert not made.refused
    assert made.seconds > 0
    assert set_in(school, ROOM) == before


def test_what_is_kept_of_a_plan_holds_no_secret(school):
    made = plan(school)
    with school.db.read() as c:
        secret = secrets.current(c, school.now)
        rows = c.execute(select(t.policy_changes.c.change)).scalars().all()
        audit = c.execute(select(t.audit.c.detail)).scalars().all()
        plans = [dict(row._mapping) for row in c.execute(select(t.policy_plans))]
    assert any(line.change.secret for line in made.changes)
    assert secret not in json.dumps([rows, audit, plans], default=str)
    apply(school, made)
    assert secret in json.dumps(set_in(school, ROOM))


def test_an_applied_plan_leaves_nothing_to_plan(school):
    job, made = apply(school, plan(school))
    assert (job.state, made.line.state) == ("done", "applied"), (job.code, job.code_params)
    assert {line.outcome for line in made.changes} == {"done"}
    again = plan(school)
    assert again.changes == ()


def test_going_back_leaves_the_org_unit_as_it_was(school):
    before = set_in(school, ROOM)
    _, made = apply(school, plan(school))
    assert set_in(school, ROOM) != before
    back = restore(school, made)
    assert not back.refused, back.worries
    _, done = apply(school, back)
    assert done.line.state == "applied", [
        (x.change.key, x.code, x.code_params) for x in done.changes if x.code
    ]
    assert set_in(school, ROOM) == before
    assert view(school, made.line.id).line.state == "restored"
    with school.db.read() as c:
        assert c.execute(select(t.policy_owned)).all() == []


def test_a_plan_over_another_goes_back_to_that_other_one(school):
    _, first = apply(school, plan(school))
    between = set_in(school, ROOM)
    with school.db.write() as tx:
        set_meta(tx, "policy_settings", json.dumps({"exam_browser_app": "a" * 32, "powerwash_allowed": True}))
    second = plan(school, EXAM_BROWSER)
    _, second = apply(school, allow_all(school, second))
    assert second.line.state == "applied"
    assert set_in(school, ROOM) != between
    _, done = apply(school, restore(school, second))
    assert done.line.state == "applied"
    assert set_in(school, ROOM) == between
    _, home = apply(school, restore(school, view(school, first.line.id)))
    assert home.line.state == "applied"


def test_a_console_that_moved_since_is_refused_by_name(school):
    made = plan(school)
    somebody_sets(school, "chrome.devices.kiosk.LidCloseAction", "lidCloseAction", 0)
    job, now = apply(school, made)
    assert (job.state, job.code) == ("failed", "policy_drift")
    assert job.code_params["what"] == "LidCloseAction"
    assert now.line.state == "stale"
    assert set_in(school, ROOM).keys() != set()


def test_what_others_set_is_not_overwritten_unless_a_person_allows_it(school):
    somebody_sets(school, "chrome.devices.kiosk.LidCloseAction", "lidCloseAction", 0)
    made = plan(school)
    assert [w.worry.code for w in made.worries if w.stands] == ["policy_not_ours"]
    with pytest.raises(Conflict) as refused:
        policy_orders.apply(school.db, WAYAN, school.now, made.line.id, made.digest)
    assert refused.value.code == "policy_refused"
    policy_orders.allow(school.db, WAYAN, school.now, made.line.id, "policy_not_ours", "disepakati")
    _, done = apply(school, view(school, made.line.id))
    assert done.line.state == "applied"
    _, back = apply(school, restore(school, done))
    assert back.line.state == "applied"


def test_a_proof_says_on_which_chromebooks_it_is_in_force(school):
    labels = ["C01", "C02", "C03"]
    ids = [school.device(label).id for label in labels]
    move = device_moves.plan(school.db, WAYAN, school.now, device_ids=ids, org_unit_id=school.unit_id(ROOM))
    device_moves.order(school.db, WAYAN, school.now, move.digest)
    school.work()
    _, made = apply(school, plan(school))
    world = school.emulator.world
    with world.lock:
        for console_id, label in ((school.console_id(label), label) for label in labels):
            hours = {"C01": -1, "C02": -2, "C03": 1}[label]  # of its last fetch, from our last write
            moment = datetime.fromtimestamp(made.line.applied_at / 1000 + hours * 3_600, UTC)
            world.state["devices"][console_id]["lastSync"] = moment.isoformat().replace("+00:00", "Z")
    proof = prove(school, made)
    assert (proof["devices"], proof["in_force"]) == (3, 1)
    assert [late["label"] for late in proof["late"]] == ["C01", "C02"]
    assert (proof["set"], proof["changes"], proof["different"]) == (len(made.changes), len(made.changes), [])
    # and every other page says the same
    with school.db.read() as c:
        lines = readiness.lines(c, school.now, device_ids=ids)
    waiting = [line.label for line in lines if any(r.code == "policy_pending" for r in line.reasons)]
    assert waiting == ["C01", "C02"]


@pytest.mark.parametrize("renamed", [ROOM, "/Ujian"])
def test_a_renamed_org_unit_keeps_its_plan_and_another_that_takes_its_name_has_none(school, renamed):
    def since(*labels):
        ids = [school.device(label).id for label in labels]
        with school.db.read() as c:
            found = readiness.lines(c, school.now, device_ids=ids)
        return [(line.facts.record.path == ROOM, line.facts.policy_since) for line in found]

    def into(path, label):
        ids = [school.device(label).id]
        move = device_moves.plan(
            school.db, WAYAN, school.now, device_ids=ids, org_unit_id=school.unit_id(path)
        )
        device_moves.order(school.db, WAYAN, school.now, move.digest)
        school.work()

    into(ROOM, "C01")
    _, made = apply(school, plan(school))
    ((there, before),) = since("C01")
    assert there and before is not None and made.line.state == "applied"
    world = school.emulator.world
    with world.lock:
        world.state["org_units"][world.find_org_unit(renamed)]["name"] = "Nama baru"
    school.sync()
    assert since("C01") == [(False, before)]
    with world.lock:  # somebody makes a new org unit of the old name: nothing was ever written there
        for path in [path for path in ("/Ujian", ROOM) if path.startswith(renamed)]:
            parent, name = path.rsplit("/", 1)
            above = world.find_org_unit(parent or "/")
            world.state["org_units"][f"03new{name[-1]}"] = {"name": name, "parent": above, "description": ""}
    school.sync()
    into(ROOM, "C02")
    assert since("C01", "C02") == [(False, before), (True, None)]
    with school.db.write() as tx:  # where the console told no ids, the path is all there is
        tx.c.execute(t.console_org_units.delete())
    assert since("C02") != [(True, None)]


def test_a_proof_names_what_somebody_changed_since(school):
    _, made = apply(school, plan(school))
    somebody_sets(school, "chrome.devices.kiosk.LidCloseAction", "lidCloseAction", 0)
    proof = prove(school, made)
    assert proof["different"] == ["chrome.devices.kiosk.LidCloseAction|"]
    assert proof["set"] == len(made.changes) - 1
