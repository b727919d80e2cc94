"""Seating a room: who gets which device when a session opens, and who gets one later.

Whoever must wait for a device stands in the ledger without one and gets it by the sweep (`hand_over`).
"""

from __future__ import annotations

from sqlalchemy import select

from server.domain.exam import LIVE
from server.domain.sitting import ACTIVE, SittingState
from server.domain.spare import BORROWED
from server.services import desired
from server.services.actor import Actor
from server.services.ledger import HANDED_OVER, NEXT_SESSION, busy, close, homes, let_go, taken_seats, vacate
from server.store.database import BoardChanged, Write
from server.store.tables import assignments, exams, sittings


def seat_everyone(
    tx: Write, exam_id: int, now: int, who: Actor, elsewhere: dict[int, int] | None = None
) -> int:
    """Open the ledger for every planned seat, with the device whose home it is where that one is free.

    `elsewhere`: sitting → spare for those whose own seat is not free yet. Returns how many wait for a device.
    """
    elsewhere = elsewhere or {}
    rows = tx.c.execute(
        select(sittings.c.id, sittings.c.seat_id)
        .where(
            sittings.c.exam_id == exam_id,
            # absent before the opening: a reserve has the seat, and the device with it
            sittings.c.state.not_in([str(SittingState.MOVED), str(SittingState.ABSENT)]),
        )
        .order_by(sittings.c.id)
    ).all()
    at_home = homes(tx.c, [r.seat_id for r in rows if r.seat_id is not None])
    taken = busy(tx.c, {d for ids in at_home.values() for d in ids} | set(elsewhere.values()))
    in_use = taken_seats(tx.c, at_home)
    mine = [r.id for r in rows]
    desks: list[int] = []
    waiting = 0
    for row in rows:
        # None: broken, or still needed. The board shows a seat without a device.
        wanted = [elsewhere[row.id]] if row.id in elsewhere else at_home.get(row.seat_id, [])
        device_id = next((d for d in wanted if d not in taken), None)
        waiting += device_id is None
        if device_id is not None:
            taken.add(device_id)
            let_go(tx, device_id, now, NEXT_SESSION)
        # Not at a desk where somebody still writes: a place beside it. Who waits for a device waits for that desk.
        beside = row.id in elsewhere or (device_id is not None and row.seat_id in in_use)
        if device_id is not None and not beside and row.seat_id is not None:
            desks.append(row.seat_id)
        tx.c.execute(
            assignments.insert().values(
                sitting_id=row.id,
                seat_id=None if beside else row.seat_id,
                device_id=device_id,
                from_at=now,
                reason="opened",
                by_staff_id=who.staff_id,
            )
        )
    desired.refresh(tx, vacate(tx, desks, now, mine), now)
    return waiting


def hand_over(tx: Write, now: int) -> set[int]:
    """Give every device that became free to the pupil who waits for it at its home seat (called by the sweep)."""
    waiting = tx.c.execute(
        select(assignments.c.id, assignments.c.sitting_id, assignments.c.seat_id, sittings.c.exam_id)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .where(
            assignments.c.to_at.is_(None),
            assignments.c.device_id.is_(None),
            assignments.c.seat_id.is_not(None),
            assignments.c.reason != BORROWED,  # works on a laptop, and waits for nothing
            sittings.c.state.in_([str(s) for s in ACTIVE]),
            exams.c.state.in_([str(s) for s in LIVE]),
        )
        .order_by(assignments.c.id)
    ).all()
    if not waiting:
        return set()
    at_home = homes(tx.c, [r.seat_id for r in waiting])
    # Neither needed by a pupil nor, free as it may be, in somebody's hands as a spare.
    taken = busy(tx.c, {d for ids in at_home.values() for d in ids})
    given: set[int] = set()
    for row in waiting:
        device_id = next((d for d in at_home.get(row.seat_id, []) if d not in taken), None)
        if device_id is None:
            continue
        taken.add(device_id)
        let_go(tx, device_id, now, NEXT_SESSION)
        # A row of its own: the ledger tells from when on this device served the pupil.
        close(tx, row.id, now, HANDED_OVER)
        beside = bool(taken_seats(tx.c, [row.seat_id], [row.sitting_id]))
        if not beside:
            given |= vacate(tx, [row.seat_id], now, [row.sitting_id])
        tx.insert(
            assignments,
            sitting_id=row.sitting_id,
            seat_id=None if beside else row.seat_id,
            device_id=device_id,
            from_at=now,
            reason=HANDED_OVER,
        )
        tx.tell(BoardChanged(frozenset({row.exam_id})))
        given.add(device_id)
    return given
