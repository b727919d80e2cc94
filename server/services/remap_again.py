"""Looking again at proposals that are open: after a sync, and when the exam that held the rule up is over."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from server.domain.remap import Strength
from server.services import remap_rule, remap_worth
from server.services.actor import SYSTEM
from server.services.remap_accept import RULE, carry_out, claim
from server.services.remap_views import OPEN, SUPERSEDED, reckoned, row_of
from server.store.database import BoardChanged, Database, Write
from server.store.tables import remaps


def look_again(db: Database, now: int) -> int:
    """Reckon every open proposal anew (after a sync, say); the rule may accept some. How many changed."""
    with db.read() as c:
        ids = _open_ids(c)
    return _look_at_each(db, now, ids)


def exam_is_over(db: Database, now: int) -> bool:
    """For the worker's idle moments: what only an exam kept the rule from accepting is accepted once none is near."""
    with db.read() as c:
        if not remap_rule.on(c):
            return False
        ids = _open_ids(c, remaps.c.strength == Strength.STRONG)
        if not ids or remap_rule.exam_near(c, now) is not None:
            return False
    return _look_at_each(db, now, ids) > 0


def _open_ids(c: Connection, *more: ColumnElement[bool]) -> list[int]:
    return list(
        c.execute(select(remaps.c.id).where(remaps.c.state == OPEN, *more).order_by(remaps.c.id)).scalars()
    )


def _look_at_each(db: Database, now: int, ids: list[int]) -> int:
    changed = 0
    for remap_id in ids:
        with db.read() as c:
            row = row_of(c, remap_id)
            given = reckoned(c, now, row.enrolment_id, row.console_id)
            same = (
                given is not None
                and given.digest == row.digest
                and not remap_worth.idle(row, given)
                and not remap_rule.accepts(c, now, given)
            )
        if same:
            continue
        with db.write() as tx:
            row = row_of(tx.c, remap_id)
            changed += row.state == OPEN and look_at(tx, now, row)
    return changed


def look_at(tx: Write, now: int, row: Row[Any]) -> bool:
    """Keep the newest opinion on the row, or accept it by the rule. True when the row changed."""
    given = reckoned(tx.c, now, row.enrolment_id, row.console_id)
    if given is None or remap_worth.idle(row, given):
        claim(tx, row, state=SUPERSEDED, decided_at=now)
        return True
    if remap_rule.accepts(tx.c, now, given):
        carry_out(tx, SYSTEM, now, row, given, RULE)
        return True
    if given.digest == row.digest:
        return False
    tx.c.execute(
        remaps.update().where(remaps.c.id == row.id, remaps.c.state == OPEN).values(**given.values())
    )
    tx.tell(BoardChanged(None))
    return True
