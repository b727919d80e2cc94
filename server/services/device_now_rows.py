"""What the server saw of some Chromebooks, row by row: their check-ins, the console's word, wipes, checks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, func, select

from server.store.database import chunks
from server.store.tables import (
    console_devices,
    device_commands,
    device_desired,
    device_move_items,
    device_places,
    device_seen,
    device_serials,
    devices,
    enrolments,
    policy_changes,
    policy_plans,
    rooms,
    seats,
)

T = TypeVar("T")
#: An order that took everything from a device, or will as soon as it hears of it.
_TAKEN = ("sent", "acked", "done", "unknown")


def homes(c: Connection, ids: Collection[int]) -> list[Row[Any]]:
    """Each device with its serial number and home, by label."""
    columns = (
        devices,
        device_serials.c.serial,
        device_places.c.room_id,
        device_places.c.seat_id,
        rooms.c.name.label("room"),
        seats.c.label.label("seat"),
    )
    query = (
        select(*columns)
        .select_from(devices)
        .outerjoin(
            device_serials, (device_serials.c.device_id == devices.c.id) & device_serials.c.to_at.is_(None)
        )
        .outerjoin(
            device_places, (device_places.c.device_id == devices.c.id) & device_places.c.to_at.is_(None)
        )
        .outerjoin(rooms, rooms.c.id == device_places.c.room_id)
        .outerjoin(seats, seats.c.id == device_places.c.seat_id)
    )
    found = [row for some in chunks(ids) for row in c.execute(query.where(devices.c.id.in_(some)))]
    return sorted(found, key=lambda row: str(row.label))


def of_room(c: Connection, room_id: int | None) -> list[int]:
    """Devices whose home is this room; None: that have no home."""
    if room_id is not None:
        at_home = select(device_places.c.device_id).where(device_places.c.to_at.is_(None))
        return list(c.execute(at_home.where(device_places.c.room_id == room_id)).scalars())
    housed = select(device_places.c.device_id).where(device_places.c.to_at.is_(None))
    return list(c.execute(select(devices.c.id).where(devices.c.id.not_in(housed))).scalars())


def lives(c: Connection, ids: Collection[int]) -> dict[int, Row[Any]]:
    """The life that speaks for each device, with its newest report and what it is ordered."""
    query = (
        select(
            enrolments.c.device_id,
            enrolments.c.first_seen_at,
            enrolments.c.grade,
            device_seen.c.reported_at,
            device_seen.c.applied_mode,
            device_seen.c.applied_digest,
            device_seen.c.observed,
            device_desired.c.digest,
            device_desired.c.doc,
        )
        .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .outerjoin(device_desired, device_desired.c.device_id == enrolments.c.device_id)
        .where(enrolments.c.standing == "live")
    )
    return _by_device(ids, lambda some: c.execute(query.where(enrolments.c.device_id.in_(some))))


def newcomers(c: Connection, ids: Collection[int]) -> dict[int, int]:
    """When an unknown key last spoke for a device: it waits for a person."""
    heard = func.max(func.coalesce(device_seen.c.reported_at, enrolments.c.first_seen_at)).label("at")
    query = (
        select(enrolments.c.device_id, heard)
        .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .where(enrolments.c.standing == "quarantined")
        .group_by(enrolments.c.device_id)
    )
    found = _by_device(ids, lambda some: c.execute(query.where(enrolments.c.device_id.in_(some))))
    return {key: row.at for key, row in found.items()}


def records(c: Connection, ids: Collection[int]) -> dict[int, Row[Any]]:
    """The console's record of each device, as it was when it was last looked at; the newest of two."""
    query = (
        select(console_devices)
        .where(console_devices.c.gone_at.is_(None))
        .order_by(console_devices.c.first_seen_at)
    )
    return _by_device(ids, lambda some: c.execute(query.where(console_devices.c.device_id.in_(some))))


def wiped(c: Connection, ids: Collection[int]) -> dict[int, int]:
    """When the console was last told to wipe a device."""
    t = device_commands.c
    at = func.max(func.coalesce(t.ended_at, t.looked_at, t.sent_at)).label("at")
    query = (
        select(t.device_id, at)
        .where(t.kind == "powerwash", t.state.in_(_TAKEN), t.sent_at.is_not(None))
        .group_by(t.device_id)
    )
    found = _by_device(ids, lambda some: c.execute(query.where(t.device_id.in_(some))))
    return {key: row.at for key, row in found.items()}


def policies(c: Connection) -> dict[str, int]:
    """Path of an org unit → when Bangku last changed a policy there."""
    rows = c.execute(
        select(policy_plans.c.org_unit_path, func.max(policy_changes.c.at).label("at"))
        .join(policy_changes, policy_changes.c.plan_id == policy_plans.c.id)
        .where(policy_changes.c.outcome == "done")
        .group_by(policy_plans.c.org_unit_path)
    )
    return {row.org_unit_path: row.at for row in rows if row.at is not None}


def moves(c: Connection, console_ids: Collection[str]) -> dict[tuple[str, str], int]:
    """(record, org unit) → when it was last moved there and read back."""
    t = device_move_items.c
    found: dict[tuple[str, str], int] = {}
    for some in chunks(console_ids):
        rows = c.execute(
            select(t.console_id, t.to_org_unit_id, func.max(t.at).label("at"))
            .where(t.outcome == "done", t.console_id.in_(some))
            .group_by(t.console_id, t.to_org_unit_id)
        )
        found |= {(row.console_id, row.to_org_unit_id): row.at for row in rows if row.at is not None}
    return found


def _by_device(
    ids: Collection[int], ask: Callable[[list[int]], Iterable[Row[Any]]]
) -> dict[int, Row[Any]]:
    """The last row of each device; a list of a room is few devices, of a school hundreds."""
    return {row.device_id: row for some in chunks(ids) for row in ask(some)}
