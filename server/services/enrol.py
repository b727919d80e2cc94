"""A device proves itself: which device is it, which life of it, and may it speak?"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.exc import OperationalError

from server.domain.proof import key_name, proof_mac, session_key
from server.domain.protocol import Prove, Refused
from server.services import clearing, incidents, newcomers, proofs
from server.services.lives import ENDED, QUARANTINED
from server.services.newcomers import TooMany
from server.services.proofs import (
    RETRY_FORK_MS,
    RETRY_REJECTED_MS,
    RETRY_UNKNOWN_MS,
    Fork,
    Known,
    Offer,
    Proven,
)
from server.services.refusals import Refusals
from server.services.remap_lives import REJECTED
from server.services.tickets import next_ticket, ticket_hash
from server.store.database import Database, Write
from server.store.tables import enrolments

log = logging.getLogger(__name__)


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


@dataclass(frozen=True, slots=True)
class _Life:
    """The enrolment that was found or made."""

    id: int
    grade: str
    standing: str


_NEW_TICKET = (
    enrolments.update()
    .where(enrolments.c.id == bindparam("life"))
    .values(
        previous_ticket_hash=bindparam("previous"),
        ticket_hash=bindparam("ticket"),
        ticket_confirmed=False,
        grade=bindparam("now_grade"),
    )
)


class Enroller:
    """Checks proofs, and remembers which keys it has met."""

    def __init__(self, db: Database, addresses: tuple[str, ...]) -> None:
        self.db = db
        self.addresses = addresses
        self.refusals = Refusals(db)
        self._keys: set[str] | None = None  # thumbprints of keys that were admitted

    def knows(self, proof: Prove) -> bool:
        """Whether a key of this name was ever admitted. It is a name alone: the proof is still to be checked."""
        if self._keys is None:
            with self.db.read() as c:
                self._keys = set(c.execute(select(enrolments.c.thumbprint)).scalars())
        return key_name(proof.public_key) in self._keys

    def prove(self, now: int, proof: Prove, server_nonce: str, address: str | None) -> Admitted:
        """Admit one device or say why not. Raises: Refused with a code of docs/protocol.md, section 6."""
        (outcome,) = self.prove_all(now, [Offer(proof, server_nonce, address)])
        if isinstance(outcome, Refused):
            raise outcome
        return outcome

    def prove_all(self, now: int, offers: Sequence[Offer]) -> list[Admitted | Refused]:
        """The same for many in one transaction, in order: a room that comes back is one disk flush, not one each.

        Raises: OperationalError when the database cannot be written at all; then nobody was admitted.
        """
        with self.db.read() as c:
            found: list[Proven | Admitted | Refused] = list(proofs.check(c, now, offers, self.addresses))
        proven = [(i, one) for i, one in enumerate(found) if isinstance(one, Proven)]
        for some in _without_twins(proven):
            for (i, _), outcome in zip(some, self._commit(now, [one for _, one in some]), strict=True):
                found[i] = outcome
        outcomes = [one for one in found if not isinstance(one, Proven)]
        if self._keys is not None:
            self._keys |= {
                key_name(offer.proof.public_key)
                for offer, one in zip(offers, outcomes, strict=True)
                if isinstance(one, Admitted)
            }
        for offer, outcome in zip(offers, outcomes, strict=True):
            if isinstance(outcome, Fork):
                self._note_fork(now, outcome, offer.address)
            elif isinstance(outcome, Refused):
                self.refusals.note(now, offer.proof, outcome, offer.address)
                if isinstance(outcome, TooMany):
                    newcomers.note_too_many(self.db, now, outcome)
        waits = [o.enrolment_id for o in outcomes if isinstance(o, Admitted) and o.standing == QUARANTINED]
        newcomers.open_remaps(self.db, now, waits)
        return outcomes

    def _commit(self, now: int, some: Sequence[Proven]) -> list[Admitted | Refused]:
        try:
            with self.db.write() as tx:
                return self._admit(tx, now, some)
        except OperationalError:
            raise
        except Exception:  # one that cannot be stored must not keep its neighbours out
            if len(some) > 1:
                return [self._commit(now, [one])[0] for one in some]
            log.exception("serial %s: its proof cannot be stored", some[0].offer.proof.serial)
            return [Refused("bad_message", "the proof cannot be stored", RETRY_UNKNOWN_MS)]

    def _admit(self, tx: Write, now: int, some: Sequence[Proven]) -> list[Admitted | Refused]:
        """Whoever is refused is so before anything was written for it, so the others' transaction goes on."""
        known = Known.of(tx.c, some)
        outcomes: list[Admitted | Refused] = []
        tickets: list[dict[str, Any]] = []
        wiped: list[int] = []
        for one in some:
            try:
                life, device = self._life(tx, now, one, known, wiped)
            except Refused as refused:
                outcomes.append(refused)
                continue
            # The ticket presented stays good until the new one is confirmed by a report: the welcome may be lost.
            presented = _presented(one)
            ticket = next_ticket(tx, life.id, presented)
            values = {"life": life.id, "previous": presented, "ticket": ticket_hash(ticket)}
            tickets.append({**values, "now_grade": life.grade})
            outcomes.append(
                Admitted(
                    device_id=device.id,
                    device_label=device.label,
                    enrolment_id=life.id,
                    grade=life.grade,
                    standing=life.standing,
                    ticket=ticket,
                    acked_seq=known.acked.get(life.id, 0),
                    proof=proof_mac(one.secret, "server", one.fields),
                    key=session_key(one.secret, one.fields),
                )
            )
        if tickets:
            tx.c.execute(_NEW_TICKET, tickets)
            admitted = (
                one.offer.proof.serial
                for one, o in zip(some, outcomes, strict=True)
                if isinstance(o, Admitted)
            )
            incidents.close_unknown(tx, now, admitted)
        if wiped:
            clearing.wiped(tx, wiped, now, born_at=now)
        return outcomes

    def _life(
        self, tx: Write, now: int, one: Proven, known: Known, wiped: list[int]
    ) -> tuple[_Life, Row[Any]]:
        serial = one.offer.proof.serial
        device = known.devices.get(serial)
        if device is None:
            raise Refused(
                "unknown_device", f"serial number '{serial}': not in the inventory", RETRY_UNKNOWN_MS
            )
        row = known.lives.get(one.fields.thumbprint)
        if row is None:
            return _Life(*newcomers.meet(tx, now, one, device, known, wiped)), device
        return self._returning(tx, now, one, row, device), device

    def _returning(self, tx: Write, now: int, one: Proven, known: Row[Any], device: Row[Any]) -> _Life:
        """The same key again. One whose life had ended waits for a person, who may have ended the wrong one."""
        if known.device_id != device.id or known.installation_id != one.offer.proof.installation_id:
            raise Refused("bad_proof", f"{device.label}: this key belongs to another device", RETRY_FORK_MS)
        if one.offer.rival:  # a copy of its profile, whatever ticket it has: who is connected stays
            raise Fork(known.id, device.id, device.label)
        presented = _presented(one)
        good = (
            {known.ticket_hash} if known.ticket_confirmed else {known.ticket_hash, known.previous_ticket_hash}
        )
        # Before any ticket was presented the device may have kept none at all.
        never = not known.ticket_confirmed and known.previous_ticket_hash is None
        if presented not in good and not (never and presented is None):
            raise Fork(known.id, device.id, device.label)
        if known.standing == ENDED and known.end_reason == REJECTED:
            raise Refused("rejected", f"{device.label}: a person sent this key away", RETRY_REJECTED_MS)
        if known.standing == QUARANTINED:
            newcomers.ask_person(tx, now, known.id, device)
        if known.standing != ENDED:
            return _Life(known.id, "bound" if known.grade == "managed" else known.grade, known.standing)
        tx.c.execute(
            enrolments.update()
            .where(enrolments.c.id == known.id, enrolments.c.standing == ENDED)
            .values(
                standing=QUARANTINED, grade="claimed", ended_at=None
            )  # how it ended tells that it spoke once
        )
        newcomers.wait_for_person(tx, now, known.id, device)
        return _Life(known.id, "claimed", QUARANTINED)

    def _note_fork(self, now: int, fork: Fork, address: str | None) -> None:
        with self.db.write() as tx:
            newcomers.note_fork(tx, now, fork.enrolment_id, fork.device_id, address=address)


def _presented(one: Proven) -> str | None:
    ticket = one.offer.proof.connection_ticket
    return ticket_hash(ticket) if ticket else None


def _without_twins(proven: Sequence[tuple[int, Proven]]) -> Iterator[list[tuple[int, Proven]]]:
    """In lists that name no device and no key twice: a second one must see what became of the first."""
    rest = list(proven)
    while rest:
        names: set[str] = set()
        some: list[tuple[int, Proven]] = []
        later: list[tuple[int, Proven]] = []
        for i, one in rest:
            mine = {f"serial {one.offer.proof.serial}", f"key {one.fields.thumbprint}"}
            (later if mine & names else some).append((i, one))
            names |= mine
        yield some
        rest = later
