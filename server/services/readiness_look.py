"""Looks at the readiness of the school's Chromebooks in small pieces and writes a row for each change of state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from server.services import readiness
from server.services.mode import Kind
from server.services.readiness_marks import states
from server.store.database import Database
from server.store.tables import devices, readiness_marks

#: `mode.mode` with the settings at hand.
Mode = Callable[[Connection], Kind]

PIECE = 250  # devices in one look: about a tenth of a second, in a thread of its own
PAUSE_MS = 60_000  # between two rounds through the school


@dataclass(slots=True)
class Round:
    """How far the present round is. Held by whoever calls `look`; losing it costs one round begun anew."""

    after: int = 0
    next_at: int = 0


def look(db: Database, now: int, at: Round, mode: Mode | None = None) -> int:
    """Look at the next few devices and write what changed. How many rows were written; 0 also while it rests.

    `mode`: says the school's mode; None: as the data shows it.
    """
    if now < at.next_at:
        return 0
    with db.read() as c:
        ids = list(
            c.execute(
                select(devices.c.id).where(devices.c.id > at.after).order_by(devices.c.id).limit(PIECE)
            ).scalars()
        )
        found = (
            readiness.lines(c, now, device_ids=ids, kind=mode(c) if mode is not None else None) if ids else []
        )
        known = states(c, ids, None) if ids else {}
    at.after = ids[-1] if len(ids) == PIECE else 0
    at.next_at = 0 if at.after else now + PAUSE_MS
    changed = [
        line for line in found if line.device_id not in known or known[line.device_id][0] is not line.state
    ]
    if not changed:
        return 0
    with db.write() as tx:
        tx.c.execute(
            readiness_marks.insert(),
            [
                {
                    "device_id": line.device_id,
                    "at": now,
                    "state": str(line.state),
                    "reasons": [reason.code for reason in line.reasons],
                }
                for line in changed
            ],
        )
    return len(changed)
