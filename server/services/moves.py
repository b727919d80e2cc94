"""A pupil who sits it at another time: in another session or day of the same round, or in the susulan.

What was done stays on record where it was done. In the same round the pupil goes on with the time that was left and
finds the answers given so far; a susulan is a round of its own, with data of its own, and begins anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict
from server.domain.exam import LIVE, Client, ExamState
from server.domain.sitting import SittingState, used_ms
from server.services import ledger
from server.services import seat_checks as checks
from server.services import sittings as steps
from server.services.actor import Actor
from server.services.each_seat import Outcome, each
from server.services.exam_rows import get as get_exam
from server.store import blocks as block_rows
from server.store.database import BoardChanged, Database, Write
from server.store.tables import assignments, exams, round_days, sittings

S = SittingState
#: An absent pupil is often moved after the exam ended.
FROM = LIVE | {ExamState.ENDED}
INTO = frozenset({ExamState.DRAFT, ExamState.OPEN, ExamState.RUNNING})


def targets(c: Connection, exam_id: int) -> list[Row[Any]]:
    """(id, title, date, slot_id, room_id, state) of the exams a pupil of this one can be moved to."""
    exam = get_exam(c, exam_id)
    here = select(round_days.c.round_id).where(round_days.c.id == exam.day_id).scalar_subquery()
    return list(
        c.execute(
            select(
                exams.c.id, exams.c.title, round_days.c.date, exams.c.slot_id, exams.c.room_id, exams.c.state
            )
            .join(round_days, round_days.c.id == exams.c.day_id)
            .where(
                round_days.c.round_id == here,
                exams.c.id != exam_id,
                exams.c.profile_key == exam.profile_key,
                exams.c.state.in_([str(s) for s in INTO]),
                exams.c.followed_by_id.is_(None),
            )
            .order_by(round_days.c.date, exams.c.slot_id, exams.c.id)
        )
    )


def move_to(
    db: Database, who: Actor, now: int, sitting_ids: Iterable[int], target_exam_id: int
) -> list[Outcome]:
    """Move pupils to another exam of the same round and profile.

    Outcome codes: `move_not_possible` (another round or profile, or no longer open), `move_already_there`,
    `reserve_seat_replaced`, `sitting_state` (finished, or moved before).
    Raises: NotFound (`exam_unknown`).
    """
    with db.read() as c:
        get_exam(c, target_exam_id)

    def act(tx: Write, row: Row[Any]) -> set[int]:
        here, target = get_exam(tx.c, row.exam_id), get_exam(tx.c, target_exam_id)
        if target_exam_id not in {t.id for t in targets(tx.c, row.exam_id)}:
            raise Conflict(
                f"exam '{target.title}': not another open session of the same exam; choose one from the list",
                code="move_not_possible",
                exam=target.title,
            )
        if tx.c.execute(
            select(sittings.c.id).where(
                sittings.c.exam_id == target.id, sittings.c.registration_id == row.registration_id
            )
        ).first():
            raise Conflict(
                f"seat {row.seat}: {row.name} sits '{target.title}' already",
                code="move_already_there",
                seat=row.seat,
                name=row.name,
                exam=target.title,
            )
        new_id = tx.insert(
            sittings,
            exam_id=target.id,
            registration_id=row.registration_id,
            seat_id=ledger.free_seat(tx.c, target.id, target.room_id),
            state=str(S.EXPECTED),
            told_by="person" if target.client == Client.EXAM_BROWSER else "device",
            state_at=now,
        )
        _carry_blocks(tx, row.id, new_id, now)
        if ExamState(target.state) in LIVE:
            _seat(tx, new_id, now, who)
        tx.tell(BoardChanged(frozenset({target.id})))
        return _leave(tx, row, now, "session" if here.day_id == target.day_id else "day", new_id)

    return each(db, who, now, sitting_ids, "seat.move", act, FROM, to=target_exam_id)


def to_susulan(db: Database, who: Actor, now: int, sitting_ids: Iterable[int]) -> list[Outcome]:
    """Note that pupils sit it in the susulan. The list for that round is made from these notes."""

    def act(tx: Write, row: Row[Any]) -> set[int]:
        return _leave(tx, row, now, "susulan", None)

    return each(db, who, now, sitting_ids, "seat.to_susulan", act, FROM)


def _leave(tx: Write, row: Row[Any], now: int, kind: str, moved_to_id: int | None) -> set[int]:
    """Out of this exam. The device stays in the ledger until what was written on it is here and cleared."""
    checks.raise_if_replaced(tx.c, row)
    begun = S(row.state) in {S.WORKING, S.PAUSED}
    gone: set[int] = set()
    if begun:
        steps.end_current(tx, row.id, now, "moved")
    if not begun or row.client != Client.WEB:  # else let go by the sweep
        held = ledger.open_row(tx.c, row.id)
        if held is not None:
            ledger.close(tx, held.id, now, "moved")
            gone |= {held.device_id} - {None}
    steps.move(
        tx,
        row.id,
        row.exam_id,
        S(row.state),
        S.MOVED,
        now,
        moved_kind=kind,
        moved_to_id=moved_to_id,
        finished_at=now if begun else None,
        finish_reason="moved" if begun else None,
    )
    return gone


def _carry_blocks(tx: Write, old_id: int, new_id: int, now: int) -> None:
    """Parts that were ended stay ended; the one that ran goes on with what was left of it."""
    carried = [
        block
        if block.ended_at is not None
        else replace(block, used_before_ms=used_ms(block, now), started_at=None, paused_at=None, stood_ms=0)
        for block in block_rows.of_sitting(tx.c, old_id)
    ]
    block_rows.add(tx, new_id, carried, end_reason="moved")


def _seat(tx: Write, sitting_id: int, now: int, who: Actor) -> None:
    seat_id = tx.c.execute(select(sittings.c.seat_id).where(sittings.c.id == sitting_id)).scalar()
    tx.insert(
        assignments,
        sitting_id=sitting_id,
        seat_id=seat_id,
        from_at=now,
        reason="moved",
        by_staff_id=who.staff_id,
    )
