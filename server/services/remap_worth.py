"""Whether what the console says of a record is worth a question, and whether that has been asked."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.console_record import deprovisioned
from server.domain.remap import Kind
from server.services.remap_views import OPEN, Reckoned
from server.store.tables import remaps


def worth_it(given: Reckoned) -> bool:
    record = given.facts.record
    if record is None or deprovisioned(record.status):
        return False
    if given.opinion.device_id is None:
        return bool(given.opinion.candidates)
    if given.opinion.kind in (Kind.BOARD_SWAPPED, Kind.SERIAL_CHANGED):
        return True
    if record.device_id != given.opinion.device_id:
        return True
    return any(change.left is None for change in given.changes)


def idle(row: Row[Any], given: Reckoned) -> bool:
    """A record's proposal with nothing left to propose. One that stands again after an undo waits for a person."""
    return row.enrolment_id is None and given.facts.sent_away_at is None and not worth_it(given)


def asked(c: Connection, given: Reckoned) -> bool:
    """A proposal about this record or Chromebook is open."""
    about = remaps.c.console_id == given.console_id
    if given.opinion.device_id is not None:
        about |= remaps.c.device_id == given.opinion.device_id
    return c.execute(select(remaps.c.id).where(remaps.c.state == OPEN, about).limit(1)).first() is not None


def spoken_for(c: Connection, given: Reckoned) -> bool:
    record = given.facts.record
    assert record is not None
    if asked(c, given):
        return True
    settled = select(remaps.c.id).where(
        remaps.c.console_id == record.console_id,
        remaps.c.state != OPEN,
        remaps.c.decided_at >= (record.change_seen_at or 0),
    )
    return c.execute(settled.limit(1)).first() is not None
