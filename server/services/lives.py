"""A device's lives between two wipes: how they stand, and ending them."""

from __future__ import annotations

from collections.abc import Iterable

from server.store.database import EnrolmentEnded, Write
from server.store.tables import enrolments

LIVE, QUARANTINED, ENDED = "live", "quarantined", "ended"


def end(tx: Write, now: int, enrolment_ids: Iterable[int], reason: str) -> None:
    """These lives are over; their connections go after commit."""
    for enrolment_id in enrolment_ids:
        tx.c.execute(
            enrolments.update()
            .where(enrolments.c.id == enrolment_id)
            .values(standing=ENDED, ended_at=now, end_reason=reason)
        )
        tx.tell(EnrolmentEnded(enrolment_id))
