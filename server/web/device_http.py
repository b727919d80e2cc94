"""The HTTP twin of the device channel: the same proofs, reports and acks, one request at a time."""

from __future__ import annotations

import secrets
from typing import Any

from server.domain.proof import key_name
from server.domain.protocol import NONCE_LIFE_MS, Prove, Refused
from server.services.intake import Ack
from server.services.proofs import Offer
from server.store.database import EnrolmentEnded, News
from server.web.device_edge import DeviceEdge, refusal
from server.web.device_session import Session

SESSION_MS = 600_000  # a device that fell silent for so long proves itself again
MOST = 20_000  # nonces and sessions that are remembered


class HttpTwin:
    """Nonces and sessions of devices without a socket."""

    def __init__(self, edge: DeviceEdge) -> None:
        self.edge = edge
        self._nonces: dict[str, int] = {}
        self._sessions: dict[str, Session] = {}
        edge.context.db.listen(self._hear)
        edge.hub.every(60.0, self._tidy)

    def hello(self) -> dict[str, object]:
        nonce = secrets.token_hex(16)
        if len(self._nonces) >= MOST:
            self._nonces.pop(next(iter(self._nonces)))
        self._nonces[nonce] = self.edge.context.now()
        return self.edge.hello(nonce)

    def prove(self, raw: object, address: str | None) -> dict[str, object]:
        """Raises: Refused."""
        now = self.edge.context.now()
        nonce = raw.pop("server_nonce", None) if isinstance(raw, dict) else None
        proof = self.edge.tolerance.parse(Prove, raw)
        given = self._nonces.pop(nonce, None) if isinstance(nonce, str) else None
        if nonce is None or given is None or now - given > NONCE_LIFE_MS:
            raise Refused("nonce_expired", "the nonce is unknown, used or over 30 s old", 0)
        # A socket of the same key that is alive is no half-open one: whoever is here is the copy.
        rival = self.edge.rivals.alive(key_name(proof.public_key))
        offer = Offer(proof, str(nonce), address, rival)
        (outcome,) = self.edge.line.enroller.prove_all(now, [offer])
        if isinstance(outcome, Refused):
            raise outcome
        session = Session(outcome, used_at=now, address=address)
        for other in [
            s for s in self._sessions.values() if s.device.enrolment_id == session.device.enrolment_id
        ]:
            del self._sessions[other.id]
        self._sessions[session.id] = session
        (order,) = self.edge.line.orders([session.device])
        return self.edge.welcome(session, order)

    def report(self, raw: object) -> dict[str, object]:
        """Waits for the commit. Raises: Refused."""
        session = self._session(raw)
        done = self.edge.hub.event()
        acks: list[Ack] = []

        def answer(ack: Ack) -> None:
            acks.append(ack)
            done.set()

        self.edge.queue(session, "POST /api/device/report", _envelope(raw), answer)
        if not done.wait(10) or not acks:
            raise Refused("session_gone", "the report could not be stored in time; send it again")
        if acks[0].refusal is not None:
            self._sessions.pop(session.id, None)
            raise refusal(acks[0].refusal)
        session.reported = True
        body = acks[0].as_message(self.edge.context.now())
        question = self.edge.questions.take(session.device.enrolment_id)
        if question is not None:  # nothing is pushed here
            body["attest"] = question
        return session.seal("ack", body)

    def page_ticket(self, raw: object) -> dict[str, object]:
        """Raises: Refused."""
        session = self._session(raw)
        body = self.edge.page_ticket(session, "POST /api/device/page-ticket", _envelope(raw))
        return session.seal("page_ticket", body)

    def attested(self, raw: object) -> dict[str, object]:
        """Raises: Refused."""
        session = self._session(raw)
        body = self.edge.attested(session, "POST /api/device/attested", _envelope(raw))
        return session.seal("noted", body)

    def _session(self, raw: object) -> Session:
        session = self._sessions.get(str(raw.get("session_id"))) if isinstance(raw, dict) else None
        if session is None:
            raise Refused("session_gone", "this session is not known; prove again", 0)
        session.used_at = self.edge.context.now()
        return session

    def _hear(self, news: News) -> None:
        if isinstance(news, EnrolmentEnded):
            for session in [s for s in self._sessions.values() if s.device.enrolment_id == news.enrolment_id]:
                self._sessions.pop(session.id, None)

    def _tidy(self) -> None:
        now = self.edge.context.now()
        self._nonces = {n: at for n, at in self._nonces.items() if now - at <= NONCE_LIFE_MS}
        self._sessions = {i: s for i, s in self._sessions.items() if now - s.used_at <= SESSION_MS}


def _envelope(raw: object) -> Any:
    return {k: v for k, v in raw.items() if k != "session_id"} if isinstance(raw, dict) else raw
