"""Which Chromebooks get a sticker, in the order of their places, and what its code says."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select

from server.domain.scan import What
from server.domain.scan import code as scan_code
from server.services import loans, scans
from server.store.database import Database
from server.store.tables import device_places, device_serials, devices, rooms, seats


@dataclass(frozen=True, slots=True)
class Sticker:
    """`code`: what stands after the address and `/d/`. `borrowed`: it goes back to another school one day."""

    device_id: int
    label: str
    serial: str | None
    room: str | None
    seat: str | None
    code: str
    borrowed: bool


def stickers(
    db: Database,
    now: int,
    *,
    room_id: int | None = None,
    device_ids: Iterable[int] | None = None,
    borrowed: bool = False,
) -> list[Sticker]:
    """One for each Chromebook that is here, by room, seat (front left first) and label; those without a place last.

    `room_id`, `device_ids`, `borrowed`: only these. A Chromebook that went back to its owner needs none.
    """
    key = scans.key(db)
    wanted = None if device_ids is None else set(device_ids)
    with db.read() as c:
        rows = c.execute(
            select(
                *(devices.c.id, devices.c.label, device_serials.c.serial),
                *(rooms.c.name.label("room"), seats.c.label.label("seat"), device_places.c.room_id),
            )
            .outerjoin(
                device_serials,
                (device_serials.c.device_id == devices.c.id) & device_serials.c.to_at.is_(None),
            )
            .outerjoin(
                device_places, (device_places.c.device_id == devices.c.id) & device_places.c.to_at.is_(None)
            )
            .outerjoin(rooms, rooms.c.id == device_places.c.room_id)
            .outerjoin(seats, seats.c.id == device_places.c.seat_id)
            .order_by(
                *(rooms.c.name.is_(None), rooms.c.name, seats.c.row.is_(None), seats.c.row, seats.c.column),
                *(func.length(devices.c.label), devices.c.label),
            )
        ).all()
        here = loans.open_loans(c, now)
        gone = loans.given_back(c, [r.id for r in rows])
    alike: dict[str, int] = {}
    for row in rows:
        alike[row.label.lower()] = alike.get(row.label.lower(), 0) + 1
    return [
        Sticker(
            device_id=r.id,
            label=r.label,
            serial=r.serial,
            room=r.room,
            seat=r.seat,
            # in capitals where that names the same device: a smaller QR code
            code=scan_code(What.DEVICE, _capitals(r.label) if alike[r.label.lower()] == 1 else r.label, key),
            borrowed=r.id in here,
        )
        for r in rows
        if r.id not in gone
        and (room_id is None or r.room_id == room_id)
        and (wanted is None or r.id in wanted)
        and (not borrowed or r.id in here)
    ]


def _capitals(label: str) -> str:
    return label.upper() if label.isascii() else label
