"""Reading for the device list: what each Chromebook is, where it lives, and when it was last heard."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from server.store.tables import (
    audit,
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


def lines(c: Connection) -> list[DeviceLine]:
    """All devices by label."""
    rows = c.execute(
        select(
            devices,
            device_serials.c.serial,
            rooms.c.name.label("room"),
            seats.c.label.label("seat"),
            enrolments.c.grade,
            device_seen.c.reported_at,
            device_seen.c.observed,
        )
        .outerjoin(
            device_serials, (device_serials.c.device_id == devices.c.id) & device_serials.c.to_at.is_(None)
        )
        .outerjoin(
            device_places, (device_places.c.device_id == devices.c.id) & device_places.c.to_at.is_(None)
        )
        .outerjoin(rooms, rooms.c.id == device_places.c.room_id)
        .outerjoin(seats, seats.c.id == device_places.c.seat_id)
        .outerjoin(enrolments, (enrolments.c.device_id == devices.c.id) & (enrolments.c.standing == "live"))
        .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .order_by(devices.c.label)
    ).all()
    reasons = _reasons(c)
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
            out_reason=None if r.in_service else reasons.get(f"device {r.label}"),
            reported_at=r.reported_at,
            battery=(r.observed or {}).get("battery"),
            charging=(r.observed or {}).get("charging"),
            grade=r.grade,
        )
        for r in rows
    ]


def _reasons(c: Connection) -> dict[str, str]:
    """Why each device was last taken out of service; the trail is where that is written."""
    newest = (
        select(func.max(audit.c.id))
        .where(audit.c.action == "device.out_of_service", audit.c.outcome == "done")
        .group_by(audit.c.object)
    )
    rows = c.execute(select(audit.c.object, audit.c.detail).where(audit.c.id.in_(newest)))
    return {r.object: str(r.detail.get("reason", "")) for r in rows}
