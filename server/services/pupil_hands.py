"""Touch, keys and screen tried on the pupil's page: only while a check is open and no exam is at this Chromebook."""

from __future__ import annotations

from server.domain.device_check import Source
from server.domain.errors import Conflict
from server.services import device_checks
from server.services.pupil_sessions import require
from server.services.pupil_view import state
from server.store.database import Database


def record(db: Database, now: int, session_token: str | None, seen: object) -> int:
    """Raises: NotBound (`binding_needed`), Conflict (`check_closed`), Invalid (`check_invalid`)."""
    with db.read() as c:
        me = require(c, now, session_token)
        if me.device_id is None or not state(c, now, session_token).get("check"):
            raise Conflict("hands test: no check is open on this Chromebook now", code="check_closed")
    return device_checks.record_hands(db, me.actor, now, me.device_id, seen, Source.KIOSK)
