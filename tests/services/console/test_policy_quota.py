"""Ten rooms at once under Google's real allowance: paced to no refusal, and forecast before anything is sent."""

from __future__ import annotations

from server.bootstrap import open_gateway
from server.services import policy_orders, policy_plans
from server.workspace.emulator.quota import Quota
from tests.console_school import WAYAN
from tests.policy_story import WEB, order_apply, order_plan, view

ROOMS = [f"/Ujian/Gedung {number}" for number in range(1, 11)]


def test_ten_full_plans_are_paced_to_no_quota_error_in_the_time_that_was_forecast(school):
    gateway = open_gateway(school.context, school.sleep)
    for path in ROOMS:
        gateway.insert_org_unit(path.rpartition("/")[2], "/Ujian")
    school.sync()
    emulator = school.emulator
    emulator.console.quota = Quota(emulator.world.now)  # the allowance comes back as time passes there
    emulator.set(quota={"scale": 1.0, "off": []})

    jobs = [order_plan(school, WEB, path) for path in ROOMS]
    school.work(len(ROOMS) + 1)
    plans = [view(school, school.job(job).result["plan_id"]) for job in jobs]
    assert all(len(made.changes) > 20 for made in plans)
    forecast = policy_plans.forecast(school.db, school.clock, *(made.line.id for made in plans))
    for made in plans:
        order_apply(school, made)
    with school.db.read() as c:
        waiting = policy_plans.calls_waiting(c)
    assert waiting > 30, "more than one minute's allowance"
    assert policy_plans.forecast(school.db, school.clock) == forecast
    assert not any("orgunits.batch" in method for method in emulator.console.quota.report()["calls"])

    began = school.now
    school.work(len(ROOMS) + 1)
    took = (school.now - began) / 1000
    report = emulator.console.quota.report()
    assert report["refused"] == {}
    assert report["calls"]["chromepolicy.customers.policies.orgunits.batchModify"] == waiting
    assert {view(school, made.line.id).line.state for made in plans} == {"applied"}
    assert forecast / 1.5 <= took <= forecast * 1.5, (forecast, took)


def test_a_plan_made_while_others_wait_in_line_counts_them(school):
    first = order_plan(school)
    school.work()
    alone = view(school, school.job(first).result["plan_id"])
    order_apply(school, alone)
    assert policy_plans.forecast(school.db, school.clock) >= alone.seconds
    second = policy_orders.make(
        school.db, WAYAN, school.now, org_unit_id=school.unit_id("/Ujian/Ruang 2"), profile_key=WEB
    )
    school.work()
    other = view(school, school.job(second).result["plan_id"])
    assert policy_plans.forecast(school.db, school.clock, other.line.id) == other.seconds
