"""Which Chromebooks a plan of moves looks at, and what the console last said of each."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, Connection, select

from server.domain.console_record import serial_key
from server.domain.device_move import Candidate, Item, Left, Plan
from server.services import console_doubles, loans
from server.services.inventory_plan import in_use
from server.store.database import chunks
from server.store.tables import console_devices, device_move_items, device_places, devices


def of_room(c: Connection, room_id: int) -> list[Candidate]:
    """Every device at home in the room, spares too."""
    return _candidates(c, (device_places.c.room_id == room_id) & device_places.c.to_at.is_(None))


def of_devices(c: Connection, device_ids: Iterable[int]) -> list[Candidate]:
    return [found for some in chunks(device_ids) for found in _candidates(c, devices.c.id.in_(some))]


def _candidates(c: Connection, which: ColumnElement[bool]) -> list[Candidate]:
    used, borrowed = in_use(c), loans.not_ours(c)
    live, decided = console_doubles.counted(c), console_doubles.decided(c)
    rows = c.execute(
        select(
            *(devices.c.id, devices.c.label, devices.c.in_service, console_devices.c.serial),
            *(console_devices.c.console_id, console_devices.c.status, console_devices.c.org_unit_id),
            *(console_devices.c.org_unit_path, console_devices.c.gone_at),
        )
        .outerjoin(
            device_places, (device_places.c.device_id == devices.c.id) & device_places.c.to_at.is_(None)
        )
        .outerjoin(console_devices, console_devices.c.device_id == devices.c.id)
        .where(which)
        # a record that is gone counts only where there is no other
        .order_by(devices.c.id, console_devices.c.gone_at.is_(None))
    )
    # one line for each Chromebook, the last of its rows; two live records are counted
    return list(
        {
            r.id: Candidate(
                device_id=r.id,
                label=r.label,
                console_id=r.console_id,
                records=1 if r.console_id in decided else live.get(serial_key(r.serial or "") or "", 0),
                status=r.status or "",
                org_unit_id=r.org_unit_id,
                org_unit_path=r.org_unit_path or "",
                in_service=r.in_service,
                gone=r.gone_at is not None,
                used_in=used.get(r.id),
                borrowed=r.id in borrowed,
            )
            for r in rows
        }.values()
    )


def home_plan(c: Connection, move_id: int, reboot: bool) -> Plan:
    """Back from where a move put each device, to the org unit it came from.

    Only what we moved or may have moved, and only what, as far as known, is still there.
    """
    labels = {r.id: r.label for r in c.execute(select(devices.c.id, devices.c.label))}
    used, borrowed = in_use(c), loans.not_ours(c)
    rows = c.execute(
        select(device_move_items, console_devices.c.org_unit_id, console_devices.c.serial)
        .outerjoin(console_devices, console_devices.c.console_id == device_move_items.c.console_id)
        .where(device_move_items.c.move_id == move_id)
        .order_by(device_move_items.c.id)
    ).all()
    items: list[Item] = []
    left: list[Left] = []
    for r in rows:
        label = labels.get(r.device_id, r.serial or r.console_id)
        sure = r.outcome == "done" and r.code is None
        maybe = r.outcome != "done" and r.sent_at is not None  # a lost answer, an old read: it may be there
        if not sure and not maybe:
            code = "not_ours_to_return"
        elif r.device_id in borrowed:
            code = "device_borrowed"
        elif sure and r.org_unit_id == r.from_org_unit_id:
            code = "already_there"
        elif sure and r.org_unit_id != r.to_org_unit_id:
            code = "device_moved_elsewhere"
        elif r.device_id in used:
            code = "device_held"
        else:
            there, back = (r.to_org_unit_id, r.to_path), (r.from_org_unit_id, r.from_path)
            items.append(Item(r.console_id, r.device_id, label, *there, *back))
            continue
        left.append(Left(r.device_id, label, code))
    return Plan(tuple(items), tuple(left), reboot)
