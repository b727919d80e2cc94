"""A person's word on a newcomer, and the end of a device's earlier life."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from server.domain.errors import Conflict, NotFound
from server.services import audit, clearing, desired, incidents
from server.services.actor import Actor
from server.store.database import BoardChanged, Database, EnrolmentEnded, Write
from server.store.tables import enrolments

LIVE, QUARANTINED, ENDED = "live", "quarantined", "ended"


def admit(db: Database, who: Actor, now: int, enrolment_id: int) -> None:
    """A person vouches for a quarantined newcomer: it becomes the device, the old enrolment ends.

    Raises: NotFound (`enrolment_unknown`), Conflict (`enrolment_not_waiting`).
    """
    with db.write() as tx:
        row = tx.c.execute(select(enrolments).where(enrolments.c.id == enrolment_id)).one_or_none()
        if row is None:
            raise NotFound(f"enrolment {enrolment_id}: not known", code="enrolment_unknown")
        if row.standing != QUARANTINED:
            raise Conflict(f"enrolment {enrolment_id}: it is not waiting", code="enrolment_not_waiting")
        old = desired.live_enrolment(tx.c, row.device_id)
        if old is not None:
            end(tx, now, [old], "replaced")
        tx.c.execute(
            enrolments.update()
            .where(enrolments.c.id == enrolment_id, enrolments.c.standing == QUARANTINED)
            .values(standing=LIVE, grade="manual")
        )
        clearing.wiped(tx, [row.device_id], now, born_at=row.first_seen_at)
        incidents.close_kind(tx, now, "newcomer", row.device_id, who.name)
        desired.refresh(tx, [row.device_id], now)
        audit.record(tx, who, "device.admit", f"enrolment {enrolment_id}", now)
        tx.tell(EnrolmentEnded(enrolment_id))  # its connection comes back as a live one
        tx.tell(BoardChanged(None))


def end(tx: Write, now: int, enrolment_ids: Iterable[int], reason: str) -> None:
    """These lives are over; their connections go after commit."""
    for enrolment_id in enrolment_ids:
        tx.c.execute(
            enrolments.update()
            .where(enrolments.c.id == enrolment_id)
            .values(standing=ENDED, ended_at=now, end_reason=reason)
        )
        tx.tell(EnrolmentEnded(enrolment_id))
