"""The rows of a move under way: what is open, what was sent, how each device ended."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from server.domain import device_move
from server.domain.errors import Conflict
from server.services import audit, console_marks, google_jobs
from server.services.actor import Actor
from server.store.database import Database, Write, chunks
from server.store.tables import console_devices, device_commands, device_move_items, device_moves

Json = dict[str, Any]
t = device_move_items
ARRIVED = 100  # devices in one transaction: each may get a command of its own


@dataclass(frozen=True, slots=True)
class MoveItem:
    id: int
    console_id: str
    device_id: int | None
    from_org_unit_id: str
    from_path: str
    to_org_unit_id: str


def items(db: Database, move_id: int, outcome: str) -> list[MoveItem]:
    """The devices of a move that stand so, in the order of the plan."""
    columns = (t.c.id, t.c.console_id, t.c.device_id, t.c.from_org_unit_id, t.c.from_path, t.c.to_org_unit_id)
    with db.read() as c:
        found = c.execute(
            select(*columns).where(t.c.move_id == move_id, t.c.outcome == outcome).order_by(t.c.id)
        )
        return [MoveItem(*row) for row in found]


def is_moving(db: Database, move_id: int) -> bool:
    with db.read() as c:
        return (
            c.execute(select(device_moves.c.state).where(device_moves.c.id == move_id)).scalar() == "moving"
        )


def is_home(db: Database, move_id: int) -> bool:
    with db.read() as c:
        return (
            c.execute(select(device_moves.c.purpose).where(device_moves.c.id == move_id)).scalar() == "home"
        )


def late_reason(c: Connection, move_id: int) -> str:
    return c.execute(select(device_moves.c.late_reason).where(device_moves.c.id == move_id)).scalar() or ""


def tally(c: Connection, move_id: int) -> dict[str, int]:
    """Outcome → how many devices."""
    counted = c.execute(
        select(t.c.outcome, func.count().label("n")).where(t.c.move_id == move_id).group_by(t.c.outcome)
    )
    return {row.outcome: row.n for row in counted}


def sending(db: Database, now: int, some: Sequence[MoveItem]) -> None:
    """The intent, before the call: from now on these may have moved."""
    _set(db, some, outcome="sent", sent_at=now, code=None)


def back_to_pending(db: Database, some: Sequence[MoveItem]) -> None:
    """They were sent, and are not there: they are sent again."""
    _set(db, some, outcome="pending", code=None)


def fail(db: Database, now: int, some: Sequence[MoveItem], code: str) -> None:
    _set(db, some, outcome="failed", at=now, code=code)


def arrived(
    db: Database, now: int, move_id: int, some: Sequence[MoveItem], path: str, code: str | None = None
) -> None:
    """Read back in the org unit they were sent to: the item ends, the mirror follows, the reboot is queued."""
    for part in chunks(some, ARRIVED):
        with db.write() as tx:
            ids = [item.id for item in part]
            tx.c.execute(
                t.update()
                .where(t.c.id.in_(ids), t.c.outcome.in_(("pending", "sent")))
                .values(outcome="done", at=now, code=code)
            )
            console_ids = [item.console_id for item in part]
            console_marks.placed(tx, now, part[0].to_org_unit_id, path, console_ids, move=move_id)
            if code is None:
                _reboot(tx, now, move_id, part)


def finish(db: Database, who: Actor, now: int, move_id: int) -> None:
    """The state of the whole from the outcomes; a way home that brought all back ends the way out too."""
    with db.write() as tx:
        counted = tally(tx.c, move_id)
        if counted.get("pending") or counted.get("sent"):
            return
        state = device_move.ended(list(counted))
        ended = tx.c.execute(
            device_moves.update()
            .where(device_moves.c.id == move_id, device_moves.c.state == "moving")
            .values(state=state, ended_at=now)
        )
        if ended.rowcount == 0:
            return
        move = tx.c.execute(select(device_moves).where(device_moves.c.id == move_id)).one()
        if move.purpose == "home" and state == "done":
            tx.c.execute(
                device_moves.update().where(device_moves.c.id == move.returns_id).values(state="home")
            )
        if move.reboot:  # a commands job in line already will see to them too
            with contextlib.suppress(Conflict):
                google_jobs.enqueue(tx, who, now, "commands", {})
        audit.record(tx, who, "device.moved", f"move {move_id}", now, state=state, devices=counted)


def summary(db: Database, move_id: int) -> Json:
    """What the job's page and command say at the end."""
    with db.read() as c:
        counted = tally(c, move_id)
        codes = c.execute(
            select(t.c.code, func.count())
            .where(t.c.move_id == move_id, t.c.outcome == "failed")
            .group_by(t.c.code)
        )
        failed = {str(code): count for code, count in codes}
    done, not_moved = counted.get("done", 0), counted.get("failed", 0)
    return {"move_id": move_id, "done": done, "moved": done, "not_moved": not_moved, "failed": failed}


def _set(db: Database, some: Sequence[MoveItem], **values: object) -> None:
    for part in chunks(some):
        with db.write() as tx:
            tx.c.execute(
                t.update()
                .where(t.c.id.in_([item.id for item in part]), t.c.outcome.in_(("pending", "sent")))
                .values(**values)
            )


def _reboot(tx: Write, now: int, move_id: int, part: Sequence[MoveItem]) -> None:
    """One command for each device that arrived, in the transaction that says so: never none, never two."""
    move = tx.c.execute(
        select(device_moves.c.reboot, device_moves.c.by_name).where(device_moves.c.id == move_id)
    ).one()
    if not move.reboot:
        return
    ids = [item.id for item in part]
    rows = tx.c.execute(
        select(t.c.id, t.c.console_id, t.c.device_id, console_devices.c.serial)
        .join(console_devices, console_devices.c.console_id == t.c.console_id)
        .where(t.c.id.in_(ids), t.c.outcome == "done", t.c.reboot_id.is_(None))
    ).all()
    for row in rows:
        command = tx.insert(
            device_commands,
            console_id=row.console_id,
            device_id=row.device_id,
            serial=row.serial,
            kind="reboot",
            payload={},
            state="queued",
            asked_by=move.by_name,
            created_at=now,
        )
        tx.c.execute(t.update().where(t.c.id == row.id).values(reboot_id=command))
