"""What waits for the next commit: proofs and reports of many devices. One transaction for many, answers after it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence

from server.domain.desired import DesiredState
from server.domain.protocol import Refused
from server.services import desired
from server.services.context import Context
from server.services.enrol import Admitted, Enroller
from server.services.intake import Ack, Waiting, commit
from server.services.proofs import Offer
from server.store.database import BoardChanged
from server.web.hub import Hub

log = logging.getLogger(__name__)

WINDOW_SECONDS = 0.05  # group commit: how long a proof or a report may wait for company
# One transaction stays under about 50 ms: a check-in of a room is many reports, a return after hours many events.
BATCH_MOST = 200
BATCH_EVENTS = 1_500
PROOFS_MOST = 100
STRANGERS_MOST = 500
RETRY_BUSY_MS = 5_000

Answer = Callable[[Ack], None]
Welcome = Callable[[Admitted | Refused, DesiredState | None], None]


class DeviceLine:
    """The loop that commits. `push` is called first whenever it wakes: an order waits for nobody."""

    def __init__(self, context: Context, hub: Hub, push: Callable[[], None]) -> None:
        self.context, self.hub, self._push = context, hub, push
        self.enroller = Enroller(context.db, context.settings.addresses)
        self._known: deque[tuple[Offer, Welcome]] = deque()  # proofs of keys that this school has met
        self._strangers: deque[tuple[Offer, Welcome]] = deque()
        self._reports: deque[tuple[Waiting, Answer]] = deque()
        self._work = hub.event()

    def start(self) -> None:
        """Begin to commit."""
        self.hub.spawn(self._run)

    def prove(self, offer: Offer, answer: Welcome) -> None:
        """Put a proof in line. Keys that are known go first, so that a flood of strangers keeps no pupil out."""
        if self.enroller.knows(offer.proof):
            self._known.append((offer, answer))
        elif len(self._strangers) < STRANGERS_MOST:
            self._strangers.append((offer, answer))
        else:
            answer(Refused("busy", "too many unknown devices stand in line", RETRY_BUSY_MS), None)
        self._work.set()

    def report(self, waiting: Waiting, answer: Answer) -> None:
        self._reports.append((waiting, answer))
        self._work.set()

    def wake(self) -> None:
        """There is something to push."""
        self._work.set()

    def orders(self, admitted: Sequence[Admitted]) -> list[DesiredState]:
        """What each of them is ordered now."""
        with self.context.db.read() as c:
            known = desired.orders(c, [d.device_id for d in admitted if d.standing == "live"])
            return [
                desired.quarantine(c)
                if d.standing != "live"
                else known.get(d.device_id) or desired.current(c, d.device_id)
                for d in admitted
            ]

    def _run(self) -> None:
        while True:
            self._work.wait()
            self._work.clear()
            try:
                self._push()
                if self._known or self._strangers or self._reports:
                    self.hub.sleep(WINDOW_SECONDS)
                    while self._known:
                        self._admit(self._known)
                    self._admit(self._strangers)  # one batch: then reports, then whoever is known once more
                    self._flush()
                    if self._strangers:
                        self._work.set()
            except Exception:  # the loop must go on; devices repeat what was not acknowledged
                log.exception("committing for devices failed")
                self.hub.sleep(1.0)
                self._work.set()

    def _admit(self, line: deque[tuple[Offer, Welcome]]) -> None:
        """A group commit of proofs, followed by its welcomes. Proofs that cannot be stored stay in line."""
        some = [line.popleft() for _ in range(min(PROOFS_MOST, len(line)))]
        if not some:
            return
        try:
            outcomes = self.enroller.prove_all(self.context.now(), [offer for offer, _ in some])
        except Exception:
            line.extendleft(reversed(some))
            raise
        admitted = [one for one in outcomes if isinstance(one, Admitted)]
        orders = iter(self.orders(admitted))
        for (_, answer), outcome in zip(some, outcomes, strict=True):
            answer(outcome, next(orders) if isinstance(outcome, Admitted) else None)
        if admitted:
            self.context.db.tell(BoardChanged(None))
        self.hub.sleep(0)  # let the welcomes out

    def _flush(self) -> None:
        """Group commits of reports, each followed by its acks. A batch that cannot be stored is not acknowledged,
        so it comes again.
        """
        while self._reports:
            batch = self._batch()
            acks = commit(self.context.db, self.context.now(), [waiting for waiting, _ in batch])
            for (_, answer), ack in zip(batch, acks, strict=True):
                answer(ack)

    def _batch(self) -> list[tuple[Waiting, Answer]]:
        batch: list[tuple[Waiting, Answer]] = []
        events = 0
        while self._reports and len(batch) < BATCH_MOST:
            events += len(self._reports[0][0].report.events)
            if batch and events > BATCH_EVENTS:
                break
            batch.append(self._reports.popleft())
        return batch
