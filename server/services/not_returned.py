"""Chromebooks that were wiped or let go and have not come back, with what to do at each of them, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain.return_steps import Seen, Why, steps, why
from server.services.lives import LIVE, QUARANTINED
from server.services.remap_facts import CARRIED_OUT
from server.store.tables import (
    console_devices,
    device_commands,
    device_places,
    device_seen,
    device_serials,
    devices,
    enrolments,
    rooms,
    seats,
)


@dataclass(frozen=True, slots=True)
class NotReturned:
    """One Chromebook. `why` and `steps` have words in `web.remap_words`; `since`: when it went, as far as known."""

    device_id: int
    label: str
    serial: str | None
    room: str | None
    seat: str | None
    why: Why
    since: int | None
    heard_at: int | None
    steps: tuple[str, ...]


def listed(c: Connection, now: int) -> list[NotReturned]:
    """All in service that should come back, by label. One whose key waits for a decision has come back."""
    del now  # nothing here grows old by itself
    records, lives, wipes = _records(c), _lives(c), _wipes(c)
    found = []
    for device in c.execute(_DEVICES):
        seen = _seen(records.get(device.id), lives.get(device.id), wipes.get(device.id))
        reason = why(seen)
        if reason is not None:
            found.append(
                NotReturned(
                    device_id=device.id,
                    label=device.label,
                    serial=device.serial,
                    room=device.room,
                    seat=device.seat,
                    why=reason,
                    since=_since(reason, seen, records.get(device.id)),
                    heard_at=seen.heard_at,
                    steps=steps(reason),
                )
            )
    return found


_DEVICES = (
    select(
        devices.c.id,
        devices.c.label,
        device_serials.c.serial,
        rooms.c.name.label("room"),
        seats.c.label.label("seat"),
    )
    .outerjoin(
        device_serials, (device_serials.c.device_id == devices.c.id) & device_serials.c.to_at.is_(None)
    )
    .outerjoin(device_places, (device_places.c.device_id == devices.c.id) & device_places.c.to_at.is_(None))
    .outerjoin(rooms, rooms.c.id == device_places.c.room_id)
    .outerjoin(seats, seats.c.id == device_places.c.seat_id)
    .where(devices.c.in_service.is_(True))
    .order_by(devices.c.label)
)


def _seen(record: Row[Any] | None, lives: Row[Any] | None, wiped_at: int | None) -> Seen:
    return Seen(
        status=record.status if record is not None else None,
        gone=record is not None and record.gone_at is not None,
        enrolled_at=record.last_enrolled_at if record is not None else None,
        wiped_at=wiped_at,
        heard_at=lives.heard_at if lives is not None else None,
        live=bool(lives is not None and lives.live),
        waiting=bool(lives is not None and lives.waiting),
    )


def _since(reason: Why, seen: Seen, record: Row[Any] | None) -> int | None:
    if reason is Why.WIPED:
        return seen.wiped_at
    if reason is Why.RECORD_GONE and record is not None:
        return int(record.gone_at)
    return seen.enrolled_at if reason is Why.NO_CONTACT else seen.heard_at


def _records(c: Connection) -> dict[int, Any]:
    """The newest record of each device; one that is there before one that is gone."""
    rows = c.execute(
        select(
            console_devices.c.device_id,
            console_devices.c.status,
            console_devices.c.gone_at,
            console_devices.c.last_enrolled_at,
        )
        .where(console_devices.c.device_id.is_not(None))
        .order_by(console_devices.c.gone_at.is_(None), console_devices.c.first_seen_at)
    )
    return {row.device_id: row for row in rows}


def _lives(c: Connection) -> dict[int, Any]:
    heard = func.max(func.coalesce(device_seen.c.reported_at, enrolments.c.first_seen_at))
    rows = c.execute(
        select(
            enrolments.c.device_id,
            heard.label("heard_at"),
            func.max(enrolments.c.standing == LIVE).label("live"),
            func.max(enrolments.c.standing == QUARANTINED).label("waiting"),
        )
        .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .group_by(enrolments.c.device_id)
    )
    return {row.device_id: row for row in rows}


def _wipes(c: Connection) -> dict[int, int]:
    at = func.max(func.coalesce(device_commands.c.ended_at, device_commands.c.sent_at))
    rows = c.execute(
        select(device_commands.c.device_id, at.label("at"))
        .where(
            device_commands.c.kind == "powerwash",
            device_commands.c.state.in_(CARRIED_OUT),
            device_commands.c.device_id.is_not(None),
        )
        .group_by(device_commands.c.device_id)
    )
    return {row.device_id: row.at for row in rows if row.at is not None}
