"""Moving one sitting along: the few steps every act, the pupil's page and the sweep are made of.

Each runs inside the caller's transaction and writes conditionally (`WHERE state = :seen`): whoever saw an older
state is refused, not obeyed.
"""

from __future__ import annotations

from sqlalchemy import Connection, Row, select

from server.domain.errors import Conflict, NotFound
from server.domain.sitting import ACTIVE, Block, SittingState, current_block, ends_at, raise_if_no_arrow
from server.store import blocks as block_rows
from server.store.database import BoardChanged, Write
from server.store.tables import (
    exams,
    holds,
    participants,
    registrations,
    seats,
    sitting_blocks,
    sittings,
)


def get(c: Connection, sitting_id: int) -> Row[tuple[object, ...]]:
    """A sitting with its exam's state and client, seat label and the pupil's name.

    Raises: NotFound (`sitting_unknown`).
    """
    row = c.execute(
        select(
            sittings,
            exams.c.state.label("exam_state"),
            exams.c.client,
            seats.c.label.label("seat"),
            participants.c.name,
            registrations.c.number,
        )
        .select_from(sittings)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .join(registrations, registrations.c.id == sittings.c.registration_id)
        .join(participants, participants.c.id == registrations.c.participant_id)
        .outerjoin(seats, seats.c.id == sittings.c.seat_id)
        .where(sittings.c.id == sitting_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"sitting {sitting_id}: not known; reload the board", code="sitting_unknown")
    return row


def move(
    tx: Write,
    sitting_id: int,
    exam_id: int,
    seen: SittingState,
    wanted: SittingState,
    now: int,
    *,
    told: bool = False,
    **also: object,
) -> None:
    """One arrow of the state machine, conditional on the state that was seen. Locks end with the sitting, however
    it ends: one left over would hold a device at which nobody sits. `told`: a person corrects what a person said.

    Raises: IllegalTransition (`sitting_state`), Conflict (`sitting_moved_on`).
    """
    raise_if_no_arrow(seen, wanted, told=told)
    done = tx.c.execute(
        sittings.update()
        .where(sittings.c.id == sitting_id, sittings.c.state == str(seen))
        .values(state=str(wanted), state_at=now, **also)
    )
    if done.rowcount != 1:
        raise Conflict(
            f"sitting {sitting_id}: it changed meanwhile; look at the seat again", code="sitting_moved_on"
        )
    if wanted not in ACTIVE:
        release_holds(tx, sitting_id, now)
    tx.tell(BoardChanged(frozenset({exam_id})))


def release_holds(tx: Write, sitting_id: int, now: int) -> int:
    """Release every lock a person ordered; how many there were."""
    return tx.c.execute(
        holds.update()
        .where(holds.c.sitting_id == sitting_id, holds.c.released_at.is_(None))
        .values(released_at=now)
    ).rowcount


def begin(tx: Write, sitting_id: int, exam_id: int, seen: SittingState, now: int) -> None:
    """Start working: the first block that has not ended begins (or goes on)."""
    move(tx, sitting_id, exam_id, seen, SittingState.WORKING, now)
    block = current_block(block_rows.of_sitting(tx.c, sitting_id))
    if block is not None and block.started_at is None:
        _set(tx, sitting_id, block, started_at=now)


def stand(tx: Write, sitting_id: int, exam_id: int, now: int) -> None:
    """Pause: the block's clock stands still."""
    move(tx, sitting_id, exam_id, SittingState.WORKING, SittingState.PAUSED, now)
    block = current_block(block_rows.of_sitting(tx.c, sitting_id))
    if block is not None and block.started_at is not None and block.paused_at is None:
        _set(tx, sitting_id, block, paused_at=now)


def go_on(tx: Write, sitting_id: int, exam_id: int, now: int) -> None:
    """Resume: the pause is added to what stood, so the time left is what it was."""
    move(tx, sitting_id, exam_id, SittingState.PAUSED, SittingState.WORKING, now)
    block = current_block(block_rows.of_sitting(tx.c, sitting_id))
    if block is not None and block.paused_at is not None:
        stood = block.stood_ms + max(0, now - block.paused_at)
        _set(tx, sitting_id, block, paused_at=None, stood_ms=stood)


def end_block(
    tx: Write, sitting_id: int, exam_id: int, position: int, at: int, now: int, reason: str
) -> bool:
    """End one block at `at`; the next begins at once. True when the whole sitting is finished by it.

    Raises: Conflict (`block_not_current`) when that block is not the one being worked on.
    """
    blocks = block_rows.of_sitting(tx.c, sitting_id)
    block = current_block(blocks)
    if block is None or block.position != position or block.started_at is None:
        raise Conflict(
            f"sitting {sitting_id}: part {position} is not the one being worked on; reload the page",
            code="block_not_current",
            position=position,
        )
    _set(tx, sitting_id, block, ended_at=at, end_reason=reason, paused_at=None)
    following = current_block([b for b in blocks if b.position > position])
    tx.tell(BoardChanged(frozenset({exam_id})))
    if following is not None:
        _set(tx, sitting_id, following, started_at=at)
        return False
    move(
        tx,
        sitting_id,
        exam_id,
        SittingState.WORKING,
        SittingState.FINISHED,
        now,
        finished_at=at,
        finish_reason=reason,
    )
    return True


def finish(tx: Write, row: Row[tuple[object, ...]], now: int, reason: str) -> None:
    """End the sitting wherever it stands in its blocks. What time was left stays on record in the blocks."""
    end_current(tx, row.id, now, reason)
    move(
        tx,
        row.id,
        row.exam_id,
        SittingState(row.state),
        SittingState.FINISHED,
        now,
        finished_at=now,
        finish_reason=reason,
    )


def end_current(tx: Write, sitting_id: int, now: int, reason: str) -> None:
    """End the part being worked on, if any; what was left of it stays on record."""
    block = current_block(block_rows.of_sitting(tx.c, sitting_id))
    if block is None or block.started_at is None:
        return
    # A pause still open at the end counts as standing, so a later reset returns the time that was left.
    stood = block.stood_ms + (max(0, now - block.paused_at) if block.paused_at is not None else 0)
    # A part whose time ran out while the server was away ended then: what was answered later is late.
    limit = ends_at(block)
    ended_at = min(now, limit) if limit is not None else now
    _set(tx, sitting_id, block, ended_at=ended_at, end_reason=reason, paused_at=None, stood_ms=stood)


def reopen(tx: Write, row: Row[tuple[object, ...]], now: int) -> None:
    """A person takes a finish back: the last block goes on with the time that was left in it."""
    ended = [b for b in block_rows.of_sitting(tx.c, row.id) if b.ended_at is not None]
    move(
        tx,
        row.id,
        row.exam_id,
        SittingState.FINISHED,
        SittingState.WORKING,
        now,
        finished_at=None,
        finish_reason=None,
        clear_ordered_at=None,
        cleared_at=None,
    )
    if ended:
        block = max(ended, key=lambda b: b.position)
        assert block.ended_at is not None
        _set(
            tx,
            row.id,
            block,
            ended_at=None,
            end_reason=None,
            stood_ms=block.stood_ms + max(0, now - block.ended_at),
        )


def overdue(blocks: list[Block], now: int) -> Block | None:
    """The running block whose time is up at `now`, or None."""
    block = current_block(blocks)
    if block is None:
        return None
    limit = ends_at(block)
    return block if limit is not None and limit <= now else None


def _set(tx: Write, sitting_id: int, block: Block, **values: object) -> None:
    tx.c.execute(
        sitting_blocks.update()
        .where(sitting_blocks.c.sitting_id == sitting_id, sitting_blocks.c.position == block.position)
        .values(**values)
    )
