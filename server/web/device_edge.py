"""The device edge: accept → prove → reports in → acks and desired documents out.

The seam behind which the engine may change: no Flask context, no Socket.IO, no ORM in here. An engine hands over
links (something that can send and close) and messages; it gets calls back on the link.
"""

from __future__ import annotations

import logging

from server.domain.desired import DesiredState
from server.domain.paths import PUPIL_PATH
from server.domain.proof import key_name
from server.domain.protocol import (
    NONCE_LIFE_MS,
    PROOF_WITHIN_S,
    PROTOCOL,
    Attested,
    Here,
    Prove,
    Refused,
    Tolerance,
)
from server.services import desired, pupil
from server.services.context import Context
from server.services.enrol import Admitted
from server.services.intake import Ack, Waiting
from server.services.proofs import Offer
from server.services.tickets import ticket_hash
from server.store.database import BoardChanged, DesiredChanged, EnrolmentEnded, News
from server.web.device_attest import Questions
from server.web.device_line import Answer, DeviceLine
from server.web.device_link import Connection, Link
from server.web.device_rivals import Rivals
from server.web.device_session import Session
from server.web.heard import Heard
from server.web.hub import Hub

log = logging.getLogger(__name__)


class DeviceEdge:
    """All live devices of this process."""

    def __init__(self, context: Context, hub: Hub) -> None:
        self.context, self.hub = context, hub
        self.tolerance = Tolerance(strict=context.settings.dev)
        self._unproven: set[Connection] = set()
        self._by_enrolment: dict[int, Connection] = {}
        self._by_device: dict[int, Connection] = {}
        self._to_push: set[int] = set()
        self._heard = Heard()
        self.line = DeviceLine(context, hub, self._push)
        self.rivals = Rivals(hub)
        self.questions = Questions(context, self._by_enrolment.get, self.connected)

    def start(self) -> None:
        """Hear what others write, and begin to work. Nothing runs before: a page can be asked without all this."""
        self.context.db.listen(self._hear)
        self.line.start()
        self.hub.every(1.0, self._tidy)
        self.hub.every(1.0, self.questions.round)

    def connected(self, device_id: int) -> bool:
        """True while a proven, live connection of this device is open."""
        return device_id in self._by_device

    def lost(self, device_id: int) -> bool:
        """True when its connection broke or stopped answering some seconds ago and nothing came since."""
        connection = self._by_device.get(device_id)
        unanswered = connection.link.unanswered_ms() if connection is not None else None
        return self._heard.lost(device_id, unanswered, self.context.now())

    def listening_since(self) -> int:
        """Since when a device's silence is its own and not this server's (epoch ms); asked once in every round."""
        return self._heard.listening_since(self.context.now())

    def connected_since(self, device_id: int) -> int | None:
        """When the open connection of this device began (epoch ms); None while there is none."""
        connection = self._by_device.get(device_id)
        return connection.opened_at if connection is not None else None

    # --- sockets --------------------------------------------------------------------------------------

    def accept(self, link: Link) -> Connection:
        """A new link, from which nothing but a proof is taken."""
        connection = Connection(link, self.context.now())
        self._unproven.add(connection)
        return connection

    def greet(self, connection: Connection) -> None:
        """Say hello, as soon as the engine can send."""
        connection.link.send("hello", self.hello(connection.nonce))

    def message(self, connection: Connection, event: str, raw: object) -> None:
        """One message of a link. What is wrong is answered and closes it."""
        if connection.over:
            return
        try:
            if connection.session is None:
                if event != "prove" or connection.proving:
                    raise Refused("not_proven", f"'{event}' before a proof was taken")
                self._prove(connection, raw)
            elif event == "report":
                self._report(connection, connection.session, raw)
            elif event == "page_ticket":
                connection.send("page_ticket", self.page_ticket(connection.session, "page_ticket", raw))
            elif event == "attested":
                connection.send("noted", self.attested(connection.session, "attested", raw))
            elif event == "here":
                text = connection.session.open("here", raw, self.tolerance)
                self.rivals.here(connection, self.tolerance.body(Here, text))
            else:
                raise Refused("bad_message", f"unknown event '{event}'")
        except Refused as refused:
            self._refuse(connection, refused)

    def closed(self, connection: Connection) -> None:
        """The link is gone."""
        connection.over = True
        self._forget(connection)

    def _prove(self, connection: Connection, raw: object) -> None:
        now = self.context.now()
        proof = self.tolerance.parse(Prove, raw)
        if now - connection.opened_at > NONCE_LIFE_MS:
            raise Refused("nonce_expired", "the proof came too late")
        connection.proving = True
        connection.key = key_name(proof.public_key)

        def answer(outcome: Admitted | Refused, order: DesiredState | None) -> None:
            if connection.over:
                return
            if isinstance(outcome, Refused):
                self._refuse(connection, outcome)
            elif order is not None:
                self._admitted(connection, outcome, order)

        def go_on(rival: bool) -> None:
            self.line.prove(Offer(proof, connection.nonce, connection.link.address, rival), answer)

        self.rivals.when_known(connection.key, go_on)

    def _admitted(self, connection: Connection, device: Admitted, order: DesiredState) -> None:
        session = Session(device, used_at=self.context.now(), address=connection.link.address)
        self._unproven.discard(connection)
        before = self._by_enrolment.get(device.enrolment_id)
        if before is not None:
            self._forget(before)
            before.refuse(Refused("replaced", "a newer connection took over", 60_000))
        connection.session = session
        self._by_enrolment[device.enrolment_id] = connection
        self.rivals.now_at(connection)
        if device.standing == "live":
            self._by_device[device.device_id] = connection
            self._heard.came(device.device_id)
        connection.link.send("welcome", self.welcome(session, order))

    def _refuse(self, connection: Connection, refused: Refused) -> None:
        log.info("device refused: %s [%s]", refused, refused.code)
        self._forget(connection)
        connection.refuse(refused)

    def _report(self, connection: Connection, session: Session, raw: object) -> None:
        def answer(ack: Ack) -> None:
            if connection.over:
                return
            if ack.refusal is not None:
                self._forget(connection)
                connection.refuse(refusal(ack.refusal))
                return
            session.reported = True
            connection.send("ack", ack.as_message(self.context.now()))

        self.queue(session, "report", raw, answer)

    # --- both -----------------------------------------------------------------------------------------

    def hello(self, nonce: str) -> dict[str, object]:
        return {"protocol": PROTOCOL, "server_nonce": nonce, "server_time": self.context.now()}

    def welcome(self, session: Session, order: DesiredState) -> dict[str, object]:
        device = session.device
        body: dict[str, object] = {
            "session_id": session.id,
            "connection_ticket": device.ticket,
            "acked_seq": device.acked_seq,
            "grade": device.grade,
            "standing": device.standing,
            "server_time": self.context.now(),
            "desired": order.as_message(),
        }
        return {"proof": device.proof, **session.seal("welcome", body)}

    def queue(self, session: Session, kind: str, raw: object, answer: Answer) -> None:
        body = session.open(kind, raw, self.tolerance)
        report, device = self.tolerance.report(body), session.device
        confirms = None if session.reported else ticket_hash(device.ticket)
        waiting = Waiting(
            device.device_id,
            device.enrolment_id,
            device.standing,
            session.seen,
            confirms,
            report,
            session.address,
        )
        self._heard.came(device.device_id)
        self.line.report(waiting, answer)

    def page_ticket(self, session: Session, kind: str, raw: object) -> dict[str, object]:
        session.open(kind, raw, self.tolerance)
        device = session.device
        if device.standing != "live":
            raise Refused("not_proven", f"{device.device_label}: it waits for a person", 20_000)
        ticket, expires_at = pupil.page_ticket(
            self.context.db, self.context.now(), device.device_id, device.enrolment_id
        )
        url = f"{self.context.settings.public_url}{PUPIL_PATH}/enter"
        return {"ticket": ticket, "expires_at": expires_at, "url": url}

    def attested(self, session: Session, kind: str, raw: object) -> dict[str, object]:
        answer = self.tolerance.body(Attested, session.open(kind, raw, self.tolerance))
        self.questions.answered(session.device.enrolment_id, answer)
        return {"id": answer.id}

    # --- background -----------------------------------------------------------------------------------

    def _push(self) -> None:
        ids, self._to_push = self._to_push, set()
        here = [
            (i, one) for i in ids if (one := self._by_device.get(i)) is not None and one.session is not None
        ]
        if not here:
            return
        with self.context.db.read() as c:
            orders = desired.orders(c, [device_id for device_id, _ in here])
        for device_id, connection in here:
            order = orders.get(device_id)
            if order is not None:
                connection.send("desired", order.as_message())

    def _hear(self, news: News) -> None:
        """After a commit, on whatever thread made it: note it and let the flusher work."""
        if isinstance(news, DesiredChanged):
            self._to_push |= news.device_ids
            self.line.wake()
        elif isinstance(news, EnrolmentEnded):
            connection = self._by_enrolment.get(news.enrolment_id)
            if connection is not None:
                self._forget(connection)
                connection.refuse(Refused("session_gone", "prove again", 0))

    def _tidy(self) -> None:
        """Links that brought no proof end after five seconds; one whose proof is in line waits for our word."""
        now = self.context.now()
        for connection in [
            c for c in self._unproven if not c.proving and now - c.opened_at > PROOF_WITHIN_S * 1000
        ]:
            self._forget(connection)
            connection.refuse(Refused("proof_timeout", "no proof within 5 s"))

    def _forget(self, connection: Connection) -> None:
        self._unproven.discard(connection)
        self.rivals.forget(connection)
        session = connection.session
        if session is None:
            return
        if self._by_enrolment.get(session.device.enrolment_id) is connection:
            del self._by_enrolment[session.device.enrolment_id]
        if self._by_device.get(session.device.device_id) is connection:
            del self._by_device[session.device.device_id]
            self._heard.went(session.device.device_id, self.context.now())
            self._shown()

    def _shown(self) -> None:
        """A coming or going shows on boards; no transaction, so tell the listeners ourselves."""
        self.context.db.tell(BoardChanged(None))


def refusal(code: str) -> Refused:
    """A report that was taken in but could not be acknowledged."""
    if code == "session_gone":
        return Refused(code, "this life of the device is over; prove again", 0)
    return Refused(code, "the report cannot be taken", 60_000)
