"""The console's side of a remap: what a returning Chromebook's record lacks, and writing it back.

`changes` only looks. Accepting calls `order` in its transaction: the changes become rows, and the job "remap"
(`remap_writer`) carries them out. `order_back` is for undoing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain.errors import Conflict
from server.domain.remap_change import ConsoleChange, Former, undone, wanted
from server.services import audit, google_jobs, loans, remap_former, remap_rows, remap_writer
from server.services.actor import Actor
from server.services.google_work import Work
from server.store.database import Database, Write
from server.store.tables import console_devices, console_org_units, remap_changes

Json = dict[str, Any]
t = remap_changes
OUT, BACK = "out", "back"
OPEN = ("pending", "sent")


def changes(c: Connection, device_id: int, console_id: str | None) -> list[ConsoleChange]:
    """What the record lacks against what this Chromebook had; with `left`, what stays as somebody wrote it since."""
    record = (
        c.execute(
            select(console_devices).where(
                console_devices.c.console_id == console_id, console_devices.c.gone_at.is_(None)
            )
        ).one_or_none()
        if console_id
        else None
    )
    if record is None:
        return []
    return changes_of(c, device_id, record, remap_former.of(c, device_id, record))


def changes_of(
    c: Connection, device_id: int, record: Row[Any], former: Mapping[str, Former]
) -> list[ConsoleChange]:
    """The same, where the record and what it held are known."""
    units = {
        path.casefold(): path
        for path in c.execute(
            select(console_org_units.c.path).where(console_org_units.c.gone_at.is_(None))
        ).scalars()
    }
    made = wanted(record.console_id, remap_former.values(record), former, units)
    if device_id in loans.not_ours(c):  # its owner's record: shown, and left alone
        return [replace(change, left="device_borrowed") for change in made]
    return made


def order(
    tx: Write, who: Actor, now: int, remap_id: int, made: Sequence[ConsoleChange], way: str = OUT
) -> int:
    """Write the changes down and put the job in line, in the transaction that accepts. How many will be written."""
    write_down(tx, remap_id, made, way)
    count = sum(change.left is None for change in made)
    if count:
        see_to_it(tx, who, now)
    return count


def order_back(tx: Write, who: Actor, now: int, remap_id: int) -> int:
    """Undo: what has not left yet stays here, what was or may have been written gets its former value again."""
    tx.c.execute(
        t.update()
        .where(t.c.remap_id == remap_id, t.c.way == OUT, t.c.outcome == "pending")
        .values(outcome="skipped", code="remap_undone", at=now)
    )
    rows = tx.c.execute(
        select(t)
        .where(t.c.remap_id == remap_id, t.c.way == OUT, t.c.outcome.in_(("sent", "done")))
        .order_by(t.c.position)
    ).all()
    written = [
        ConsoleChange(r.console_id, r.field, r.before, r.after)
        for r in rows
        if r.code != remap_writer.ALREADY  # not ours to take away
    ]
    return order(tx, who, now, remap_id, undone(written), BACK)


def try_again(db: Database, who: Actor, now: int, remap_id: int) -> int:
    """Once more what failed only in passing: not what somebody changed meanwhile, nor what is gone. How many.

    Raises: Conflict (`remap_nothing_failed`).
    """
    with db.write() as tx:
        items = remap_rows.of_remap(tx.c, remap_id)
        newest = {(item.way, item.console_id, item.field): item for item in items}
        made = {
            way: [i for i in newest.values() if i.way == way and i.outcome == "failed" and again(i.code)]
            for way in (OUT, BACK)
        }
        way = BACK if any(item.way == BACK for item in items) else OUT
        if not made[way]:
            raise Conflict(
                f"remap {remap_id}: nothing that could be tried again", code="remap_nothing_failed"
            )
        count = order(
            tx,
            who,
            now,
            remap_id,
            [ConsoleChange(i.console_id, i.field, i.before, i.after) for i in made[way]],
            way,
        )
        audit.record(tx, who, "remap.again", f"remap {remap_id}", now, fields=count)
        return count


def again(code: str | None) -> bool:
    """Whether trying once more may help."""
    return code not in ("remap_drifted", "remap_record_gone", "org_unit_gone")


def write_down(tx: Write, remap_id: int, made: Sequence[ConsoleChange], way: str) -> None:
    """The changes as rows, after those that are there; what is left alone is said and never written."""
    last = tx.c.execute(
        select(func.max(t.c.position)).where(t.c.remap_id == remap_id, t.c.way == way)
    ).scalar()
    start = 0 if last is None else last + 1
    rows = [
        {
            "remap_id": remap_id,
            "way": way,
            "position": start + i,
            "console_id": change.console_id,
            "field": change.field,
            "before": change.before,
            "after": change.after,
            "outcome": "pending" if change.left is None else "skipped",
            "code": change.left,
        }
        for i, change in enumerate(made)
    ]
    if rows:
        tx.c.execute(t.insert(), rows)


def see_to_it(tx: Write, who: Actor, now: int) -> None:
    """One job does what all remaps wait for; one in line already sees this too, and after a running one the idle
    worker looks again."""
    with contextlib.suppress(Conflict):
        google_jobs.enqueue(tx, who, now, "remap", {})


def run(work: Work) -> Json:
    """The job: see `remap_writer`."""
    return remap_writer.run(work)
