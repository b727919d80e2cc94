"""Keys that nobody knows yet: the first one of a device is it, every further one waits for a person."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.protocol import Refused
from server.services import audit, incidents, remaps
from server.services.actor import SYSTEM, Actor
from server.services.lives import LIVE, QUARANTINED
from server.services.proofs import RETRY_FORK_MS, Known, Proven
from server.services.remap_lives import WAITING_MOST
from server.store.database import BoardChanged, Database, Write, chunks
from server.store.tables import assignments, enrolments, sittings
from server.store.tables import remaps as remap_rows

AT_ONCE = 10  # proposals opened in one transaction: each asks a dozen questions


def meet(
    tx: Write, now: int, one: Proven, device: Row[Any], known: Known, wiped: list[int]
) -> tuple[int, str, str]:
    """First contact of a key: its enrolment, grade and standing.

    Where this serial number had a key before, or another key is the device now, it waits for a person.
    Raises: Refused (`newcomers_many`).
    """
    proof = one.offer.proof
    waits = known.met_before(device.id, proof.serial)
    if waits and known.waiting.get(device.id, 0) >= WAITING_MOST:
        raise TooMany(device.id, device.label)
    standing, grade = (QUARANTINED, "claimed") if waits else (LIVE, "managed")
    record = known.records.get(device.id)
    enrolment_id = tx.insert(
        enrolments,
        device_id=device.id,
        installation_id=proof.installation_id,
        serial=proof.serial,
        public_key=one.spki,
        thumbprint=one.fields.thumbprint,
        platform=proof.client.platform,
        grade=grade,
        standing=standing,
        first_seen_at=now,
        console_id=record.console_id if record is not None else None,
        org_unit_path=record.org_unit_path if record is not None else None,
    )
    known.note(device.id, proof.serial, standing)
    if waits:
        wait_for_person(tx, now, enrolment_id, device)
    else:
        wiped.append(device.id)
        audit.record(
            tx, Actor.device(device.label), "device.enrol", f"device {device.label}", now, standing=LIVE
        )
    tx.tell(BoardChanged(None))
    return enrolment_id, grade, standing


class TooMany(Refused):
    """As many keys as may wait for one device wait already."""

    def __init__(self, device_id: int, label: str) -> None:
        super().__init__(
            "newcomers_many", f"{label}: too many unknown keys wait for a decision", RETRY_FORK_MS
        )
        self.device_id = device_id


def wait_for_person(tx: Write, now: int, enrolment_id: int, device: Row[Any]) -> None:
    audit.record(
        tx, Actor.device(device.label), "device.enrol", f"device {device.label}", now, standing=QUARANTINED
    )
    ask_person(tx, now, enrolment_id, device)


def ask_person(tx: Write, now: int, enrolment_id: int, device: Row[Any]) -> None:
    """One question for each that waits: a device wiped twice has two, and only one is still alive."""
    incidents.open_once(
        tx, now, "newcomer", device_id=device.id, **seat_of(tx.c, device.id), enrolment=enrolment_id
    )


def open_remaps(db: Database, now: int, enrolment_ids: Iterable[int]) -> None:
    """After the admission was committed: a proposal for each that waits and has none.

    In transactions of their own, since a room that comes back is admitted in one. Cut short, the device's next knock
    does it.
    """
    ids = list(enrolment_ids)
    if not ids:
        return
    with db.read() as c:
        asked = set(
            c.execute(
                select(remap_rows.c.enrolment_id).where(
                    remap_rows.c.enrolment_id.in_(ids), remap_rows.c.state == "open"
                )
            ).scalars()
        )
    for some in chunks([i for i in ids if i not in asked], AT_ONCE):
        with db.write() as tx:
            for enrolment_id in some:
                remaps.open_for_newcomer(tx, now, enrolment_id)


def note_too_many(db: Database, now: int, refused: TooMany) -> None:
    """One incident, however many knock."""
    with db.write() as tx:
        incidents.open_once(
            tx,
            now,
            "newcomers_many",
            device_id=refused.device_id,
            **seat_of(tx.c, refused.device_id),
            count=WAITING_MOST,
        )


def note_fork(tx: Write, now: int, enrolment_id: int, device_id: int, **detail: Any) -> None:
    """One incident and one audit line, however often it knocks."""
    if incidents.open_once(
        tx, now, "fork", device_id=device_id, **seat_of(tx.c, device_id), enrolment=enrolment_id, **detail
    ):
        audit.record(
            tx,
            SYSTEM,
            "device.fork",
            f"enrolment {enrolment_id}",
            now,
            outcome="refused",
            code="installation_forked",
        )


def seat_of(c: Connection, device_id: int) -> dict[str, Any]:
    row = c.execute(
        select(sittings.c.exam_id)
        .join(assignments, assignments.c.sitting_id == sittings.c.id)
        .where(assignments.c.device_id == device_id, assignments.c.to_at.is_(None))
    ).one_or_none()
    return {"exam_id": row.exam_id if row else None}
