"""How an exam comes to its end: by a person, or by itself once the next session has taken over and all are done."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from server.domain.centre import CentreState
from server.domain.exam import ExamState
from server.domain.sitting import ACTIVE, SittingState
from server.services import audit, centre_spells, tokens
from server.services import sittings as steps
from server.services.actor import SYSTEM
from server.store.database import BoardChanged, Write
from server.store.tables import exams, sittings

S = SittingState


def close_sittings(tx: Write, exam_id: int, now: int) -> None:
    """Who works is finished, who never came is absent, tokens stop, what lasted at the centre is no longer watched."""
    for row in tx.c.execute(select(sittings).where(sittings.c.exam_id == exam_id)).all():
        state = S(row.state)
        if state in {S.WORKING, S.PAUSED}:
            steps.finish(tx, row, now, "exam_ended")
        elif state in ACTIVE:
            steps.move(tx, row.id, exam_id, state, S.ABSENT, now)
    tokens.stop(tx, exam_id, now)
    centre_spells.close(tx, exam_id, CentreState, now)


def end_followed(tx: Write, now: int) -> None:
    """End each exam whose devices went to the next session and in which nobody works any more, paused or not."""
    busy = select(sittings.c.id).where(
        sittings.c.exam_id == exams.c.id, sittings.c.state.in_([str(S.WORKING), str(S.PAUSED)])
    )
    rows: list[Row[Any]] = list(
        tx.c.execute(
            select(exams.c.id, exams.c.state).where(
                exams.c.followed_by_id.is_not(None),
                exams.c.state.in_([str(ExamState.RUNNING), str(ExamState.PAUSED)]),
                ~busy.exists(),
            )
        )
    )
    for row in rows:
        close_sittings(tx, row.id, now)
        tx.c.execute(
            exams.update()
            .where(exams.c.id == row.id, exams.c.state == row.state)
            .values(state=str(ExamState.ENDED), ended_at=now)
        )
        audit.record(tx, SYSTEM, "exam.end", f"exam {row.id}", now, why="next_session")
        tx.tell(BoardChanged(frozenset({row.id})))
