"""Policy as a person has it done, step by step, against the emulated console; and what really stands there."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import select

from server.bootstrap import open_gateway
from server.services import policy_orders, policy_views
from server.store import tables as t
from tests.console_school import WAYAN, ConsoleSchool

WEB, EXAM_BROWSER = "simulasi", "anbk-smp-hari-1"
ROOM = "/Ujian/Ruang 1"
LID = "chrome.devices.kiosk.LidCloseAction"


def order_plan(school: ConsoleSchool, profile: str = WEB, path: str = ROOM) -> int:
    return policy_orders.make(
        school.db, WAYAN, school.now, org_unit_id=school.unit_id(path), profile_key=profile
    )


def order_apply(school: ConsoleSchool, made: policy_views.PlanView) -> int:
    return policy_orders.apply(school.db, WAYAN, school.now, made.line.id, made.digest)


def plan(school: ConsoleSchool, profile: str = WEB, path: str = ROOM) -> policy_views.PlanView:
    return planned(school, order_plan(school, profile, path))


def planned(school: ConsoleSchool, job_id: int) -> policy_views.PlanView:
    """What a planning job made."""
    school.work()
    job = school.job(job_id)
    assert job.state == "done", (job.code, job.code_params)
    return view(school, job.result["plan_id"])


def view(school: ConsoleSchool, plan_id: int) -> policy_views.PlanView:
    with school.db.read() as c:
        return policy_views.view(c, plan_id)


def allow_all(school: ConsoleSchool, made: policy_views.PlanView) -> policy_views.PlanView:
    for worry in made.worries:
        if worry.stands and worry.first:
            policy_orders.allow(school.db, WAYAN, school.now, made.line.id, worry.worry.code, "uji")
    return view(school, made.line.id)


def apply(school: ConsoleSchool, made: policy_views.PlanView) -> tuple[Any, policy_views.PlanView]:
    job_id = order_apply(school, made)
    school.work()
    return school.job(job_id), view(school, made.line.id)


def prove(school: ConsoleSchool, made: policy_views.PlanView) -> Any:
    job_id = policy_orders.prove(school.db, WAYAN, school.now, made.line.id)
    school.work()
    job = school.job(job_id)
    assert job.state == "done", (job.code, job.code_params)
    return view(school, made.line.id).line.proof


def restore(school: ConsoleSchool, made: policy_views.PlanView) -> policy_views.PlanView:
    return planned(school, policy_orders.restore(school.db, WAYAN, school.now, made.line.id))


def set_in(school: ConsoleSchool, path: str = ROOM) -> dict[str, Any]:
    """Every value set right at an org unit, as the console keeps it."""
    return everything_set(school).get(school.unit_id(path), {})


def everything_set(school: ConsoleSchool) -> dict[str, dict[str, Any]]:
    """Org unit id → every value set right there, in the console's own short spelling."""
    with school.emulator.world.lock:
        policies = school.emulator.world.state["policies"]
        return json.loads(
            json.dumps(
                {
                    unit: {name: (one["keys"], one["value"]) for name, one in kept.items()}
                    for unit, kept in policies.items()
                    if kept
                }
            )
        )


def owned(school: ConsoleSchool) -> list[tuple[Any, ...]]:
    """What Bangku believes to be its own, without the moments."""
    one = t.policy_owned.c
    rows = school.all(
        select(one.org_unit_id, one.schema, one.app_id, one.field, one.value).order_by(
            one.org_unit_id, one.schema, one.app_id, one.field
        )
    )
    return [tuple(row) for row in rows]


def somebody_sets(school: ConsoleSchool, schema: str, field: str, value: Any, path: str = ROOM) -> None:
    """A person changes one value in the Admin console. A number picks an enum value, in this tenant's own spelling."""
    gateway = open_gateway(school.context, school.sleep)
    if isinstance(value, int) and not isinstance(value, bool):
        found = gateway.get_policy_schema(schema)
        names = [v["name"] for e in found["definition"]["enumType"] for v in e["value"]]
        value = [name for name in names if not name.endswith("UNSPECIFIED")][value]
    gateway.batch_modify_policies(
        [
            {
                "policyTargetKey": {"targetResource": f"orgunits/{school.unit_id(path)}"},
                "policyValue": {"policySchema": schema, "value": {field: value}},
                "updateMask": field,
            }
        ]
    )


class Mark:
    """A moment to come back to: what the rows of policy work say and what stands in the console."""

    TABLES = (t.policy_changes, t.policy_plans, t.policy_owned, t.google_jobs, t.google_calls, t.audit)

    def __init__(self, school: ConsoleSchool) -> None:
        self.school = school
        self.now = school.now
        self.rows = {
            table.name: [dict(row._mapping) for row in school.all(select(table).order_by(*table.primary_key))]
            for table in self.TABLES
        }
        with school.emulator.world.lock:
            state = school.emulator.world.state
            self.console = json.dumps({key: state.get(key, {}) for key in ("policies", "policy_added")})

    def back(self) -> None:
        self.school.now = self.now
        with self.school.db.write() as tx:
            for table in self.TABLES:
                tx.c.execute(table.delete())
            for table in reversed(self.TABLES):
                if rows := self.rows[table.name]:
                    tx.c.execute(table.insert(), rows)
        with self.school.emulator.world.changing() as state:
            state.update(json.loads(self.console))
