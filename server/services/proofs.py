"""What is looked at before a device is admitted: is its proof right, and what is known of it?

For many devices at once: after a power cut a whole school proves itself within the same second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Row, func, select

from server.domain.proof import ProofFields, fits, from_base64url, proof_mac, signature_fits, thumbprint
from server.domain.protocol import PROTOCOL, Prove, Refused
from server.services import secrets
from server.services.admission import LIVE, QUARANTINED
from server.services.meta import get_meta
from server.store.database import chunks
from server.store.tables import device_seen, device_serials, devices, enrolments

RETRY_UNKNOWN_MS = 30_000
RETRY_FORK_MS = 60_000
HOUR_MS = 3_600_000


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

    devices: dict[str, Row[Any]]  # by serial number
    lives: dict[str, Row[Any]]  # enrolments by the thumbprint of their key
    taken: set[int]  # devices with a live enrolment
    acked: dict[int, int]  # highest event number stored, by enrolment
    newcomers: dict[int, int]  # keys within the last hour that wait beside a living one, by device

    @classmethod
    def of(cls, c: Connection, some: Sequence[Proven], now: int) -> Known:
        by_serial = _devices(c, {one.offer.proof.serial for one in some} - {""})
        lives: dict[str, Row[Any]] = {}
        for names in chunks({one.fields.thumbprint for one in some}):
            rows = c.execute(select(enrolments).where(enrolments.c.thumbprint.in_(names)))
            lives |= {row.thumbprint: row for row in rows}
        taken: set[int] = set()
        for ids in chunks({row.id for row in by_serial.values()}):
            taken |= set(
                c.scalars(
                    select(enrolments.c.device_id).where(
                        enrolments.c.device_id.in_(ids), enrolments.c.standing == LIVE
                    )
                )
            )
        newcomers: dict[int, int] = {}
        for ids in chunks({row.id for row in by_serial.values()}):
            waiting = (
                select(enrolments.c.device_id, func.count().label("waiting"))
                .where(
                    enrolments.c.device_id.in_(ids),
                    enrolments.c.standing == QUARANTINED,
                    enrolments.c.first_seen_at > now - HOUR_MS,
                )
                .group_by(enrolments.c.device_id)
            )
            newcomers |= {row.device_id: row.waiting for row in c.execute(waiting)}
        acked: dict[int, int] = {}
        for ids in chunks({row.id for row in lives.values()}):
            seen = select(device_seen.c.enrolment_id, device_seen.c.acked_seq)
            rows = c.execute(seen.where(device_seen.c.enrolment_id.in_(ids)))
            acked |= {row.enrolment_id: row.acked_seq or 0 for row in rows}
        return cls(by_serial, lives, taken, acked, newcomers)


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
    """Devices by serial number. Two devices with one number are none: a person must tell them apart."""
    found: dict[str, list[Row[Any]]] = {}
    for some in chunks(serials):
        rows = c.execute(
            select(devices, device_serials.c.serial)
            .join(device_serials, device_serials.c.device_id == devices.c.id)
            .where(
                device_serials.c.serial.in_(some),
                device_serials.c.to_at.is_(None),
                devices.c.in_service.is_(True),
            )
        )
        for row in rows:
            found.setdefault(row.serial, []).append(row)
    return {serial: rows[0] for serial, rows in found.items() if len(rows) == 1}
