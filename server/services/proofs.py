"""What is looked at before a device is admitted: is its proof right, and what is known of it?

For many devices at once: after a power cut a whole school proves itself within the same second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, func, or_, select

from server.domain.console_record import serial_key
from server.domain.proof import ProofFields, fits, from_base64url, proof_mac, signature_fits, thumbprint
from server.domain.protocol import PROTOCOL, Prove, Refused
from server.services import ledger, secrets
from server.services.lives import LIVE, QUARANTINED
from server.services.meta import get_meta
from server.store.database import chunks
from server.store.tables import assignments, console_devices, device_seen, device_serials, devices, enrolments

RETRY_UNKNOWN_MS = 30_000
RETRY_FORK_MS = 60_000
RETRY_REJECTED_MS = 600_000


@dataclass(frozen=True, slots=True)
class Offer:
    """A `prove` message, the nonce it answers, and where it came from."""

    proof: Prove
    server_nonce: str
    address: str | None
    rival: bool = False  # an earlier connection of the same key has just said that it is there


@dataclass(frozen=True, slots=True)
class Proven:
    """Made with a secret of ours and signed by its key. Which device that is, and whether it may speak, is open."""

    offer: Offer
    fields: ProofFields
    secret: str = field(repr=False)
    spki: bytes


class Fork(Refused):
    """The same key, without the ticket that the living one holds."""

    def __init__(self, enrolment_id: int, device_id: int, label: str) -> None:
        super().__init__(
            "installation_forked", f"{label}: the same installation is alive elsewhere", RETRY_FORK_MS
        )
        self.enrolment_id, self.device_id = enrolment_id, device_id


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of the devices that prove themselves now."""

    devices: dict[str, Row[Any]]  # by serial number as it was said
    lives: dict[str, Row[Any]]  # enrolments by the thumbprint of their key
    taken: set[int]  # devices with a live enrolment
    met: set[tuple[int, str | None]]  # devices and the serial numbers with which a key of theirs has come
    waiting: dict[int, int]  # how many keys wait for a person, by device
    records: dict[int, Row[Any]]  # of the console, by device
    acked: dict[int, int]  # highest event number stored, by enrolment

    def met_before(self, device_id: int, serial: str) -> bool:
        """Whether a further key of this device is news: another one is it, or was it under this serial number."""
        return device_id in self.taken or (device_id, serial_key(serial)) in self.met

    def note(self, device_id: int, serial: str, standing: str) -> None:
        """A key has come meanwhile."""
        self.met.add((device_id, serial_key(serial)))
        if standing == LIVE:
            self.taken.add(device_id)
        else:
            self.waiting[device_id] = self.waiting.get(device_id, 0) + 1

    @classmethod
    def of(cls, c: Connection, some: Sequence[Proven]) -> Known:
        by_serial = _devices(c, {one.offer.proof.serial for one in some} - {""})
        lives: dict[str, Row[Any]] = {}
        for names in chunks({one.fields.thumbprint for one in some}):
            rows = c.execute(select(enrolments).where(enrolments.c.thumbprint.in_(names)))
            lives |= {row.thumbprint: row for row in rows}
        found = cls(by_serial, lives, set(), set(), {}, {}, {})
        for ids in chunks({row.id for row in by_serial.values()}):
            columns = (enrolments.c.device_id, enrolments.c.serial, enrolments.c.standing)
            for row in c.execute(select(*columns).where(enrolments.c.device_id.in_(ids))):
                found.met.add((row.device_id, serial_key(row.serial)))
                if row.standing == LIVE:
                    found.taken.add(row.device_id)
                elif row.standing == QUARANTINED:
                    found.waiting[row.device_id] = found.waiting.get(row.device_id, 0) + 1
            records = select(
                console_devices.c.device_id, console_devices.c.console_id, console_devices.c.org_unit_path
            ).where(console_devices.c.device_id.in_(ids), console_devices.c.gone_at.is_(None))
            found.records.update({row.device_id: row for row in c.execute(records)})
        for ids in chunks({row.id for row in lives.values()}):
            seen = select(device_seen.c.enrolment_id, device_seen.c.acked_seq)
            rows = c.execute(seen.where(device_seen.c.enrolment_id.in_(ids)))
            found.acked.update({row.enrolment_id: row.acked_seq or 0 for row in rows})
        return found


def check(
    c: Connection, now: int, offers: Sequence[Offer], addresses: tuple[str, ...]
) -> list[Proven | Refused]:
    """Everything that needs no write."""
    school = get_meta(c, "school_npsn") or ""
    accepted = secrets.accepted(c, now)
    found: list[Proven | Refused] = []
    for offer in offers:
        try:
            found.append(_check(offer, addresses, school, accepted))
        except Refused as refused:
            found.append(refused)
    return found


def _check(offer: Offer, addresses: tuple[str, ...], school: str, accepted: Sequence[str]) -> Proven:
    proof = offer.proof
    if proof.protocol != PROTOCOL:
        raise Refused("protocol_version", f"protocol {proof.protocol}: this server speaks {PROTOCOL}", 60_000)
    if proof.address not in addresses:
        raise Refused("wrong_address", f"address {proof.address}: not one of this server's", 60_000)
    if proof.school != school:
        raise Refused("wrong_school", f"school {proof.school}: not this server's", 60_000)
    try:
        spki = from_base64url(proof.public_key)
    except ValueError as error:
        raise Refused("bad_message", "prove: public_key: not base64url") from error
    fields = ProofFields(
        proof.device_nonce,
        offer.server_nonce,
        proof.address,
        proof.school,
        proof.serial,
        proof.installation_id,
        thumbprint(spki),
        proof.protocol,
    )
    secret = next((s for s in accepted if fits(proof_mac(s, "device", fields), proof.mac)), None)
    try:  # without the secret nothing more is looked at: a flood of guesses costs little
        signed = secret is not None and signature_fits(
            spki, from_base64url(proof.signature), fields.proof_bytes("device")
        )
    except ValueError:
        signed = False
    if secret is None or not signed:
        raise Refused("bad_proof", "the enrolment secret or the key does not fit", RETRY_UNKNOWN_MS)
    return Proven(offer, fields, secret, spki)


def _devices(c: Connection, serials: set[str]) -> dict[str, Row[Any]]:
    """Devices by serial number, whatever its capitals and blanks. Two devices with one number are none: a person
    must tell them apart."""
    keys = {serial: key for serial in serials if (key := serial_key(serial)) is not None}
    found: dict[str, list[Row[Any]]] = {}
    for some in chunks(set(keys.values())):
        rows = c.execute(
            select(devices, device_serials.c.serial)
            .join(device_serials, device_serials.c.device_id == devices.c.id)
            .where(
                func.upper(func.trim(device_serials.c.serial)).in_(some),
                device_serials.c.to_at.is_(None),
                or_(devices.c.in_service.is_(True), _serves()),
            )
        )
        for row in rows:
            found.setdefault(row.serial.strip().upper(), []).append(row)
    return {serial: found[key][0] for serial, key in keys.items() if len(found.get(key, ())) == 1}


def _serves() -> ColumnElement[bool]:
    """SQL: a person gave it to a pupil though it is out of service, or it keeps what one wrote: it must be heard."""
    return exists().where(
        assignments.c.device_id == devices.c.id, or_(assignments.c.to_at.is_(None), ledger.owing())
    )
