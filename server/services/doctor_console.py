"""Looks at the console: what may be done there, what its policy schemas are, what became of its device records."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from server.domain.field_claims import Finding
from server.domain.schema_survey import Survey, survey
from server.services import google_account
from server.services.doctor_look import Evidence, Look, Looks
from server.services.meta import get_meta, set_meta
from server.store.tables import console_devices, device_move_items, policy_changes
from server.workspace.gateway import Gateway
from server.workspace.paging import every

Json = dict[str, Any]

WATCHED = "doctor_watched"  # meta: what a watched Chromebook's record was before its powerwash
KEPT = (
    *("deviceId", "serialNumber", "orgUnitId", "orgUnitPath", "status", "annotatedAssetId"),
    *("annotatedLocation", "notes", "firstEnrollmentTime", "lastEnrollmentTime"),
)
#: Who uses a device is a person's matter and no evidence.
COMPARED = tuple(name for name in KEPT if name not in {"lastEnrollmentTime", "serialNumber"})


def features(look: Look) -> tuple[Evidence, ...]:
    """What the service account may do, one line per feature."""
    if look.gateway is None:
        return ()
    return tuple(
        Evidence(
            Finding.FOR if status.ok else Finding.AGAINST,
            f"{status.feature}" if status.ok else f"{status.feature}: refused [{status.code}]",
            {"feature": str(status.feature), "code": status.code},
        )
        for status in google_account.probe(look.gateway)
    )


def policy_names(look: Look) -> Evidence:
    found = _survey(look)
    data = {
        "tenant_schemas": found.count,
        "missing": found.missing,
        "fields_missing": found.fields_missing,
        "fields_new": found.fields_new,
        "deprecated": found.deprecated,
        "newer_present": found.newer,
        "enums": found.enums,
        "enums_unclear": found.enums_unclear,
    }
    if not (found.missing or found.fields_missing or found.enums_unclear):
        return Evidence(
            Finding.FOR, f"all planned schemas, fields and values are among this tenant's {found.count}", data
        )
    text = (
        f"{len(found.missing)} schemas and {len(found.fields_missing)} fields of our list are not here, "
        f"{len(found.enums_unclear)} values have no single name here; see the JSON report"
    )
    return Evidence(Finding.AGAINST, text, data)


def companion_field(look: Look) -> Evidence:
    repeated = _survey(look).companion_repeated
    if repeated is None:
        return Evidence(Finding.AGAINST, "this tenant has no schema for the extension beside a kiosk web app")
    shape = "a list of extensions" if repeated else "one extension"
    return Evidence(Finding.FOR, f"the schema's label says: {shape}", {"repeated": repeated})


def directory_id(look: Look) -> Evidence:
    """Two looks at one Chromebook: the first is kept, the one after its powerwash is compared with it."""
    if look.watch is None:
        return _records_with_one_serial(look)
    page = look.console.list_devices(query=f"id:{look.watch}", fields=",".join(KEPT))
    now = [_kept(item) for item in page.items if item.get("serialNumber") == look.watch]
    with look.context.db.read() as c:
        kept: Json = json.loads(get_meta(c, WATCHED) or "{}")
    before = kept.get(look.watch)
    if before is None:
        with look.context.db.write() as tx:
            set_meta(tx, WATCHED, json.dumps({**kept, look.watch: now}))
        return Evidence(
            Finding.OPEN,
            f"{look.watch}: its record is kept; powerwash it, let it enrol, then run this again",
            {"before": now},
        )
    return _compared(look.watch, before, now)


def customer_id(look: Look) -> Evidence:
    """Whether the customer's own id can be read; without its scope only `my_customer` is left."""
    found = look.console.get_customer()
    if found.get("id"):
        return Evidence(Finding.FOR, "the customer's own id can be read, and is what calls are sent with")
    return Evidence(Finding.AGAINST, "the console names no id for this customer")


def move_time(look: Look) -> Evidence:
    """How long after a move the console reported a policy sync: an upper bound for when the device had it."""
    with look.context.db.read() as c:
        rows = c.execute(
            select(device_move_items.c.at, console_devices.c.last_sync_at)
            .join(console_devices, console_devices.c.console_id == device_move_items.c.console_id)
            .where(
                device_move_items.c.outcome == "done", console_devices.c.last_sync_at > device_move_items.c.at
            )
        ).all()
    minutes = sorted((row.last_sync_at - row.at) / 60_000 for row in rows)
    if not minutes:
        return Evidence(Finding.OPEN, "no device was moved and synced since; move one and sync an hour later")
    data = {"devices": len(minutes), "minutes": [round(m, 1) for m in minutes]}
    return Evidence(
        Finding.FOR,
        f"{len(minutes)} moved devices synced policy {minutes[0]:.0f} to {minutes[-1]:.0f} minutes later "
        "(newest sync the console told; the kiosk itself has to be seen)",
        data,
    )


def console_delay(look: Look) -> Evidence:
    """How old the newest policy sync is that the console tells of devices that are switched on now."""
    with look.context.db.read() as c:
        rows = c.execute(
            select(console_devices.c.seen_at, console_devices.c.last_sync_at).where(
                console_devices.c.gone_at.is_(None), console_devices.c.last_sync_at.is_not(None)
            )
        ).all()
    ages = sorted((row.seen_at - row.last_sync_at) / 3_600_000 for row in rows)
    if not ages:
        return Evidence(Finding.OPEN, "no device with a sync time is known; run 'bangku sync --full --yes'")
    return Evidence(
        Finding.OPEN,
        f"{len(ages)} devices; the freshest sync was {ages[0]:.1f} h old when the console was read, half were "
        f"under {ages[len(ages) // 2]:.1f} h. Compare with devices you know are on",
        {"hours": [round(age, 2) for age in ages[:500]]},
    )


def batch_limit(look: Look) -> Evidence:
    with look.context.db.read() as c:
        sizes = (
            c.execute(
                select(func.count())
                .where(policy_changes.c.outcome == "done")
                .group_by(policy_changes.c.plan_id, policy_changes.c.batch)
            )
            .scalars()
            .all()
        )
    if not sizes:
        return Evidence(Finding.OPEN, "no plan was applied yet")
    return Evidence(
        Finding.FOR, f"the largest call that was taken held {max(sizes)} changes", {"sizes": sizes}
    )


LOOKS: Mapping[str, Looks] = {
    "policy_names": policy_names,
    "companion_field": companion_field,
    "directory_id": directory_id,
    "customer_id": customer_id,
    "move_time": move_time,
    "console_delay": console_delay,
    "batch_limit": batch_limit,
}


def shipped_schemas() -> Mapping[str, Json]:
    """The list this release was written from."""
    return _shipped()


@cache
def _shipped() -> Mapping[str, Json]:
    path = Path(__file__).resolve().parent.parent / "workspace" / "policy_schemas.json"
    found: Mapping[str, Json] = json.loads(path.read_text("utf-8"))
    return found


def _survey(look: Look) -> Survey:
    return survey(_all_schemas(look.console), shipped_schemas())


def _all_schemas(gateway: Gateway) -> list[Json]:
    return list(every(lambda token: gateway.list_policy_schemas(page_token=token)))


def _records_with_one_serial(look: Look) -> Evidence:
    with look.context.db.read() as c:
        serials = c.execute(select(console_devices.c.serial).where(console_devices.c.serial != "")).scalars()
        twice = sum(1 for count in Counter(serials).values() if count > 1)
    return Evidence(
        Finding.OPEN,
        f"{twice} serial numbers stand in more than one record. To know for sure: "
        "bangku doctor --watch SERIAL, powerwash that Chromebook, let it enrol, run it again",
        {"serials_with_several_records": twice},
    )


def _kept(record: Json) -> Json:
    return {name: record.get(name) for name in KEPT}


def _compared(serial: str, before: list[Json], now: list[Json]) -> Evidence:
    data = {"before": before, "now": now}
    if not before or not now:
        return Evidence(Finding.OPEN, f"{serial}: no record with exactly this serial number", data)
    newest = max(now, key=lambda r: str(r.get("lastEnrollmentTime")))
    old = before[0]
    if newest.get("lastEnrollmentTime") == old.get("lastEnrollmentTime"):
        return Evidence(Finding.OPEN, f"{serial}: not enrolled again since the first look", data)
    changed = [name for name in COMPARED if newest.get(name) != old.get(name)]
    if "deviceId" in changed:
        return Evidence(
            Finding.AGAINST, f"{serial}: enrolled again under a new id; changed: {', '.join(changed)}", data
        )
    text = f"{serial}: enrolled again under the same id"
    return Evidence(Finding.FOR, f"{text}; changed: {', '.join(changed)}" if changed else text, data)
