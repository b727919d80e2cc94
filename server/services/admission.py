"""A person's word on a newcomer. What comes of it is the business of its remap (`services.remaps`)."""

from __future__ import annotations

from sqlalchemy import select

from server.domain.errors import Conflict, NotFound
from server.services import remaps
from server.services.actor import Actor
from server.services.lives import ENDED as ENDED
from server.services.lives import LIVE as LIVE
from server.services.lives import QUARANTINED as QUARANTINED
from server.services.lives import end as end
from server.store.database import Database
from server.store.tables import enrolments


def admit(db: Database, who: Actor, now: int, enrolment_id: int) -> None:
    """A person vouches for a quarantined newcomer: the remap that waits for it is accepted as it stands now.

    Raises: NotFound (`enrolment_unknown`), Conflict (`enrolment_not_waiting`, and those of `remaps.accept`).
    """
    with db.write() as tx:
        row = tx.c.execute(select(enrolments).where(enrolments.c.id == enrolment_id)).one_or_none()
        if row is None:
            raise NotFound(f"enrolment {enrolment_id}: not known", code="enrolment_unknown")
        if row.standing != QUARANTINED:
            raise Conflict(f"enrolment {enrolment_id}: it is not waiting", code="enrolment_not_waiting")
        remaps.accept_as_it_stands(tx, who, now, enrolment_id)
