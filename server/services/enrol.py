"""A device proves itself: which device is it, which life of it, and may it speak?"""

from __future__ import annotations

import hashlib
import secrets as randomness
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, select

from server.domain.proof import (
    ProofFields,
    fits,
    from_base64url,
    proof_mac,
    session_key,
    signature_fits,
    thumbprint,
)
from server.domain.protocol import PROTOCOL, Prove, Refused
from server.services import audit, clearing, desired, incidents, secrets
from server.services.actor import SYSTEM, Actor
from server.services.admission import ENDED, LIVE, QUARANTINED
from server.services.meta import get_meta
from server.store.database import BoardChanged, Database, Write
from server.store.tables import assignments, device_seen, device_serials, devices, enrolments, sittings

REFUSAL_AUDIT_MS = 60_000  # one line a minute for each thing that keeps knocking
RETRY_UNKNOWN_MS = 30_000
RETRY_FORK_MS = 60_000


@dataclass(frozen=True, slots=True)
class Admitted:
    """A proven device. `key` authenticates everything after; it never leaves this process."""

    device_id: int
    device_label: str
    enrolment_id: int
    grade: str
    standing: str
    ticket: str = field(repr=False)
    acked_seq: int
    proof: str
    key: bytes = field(repr=False)


class Enroller:
    """Checks proofs. Remembers only when it last wrote an audit line about whom."""

    def __init__(self, db: Database, addresses: tuple[str, ...]) -> None:
        self.db = db
        self.addresses = addresses
        self._told: dict[tuple[str, str], int] = {}

    def prove(self, now: int, proof: Prove, server_nonce: str, address: str | None) -> Admitted:
        """Admit a device or say why not. Raises: Refused with a code of docs/protocol.md, section 6."""
        try:
            with self.db.read() as c:
                fields, secret, spki = self._check(c, now, proof, server_nonce)
            with self.db.write() as tx:
                return self._admit(tx, now, proof, fields, secret, spki)
        except _Fork as fork:
            self._note_fork(now, fork, address)
            raise Refused("installation_forked", str(fork), RETRY_FORK_MS) from fork
        except Refused as refused:
            self._note(now, proof, refused, address)
            raise

    def _check(
        self, c: Connection, now: int, proof: Prove, server_nonce: str
    ) -> tuple[ProofFields, str, bytes]:
        """Everything that needs no write."""
        if proof.protocol != PROTOCOL:
            raise Refused(
                "protocol_version", f"protocol {proof.protocol}: this server speaks {PROTOCOL}", 60_000
            )
        if proof.address not in self.addresses:
            raise Refused("wrong_address", f"address {proof.address}: not one of this server's", 60_000)
        if proof.school != (get_meta(c, "school_npsn") or ""):
            raise Refused("wrong_school", f"school {proof.school}: not this server's", 60_000)
        try:
            spki = from_base64url(proof.public_key)
        except ValueError as error:
            raise Refused("bad_message", "prove: public_key: not base64url") from error
        fields = ProofFields(
            proof.device_nonce,
            server_nonce,
            proof.address,
            proof.school,
            proof.serial,
            proof.installation_id,
            thumbprint(spki),
            proof.protocol,
        )
        known = secrets.accepted(c, now)
        secret = next((s for s in known if fits(proof_mac(s, "device", fields), proof.mac)), None)
        try:
            signed = signature_fits(spki, from_base64url(proof.signature), fields.proof_bytes("device"))
        except ValueError:
            signed = False
        if secret is None or not signed:
            raise Refused("bad_proof", "the enrolment secret or the key does not fit", RETRY_UNKNOWN_MS)
        return fields, secret, spki

    def _admit(
        self, tx: Write, now: int, proof: Prove, fields: ProofFields, secret: str, spki: bytes
    ) -> Admitted:
        device = _device(tx.c, proof.serial)
        if device is None:
            raise Refused(
                "unknown_device", f"serial number '{proof.serial}': not in the inventory", RETRY_UNKNOWN_MS
            )
        known = tx.c.execute(
            select(enrolments).where(enrolments.c.thumbprint == fields.thumbprint)
        ).one_or_none()
        if known is not None:
            row = self._returning(tx, now, proof, known, device)
        else:
            row = self._newcomer(tx, now, proof, fields, spki, device)
        grade = "bound" if known is not None and row.grade == "managed" else row.grade
        ticket = randomness.token_urlsafe(24)
        # The ticket presented stays good until the new one is confirmed by a report: the welcome may be lost.
        tx.c.execute(
            enrolments.update()
            .where(enrolments.c.id == row.id)
            .values(
                previous_ticket_hash=_presented(proof),
                ticket_hash=ticket_hash(ticket),
                ticket_confirmed=False,
                grade=grade,
            )
        )
        acked = tx.c.execute(
            select(device_seen.c.acked_seq).where(device_seen.c.enrolment_id == row.id)
        ).scalar()
        return Admitted(
            device_id=device.id,
            device_label=device.label,
            enrolment_id=row.id,
            grade=grade,
            standing=row.standing,
            ticket=ticket,
            acked_seq=acked or 0,
            proof=proof_mac(secret, "server", fields),
            key=session_key(secret, fields),
        )

    def _returning(self, tx: Write, now: int, proof: Prove, known: Row[Any], device: Row[Any]) -> Row[Any]:
        """The same key again. One whose life had ended waits for a person, who may have ended the wrong one."""
        if known.device_id != device.id or known.installation_id != proof.installation_id:
            raise Refused("bad_proof", f"{device.label}: this key belongs to another device", RETRY_FORK_MS)
        presented = _presented(proof)
        good = (
            {known.ticket_hash} if known.ticket_confirmed else {known.ticket_hash, known.previous_ticket_hash}
        )
        # Before any ticket was presented the device may have kept none at all.
        never = not known.ticket_confirmed and known.previous_ticket_hash is None
        if presented not in good and not (never and presented is None):
            raise _Fork(known.id, device.id, device.label)
        if known.standing == QUARANTINED:
            self._ask_person(tx, now, known.id, device)
        if known.standing != ENDED:
            return known
        tx.c.execute(
            enrolments.update()
            .where(enrolments.c.id == known.id, enrolments.c.standing == ENDED)
            .values(standing=QUARANTINED, grade="claimed", ended_at=None, end_reason=None)
        )
        self._wait_for_person(tx, now, known.id, device)
        return tx.c.execute(select(enrolments).where(enrolments.c.id == known.id)).one()

    def _newcomer(
        self, tx: Write, now: int, proof: Prove, fields: ProofFields, spki: bytes, device: Row[Any]
    ) -> Row[Any]:
        """First contact of a key. Beside a live enrolment of the same device it waits for a person."""
        taken = desired.live_enrolment(tx.c, device.id) is not None
        standing = QUARANTINED if taken else LIVE
        enrolment_id = tx.insert(
            enrolments,
            device_id=device.id,
            installation_id=proof.installation_id,
            serial=proof.serial,
            public_key=spki,
            thumbprint=fields.thumbprint,
            grade="claimed" if taken else "managed",
            standing=standing,
            first_seen_at=now,
        )
        if taken:
            self._wait_for_person(tx, now, enrolment_id, device)
        else:
            clearing.wiped(tx, device.id, now)
            audit.record(
                tx, Actor.device(device.label), "device.enrol", f"device {device.label}", now, standing=LIVE
            )
        tx.tell(BoardChanged(None))
        return tx.c.execute(select(enrolments).where(enrolments.c.id == enrolment_id)).one()

    def _wait_for_person(self, tx: Write, now: int, enrolment_id: int, device: Row[Any]) -> None:
        audit.record(
            tx,
            Actor.device(device.label),
            "device.enrol",
            f"device {device.label}",
            now,
            standing=QUARANTINED,
        )
        self._ask_person(tx, now, enrolment_id, device)

    def _ask_person(self, tx: Write, now: int, enrolment_id: int, device: Row[Any]) -> None:
        """One question for each that waits: a device wiped twice has two, and only one is still alive."""
        incidents.open_once(
            tx, now, "newcomer", device_id=device.id, **_seat_of(tx.c, device.id), enrolment=enrolment_id
        )

    def _note_fork(self, now: int, fork: _Fork, address: str | None) -> None:
        with self.db.write() as tx:
            note_fork(tx, now, fork.enrolment_id, fork.device_id, address=address)

    def _note(self, now: int, proof: Prove, refused: Refused, address: str | None) -> None:
        """An audit line and, for an unknown serial number, an incident; at most one a minute each."""
        key = (proof.serial, refused.code)
        if now - self._told.get(key, -REFUSAL_AUDIT_MS) < REFUSAL_AUDIT_MS:
            return
        if len(self._told) > 1_000:
            self._told.clear()  # a flood of made-up serial numbers must not fill the memory
        self._told[key] = now
        with self.db.write() as tx:
            who = Actor("device ?", address=address)
            audit.record(
                tx, who, "device.prove", f"serial {proof.serial}", now, outcome="refused", code=refused.code
            )
            if refused.code == "unknown_device":
                incidents.open_once(tx, now, "unknown_device", serial=proof.serial)


class _Fork(Exception):
    """The same key, without the ticket that the living one holds."""

    def __init__(self, enrolment_id: int, device_id: int, label: str) -> None:
        super().__init__(f"{label}: the same installation is alive elsewhere")
        self.enrolment_id, self.device_id = enrolment_id, device_id


def note_fork(tx: Write, now: int, enrolment_id: int, device_id: int, **detail: Any) -> None:
    """One incident and one audit line, however often it knocks."""
    if incidents.open_once(
        tx, now, "fork", device_id=device_id, **_seat_of(tx.c, device_id), enrolment=enrolment_id, **detail
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


def _device(c: Connection, serial: str) -> Row[Any] | None:
    """The device of a serial number. Two devices with one number are none: a person must tell them apart."""
    if not serial:
        return None
    found = c.execute(
        select(devices)
        .join(device_serials, device_serials.c.device_id == devices.c.id)
        .where(
            device_serials.c.serial == serial,
            device_serials.c.to_at.is_(None),
            devices.c.in_service.is_(True),
        )
    ).all()
    return found[0] if len(found) == 1 else None


def _seat_of(c: Connection, device_id: int) -> dict[str, Any]:
    row = c.execute(
        select(sittings.c.exam_id)
        .join(assignments, assignments.c.sitting_id == sittings.c.id)
        .where(assignments.c.device_id == device_id, assignments.c.to_at.is_(None))
    ).one_or_none()
    return {"exam_id": row.exam_id if row else None}


def _presented(proof: Prove) -> str | None:
    return ticket_hash(proof.connection_ticket) if proof.connection_ticket else None


def ticket_hash(ticket: str) -> str:
    """What is kept of a connection ticket."""
    return hashlib.sha256(ticket.encode()).hexdigest()
