"""What time itself brings about, once a second: parts end, holds run out, tokens renew, data may be cleared.

Everything here is conditional and repeatable: after a restart the first sweep catches up with what was due,
with the times it was due at, not the time of the restart.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from server.domain.exam import LIVE, Client, ExamState
from server.domain.sitting import SittingState, ends_at
from server.services import audit, clearing, desired, exam_ends, incident_look, ledger, placement, tokens
from server.services import sittings as steps
from server.services.actor import SYSTEM
from server.store import blocks as block_rows
from server.store.database import BoardChanged, Database, Write
from server.store.tables import assignments, exams, holds, sittings

Connected = Callable[[int], bool]


def sweep(
    db: Database,
    now: int,
    connected: Connected,
    lost: Connected = lambda _id: False,
    listening_since: int = 0,
) -> None:
    """One round. `connected(device_id)` says whether a proven connection is open, `lost(device_id)` whether one broke
    or stopped answering some seconds ago: it is missed sooner than by its silence. `listening_since` (epoch ms):
    before that this server itself was off or asleep, so nobody's silence then says anything.
    """
    with db.read() as c:
        live = c.execute(select(exams.c.id).where(exams.c.state.in_([str(s) for s in LIVE]))).first()
        pending = c.execute(
            select(assignments.c.id)
            .join(sittings, sittings.c.id == assignments.c.sitting_id)
            .join(exams, exams.c.id == sittings.c.exam_id)
            .where((assignments.c.to_at.is_(None) & (exams.c.state == str(ExamState.ENDED))) | ledger.owing())
        ).first()
    if live is None and pending is None:
        return  # nothing can be due: do not take the write lock
    with db.write() as tx:
        touched = _end_blocks(tx, now) | _end_holds(tx, now) | clearing.order(tx, now)
        desired.refresh(tx, desired.devices_of(tx.c, touched), now)
        changed = clearing.order_owed(tx, now) | clearing.note_done(tx, now)
        exam_ends.end_followed(tx, now)
        changed |= _let_go(tx, now) | placement.hand_over(tx, now)
        desired.refresh(tx, changed, now)
        tokens.rotate_due(tx, now)
        incident_look.look(tx, now, connected, lost, listening_since)


def _end_blocks(tx: Write, now: int) -> set[int]:
    """Parts whose time is up end at the moment it was up."""
    rows = tx.c.execute(
        select(sittings.c.id, sittings.c.exam_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .where(sittings.c.state == str(SittingState.WORKING), exams.c.client == str(Client.WEB))
    ).all()
    by_sitting = block_rows.of_sittings(tx.c, [r.id for r in rows])
    touched: set[int] = set()
    for row in rows:
        while (block := steps.overdue(by_sitting.get(row.id, []), now)) is not None:
            limit = ends_at(block)
            assert limit is not None
            done = steps.end_block(tx, row.id, row.exam_id, block.position, limit, now, "time")
            audit.record(
                tx, SYSTEM, "block.time_up", f"sitting {row.id} part {block.position}", now, finished=done
            )
            touched.add(row.id)
            by_sitting[row.id] = block_rows.of_sitting(tx.c, row.id)
            if done:
                break
    return touched


def _end_holds(tx: Write, now: int) -> set[int]:
    due = tx.c.execute(
        select(holds.c.id, holds.c.sitting_id).where(
            holds.c.released_at.is_(None), holds.c.expires_at.is_not(None), holds.c.expires_at <= now
        )
    ).all()
    for row in due:
        tx.c.execute(holds.update().where(holds.c.id == row.id).values(released_at=now))
        audit.record(tx, SYSTEM, "seat.lock_expired", f"sitting {row.sitting_id}", now)
    return {row.sitting_id for row in due}


def _let_go(tx: Write, now: int) -> set[int]:
    """After the exam's end a seat's ledger row closes once its device is cleared, or was never needed."""
    rows = tx.c.execute(
        select(assignments.c.id, assignments.c.device_id, sittings.c.exam_id)
        .join(sittings, sittings.c.id == assignments.c.sitting_id)
        .join(exams, exams.c.id == sittings.c.exam_id)
        .where(
            assignments.c.to_at.is_(None),
            exams.c.state == str(ExamState.ENDED),
            (assignments.c.device_id.is_(None)) | ~ledger.holding(),
        )
    ).all()
    for row in rows:
        tx.c.execute(
            assignments.update().where(assignments.c.id == row.id).values(to_at=now, end_reason="exam_ended")
        )
        tx.tell(BoardChanged(frozenset({row.exam_id})))
    return {row.device_id for row in rows if row.device_id is not None}
