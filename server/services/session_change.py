"""Ganti sesi: the next pupils on the same Chromebooks, half an hour later, and nothing of the first ones lost.

One transaction decides; the rest follows by the sweep: a device that is still being cleared goes to its next pupil
when it has said that it is, a pupil with time left keeps the device, and the exam ends when the last one is done.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from server.domain.errors import Conflict, IllegalTransition
from server.domain.exam import ExamState
from server.domain.sitting import TO_BEGIN, SittingState
from server.services import audit, desired, exam_ends, placement, tokens
from server.services import sittings as steps
from server.services.actor import Actor
from server.services.exam_rows import get as get_exam
from server.services.session_plan import Connected, Place, SessionPlan, plan
from server.store.database import BoardChanged, Database, Write
from server.store.tables import exams, sittings

S = SittingState


def change_session(
    db: Database,
    who: Actor,
    now: int,
    exam_id: int,
    next_id: int,
    *,
    aside: frozenset[int] = frozenset(),
    connected: Connected = lambda _id: False,
) -> int:
    """Let exam `next_id` take over the devices of `exam_id`; how many of its pupils wait for a device.

    Pupils who never began are absent, the token stops and leaves the projector. Next pupils whose seat is taken by
    one with time left get a spare, where there is one. `aside`: sittings of the next exam whose device still holds
    what the pupil before wrote, and whom the proctor seats elsewhere rather than wait.
    Raises: NotFound (`exam_unknown`), IllegalTransition (`exam_state`), Conflict (`session_not_next`,
    `session_unsent` naming the seats, `exam_moved_on`).
    """
    with db.write() as tx:
        exam = get_exam(tx.c, exam_id)
        if (
            ExamState(exam.state) not in {ExamState.RUNNING, ExamState.ENDED}
            or exam.followed_by_id is not None
        ):
            raise IllegalTransition(
                f"exam {exam_id}: it is {exam.state}; only one that runs or has ended is followed by the next session",
                code="exam_state",
                seen=exam.state,
                wanted=str(ExamState.ENDED),
            )
        seen = plan(tx.c, exam_id, now, connected)
        if seen.next is None or seen.next.id != next_id:
            raise Conflict(
                f"exam {next_id}: it is not the next session of this round, day and room; reload the page",
                code="session_not_next",
            )
        _raise_if_unsent(seen, aside)
        _leave(tx, exam, now)
        _follow(tx, exam, next_id, now)
        waiting = placement.seat_everyone(tx, next_id, now, who, _elsewhere(seen, aside))
        exam_ends.end_followed(tx, now)  # at once, unless a pupil still writes
        ids = tx.c.execute(select(sittings.c.id).where(sittings.c.exam_id.in_([exam_id, next_id]))).scalars()
        desired.refresh(tx, desired.devices_of(tx.c, ids.all()), now)
        tx.tell(BoardChanged(frozenset({exam_id, next_id})))
        audit.record(
            tx,
            who,
            "exam.change_session",
            f"exam {exam_id}",
            now,
            next=next_id,
            waiting=waiting,
            aside=len(aside),
        )
    return waiting


def _raise_if_unsent(seen: SessionPlan, aside: frozenset[int]) -> None:
    held = [line for line in seen.unsent if line.sitting_id not in aside]
    if held:
        names = ", ".join(f"{line.seat} ({line.device}, {line.before})" for line in held)
        raise Conflict(
            f"session: answers of seats {names} are not here yet; let these Chromebooks report, or seat the next "
            "pupils elsewhere",
            code="session_unsent",
            seats=names,
            count=len(held),
        )


def _elsewhere(seen: SessionPlan, aside: frozenset[int]) -> dict[int, int]:
    """Spares, as far as there are any: first for those who have no Chromebook to wait for, then by how long."""
    need = [
        line
        for line in seen.lines
        if line.place in {Place.WORKING, Place.NO_DEVICE} or line.sitting_id in aside
    ]
    need.sort(key=lambda line: (line.place is Place.WORKING, -(line.time_left_ms or 0)))
    return dict(zip((line.sitting_id for line in need), (spare.id for spare in seen.spares), strict=False))


def _leave(tx: Write, exam: Row[Any], now: int) -> None:
    """Nobody begins the first session any more."""
    for row in tx.c.execute(
        select(sittings).where(
            sittings.c.exam_id == exam.id,
            sittings.c.state.in_([str(s) for s in TO_BEGIN]),
        )
    ).all():
        steps.move(tx, row.id, exam.id, S(row.state), S.ABSENT, now)
    tokens.stop(tx, exam.id, now)


def _follow(tx: Write, exam: Row[Any], next_id: int, now: int) -> None:
    followed = tx.c.execute(
        exams.update()
        .where(exams.c.id == exam.id, exams.c.state == exam.state, exams.c.followed_by_id.is_(None))
        .values(followed_by_id=next_id)
    )
    opened = tx.c.execute(
        exams.update()
        .where(exams.c.id == next_id, exams.c.state == str(ExamState.DRAFT))
        .values(state=str(ExamState.OPEN), opened_at=now)
    )
    if followed.rowcount != 1 or opened.rowcount != 1:
        raise Conflict(f"exam {exam.id}: it changed meanwhile; reload the page", code="exam_moved_on")
