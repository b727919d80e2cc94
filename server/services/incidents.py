"""Opening and closing incidents."""

from __future__ import annotations

from sqlalchemy import select

from server.domain.errors import NotFound
from server.domain.incident import CAUSES
from server.services import audit
from server.services.actor import Actor
from server.store.database import BoardChanged, Database, Write
from server.store.tables import incidents

#: Kinds of which one device, or none, can have several open: told apart by this field of their detail.
TOLD_APART = {"unknown_device": "serial", "newcomer": "enrolment"}


def open_once(
    tx: Write,
    now: int,
    kind: str,
    *,
    exam_id: int | None = None,
    sitting_id: int | None = None,
    device_id: int | None = None,
    **detail: object,
) -> bool:
    """Open an incident unless the same one is open already. True when it is new."""
    same = select(incidents.c.detail).where(
        incidents.c.kind == kind,
        incidents.c.closed_at.is_(None),
        incidents.c.sitting_id.is_(None) if sitting_id is None else incidents.c.sitting_id == sitting_id,
        incidents.c.device_id.is_(None) if device_id is None else incidents.c.device_id == device_id,
    )
    apart = TOLD_APART.get(kind)
    if any(apart is None or d.get(apart) == detail.get(apart) for d in tx.c.execute(same).scalars()):
        return False
    tx.c.execute(
        incidents.insert().values(
            kind=kind,
            cause=str(CAUSES[kind]),
            exam_id=exam_id,
            sitting_id=sitting_id,
            device_id=device_id,
            detail=detail,
            opened_at=now,
        )
    )
    tx.tell(BoardChanged(frozenset({exam_id}) if exam_id is not None else None))
    return True


def close(db: Database, who: Actor, now: int, incident_id: int) -> None:
    """A person has seen to it. Raises: NotFound (`incident_unknown`)."""
    with db.write() as tx:
        row = tx.c.execute(select(incidents).where(incidents.c.id == incident_id)).one_or_none()
        if row is None:
            raise NotFound(f"incident {incident_id}: not known; reload the board", code="incident_unknown")
        if row.closed_at is not None:
            return  # two proctors, one click each: the first one's name stands
        tx.c.execute(
            incidents.update().where(incidents.c.id == incident_id).values(closed_at=now, closed_by=who.name)
        )
        audit.record(tx, who, "incident.close", f"incident {incident_id}", now, kind=row.kind)
        tx.tell(BoardChanged(frozenset({row.exam_id}) if row.exam_id is not None else None))


def close_kind(tx: Write, now: int, kind: str, device_id: int, by: str) -> None:
    """Close every open incident of a kind on a device: what it was about is settled."""
    tx.c.execute(
        incidents.update()
        .where(incidents.c.kind == kind, incidents.c.device_id == device_id, incidents.c.closed_at.is_(None))
        .values(closed_at=now, closed_by=by)
    )
