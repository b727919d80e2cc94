"""The lives of one device: which one spoke for it, which keys wait, what it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from server.domain.remap_facts import OldLife
from server.services import ledger
from server.services.lives import ENDED, LIVE, QUARANTINED
from server.store.tables import assignments, device_seen, enrolments, exams, sittings

REJECTED, SUPERSEDED, REPLACED = "rejected", "superseded", "replaced"
TAKEN_BACK = "remap_undone"  # it had been taken for this device, and a person undid that
#: A life that ended so never spoke for its device.
NEVER_LIVE = (REJECTED, SUPERSEDED)
#: So many keys may wait for one device; a further one is told to come back later.
WAITING_MOST = 5


@dataclass(frozen=True, slots=True)
class Lives:
    """`before`: the one that spoke; `waiting`: when each other key that waits for a person was last heard."""

    before: OldLife | None
    waiting: tuple[int, ...]


_LIVES = (
    select(
        enrolments.c.id,
        enrolments.c.serial,
        enrolments.c.standing,
        enrolments.c.end_reason,
        func.coalesce(device_seen.c.reported_at, enrolments.c.first_seen_at).label("heard_at"),
    )
    .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
    .where(enrolments.c.device_id == bindparam("device"))
    .order_by(enrolments.c.id)
)


def read(c: Connection, device_id: int, but: int | None = None) -> Lives:
    """`but`: an enrolment that is left out."""
    rows = [row for row in c.execute(_LIVES, {"device": device_id}) if row.id != but]
    spoke = [row for row in rows if row.standing == LIVE or (row.standing == ENDED and not _never(row))]
    newest = max(spoke, key=lambda row: (row.standing == LIVE, row.heard_at, row.id), default=None)
    before = (
        OldLife(newest.id, newest.serial, newest.heard_at, newest.standing == LIVE)
        if newest is not None
        else None
    )
    return Lives(before, tuple(row.heard_at for row in rows if row.standing == QUARANTINED))


def _never(row: Any) -> bool:
    return row.end_reason in NEVER_LIVE


def was_live(row: Row[Any]) -> bool:
    """Whether this enrolment, which waits now, once spoke for its device: it keeps how that ended."""
    return row.end_reason is not None and row.end_reason not in NEVER_LIVE


_SEATED = (
    select(exams.c.title)
    .join(sittings, sittings.c.exam_id == exams.c.id)
    .join(assignments, assignments.c.sitting_id == sittings.c.id)
    .where(assignments.c.device_id == bindparam("device"), assignments.c.to_at.is_(None), ledger.holding())
)


def seated(c: Connection, device_id: int) -> str | None:
    """The title of the exam that a device serves now."""
    found: str | None = c.execute(_SEATED, {"device": device_id}).scalar()
    return found
