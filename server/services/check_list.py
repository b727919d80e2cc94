"""Every Chromebook in service and the newest that was seen on it, in walking order: room, seat, label."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from server.domain.errors import NotFound
from server.services.device_checks import Checks, newest
from server.store.tables import device_places, devices, rooms, seats


@dataclass(frozen=True, slots=True)
class CheckLine:
    """`room` and `seat` are None for a Chromebook without a home."""

    id: int
    label: str
    room: str | None
    seat: str | None
    checks: Checks


@dataclass(frozen=True, slots=True)
class Home:
    """A Chromebook and where it belongs."""

    label: str
    room: str | None
    seat: str | None


def home(c: Connection, device_id: int) -> Home:
    """Where this Chromebook belongs. Raises: NotFound (`device_unknown`)."""
    row = c.execute(_HOMES.where(devices.c.id == device_id)).first()
    if row is None:
        raise NotFound(f"device {device_id}: no such Chromebook; look at its sticker", code="device_unknown")
    return Home(row.label, row.room, row.seat)


def lines(c: Connection) -> list[CheckLine]:
    """Devices out of service are left out: nobody checks them."""
    rows = c.execute(
        _HOMES.where(devices.c.in_service.is_(True)).order_by(
            rooms.c.name.is_(None),
            rooms.c.name,
            seats.c.row.is_(None),
            seats.c.row,
            seats.c.column,
            devices.c.label,
        )
    ).all()
    checks = newest(c, [row.id for row in rows])
    return [CheckLine(r.id, r.label, r.room, r.seat, checks.get(r.id, Checks())) for r in rows]


_HOMES = (
    select(devices.c.id, devices.c.label, rooms.c.name.label("room"), seats.c.label.label("seat"))
    .outerjoin(device_places, (device_places.c.device_id == devices.c.id) & device_places.c.to_at.is_(None))
    .outerjoin(rooms, rooms.c.id == device_places.c.room_id)
    .outerjoin(seats, seats.c.id == device_places.c.seat_id)
)
