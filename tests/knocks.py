"""Devices at the door without a wire: they prove themselves and report through the real services."""

from __future__ import annotations

from typing import Any

from server.domain.proof import ProofFields, proof_mac, thumbprint, to_base64url
from server.domain.protocol import Prove, Refused, Report, Tolerance
from server.services import demo, enrol, intake, secrets
from server.services.enrol import Admitted, ticket_hash
from server.services.meta import set_meta
from server.services.proofs import Offer
from server.simulated_installation import Installation
from server.store.database import Database

ADDRESS = "http://127.0.0.1:8410"
NONCE = "5e" * 16
SEEN: dict[str, Any] = {
    "battery": 80, "charging": False, "focused": True, "page": "waiting", "page_host": None, "blocked_count": 0,
    "unsent_answers": 0, "free_storage_mb": 1, "extension_version": "1", "browser_version": "1", "clock_offset_ms": 0,
}  # fmt: skip


class Door:
    """Where devices introduce themselves."""

    def __init__(self, db: Database, now: int) -> None:
        self.db = db
        with db.write() as tx:
            secrets.ensure_secret(tx, now)
            set_meta(tx, "school_npsn", demo.NPSN)
        with db.read() as c:
            self.secret = secrets.current(c, now)
        self.enroller = enrol.Enroller(db, (ADDRESS,))
        self.held: dict[str, Admitted] = {}  # by installation

    def knock(self, now: int, here: Installation, serial: str) -> Admitted | Refused:
        (outcome,) = self.knock_all(now, [(here, serial)])
        return outcome

    def knock_all(self, now: int, some: list[tuple[Installation, str]]) -> list[Admitted | Refused]:
        """Prove; who is admitted keeps its ticket."""
        outcomes = self.enroller.prove_all(now, [self.offer(here, serial) for here, serial in some])
        for (here, _), outcome in zip(some, outcomes, strict=True):
            if isinstance(outcome, Admitted):
                here.ticket = outcome.ticket
                self.held[here.id] = outcome
        return outcomes

    def offer(self, here: Installation, serial: str) -> Offer:
        fields = ProofFields(
            device_nonce="d0" * 16, server_nonce=NONCE, address=ADDRESS, school=demo.NPSN, serial=serial,
            installation_id=here.id, thumbprint=thumbprint(here.public_key), protocol=1,
        )  # fmt: skip
        raw = {
            "protocol": 1, "address": ADDRESS, "school": demo.NPSN, "serial": serial, "installation_id": here.id,
            "public_key": to_base64url(here.public_key), "device_nonce": fields.device_nonce,
            "mac": proof_mac(self.secret, "device", fields),
            "signature": to_base64url(here.sign(fields.proof_bytes("device"))), "connection_ticket": here.ticket,
            "client": {"extension": "1", "browser": "1", "platform": "simulated"},
        }  # fmt: skip
        return Offer(Tolerance(strict=True).parse(Prove, raw), NONCE, "10.0.0.9")

    def report(self, now: int, here: Installation, mode: str = "idle") -> intake.Ack:
        """The newest word of a device that was admitted, in the standing in which it was."""
        held = self.held[here.id]
        applied = {"epoch": "00000000", "version": 0, "digest": "0" * 64, "mode": mode}
        raw = {"applied": applied, "observed": SEEN, "last_seq": 0, "events": []}
        report = Tolerance(strict=True).parse(Report, raw)
        word = intake.Waiting(
            held.device_id, held.enrolment_id, held.standing, 1, ticket_hash(held.ticket), report
        )
        return intake.commit(self.db, now, [word])[0]
