"""What the server saw of some Chromebooks, row by row: their check-ins and the console's word."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.store.database import chunks
from server.store.tables import (
    console_devices,
    device_desired,
    device_places,
    device_seen,
    devices,
    enrolments,
)


def homeless(c: Connection) -> list[int]:
    """Devices that have no home."""
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


def _by_device(ids: Collection[int], ask: Callable[[list[int]], Iterable[Row[Any]]]) -> dict[int, Row[Any]]:
    """The last row of each device; a list of a room is few devices, of a school hundreds."""
    return {row.device_id: row for some in chunks(ids) for row in ask(some)}
