"""Opening and closing incidents."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from server.domain.console_record import serial_key
from server.domain.errors import NotFound
from server.domain.incident import CAUSES
from server.domain.profile import BlockedNavigation
from server.services import audit
from server.services.actor import SYSTEM, Actor
from server.store.database import BoardChanged, Database, Write, chunks
from server.store.tables import exams, incidents

#: Kinds of which one device, or none, can have several open: told apart by this field of their detail.
TOLD_APART = {
    "unknown_device": "serial",
    "newcomer": "enrolment",
    "attest_mismatch": "enrolment",
    "attest_refused": "code",
    "attest_unavailable": "code",
}


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


def open_count(c: Connection, kind: str) -> int:
    """How many of a kind wait for a person."""
    of_kind = select(func.count()).where(incidents.c.kind == kind, incidents.c.closed_at.is_(None))
    return int(c.execute(of_kind).scalar_one())


@dataclass(frozen=True, slots=True)
class TurnedBack:
    """At a working sitting a device turned back `count` more attempts to leave than it had told of before."""

    exam_id: int
    sitting_id: int
    device_id: int
    count: int


def note_turned_back(tx: Write, now: int, told: Sequence[TurnedBack]) -> None:
    """Something to look at, where the exam's profile says so. An open one counts on; a closed one stays closed."""
    wants: dict[int, bool] = {}
    for some in chunks(sorted({one.exam_id for one in told})):
        rows = tx.c.execute(select(exams.c.id, exams.c.profile).where(exams.c.id.in_(some)))
        wants |= {row.id: _tells_the_room(row.profile) for row in rows}
    for one in told:
        if not wants.get(one.exam_id):
            continue
        if open_once(
            tx,
            now,
            "blocked",
            exam_id=one.exam_id,
            sitting_id=one.sitting_id,
            device_id=one.device_id,
            count=one.count,
        ):
            continue
        row = tx.c.execute(
            select(incidents.c.id, incidents.c.detail).where(
                incidents.c.kind == "blocked",
                incidents.c.sitting_id == one.sitting_id,
                incidents.c.device_id == one.device_id,
                incidents.c.closed_at.is_(None),
            )
        ).one()
        counted = {**row.detail, "count": row.detail["count"] + one.count}
        tx.c.execute(incidents.update().where(incidents.c.id == row.id).values(detail=counted))
        tx.tell(BoardChanged(frozenset({one.exam_id})))


def _tells_the_room(profile: dict[str, Any]) -> bool:
    return (profile.get("lock") or {}).get("blocked_navigation") == BlockedNavigation.INCIDENT


def close(db: Database, who: Actor, now: int, incident_id: int) -> None:
    """A person has seen to it. Raises: NotFound (`incident_unknown`)."""
    with db.write() as tx:
        row = tx.c.execute(select(incidents).where(incidents.c.id == incident_id)).one_or_none()
        if row is None:
            raise NotFound(f"incident {incident_id}: not known; reload the board", code="incident_unknown")
        if row.closed_at is not None:
            return  # two proctors, one click each: the first one's name stands
        # Who has seen to an outage has seen to what stands under it.
        tx.c.execute(
            incidents.update()
            .where(
                (incidents.c.id == incident_id) | (incidents.c.group_id == incident_id),
                incidents.c.closed_at.is_(None),
            )
            .values(closed_at=now, closed_by=who.name)
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


def close_unknown(tx: Write, now: int, serials: Iterable[str]) -> None:
    """Chromebooks with these serial numbers were let in: they are in the list by now, and nobody has to enter them."""
    keys = {serial_key(serial) for serial in serials} - {None}
    asked = tx.c.execute(
        select(incidents.c.id, incidents.c.detail).where(
            incidents.c.kind == "unknown_device", incidents.c.closed_at.is_(None)
        )
    ).all()
    over = [row.id for row in asked if serial_key(row.detail.get("serial") or "") in keys]
    if over:
        tx.c.execute(
            incidents.update().where(incidents.c.id.in_(over)).values(closed_at=now, closed_by=SYSTEM.name)
        )
        tx.tell(BoardChanged(None))
