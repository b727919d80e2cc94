"""Reading for the device list: what each Chromebook is, where it lives, when it was last heard, what Google says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, func, select

from server.store.tables import (
    audit,
    console_devices,
    device_places,
    device_seen,
    device_serials,
    devices,
    enrolments,
    rooms,
    seats,
)


@dataclass(frozen=True, slots=True)
class DeviceLine:
    """One device in the list. `out_reason`: why it is out of service, as it was said."""

    id: int
    label: str
    serial: str | None
    model: str | None
    room: str | None
    seat: str | None
    spare: bool
    in_service: bool
    out_reason: str | None
    reported_at: int | None
    battery: int | None
    charging: bool | None
    grade: str | None
    console_id: str | None = None
    console_status: str | None = None
    org_unit_path: str | None = None
    last_sync_at: int | None = None


#: A device, its present serial number, home, live enrolment and record in the console.
JOINED: FromClause = (
    devices.outerjoin(
        device_serials, (device_serials.c.device_id == devices.c.id) & device_serials.c.to_at.is_(None)
    )
    .outerjoin(device_places, (device_places.c.device_id == devices.c.id) & device_places.c.to_at.is_(None))
    .outerjoin(rooms, rooms.c.id == device_places.c.room_id)
    .outerjoin(seats, seats.c.id == device_places.c.seat_id)
    .outerjoin(enrolments, (enrolments.c.device_id == devices.c.id) & (enrolments.c.standing == "live"))
    .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
    .outerjoin(
        console_devices, (console_devices.c.device_id == devices.c.id) & console_devices.c.gone_at.is_(None)
    )
)


def count(c: Connection, where: Sequence[ColumnElement[bool]] = ()) -> int:
    """How many devices; `where` over the columns of JOINED."""
    return int(
        c.execute(select(func.count(devices.c.id.distinct())).select_from(JOINED).where(*where)).scalar_one()
    )


def lines(
    c: Connection, where: Sequence[ColumnElement[bool]] = (), limit: int | None = None, offset: int = 0
) -> list[DeviceLine]:
    """Devices by label; `where` over the columns of JOINED."""
    query = (
        select(
            devices,
            device_serials.c.serial,
            rooms.c.name.label("room"),
            seats.c.label.label("seat"),
            enrolments.c.grade,
            device_seen.c.reported_at,
            device_seen.c.observed,
            console_devices.c.console_id,
            console_devices.c.status.label("console_status"),
            console_devices.c.org_unit_path,
            console_devices.c.last_sync_at,
        )
        .select_from(JOINED)
        .where(*where)
        .order_by(devices.c.label)
    )
    rows: Sequence[Any] = c.execute(query.limit(limit).offset(offset) if limit else query).all()
    reasons = out_reasons(c)
    return [
        DeviceLine(
            id=r.id,
            label=r.label,
            serial=r.serial,
            model=r.model,
            room=r.room,
            seat=r.seat,
            spare=r.spare,
            in_service=r.in_service,
            out_reason=None if r.in_service else reasons.get(r.label),
            reported_at=r.reported_at,
            battery=(r.observed or {}).get("battery"),
            charging=(r.observed or {}).get("charging"),
            grade=r.grade,
            console_id=r.console_id,
            console_status=r.console_status,
            org_unit_path=r.org_unit_path,
            last_sync_at=r.last_sync_at,
        )
        for r in rows
    ]


def out_reasons(c: Connection) -> dict[str, str]:
    """Label → why it was last taken out of service; the trail is where that is written."""
    newest = (
        select(func.max(audit.c.id))
        .where(audit.c.action == "device.out_of_service", audit.c.outcome == "done")
        .group_by(audit.c.object)
    )
    rows = c.execute(select(audit.c.object, audit.c.detail).where(audit.c.id.in_(newest)))
    return {r.object.removeprefix("device "): str(r.detail.get("reason", "")) for r in rows}
