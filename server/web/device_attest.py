"""Questions of Verified Access on their way to devices. The worker, another process, puts them into the database."""

from __future__ import annotations

import logging
from collections.abc import Callable

from sqlalchemy.exc import OperationalError

from server.domain.protocol import Attested, Refused
from server.services import attestation
from server.services.attestation import Asking
from server.services.context import Context
from server.web.device_link import Connection

log = logging.getLogger(__name__)

Find = Callable[[int], Connection | None]  # by enrolment


class Questions:
    """Looks once a second what is to be asked. `find`: the open connection of an enrolment."""

    def __init__(self, context: Context, find: Find, connected: Callable[[int], bool]) -> None:
        self.context, self._find, self._connected = context, find, connected
        self._waiting: dict[int, Asking] = {}  # by enrolment: for those that no socket can reach

    def round(self) -> None:
        """Send what can be sent; the rest waits for a report over HTTP."""
        now = self.context.now()
        attestation.tick(self.context.db, now, self._connected)
        with self.context.db.read() as c:
            asking = attestation.unsent(c, now)
        reached = [(one, link) for one in asking if (link := self._find(one.enrolment_id)) is not None]
        sent = {one.id for one, _ in reached}
        self._waiting = {one.enrolment_id: one for one in asking if one.id not in sent}
        attestation.sent(self.context.db, now, sorted(sent))
        for one, link in reached:
            link.send("attest", one.as_message())

    def take(self, enrolment_id: int) -> dict[str, object] | None:
        """The question for a device that reports over HTTP; it goes out with the ack."""
        one = self._waiting.pop(enrolment_id, None)
        if one is None or self.context.now() >= one.expires_at:
            return None
        attestation.sent(self.context.db, self.context.now(), [one.id])
        return one.as_message()

    def answered(self, enrolment_id: int, message: Attested) -> None:
        """Keep the answer. Raises: Refused (`bad_message`) for one to a question that was never put to it."""
        db, now = self.context.db, self.context.now()
        if not attestation.was_asked(db, enrolment_id, message.id):
            raise Refused("bad_message", f"enrolment {enrolment_id}: it was never asked this")
        try:
            attestation.answered(db, now, enrolment_id, message.id, message.response, message.error)
        except OperationalError:  # it is asked again; a proof must never cost a device its connection
            log.warning("enrolment %d: its proof could not be written down", enrolment_id)
