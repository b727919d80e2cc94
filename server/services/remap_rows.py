"""The rows of what is written to the console for a remap: what is open, what was sent, how each ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from server.domain.remap_change import UNIT
from server.services import audit, console_marks
from server.services.actor import Actor
from server.store.database import BoardChanged, Database, Write, chunks
from server.store.tables import devices, remap_changes, remaps

Json = dict[str, Any]
t = remap_changes
OPEN = ("pending", "sent")
RESENT = "remap_resent"  # of an open row: it has left once already
#: Codes with which a row stays open: it goes on by itself once the exam is over (`exam_day_moves`).
WAITS = ("move_exam_browser_day", "move_exam_open", "move_too_late", "device_held")


@dataclass(frozen=True, slots=True)
class Item:
    """One field of one record, on its way out or back."""

    id: int
    remap_id: int
    device_id: int | None
    way: str
    console_id: str
    field: str
    before: str
    after: str
    outcome: str
    code: str | None
    at: int | None

    @property
    def is_unit(self) -> bool:
        return self.field == UNIT

    @property
    def waits(self) -> bool:
        """It stands still until an exam is over."""
        return self.outcome == "pending" and self.code in WAITS


_SELECT = select(
    *(t.c.id, t.c.remap_id, remaps.c.device_id, t.c.way, t.c.console_id, t.c.field),
    *(t.c.before, t.c.after, t.c.outcome, t.c.code, t.c.at),
).join(remaps, remaps.c.id == t.c.remap_id)


def of_remap(c: Connection, remap_id: int) -> list[Item]:
    """Everything written or to be written for one remap: the way out first, then the way back."""
    rows = c.execute(_SELECT.where(t.c.remap_id == remap_id).order_by(t.c.way.desc(), t.c.position))
    return [Item(*row) for row in rows]


def open_items(db: Database) -> list[Item]:
    """What is still open, oldest remap first. A field that goes back waits until it has gone out."""
    with db.read() as c:
        rows = c.execute(
            _SELECT.where(t.c.outcome.in_(OPEN)).order_by(t.c.remap_id, t.c.way.desc(), t.c.position)
        )
        found = [Item(*row) for row in rows]
    first: dict[tuple[str, str], tuple[int, str]] = {}
    for item in found:
        first.setdefault((item.console_id, item.field), (item.remap_id, item.way))
    return [i for i in found if first[i.console_id, i.field] == (i.remap_id, i.way)]


def again(db: Database, items: Sequence[Item], outcome: str) -> list[Item]:
    """Those of these that stand so now."""
    with db.read() as c:
        found: list[Item] = []
        for some in chunks(items):
            rows = c.execute(_SELECT.where(t.c.id.in_([i.id for i in some]), t.c.outcome == outcome))
            found += [Item(*row) for row in rows]
    place = {item.id: n for n, item in enumerate(items)}
    return sorted(found, key=lambda item: place[item.id])


def sending(db: Database, now: int, items: Sequence[Item]) -> list[Item]:
    """The intent, before the call. Those that were taken back meanwhile are left out."""
    kept: set[int] = set()
    for some in chunks(items):
        with db.write() as tx:
            rows = tx.c.execute(
                t.update()
                .where(t.c.id.in_([i.id for i in some]), t.c.outcome == "pending")
                .values(outcome="sent", code=None, at=now)
                .returning(t.c.id)
            )
            kept |= {row.id for row in rows}
    return [item for item in items if item.id in kept]


def back_to_pending(db: Database, items: Sequence[Item]) -> None:
    """They were sent and have not been seen to arrive: they may be sent again. If they did, it was by us."""
    _set(db, items, ("sent",), outcome="pending", code=RESENT)


def wait(db: Database, now: int, items: Sequence[Item], code: str) -> None:
    """They stay open, and the page says what they wait for."""
    _set(db, items, ("pending",), code=code, at=now)


def fail(db: Database, now: int, items: Sequence[Item], code: str) -> None:
    _set(db, items, OPEN, outcome="failed", code=code, at=now)


def arrived(
    db: Database, now: int, items: Sequence[Item], unit_ids: dict[str, str], code: str | None = None
) -> None:
    """Read back as wanted: the items of one record end, and the mirror follows in the same transaction.

    `unit_ids`: path, casefolded → id.
    """
    with db.write() as tx:
        for item in items:
            ended = tx.c.execute(
                t.update()
                .where(t.c.id == item.id, t.c.outcome.in_(OPEN))
                .values(outcome="done", code=code, at=now)
            )
            if ended.rowcount == 0:
                continue
            said = {"remap": item.remap_id}
            if item.is_unit:
                unit_id = unit_ids[item.after.casefold()]
                console_marks.placed(tx, now, unit_id, item.after, [item.console_id], **said)
            else:
                console_marks.annotated(tx, now, item.console_id, {item.field: item.after}, **said)
        tx.tell(BoardChanged(None))


def tell(db: Database, who: Actor, now: int, seen: Sequence[Item]) -> None:
    """One audit line for each remap of which nothing is open any more."""
    with db.write() as tx:
        for remap_id, way in sorted({(i.remap_id, i.way) for i in seen}):
            _told(tx, who, now, remap_id, way)
        tx.tell(BoardChanged(None))


def _told(tx: Write, who: Actor, now: int, remap_id: int, way: str) -> None:
    rows = tx.c.execute(
        select(t.c.outcome).where(t.c.remap_id == remap_id, t.c.way == way).order_by(t.c.position)
    )
    counted = Counter(rows.scalars())
    if not counted or any(counted[state] for state in OPEN):
        return
    label = tx.c.execute(
        select(devices.c.label)
        .join(remaps, remaps.c.device_id == devices.c.id)
        .where(remaps.c.id == remap_id)
    ).scalar()
    audit.record(
        tx,
        who,
        "remap.console",
        f"device {label or '?'}",
        now,
        remap=remap_id,
        undoing=way == "back",
        written=counted["done"],
        failed=counted["failed"],
    )


def still_open(c: Connection) -> list[Item]:
    return [Item(*row) for row in c.execute(_SELECT.where(t.c.outcome.in_(OPEN)).order_by(t.c.id))]


def _set(db: Database, items: Sequence[Item], states: tuple[str, ...], **values: object) -> None:
    for some in chunks(items):
        with db.write() as tx:
            tx.c.execute(
                t.update().where(t.c.id.in_([i.id for i in some]), t.c.outcome.in_(states)).values(**values)
            )
