"""Geser sesi: a session that starts later than planned, and the sessions after it with it."""

from __future__ import annotations

from sqlalchemy import select

from server.domain.errors import Conflict, Invalid
from server.domain.exam import Client, ExamState
from server.domain.sitting import MINUTE_MS
from server.services import audit, desired
from server.services.actor import Actor
from server.services.exam_rows import get as get_exam
from server.store.database import BoardChanged, Database
from server.store.tables import exam_slots, exams, sittings

SHIFT_MAX_MINUTES = 480  # a school day


def shift(
    db: Database,
    who: Actor,
    now: int,
    exam_id: int,
    minutes: int,
    *,
    following: bool = True,
    reason: str = "",
) -> list[int]:
    """Move the planned start of a session that has not begun by `minutes` (-480 to 480, not 0).

    `following`: the later sessions of that day and room move along. Nobody's working time changes: it begins when
    the pupil begins. Returns the exams that moved.
    Raises: NotFound (`exam_unknown`), Invalid (`shift_invalid`), Conflict (`shift_too_late`, `shift_no_hour`).
    """
    if minutes == 0 or abs(minutes) > SHIFT_MAX_MINUTES:
        raise Invalid(
            f"shift: {minutes} minutes; enter 1 to {SHIFT_MAX_MINUTES}, earlier with a minus",
            code="shift_invalid",
            field="minutes",
            most=SHIFT_MAX_MINUTES,
        )
    with db.write() as tx:
        exam = get_exam(tx.c, exam_id)
        begun = ExamState(exam.state) not in {ExamState.DRAFT, ExamState.OPEN}
        # The ministry's exam is noted as running while the room still waits for the centre's token.
        if begun and not (exam.client == Client.EXAM_BROWSER and exam.state == ExamState.RUNNING):
            raise Conflict(
                f"exam {exam_id}: it is {exam.state}, so its start cannot be moved; use extra time",
                code="shift_too_late",
            )
        if exam.opens_at is None:
            raise Conflict(
                f"exam {exam_id}: no hour is planned for it; enter one for the session first",
                code="shift_no_hour",
            )
        moved = [exam_id]
        if following:
            number = tx.c.execute(
                select(exam_slots.c.number).where(exam_slots.c.id == exam.slot_id)
            ).scalar_one()
            moved += (
                tx.c.execute(
                    select(exams.c.id)
                    .join(exam_slots, exam_slots.c.id == exams.c.slot_id)
                    .where(
                        exams.c.day_id == exam.day_id,
                        exams.c.room_id == exam.room_id,
                        exam_slots.c.number > number,
                        exams.c.opens_at.is_not(None),
                        exams.c.state.in_([str(ExamState.DRAFT), str(ExamState.OPEN)]),
                    )
                    .order_by(exam_slots.c.number)
                )
                .scalars()
                .all()
            )
        tx.c.execute(
            exams.update()
            .where(exams.c.id.in_(moved))
            .values(opens_at=exams.c.opens_at + minutes * MINUTE_MS)
        )
        ids = tx.c.execute(select(sittings.c.id).where(sittings.c.exam_id.in_(moved))).scalars().all()
        desired.refresh(tx, desired.devices_of(tx.c, ids), now)
        tx.tell(BoardChanged(frozenset(moved)))
        audit.record(
            tx, who, "exam.shift", f"exam {exam_id}", now, minutes=minutes, exams=moved, reason=reason[:200]
        )
    return moved
