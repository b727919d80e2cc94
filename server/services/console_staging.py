"""What a sync fetched and nobody has accepted yet, and how it differs from what we hold.

A record that was read back after it was staged (a move, a command) is newer than the sync and stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, delete, func, select

from server.domain.console_inventory import Comparison, Known, compare
from server.domain.console_record import ConsoleDevice, OrgUnit, read_device, read_unit
from server.services.console_times import moment
from server.store.database import CHUNK, Database, Write
from server.store.tables import console_devices, console_org_units, console_staged

Json = dict[str, Any]

UNIT = "org_unit/"  # org units are staged beside the devices, whose ids have no slash


@dataclass(frozen=True, slots=True)
class Found:
    """What a job staged, read."""

    devices: dict[str, ConsoleDevice] = field(default_factory=dict)
    at: dict[str, int] = field(default_factory=dict)  # when each was fetched
    units: list[OrgUnit] = field(default_factory=list)


def stage(tx: Write, job_id: int, now: int, records: Iterable[Json]) -> None:
    """Keep fetched records. The same page again changes nothing but the time."""
    _stage(tx, job_id, {str(r["deviceId"]): {"at": now, "of": r} for r in records if r.get("deviceId")})


def stage_units(tx: Write, job_id: int, now: int, records: Iterable[Json]) -> None:
    rows = {UNIT + str(r["orgUnitId"])[:60]: {"at": now, "of": r} for r in records if r.get("orgUnitId")}
    _stage(tx, job_id, rows)


def _stage(tx: Write, job_id: int, rows: Mapping[str, Json]) -> None:
    if not rows:
        return
    tx.c.execute(
        delete(console_staged).where(
            console_staged.c.job_id == job_id, console_staged.c.console_id.in_(list(rows))
        )
    )
    tx.c.execute(
        console_staged.insert(),
        [{"job_id": job_id, "console_id": key, "record": record} for key, record in rows.items()],
    )


def staged_count(c: Connection, job_id: int) -> int:
    """Devices staged so far."""
    query = select(func.count()).where(
        console_staged.c.job_id == job_id, ~console_staged.c.console_id.startswith(UNIT)
    )
    return int(c.execute(query).scalar_one())


def staged(c: Connection, job_id: int) -> Found:
    found = Found()
    rows = c.execute(
        select(console_staged.c.console_id, console_staged.c.record).where(console_staged.c.job_id == job_id)
    )
    for key, record in rows:
        if key.startswith(UNIT):
            found.units.append(read_unit(record["of"]))
        else:
            found.devices[key] = read_device(record["of"], moment)
            found.at[key] = record["at"]
    return found


def forget(db: Database, job_id: int | None = None) -> None:
    """Drop what this job staged (None: what any job staged), a little at a time."""
    chosen = select(console_staged.c.job_id, console_staged.c.console_id).limit(CHUNK)
    if job_id is not None:
        chosen = chosen.where(console_staged.c.job_id == job_id)
    while True:
        with db.write() as tx:
            rows = tx.c.execute(chosen).all()
            for owner in {row.job_id for row in rows}:
                ids = [row.console_id for row in rows if row.job_id == owner]
                tx.c.execute(
                    delete(console_staged).where(
                        console_staged.c.job_id == owner, console_staged.c.console_id.in_(ids)
                    )
                )
        if not rows:
            return


def missing(c: Connection, job_id: int) -> list[str]:
    """Records we know as present that the job did not find."""
    here = select(console_staged.c.console_id).where(console_staged.c.job_id == job_id)
    query = select(console_devices.c.console_id).where(
        console_devices.c.gone_at.is_(None), console_devices.c.console_id.not_in(here)
    )
    return list(c.execute(query.order_by(console_devices.c.console_id)).scalars())


def against_mirror(
    c: Connection, job_id: int, *, full: bool, gone_odd: bool = False
) -> tuple[Comparison, Found]:
    """What the job found against what we hold now."""
    found = staged(c, job_id)
    names = ("console_id", "serial", "status", "org_unit_id", "org_unit_path", "model", "last_enrolled_at")
    columns = [console_devices.c[name] for name in (*names, "device_id", "gone_at", "seen_at")]
    known: dict[str, Known] = {}
    for row in c.execute(select(*columns)).mappings():
        key = row["console_id"]
        if row["seen_at"] > found.at.get(key, row["seen_at"]):
            del found.devices[key]
            continue
        known[key] = Known(
            **{name: row[name] for name in names},
            gone=row["gone_at"] is not None,
            device_id=row["device_id"],
        )
    units = c.execute(
        select(console_org_units.c.org_unit_id, console_org_units.c.path).where(
            console_org_units.c.gone_at.is_(None)
        )
    )
    made = compare(
        list(found.devices.values()),
        known,
        full=full,
        gone_odd=gone_odd,
        units=found.units,
        known_units={row.org_unit_id: row.path for row in units},
    )
    return made, found
