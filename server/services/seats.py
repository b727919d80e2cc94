"""What a proktor does to seats: one, some, or all of a room.

Each act is one transaction over all the seats named. A seat that refuses says why and does not hold up its
neighbours. Whether a device has *applied* what was ordered is for the board to show, not for these to claim.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Row, select

from server.domain.errors import Conflict, Invalid
from server.domain.exam import Client, ExamState
from server.domain.sitting import MINUTE_MS, TELLABLE, TO_BEGIN, SittingState
from server.services import ledger
from server.services import seat_checks as checks
from server.services import sittings as steps
from server.services.actor import Actor
from server.services.each_seat import Outcome, each
from server.store.database import Database, Write
from server.store.tables import holds, notices, pupil_sessions, sitting_blocks, sittings

S = SittingState


def lock(
    db: Database, who: Actor, now: int, sitting_ids: Iterable[int], text: str, minutes: int | None = None
) -> list[Outcome]:
    """Order a lock with its reason, until released or for 1–240 minutes."""
    checks.raise_if_no_text(text)
    if minutes is not None:
        checks.raise_if_no_minutes(minutes)
    expires_at = now + minutes * MINUTE_MS if minutes is not None else None

    def act(tx: Write, row: Row[Any]) -> None:
        checks.raise_if_not_seated(row)
        steps.release_holds(tx, row.id, now)
        tx.c.execute(
            holds.insert().values(
                sitting_id=row.id,
                reason="supervisor" if who.role == "supervisor" else "proctor",
                text=text,
                created_at=now,
                expires_at=expires_at,
                by_staff_id=who.staff_id,
            )
        )

    return each(db, who, now, sitting_ids, "seat.lock", act, text=text, minutes=minutes)


def unlock(db: Database, who: Actor, now: int, sitting_ids: Iterable[int]) -> list[Outcome]:
    """Release every lock a person ordered."""

    def act(tx: Write, row: Row[Any]) -> None:
        if steps.release_holds(tx, row.id, now) == 0:
            raise Conflict(f"seat {row.seat}: it is not locked", code="seat_not_locked", seat=row.seat)

    return each(db, who, now, sitting_ids, "seat.unlock", act)


def message(db: Database, who: Actor, now: int, sitting_ids: Iterable[int], text: str) -> list[Outcome]:
    """Show a notice on the device until the next one or until cleared."""
    checks.raise_if_no_text(text)

    def act(tx: Write, row: Row[Any]) -> None:
        checks.raise_if_not_seated(row)
        _clear_notices(tx, row.id, now)
        tx.c.execute(
            notices.insert().values(sitting_id=row.id, text=text, created_at=now, by_staff_id=who.staff_id)
        )

    return each(db, who, now, sitting_ids, "seat.message", act, text=text)


def clear_message(db: Database, who: Actor, now: int, sitting_ids: Iterable[int]) -> list[Outcome]:
    def act(tx: Write, row: Row[Any]) -> None:
        _clear_notices(tx, row.id, now)

    return each(db, who, now, sitting_ids, "seat.clear_message", act)


def extra_time(db: Database, who: Actor, now: int, sitting_ids: Iterable[int], minutes: int) -> list[Outcome]:
    """Give incident time to the part being worked on (1–240 minutes): time lost, made good."""
    checks.raise_if_no_minutes(minutes)

    def act(tx: Write, row: Row[Any]) -> None:
        checks.raise_if_not_our_clock(row)
        state = S(row.state)
        if state not in {S.WORKING, S.PAUSED}:
            raise Conflict(
                f"seat {row.seat}: not working, so there is no clock to add to",
                code="seat_not_working",
                seat=row.seat,
            )
        block = tx.c.execute(
            select(sitting_blocks.c.id, sitting_blocks.c.incident_ms)
            .where(sitting_blocks.c.sitting_id == row.id, sitting_blocks.c.ended_at.is_(None))
            .order_by(sitting_blocks.c.position)
            .limit(1)
        ).one()
        tx.c.execute(
            sitting_blocks.update()
            .where(sitting_blocks.c.id == block.id)
            .values(incident_ms=block.incident_ms + minutes * MINUTE_MS)
        )

    return each(db, who, now, sitting_ids, "seat.extra_time", act, minutes=minutes)


def pause(db: Database, who: Actor, now: int, sitting_ids: Iterable[int]) -> list[Outcome]:
    def act(tx: Write, row: Row[Any]) -> None:
        checks.raise_if_not_our_clock(row)
        steps.stand(tx, row.id, row.exam_id, now)

    return each(db, who, now, sitting_ids, "seat.pause", act)


def resume(db: Database, who: Actor, now: int, sitting_ids: Iterable[int]) -> list[Outcome]:
    def act(tx: Write, row: Row[Any]) -> None:
        checks.raise_if_not_our_clock(row)
        if row.exam_state == ExamState.PAUSED:
            raise Conflict(
                "exam: the whole exam is paused; resume it for everyone", code="exam_paused", seat=row.seat
            )
        steps.go_on(tx, row.id, row.exam_id, now)

    return each(db, who, now, sitting_ids, "seat.resume", act)


def finish(db: Database, who: Actor, now: int, sitting_ids: Iterable[int]) -> list[Outcome]:
    """End a sitting by a person's decision. The answers and the time that was left stay on record."""

    def act(tx: Write, row: Row[Any]) -> None:
        steps.finish(tx, row, now, "proctor")

    return each(db, who, now, sitting_ids, "seat.finish", act)


def reset(db: Database, who: Actor, now: int, sitting_ids: Iterable[int]) -> list[Outcome]:
    """Help a stuck pupil: a finish is taken back, and the page binds and signs in anew. Answers stay."""

    def act(tx: Write, row: Row[Any]) -> None:
        if S(row.state) is S.FINISHED:
            if row.exam_state not in {str(s) for s in (ExamState.RUNNING, ExamState.PAUSED)}:
                raise Conflict("exam: it has ended; nothing can be reopened", code="exam_not_running")
            if row.clear_ordered_at is not None:
                raise Conflict(
                    f"seat {row.seat}: the device was already cleared; seat the pupil in a later session",
                    code="seat_cleared",
                    seat=row.seat,
                )
            if row.finish_reason == "time":
                raise Conflict(
                    f"seat {row.seat}: the time ran out; there is none left to go on with",
                    code="seat_time_over",
                    seat=row.seat,
                )
            steps.reopen(tx, row, now)
            ledger.step_aside(tx, row.id, now)
            if row.exam_state == ExamState.PAUSED:  # the room stands still, and so does who comes back to it
                steps.stand(tx, row.id, row.exam_id, now)
        tx.c.execute(
            sittings.update().where(sittings.c.id == row.id).values(token_misses=0, token_locked_until=None)
        )
        tx.c.execute(
            pupil_sessions.update()
            .where(pupil_sessions.c.sitting_id == row.id, pupil_sessions.c.ended_at.is_(None))
            .values(ended_at=now)
        )

    return each(db, who, now, sitting_ids, "seat.reset", act)


def absent(db: Database, who: Actor, now: int, sitting_ids: Iterable[int]) -> list[Outcome]:
    def act(tx: Write, row: Row[Any]) -> None:
        steps.move(tx, row.id, row.exam_id, S(row.state), S.ABSENT, now)

    return each(db, who, now, sitting_ids, "seat.absent", act)


def expected(db: Database, who: Actor, now: int, sitting_ids: Iterable[int]) -> list[Outcome]:
    """Take an absence back: the pupil came. Not one who was replaced, nor when the next session has taken over.

    Outcome codes: `reserve_seat_replaced`, `exam_followed`, `sitting_state`.
    """

    def act(tx: Write, row: Row[Any]) -> None:
        checks.raise_if_replaced(tx.c, row)
        checks.raise_if_followed(tx.c, row)
        steps.move(tx, row.id, row.exam_id, S(row.state), S.EXPECTED, now)

    return each(db, who, now, sitting_ids, "seat.expected", act)


def tell(
    db: Database, who: Actor, now: int, sitting_ids: Iterable[int], state: SittingState
) -> list[Outcome]:
    """For the ministry's client only: a person says how a seat stands, and the board marks it as told."""
    if state not in TELLABLE:
        raise Invalid(
            f"status {state}: cannot be told by a person", code="status_not_tellable", field="state"
        )

    def act(tx: Write, row: Row[Any]) -> None:
        if row.client != Client.EXAM_BROWSER:
            raise Conflict(
                f"seat {row.seat}: its device reports by itself; there is nothing to tell",
                code="seat_is_live",
                seat=row.seat,
            )
        if state is S.WORKING and row.exam_state != ExamState.RUNNING:
            raise Conflict(
                "exam: it is not running, so nobody works yet; start it first", code="exam_not_running"
            )
        checks.raise_if_replaced(tx.c, row)
        done = state is S.FINISHED
        steps.move(
            tx,
            row.id,
            row.exam_id,
            S(row.state),
            state,
            now,
            told=True,
            told_by="person",
            finished_at=now if done else None,
            finish_reason="proctor" if done else None,
        )

    return each(db, who, now, sitting_ids, "seat.tell", act, state=str(state))


def whole_room_started(db: Database, who: Actor, now: int, exam_id: int) -> list[Outcome]:
    """*Semua mulai*: everyone who is not marked otherwise works. Then only the exceptions are told."""
    with db.read() as c:
        ids = c.scalars(
            select(sittings.c.id).where(
                sittings.c.exam_id == exam_id,
                sittings.c.state.in_([str(s) for s in TO_BEGIN]),
            )
        ).all()
    return tell(db, who, now, ids, S.WORKING)


def _clear_notices(tx: Write, sitting_id: int, now: int) -> None:
    tx.c.execute(
        notices.update()
        .where(notices.c.sitting_id == sitting_id, notices.c.cleared_at.is_(None))
        .values(cleared_at=now)
    )
