"""Taking a swap back within a minute: the old device gets the seat again, or a reason says why not.

The ledger keeps what happened: the row of the new device ends as undone, and the old one serves by a new row.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict, NotFound
from server.domain.exam import LIVE, ExamState
from server.domain.spare import BORROWED, UNDO_MS
from server.services import audit, desired, ledger, minutes, pupil_sessions
from server.services import sittings as steps
from server.services.actor import Actor
from server.services.ledger import GIVEN_ON, UNDONE
from server.services.seat_checks import raise_if_not_seated
from server.store.database import BoardChanged, Database, Write
from server.store.tables import assignments, devices, exams, sittings, swaps
from server.store.tables import pupil_sessions as sessions


def undo(db: Database, who: Actor, now: int, swap_id: int) -> None:
    """Everything back to how it was before the swap; time, locks and messages never left the pupil.

    Raises: NotFound (`swap_unknown`), Conflict (`swap_undone`, `swap_too_late`, `exam_not_live`, `seat_not_active`,
    `swap_changed`, `swap_old_gone`, `swap_old_wiped`, `swap_old_taken`).
    """
    with db.write() as tx:
        swap = get(tx.c, swap_id)
        row = steps.get(tx.c, swap.sitting_id)
        _raise_if_not_possible(tx.c, swap, row, now)
        before = _row(tx.c, swap.from_assignment_id)
        after = _row(tx.c, swap.to_assignment_id)
        assert after is not None  # a foreign key holds it
        ledger.close(tx, after.id, now, UNDONE)
        if before is not None:
            _give_back(tx, who, now, swap, before)
        owes = _row(tx.c, after.id).owes_clear  # type: ignore[union-attr]
        freed = _seat_again(tx, now, swap, after.device_id, owes)
        _pages(tx, swap, now)
        if swap.minutes_line_id is not None:
            minutes.strike(tx, swap.minutes_line_id, now)
        tx.c.execute(swaps.update().where(swaps.c.id == swap_id).values(undone_at=now))
        audit.record(
            tx, who, "seat.undo_swap", f"exam {row.exam_id} seat {row.seat}", now, device=_label(tx.c, swap)
        )
        tx.tell(BoardChanged(frozenset({row.exam_id})))
        desired.refresh(
            tx,
            {swap.from_device_id, swap.to_device_id} - {None} | freed | desired.devices_of(tx.c, [row.id]),
            now,
        )


def get(c: Connection, swap_id: int) -> Row[Any]:
    """Raises: NotFound (`swap_unknown`)."""
    row = c.execute(select(swaps).where(swaps.c.id == swap_id)).one_or_none()
    if row is None:
        raise NotFound(f"swap {swap_id}: not known; reload the board", code="swap_unknown")
    return row


def _raise_if_not_possible(c: Connection, swap: Row[Any], row: Row[Any], now: int) -> None:
    seat: dict[str, Any] = {"seat": row.seat}
    if swap.undone_at is not None:
        raise Conflict(f"seat {row.seat}: this swap was undone already", code="swap_undone", **seat)
    if now - swap.at > UNDO_MS:
        raise Conflict(
            f"seat {row.seat}: more than {UNDO_MS // 1000} s ago; give the seat the device it should have",
            code="swap_too_late",
            seconds=UNDO_MS // 1000,
            **seat,
        )
    if ExamState(row.exam_state) not in LIVE:
        raise Conflict("exam: it is not open, so its seats cannot be changed", code="exam_not_live")
    raise_if_not_seated(row)
    mine = ledger.open_row(c, row.id)
    if mine is None or mine.id != swap.to_assignment_id:
        raise Conflict(
            f"seat {row.seat}: its device changed again since; look at the seat", code="swap_changed", **seat
        )
    if swap.from_device_id is not None:
        _raise_if_old_not_there(c, swap, row)


def _raise_if_old_not_there(c: Connection, swap: Row[Any], row: Row[Any]) -> None:
    old = c.execute(select(devices).where(devices.c.id == swap.from_device_id)).one()
    said: dict[str, Any] = {"seat": row.seat, "device": old.label}
    if not old.in_service:
        raise Conflict(f"{old.label}: it was taken out of service", code="swap_old_gone", **said)
    if desired.live_enrolment(c, old.id) != swap.from_enrolment_id:
        raise Conflict(f"{old.label}: it was wiped or replaced since the swap", code="swap_old_wiped", **said)
    taken = c.execute(
        select(assignments.c.id)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .where(
            assignments.c.device_id == old.id,
            assignments.c.id != swap.from_assignment_id,
            (assignments.c.to_at.is_(None) & ledger.holding()) | ledger.owing(),
        )
    ).first()
    if taken is not None:
        raise Conflict(f"{old.label}: another pupil has it now", code="swap_old_taken", **said)


def _give_back(tx: Write, who: Actor, now: int, swap: Row[Any], before: Row[Any]) -> None:
    """A row as the one before the swap, from now on. The pupil is back on that device, so it owes nothing."""
    tx.c.execute(
        assignments.update()
        .where(assignments.c.id == before.id, assignments.c.cleared_at.is_(None))
        .values(owes_clear=False, clear_ordered_at=None)
    )
    if before.device_id is not None:
        ledger.let_go(tx, before.device_id, now, GIVEN_ON)
    seat_id = before.seat_id
    if seat_id is not None and ledger.taken_seats(tx.c, [seat_id], [swap.sitting_id]):
        seat_id = None
    tx.insert(
        assignments,
        sitting_id=swap.sitting_id,
        seat_id=seat_id,
        device_id=before.device_id,
        from_at=now,
        reason=BORROWED if before.reason == BORROWED else UNDONE,
        by_staff_id=who.staff_id,
    )


def _seat_again(tx: Write, now: int, swap: Row[Any], device_id: int | None, owes: bool) -> set[int]:
    """Who had the new device before (absent, or done) has it again. While it must be cleared first, that desk waits
    for it as any other does."""
    if device_id is None:
        return set()
    row = tx.c.execute(
        select(assignments, exams.c.id.label("exam_id"))
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .where(
            assignments.c.device_id == device_id,
            assignments.c.to_at == swap.at,
            assignments.c.end_reason == GIVEN_ON,
            exams.c.state.in_([str(s) for s in LIVE]),
        )
        .order_by(assignments.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None or ledger.open_row(tx.c, row.sitting_id) is not None:
        return set()
    tx.insert(
        assignments,
        sitting_id=row.sitting_id,
        seat_id=row.seat_id,
        device_id=None if owes else device_id,
        from_at=now,
        reason=UNDONE,
    )
    tx.tell(BoardChanged(frozenset({row.exam_id})))
    return set() if owes else {device_id}


def _pages(tx: Write, swap: Row[Any], now: int) -> None:
    """A page that number and card code opened meanwhile ends; the one that the swap had ended is open again."""
    pupil_sessions.end_by_card(tx, swap.sitting_id, now)
    tx.c.execute(
        sessions.update()
        .where(
            sessions.c.sitting_id == swap.sitting_id,
            sessions.c.device_id.is_(None),
            sessions.c.ended_at == swap.at,
        )
        .values(ended_at=None)
    )


def _row(c: Connection, assignment_id: int | None) -> Row[Any] | None:
    return c.execute(select(assignments).where(assignments.c.id == assignment_id)).one_or_none()


def _label(c: Connection, swap: Row[Any]) -> str | None:
    return c.execute(select(devices.c.label).where(devices.c.id == swap.from_device_id)).scalar()
