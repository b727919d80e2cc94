"""Another device for a seat, and a device that a person gives up on."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict, NotFound
from server.domain.exam import LIVE, ExamState
from server.domain.sitting import ACTIVE, SittingState
from server.services.actor import Actor
from server.services.each_seat import Outcome, each
from server.services.ledger import NEXT_SESSION, PLACED, RELEASED, SWAPPED, busy, close, let_go, open_row
from server.services.seat_checks import raise_if_not_seated
from server.store.database import Database, Write
from server.store.tables import assignments, devices


def place(db: Database, who: Actor, now: int, sitting_id: int, label: str) -> list[Outcome]:
    """Give a seat another device, by its sticker ("7 → C03"). The pupil goes on with the time that was left.

    The device before is let go of: it shows nobody's name any more. What it still holds is delivered when it can.
    Outcome codes: `device_unknown`, `device_out_of_service`, `device_taken`, `device_same`, `seat_not_active`.
    """

    def act(tx: Write, row: Row[Any]) -> set[int]:
        raise_if_not_seated(row)
        device = _labelled(tx.c, label)
        mine = open_row(tx.c, row.id)
        if mine is not None and mine.device_id == device.id:
            raise Conflict(
                f"{device.label}: it serves this seat already", code="device_same", device=device.label
            )
        if busy(tx.c, [device.id]):
            raise Conflict(
                f"{device.label}: another pupil needs it; choose a free one",
                code="device_taken",
                device=device.label,
            )
        let_go(tx, device.id, now, NEXT_SESSION)
        before = mine.device_id if mine is not None else None
        if mine is not None:
            close(tx, mine.id, now, SWAPPED if before is not None else PLACED)
        tx.insert(
            assignments,
            sitting_id=row.id,
            seat_id=mine.seat_id if mine is not None else row.seat_id,
            device_id=device.id,
            from_at=now,
            reason=SWAPPED if before is not None else PLACED,
            by_staff_id=who.staff_id,
        )
        return {before} if before is not None else set()

    return each(db, who, now, [sitting_id], "seat.place", act, device=label)


def release(db: Database, who: Actor, now: int, sitting_ids: Iterable[int]) -> list[Outcome]:
    """A person says that a done seat's device will not report any more today: it is dead, or went home.

    The seat's ledger row closes; what the device may still hold is asked for when it comes back, and until then
    it serves nobody. Outcome codes: `seat_still_active`, `seat_no_device`.
    """

    def act(tx: Write, row: Row[Any]) -> set[int]:
        if SittingState(row.state) in ACTIVE:
            raise Conflict(
                f"seat {row.seat}: the pupil is not done; finish or move the pupil first",
                code="seat_still_active",
                seat=row.seat,
            )
        mine = open_row(tx.c, row.id)
        if mine is None or mine.device_id is None:
            raise Conflict(f"seat {row.seat}: no device is held there", code="seat_no_device", seat=row.seat)
        close(tx, mine.id, now, RELEASED)
        return {mine.device_id}

    return each(db, who, now, sitting_ids, "seat.release_device", act, LIVE | {ExamState.ENDED})


def _labelled(c: Connection, label: str) -> Row[Any]:
    row = c.execute(select(devices).where(devices.c.label == label.strip().upper())).one_or_none()
    if row is None:
        row = c.execute(select(devices).where(devices.c.label == label.strip())).one_or_none()
    if row is None:
        raise NotFound(
            f"{label}: no such Chromebook; look at its sticker", code="device_unknown", device=label
        )
    if not row.in_service:
        raise Conflict(
            f"{row.label}: it is out of service; choose another",
            code="device_out_of_service",
            device=row.label,
        )
    return row
