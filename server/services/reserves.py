"""A reserve participant takes an absent pupil's place, for good: the first pupil cannot come back to this round."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict, NotFound
from server.domain.exam import ExamState
from server.domain.sitting import NOT_BEGUN, Block, SittingState, used_ms
from server.services import audit, desired, ledger
from server.services import seat_checks as checks
from server.services import sittings as steps
from server.services.actor import Actor
from server.services.exam_rows import get as get_exam
from server.store import blocks as block_rows
from server.store.database import BoardChanged, Database, Write
from server.store.tables import (
    assignments,
    exams,
    participants,
    registrations,
    round_days,
    seat_plans,
    sittings,
)

S = SittingState
NOT_OVER = (ExamState.DRAFT, ExamState.OPEN, ExamState.RUNNING, ExamState.PAUSED)


def available(c: Connection, exam_id: int) -> list[Row[Any]]:
    """(id, number, name) of the round's reserves who replace nobody yet."""
    exam = get_exam(c, exam_id)
    taken = select(registrations.c.replaced_by_id).where(registrations.c.replaced_by_id.is_not(None))
    return list(
        c.execute(
            select(registrations.c.id, registrations.c.number, participants.c.name)
            .join(participants, participants.c.id == registrations.c.participant_id)
            .where(
                registrations.c.round_id == _round(c, exam),
                registrations.c.kind == "reserve",
                registrations.c.id.not_in(taken),
            )
            .order_by(registrations.c.number)
        )
    )


def activate(db: Database, who: Actor, now: int, sitting_id: int, reserve_number: str) -> int:
    """Seat a reserve instead of a pupil who has not begun, here and in the exams of later days already made.

    Returns the reserve's sitting in this exam.
    Raises: NotFound (`sitting_unknown`, `reserve_unknown`), Conflict (`reserve_already_active`,
    `reserve_seat_replaced`, `reserve_has_begun`, `exam_not_live`, `exam_followed`).
    """
    with db.write() as tx:
        row = steps.get(tx.c, sitting_id)
        exam = get_exam(tx.c, row.exam_id)
        reserve = _reserve(tx.c, _round(tx.c, exam), reserve_number.strip())
        _raise_if_not_possible(tx.c, row, exam, reserve, now)
        tx.c.execute(
            registrations.update()
            .where(registrations.c.id == row.registration_id, registrations.c.replaced_by_id.is_(None))
            .values(replaced_by_id=reserve.id)
        )
        tx.c.execute(
            seat_plans.update()
            .where(seat_plans.c.registration_id == row.registration_id)
            .values(registration_id=reserve.id)
        )
        made = {}
        for one in _not_begun(tx.c, row.registration_id):
            made[one.exam_id] = _take_over(tx, one, reserve, now, who)
        audit.record(
            tx,
            who,
            "reserve.activate",
            f"exam {row.exam_id} seat {row.seat}",
            now,
            instead_of=row.number,
            reserve=reserve.number,
        )
        tx.tell(BoardChanged(frozenset(made)))
        desired.refresh(tx, desired.devices_of(tx.c, made.values()), now)
    return made[row.exam_id]


def _take_over(tx: Write, one: Row[Any], reserve: Row[Any], now: int, who: Actor) -> int:
    exam = get_exam(tx.c, one.exam_id)
    if S(one.state) is not S.ABSENT:
        steps.move(tx, one.id, one.exam_id, S(one.state), S.ABSENT, now)
    new_id = tx.insert(
        sittings,
        exam_id=one.exam_id,
        registration_id=reserve.id,
        seat_id=one.seat_id,
        state=str(S.EXPECTED),
        told_by=one.told_by,
        state_at=now,
    )
    block_rows.add(
        tx,
        new_id,
        [
            Block(b.position, b.name, b.minutes, reserve.extra_minutes)
            for b in block_rows.of_sitting(tx.c, one.id)
        ],
    )
    if exam.state != ExamState.DRAFT:
        held = ledger.open_row(tx.c, one.id)
        if held is not None:
            ledger.close(tx, held.id, now, "replaced")
        tx.insert(
            assignments,
            sitting_id=new_id,
            seat_id=held.seat_id if held is not None else one.seat_id,
            device_id=held.device_id if held is not None else None,
            from_at=now,
            reason="reserve",
            by_staff_id=who.staff_id,
        )
    return new_id


def _raise_if_not_possible(c: Connection, row: Row[Any], exam: Row[Any], reserve: Row[Any], now: int) -> None:
    replaces = c.execute(
        select(registrations.c.number).where(registrations.c.replaced_by_id == reserve.id)
    ).scalar()
    if replaces is not None:
        raise Conflict(
            f"reserve {reserve.number} ({reserve.name}): already sits instead of {replaces}",
            code="reserve_already_active",
            number=reserve.number,
            name=reserve.name,
            instead_of=replaces,
        )
    checks.raise_if_replaced(c, row)
    if ExamState(exam.state) not in NOT_OVER:
        raise Conflict("exam: it has ended, so nobody can be replaced", code="exam_not_live")
    checks.raise_if_followed(c, row)
    begun_before = any(used_ms(b, now) > 0 for b in block_rows.of_sitting(c, row.id))  # and was moved here
    if S(row.state) not in NOT_BEGUN or begun_before:
        raise Conflict(
            f"seat {row.seat}: {row.name} has begun; only who has not can be replaced",
            code="reserve_has_begun",
            seat=row.seat,
            name=row.name,
        )


def _not_begun(c: Connection, registration_id: int) -> list[Row[Any]]:
    return list(
        c.execute(
            select(sittings)
            .join(exams, exams.c.id == sittings.c.exam_id)
            .where(
                sittings.c.registration_id == registration_id,
                sittings.c.state.in_([str(s) for s in NOT_BEGUN]),
                exams.c.state.in_([str(s) for s in NOT_OVER]),
            )
            .order_by(sittings.c.id)
        )
    )


def _reserve(c: Connection, round_id: int, number: str) -> Row[Any]:
    row = c.execute(
        select(registrations, participants.c.name)
        .join(participants, participants.c.id == registrations.c.participant_id)
        .where(
            registrations.c.round_id == round_id,
            registrations.c.number == number,
            registrations.c.kind == "reserve",
        )
    ).one_or_none()
    if row is None:
        raise NotFound(
            f"reserve '{number}': no such reserve in this round; choose one from the list",
            code="reserve_unknown",
            number=number,
        )
    return row


def _round(c: Connection, exam: Row[Any]) -> int:
    return int(c.execute(select(round_days.c.round_id).where(round_days.c.id == exam.day_id)).scalar_one())
