"""The seat ledger: which device a pupil still needs, which ones are free, and how a row is closed.

A device is given on only when nothing of the pupil before is left to lose on it: nobody works there, and what was
written is here and cleared (`busy`). A desk is given on only when nobody works there any more (`taken_seats`): who
comes before that sits beside it, and the ledger says so with a row that has no seat.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, exists, or_, select

from server.domain.exam import Client
from server.domain.sitting import ACTIVE, NOT_BEGUN, SittingState
from server.domain.spare import BORROWED
from server.store import blocks as block_rows
from server.store.database import BoardChanged, Write, chunks
from server.store.tables import assignments, device_places, devices, exams, seats, sitting_blocks, sittings

S = SittingState

#: Why a ledger row begins or ends.
NEXT_SESSION, SWAPPED, HANDED_OVER = "next_session", "swapped", "handed_over"
PLACED, RELEASED = "placed", "released"
ASIDE = "aside"  # back at work, and somebody else sits at the desk by now
GIVEN_ON = "given_on"  # its device, free as it was, went to another pupil
UNDONE = "swap_undone"


def holding() -> ColumnElement[bool]:
    """SQL: this sitting still needs its device (sittings joined with exams)."""
    left_behind = or_(
        sittings.c.state == str(S.FINISHED), and_(sittings.c.state == str(S.MOVED), begun())
    ) & sittings.c.cleared_at.is_(None)
    return or_(
        sittings.c.state.in_([str(s) for s in ACTIVE]),
        # The ministry's client keeps its own answers: there is nothing of ours to wait for.
        left_behind & (exams.c.client == str(Client.WEB)),
    )


def begun() -> ColumnElement[bool]:
    """SQL: the pupil has started a part of this sitting."""
    return exists().where(
        sitting_blocks.c.sitting_id == sittings.c.id, sitting_blocks.c.started_at.is_not(None)
    )


def busy(c: Connection, device_ids: Iterable[int]) -> set[int]:
    """Those of the devices that a pupil still needs, or that hold what a pupil wrote before a swap."""
    found: set[int] = set()
    for some in chunks(device_ids):
        found.update(
            c.execute(
                select(assignments.c.device_id)
                .join(sittings, sittings.c.id == assignments.c.sitting_id)
                .join(exams, exams.c.id == sittings.c.exam_id)
                .where(
                    assignments.c.device_id.in_(some),
                    or_(assignments.c.to_at.is_(None) & holding(), owing()),
                )
            ).scalars()
        )
    return found


def owing() -> ColumnElement[bool]:
    """SQL: this closed ledger row left work on its device that is not cleared yet."""
    return assignments.c.owes_clear.is_(True) & assignments.c.cleared_at.is_(None)


def taken_seats(c: Connection, seat_ids: Iterable[int], but: Iterable[int] = ()) -> set[int]:
    """Those of the seats where a pupil other than of the sittings `but` is not done with a device (or laptop)."""
    mine, found = set(but), set()
    for some in chunks(seat_ids):
        for row in c.execute(
            select(assignments.c.seat_id, assignments.c.sitting_id)
            .join(sittings, sittings.c.id == assignments.c.sitting_id)
            .where(
                assignments.c.seat_id.in_(some),
                assignments.c.to_at.is_(None),
                assignments.c.device_id.is_not(None) | (assignments.c.reason == BORROWED),
                sittings.c.state.in_([str(state) for state in ACTIVE]),
            )
        ):
            if row.sitting_id not in mine:
                found.add(row.seat_id)
    return found


def vacate(tx: Write, seat_ids: Iterable[int], now: int, but: Iterable[int] = ()) -> set[int]:
    """Somebody sits down at these seats: close the rows of pupils who are done there; their devices."""
    mine, freed = set(but), set()
    for some in chunks(seat_ids):
        rows = tx.c.execute(
            select(assignments.c.id, assignments.c.sitting_id, assignments.c.device_id, sittings.c.exam_id)
            .join(sittings, sittings.c.id == assignments.c.sitting_id)
            .join(exams, exams.c.id == sittings.c.exam_id)
            .where(assignments.c.seat_id.in_(some), assignments.c.to_at.is_(None), ~holding())
        ).all()
        for row in rows:
            if row.sitting_id in mine:
                continue
            tx.c.execute(
                assignments.update()
                .where(assignments.c.id == row.id)
                .values(to_at=now, end_reason=NEXT_SESSION)
            )
            tx.tell(BoardChanged(frozenset({row.exam_id})))
            freed |= {row.device_id} - {None}
    return freed


def step_aside(tx: Write, sitting_id: int, now: int) -> None:
    """A pupil who was done goes on. If the next one has the desk by now, the device stays and the place is beside it."""
    mine = open_row(tx.c, sitting_id)
    if mine is None or mine.seat_id is None or not taken_seats(tx.c, [mine.seat_id], [sitting_id]):
        return
    tx.c.execute(assignments.update().where(assignments.c.id == mine.id).values(to_at=now, end_reason=ASIDE))
    tx.insert(
        assignments,
        sitting_id=sitting_id,
        seat_id=None,
        device_id=mine.device_id,
        from_at=now,
        reason=BORROWED if mine.reason == BORROWED else ASIDE,
    )


def homes(c: Connection, seat_ids: Iterable[int]) -> dict[int, list[int]]:
    """seat → the devices in service whose home it is, the oldest place first."""
    found: dict[int, list[int]] = {}
    for some in chunks(seat_ids):
        for row in c.execute(
            select(device_places.c.seat_id, devices.c.id)
            .join(devices, devices.c.id == device_places.c.device_id)
            .where(
                device_places.c.seat_id.in_(some),
                device_places.c.to_at.is_(None),
                devices.c.in_service.is_(True),
            )
            .order_by(device_places.c.id)
        ):
            found.setdefault(row.seat_id, []).append(row.id)
    return found


def spares(c: Connection, room_id: int) -> list[Row[Any]]:
    """(id, label) of the room's spares that nobody needs now, by label."""
    rows = c.execute(
        select(devices.c.id, devices.c.label)
        .join(device_places, device_places.c.device_id == devices.c.id)
        .where(
            device_places.c.room_id == room_id,
            device_places.c.to_at.is_(None),
            devices.c.spare.is_(True),
            devices.c.in_service.is_(True),
        )
        .order_by(devices.c.label)
    ).all()
    taken = busy(c, [r.id for r in rows])
    return [row for row in rows if row.id not in taken]  # type: ignore[misc]


def open_row(c: Connection, sitting_id: int) -> Row[Any] | None:
    """The ledger row that a sitting has open; an index holds that there is at most one."""
    return c.execute(
        select(assignments).where(assignments.c.sitting_id == sitting_id, assignments.c.to_at.is_(None))
    ).one_or_none()


def let_go(tx: Write, device_id: int, now: int, reason: str) -> None:
    """Close the ledger row of a device that holds nothing, if it has one open."""
    row = tx.c.execute(
        select(assignments.c.id, sittings.c.exam_id)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .where(assignments.c.device_id == device_id, assignments.c.to_at.is_(None))
    ).one_or_none()
    if row is not None:
        tx.c.execute(
            assignments.update().where(assignments.c.id == row.id).values(to_at=now, end_reason=reason)
        )
        tx.tell(BoardChanged(frozenset({row.exam_id})))  # often another session's board than the caller's


def close(tx: Write, assignment_id: int, now: int, reason: str) -> None:
    """Close a ledger row; the device owes what was written on it since the pupil began (not what a moved pupil
    wrote on another one before).
    """
    row = tx.c.execute(
        select(
            assignments.c.device_id, sittings.c.id, sittings.c.cleared_at, sittings.c.state, exams.c.client
        )
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .where(assignments.c.id == assignment_id)
    ).one()
    owes = (
        row.device_id is not None
        and row.client == Client.WEB
        and row.cleared_at is None
        and S(row.state) not in NOT_BEGUN
        and any(b.started_at is not None for b in block_rows.of_sitting(tx.c, row.id))
    )
    tx.c.execute(
        assignments.update()
        .where(assignments.c.id == assignment_id)
        .values(to_at=now, end_reason=reason, owes_clear=owes)
    )


def free_seat(c: Connection, exam_id: int, room_id: int) -> int | None:
    """A seat of the room that no sitting of this exam has, or None."""
    used = select(sittings.c.seat_id).where(sittings.c.exam_id == exam_id, sittings.c.seat_id.is_not(None))
    return c.execute(
        select(seats.c.id)
        .where(seats.c.room_id == room_id, seats.c.id.not_in(used))
        .order_by(seats.c.row, seats.c.column)
        .limit(1)
    ).scalar()
