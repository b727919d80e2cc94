"""The job that reads back: is what was applied still set, and which Chromebooks have fetched their policy since?

Google says of a device only when it last fetched its policy. One that fetched after our last write has it
(docs/field-proof.md says how sure that is); of the others the time of their last fetch is told.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select

from server.domain.errors import Conflict
from server.domain.policy_diff import own_values
from server.services import audit, policy_masks, policy_read
from server.services.console_times import moment
from server.services.google_work import Work
from server.services.policy_items import Item, items
from server.services.policy_views import plan_row
from server.store.database import Write, chunks
from server.store.tables import console_devices, device_move_items, devices, policy_changes, policy_plans
from server.workspace.paging import every

Json = dict[str, Any]

LOOKS, LOOK_SECONDS = 4, 5.0
FIELDS = "deviceId,serialNumber,lastSync,status,orgUnitPath"


def run(work: Work) -> Json:
    """Job `prove`: `{plan_id}`. The result is kept with the plan.

    Raises: NotFound (`policy_plan_unknown`, `org_unit_gone`), Conflict (`policy_not_applied`), GoogleError.
    """
    plan_id = int(work.job.params["plan_id"])
    with work.context.db.read() as c:
        row = plan_row(c, plan_id)
        made = [item for item in items(c, plan_id) if item.outcome == "done"]
        written = c.execute(
            select(policy_changes.c.at)
            .where(policy_changes.c.plan_id == plan_id, policy_changes.c.outcome == "done")
            .order_by(policy_changes.c.at.desc())
        ).scalar()
    if row.applied_at is None:
        raise Conflict(f"plan {plan_id}: not applied; there is nothing to prove", code="policy_not_applied")
    work.step("policy_reading_unit")
    unit = policy_read.org_unit(work.gateway, row.org_unit_id)
    work.step("policy_reading_values")
    different = _different(work, row, made)
    work.step("policy_reading_devices")
    records = _records(work, unit.path)
    proof = _devices(work, records, int(written or row.applied_at))
    proof |= {"at": work.now, "set": len(made) - len(different), "changes": len(made), "different": different}
    with work.context.db.write() as tx:
        tx.c.execute(policy_plans.update().where(policy_plans.c.id == plan_id).values(proof=proof))
        _take_over(tx, records)
        audit.record(
            tx,
            work.job.by,
            "policy.prove",
            f"plan {plan_id}",
            work.now,
            devices=proof["devices"],
            in_force=proof["in_force"],
            different=len(different),
        )
    return {"plan_id": plan_id, **{name: proof[name] for name in ("devices", "in_force", "set", "changes")}}


def _different(work: Work, row: Row[Any], made: list[Item]) -> list[str]:
    """Schemas that are not as they were applied, after patience with a console that shows older values."""
    left, key = made, work.context.settings.secret_key
    for look in range(LOOKS):
        if not left:
            break
        found = policy_read.resolved(work.gateway, row.org_unit_id, {item.change.schema for item in left})
        own = own_values(found)
        left = [item for item in left if not policy_masks.arrived(item.change, own, key)]
        if left and look < LOOKS - 1:
            work.wait(LOOK_SECONDS)
    return [item.change.key for item in left]


def _records(work: Work, path: str) -> list[Json]:
    """What the console says of each Chromebook below an org unit, now."""
    return [
        record
        for record in every(
            lambda token: work.gateway.list_devices(
                org_unit_path=path, include_child_org_units=True, fields=FIELDS, page_token=token
            )
        )
        if str(record.get("status", "ACTIVE")).upper() != "DEPROVISIONED"
    ]


def _take_over(tx: Write, records: list[Json]) -> None:
    """What was just read is known on every page: readiness and the technician's steps say what the proof says."""
    told = [
        {"one": record["deviceId"], "synced": synced}
        for record in records
        if (synced := moment(str(record.get("lastSync", "")))) is not None
    ]
    mirror = console_devices.c
    older = mirror.last_sync_at.is_(None) | (mirror.last_sync_at < bindparam("synced"))
    newer = (
        console_devices.update()
        .where(mirror.console_id == bindparam("one"), older)
        .values(last_sync_at=bindparam("synced"))
    )
    for some in chunks(told):
        tx.c.execute(newer, some)


def _devices(work: Work, records: list[Json], written: int) -> Json:
    with work.context.db.read() as c:
        labels = {
            r.console_id: r.label
            for r in c.execute(
                select(console_devices.c.console_id, devices.c.label).join(
                    devices, devices.c.id == console_devices.c.device_id
                )
            )
        }
        came = {
            r.console_id: int(r.at)
            for r in c.execute(
                select(device_move_items.c.console_id, device_move_items.c.at).where(
                    device_move_items.c.outcome == "done", device_move_items.c.at > written
                )
            )
        }
    late = []
    for record in records:
        synced = moment(str(record.get("lastSync", "")))
        # One that was moved in after the write had another org unit's policy until it fetched again.
        if synced is None or synced <= came.get(record["deviceId"], written):
            serial = str(record.get("serialNumber", ""))
            late.append(
                {"label": labels.get(record["deviceId"]) or serial, "serial": serial, "since": synced}
            )
    late.sort(key=lambda one: str(one["label"]))
    return {
        "devices": len(records),
        "in_force": len(records) - len(late),
        "late": late,
        "written_at": written,
    }
