"""What goes wrong between a plan and its end, one thing at a time, and what the school is told of it."""

from __future__ import annotations

import json

from sqlalchemy import select

from server.bootstrap import open_gateway
from server.services import google_jobs, policy_apply, policy_orders, policy_views, secrets
from server.services.google_work import KINDS
from server.store import tables as t
from server.worker import run_one
from tests.console_school import WAYAN
from tests.policy_story import (
    LID,
    ROOM,
    allow_all,
    apply,
    everything_set,
    order_apply,
    order_plan,
    owned,
    plan,
    prove,
    restore,
    set_in,
    somebody_sets,
    view,
)

MODIFY = "chromepolicy.customers.policies.orgunits.batchModify"
DECEMBER = 1_796_083_200  # 2026-12-01
INHERIT = "chromepolicy.customers.policies.orgunits.batchInherit"
RESOLVE = "chromepolicy.customers.policies.resolve"


def test_a_digest_that_is_not_the_plans_is_refused_before_google_is_asked(school):
    made = plan(school)
    with school.db.write() as tx:
        job = google_jobs.enqueue(
            tx, WAYAN, school.now, "apply", {"plan_id": made.line.id, "digest": "0" * 16}
        )
    school.emulator.console.quota.reset()
    school.work()
    assert school.job(job).code == "policy_digest_stale"
    assert school.emulator.console.quota.report()["total"] == 0
    assert view(school, made.line.id).line.state == "planned"


def test_a_secret_renewed_between_plan_and_apply_asks_for_a_new_plan(school):
    made = plan(school)
    secrets.rotate(school.db, WAYAN, school.now)
    job, now = apply(school, made)
    assert (job.state, job.code) == ("failed", "policy_secret_changed")
    assert now.line.state == "stale"
    assert set_in(school) == {}
    _, done = apply(school, plan(school))
    assert done.line.state == "applied"
    with school.db.read() as c:
        assert secrets.current(c, school.now) in json.dumps(set_in(school))


def test_a_secret_renewed_half_way_fails_that_item_alone(school):
    made = plan(school)
    school.emulator.fail({"method": MODIFY, "kind": "403:forbidden", "nth": 1})
    _, now = apply(school, made)
    assert now.line.state == "failed"
    school.emulator.fail()
    secrets.rotate(school.db, WAYAN, school.now)
    _, now = apply(school, now)
    assert now.line.state == "partly"
    failed = {(line.change.line, line.code) for line in now.changes if line.outcome == "failed"}
    assert failed == {("companion", "policy_secret_changed")}
    _, rest = apply(school, plan(school))
    assert [line.change.line for line in rest.changes] == ["companion"]
    assert rest.line.state == "applied"


def test_an_org_unit_deleted_between_plan_and_apply_is_said(school):
    made = plan(school)
    open_gateway(school.context, school.sleep).delete_org_unit(ROOM)
    job, now = apply(school, made)
    assert (job.state, job.code) == ("failed", "org_unit_gone")
    assert now.line.state == "planned"
    assert {line.outcome for line in now.changes} == {"pending"}


def test_an_org_unit_deleted_half_way_ends_the_plan_with_that_reason(school):
    made = plan(school)
    gateway = open_gateway(school.context, school.sleep)
    order_apply(school, made)
    batches = []

    def sleep(seconds):
        school.sleep(seconds)
        if not batches and any(line.outcome == "done" for line in view(school, made.line.id).changes):
            batches.append(1)
            gateway.delete_org_unit(ROOM)

    school.emulator.fail(
        {"method": MODIFY, "kind": "503", "nth": 2}
    )  # makes the worker wait after the first call
    run_one(school.context, open_gateway, sleep=sleep)
    now = view(school, made.line.id)
    assert batches and now.line.state == "partly"
    codes = {line.code for line in now.changes if line.outcome == "failed"}
    assert codes <= {"org_unit_gone", "policy_outcome_unknown"} and "org_unit_gone" in codes
    job, _ = apply(school, now)
    assert (job.state, job.code) == ("failed", "org_unit_gone")


def test_a_refused_item_leaves_the_others_of_its_call_done(school):
    # The school's calendar is behind the console's, for which this schema's support has just ended.
    schema = "chrome.devices.kiosk.DictationEnabled"
    school.emulator.set(policy={"ended": {schema: "2026-11-15"}})
    school.emulator.world.advance(max(0, DECEMBER - school.emulator.world.now()))
    made = plan(school)
    assert not made.refused
    job, now = apply(school, made)
    assert now.line.state == "partly"
    failed = {line.change.schema: line for line in now.changes if line.outcome == "failed"}
    assert set(failed) == {schema}
    assert failed[schema].code == "policy_item_refused"
    assert "end of support" in failed[schema].code_params["said"]
    assert job.state == "done" and job.result["failed"] == 1
    school.emulator.set(policy={"ended": {}})
    _, done = apply(school, now)
    assert done.line.state == "applied"


def test_an_outage_in_the_middle_is_said_of_each_item_and_made_good_later(school):
    before = everything_set(school)
    made = plan(school)
    school.emulator.fail({"method": MODIFY, "kind": "503", "nth": 1_000}, {"method": MODIFY, "kind": "503"})
    _, now = apply(school, made)
    assert now.line.state == "failed"
    assert {line.code for line in now.changes} == {"google_unavailable"}
    school.emulator.fail()
    _, done = apply(school, now)
    assert done.line.state == "applied"
    _, back = apply(school, restore(school, done))
    assert back.line.state == "applied"
    assert everything_set(school) == before


def test_answers_lost_on_the_way_are_read_back_and_not_guessed(school):
    made = plan(school)
    school.emulator.fail({"method": MODIFY, "kind": "reset:after"})  # each is done, none is answered
    _, now = apply(school, made)
    assert now.line.state == "partly"
    assert {line.change.schema for line in now.changes if line.outcome == "done"} == {
        schema.partition("|")[0] for schema in set_in(school)
    }
    school.emulator.fail()
    _, done = apply(school, now)
    assert done.line.state == "applied"


def test_taking_back_what_a_lost_try_took_back_already_is_no_failure(school):
    before = everything_set(school)
    _, made = apply(school, plan(school))
    back = restore(school, made)
    school.emulator.fail({"method": INHERIT, "kind": "503:after", "every": 2})
    _, back = apply(school, back)
    assert back.line.state == "applied", [
        (x.change.key, x.code, x.code_params) for x in back.changes if x.code
    ]
    assert everything_set(school) == before


def test_after_an_outage_that_hid_what_arrived_the_way_back_finds_it(school):
    """A call's answer is lost and the console cannot be read either: nobody knows. Going back looks."""
    before = everything_set(school)
    made = plan(school)
    order_apply(school, made)
    school.emulator.fail({"method": MODIFY, "kind": "503:after"})

    def sleep(seconds):
        school.sleep(seconds)
        if set_in(school):
            school.emulator.fail({"method": "*", "kind": "503"})

    run_one(school.context, open_gateway, sleep=sleep)
    school.emulator.fail()
    now = view(school, made.line.id)
    assert "policy_outcome_unknown" in {line.code for line in now.changes}
    assert now.line.state == "failed" and set_in(school) != {}
    _, back = apply(school, restore(school, now))
    assert back.line.state == "applied"
    assert everything_set(school) == before
    assert owned(school) == []


def test_a_plan_stopped_by_a_person_can_be_applied_again(school):
    before = everything_set(school)
    made = plan(school)
    job_id = order_apply(school, made)

    def sleep(seconds):
        school.sleep(seconds)
        if school.job(job_id).active and any(x.outcome == "done" for x in view(school, made.line.id).changes):
            google_jobs.cancel(school.db, WAYAN, school.now, job_id)

    school.emulator.fail({"method": MODIFY, "kind": "503", "nth": 3})  # makes the worker wait
    run_one(school.context, open_gateway, sleep=sleep)
    school.emulator.fail()
    now = view(school, made.line.id)
    assert school.job(job_id).state == "cancelled"
    assert now.line.state == "partly"
    _, done = apply(school, now)
    assert done.line.state == "applied"
    assert plan(school).changes == ()
    _, back = apply(school, restore(school, done))
    assert back.line.state == "applied" and everything_set(school) == before


def test_a_plan_stopped_half_way_goes_home_without_being_finished(school):
    before = everything_set(school)
    made = plan(school)
    job_id = order_apply(school, made)

    def sleep(seconds):
        school.sleep(seconds)
        if school.job(job_id).active and any(x.outcome == "done" for x in view(school, made.line.id).changes):
            google_jobs.cancel(school.db, WAYAN, school.now, job_id)

    school.emulator.fail({"method": MODIFY, "kind": "503", "nth": 3})
    run_one(school.context, open_gateway, sleep=sleep)
    school.emulator.fail()
    assert set_in(school) != {}
    _, back = apply(school, restore(school, view(school, made.line.id)))
    assert back.line.state == "applied" and everything_set(school) == before
    assert owned(school) == []


def test_a_console_that_shows_old_values_is_not_believed(school):
    """Right after a write, a reader may be shown what was there before."""
    before = everything_set(school)
    school.sleep(300)
    school.emulator.fail({"method": RESOLVE, "kind": "stale_read:20"})
    _, made = apply(school, plan(school))
    assert made.line.state == "applied"
    assert plan(school).changes == (), "its own fresh values were not seen"
    proof = prove(school, made)
    assert proof["different"] == []
    back = restore(school, made)
    assert back.changes, "an older view says that there is nothing to take back"
    _, back = apply(school, back)
    assert back.line.state == "applied"
    assert len(plan(school).changes) == len(made.changes), "an older view says that nothing is left to do"
    assert everything_set(school) == before


def test_what_somebody_changed_half_way_is_not_overwritten(school):
    made = plan(school)
    school.emulator.fail({"method": MODIFY, "kind": "403:forbidden", "nth": 1})
    _, now = apply(school, made)
    school.emulator.fail()
    somebody_sets(school, LID, "lidCloseAction", 0)
    theirs = set_in(school)[LID]
    _, now = apply(school, now)
    assert now.line.state == "partly"
    assert {x.change.schema: x.code for x in now.changes if x.code} == {LID: "policy_item_moved"}
    assert set_in(school)[LID] == theirs


def test_a_schema_that_this_tenant_does_not_know_is_left_out_by_a_persons_word(school):
    schema = "chrome.devices.EnableReportDeviceUsers"
    school.emulator.set(policy={"unknown": [schema]})
    made = plan(school)
    assert [w.worry.code for w in made.worries if w.stands] == ["policy_schema_unknown"]
    policy_orders.allow(
        school.db, WAYAN, school.now, made.line.id, "policy_schema_unknown", "tidak ada di sini"
    )
    _, done = apply(school, view(school, made.line.id))
    assert done.line.state == "applied"
    assert schema not in set_in(school)


def test_a_plan_that_crashed_inside_says_so_and_can_be_applied_again(school, monkeypatch):
    """Whatever ends the work of a plan, the plan does not stay 'being applied'."""
    made = plan(school)
    monkeypatch.setattr(policy_apply.Sender, "_unmoved", lambda *_: 1 / 0)
    job, now = apply(school, made)
    assert (job.state, job.code) == ("failed", "job_crashed")
    assert now.line.state == "failed"
    monkeypatch.undo()
    _, done = apply(school, now)
    assert done.line.state == "applied"


def test_two_plans_without_changes_are_two_plans(school):
    """They share a digest; one must not be taken for the other."""
    _, made = apply(school, plan(school))
    school.sleep(120)
    job = order_plan(school)
    back = policy_orders.restore(school.db, WAYAN, school.now, made.line.id)
    school.work()
    one, other = school.job(job).result["plan_id"], school.job(back).result["plan_id"]
    assert one != other
    with school.db.read() as c:
        assert policy_views.view(c, one).line.kind == "exam"
        assert policy_views.view(c, other).line.kind == "restore"
    assert set(KINDS) >= {"plan", "apply", "prove"}
    assert len(school.all(select(t.policy_plans.c.id))) == 3


UPDATES = "chrome.devices.AutoUpdateSettings"
THEIRS = {"deviceAutoUpdatePeerToPeerEnabled": True, "updateDisabled": False, "rebootAfterUpdate": True}


def test_a_field_of_others_in_a_policy_that_we_change_too_stays_theirs(school):
    """Also when a worker, an outage and the way back come in between."""
    for field, value in THEIRS.items():
        somebody_sets(school, UPDATES, field, value)
    somebody_sets(school, UPDATES, "deviceAutoUpdatePeerToPeerEnabled", False, "/Ujian")
    before = everything_set(school)
    made = plan(school)
    assert [w.worry.code for w in made.worries if w.stands] == ["policy_not_ours"]
    made = allow_all(school, made)
    school.emulator.fail({"method": MODIFY, "kind": "reset:after", "probability": 0.6}, seed=3)
    _, now = apply(school, made)
    school.emulator.fail()
    if now.line.state != "applied":
        _, now = apply(school, now)
    assert now.line.state == "applied"
    _keys, value = set_in(school)[UPDATES]
    assert value == {**THEIRS, "updateDisabled": True, "rebootAfterUpdate": False}
    assert {(schema, field) for _, schema, _, field, _ in owned(school) if schema == UPDATES} == {
        (UPDATES, "updateDisabled"),
        (UPDATES, "rebootAfterUpdate"),
    }
    _, back = apply(school, restore(school, now))
    assert back.line.state == "applied"
    assert everything_set(school) == before
