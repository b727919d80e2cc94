"""The lives of one device: which one spoke for it, which keys wait, what it serves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, and_, func, or_, select

from server.domain.remap_facts import OldLife
from server.services import ledger
from server.services.lives import ENDED, LIVE, QUARANTINED
from server.store.tables import assignments, device_seen, enrolments, exams, sittings

REJECTED, SUPERSEDED, REPLACED = "rejected", "superseded", "replaced"
#: A life that ended so never spoke for its device.
NEVER_LIVE = (REJECTED, SUPERSEDED)
#: So many keys may wait for one device; a further one is told to come back later.
WAITING_MOST = 5

_SPOKE = or_(
    enrolments.c.standing == LIVE,
    and_(
        enrolments.c.standing == ENDED,
        or_(enrolments.c.end_reason.is_(None), enrolments.c.end_reason.not_in(NEVER_LIVE)),
    ),
)


@dataclass(frozen=True, slots=True)
class Lives:
    """`before`: the one that spoke; `waiting`: when each other key that waits for a person was last heard."""

    before: OldLife | None
    waiting: tuple[int, ...]


def read(c: Connection, device_id: int, but: int | None = None) -> Lives:
    """`but`: an enrolment that is left out."""
    heard = func.coalesce(device_seen.c.reported_at, enrolments.c.first_seen_at)
    others = enrolments.c.id != but if but is not None else enrolments.c.id.is_not(None)
    row = c.execute(
        select(enrolments.c.id, enrolments.c.serial, enrolments.c.standing, heard.label("heard_at"))
        .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .where(enrolments.c.device_id == device_id, others, _SPOKE)
        .order_by((enrolments.c.standing == LIVE).desc(), heard.desc(), enrolments.c.id.desc())
        .limit(1)
    ).one_or_none()
    before = OldLife(row.id, row.serial, row.heard_at, row.standing == LIVE) if row is not None else None
    rivals = c.execute(
        select(heard)
        .select_from(enrolments)
        .outerjoin(device_seen, device_seen.c.enrolment_id == enrolments.c.id)
        .where(enrolments.c.device_id == device_id, others, enrolments.c.standing == QUARANTINED)
        .order_by(enrolments.c.id)
    ).scalars()
    return Lives(before, tuple(rivals))


def was_live(row: Row[Any]) -> bool:
    """Whether this enrolment, which waits now, once spoke for its device: it keeps how that ended."""
    return row.end_reason is not None and row.end_reason not in NEVER_LIVE


def seated(c: Connection, device_id: int) -> str | None:
    """The title of the exam that a device serves now."""
    found: str | None = c.execute(
        select(exams.c.title)
        .join(sittings, sittings.c.exam_id == exams.c.id)
        .join(assignments, assignments.c.sitting_id == sittings.c.id)
        .where(assignments.c.device_id == device_id, assignments.c.to_at.is_(None), ledger.holding())
    ).scalar()
    return found
