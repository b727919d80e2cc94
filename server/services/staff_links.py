"""One-time links with which a person chooses a password: kept as digests, each ended by the next."""

from __future__ import annotations

import hashlib
import secrets

from server.store.database import Write
from server.store.tables import setup_links

LINK_LIFE_MS = 7 * 24 * 3_600_000


def end_all(tx: Write, staff_id: int, now: int) -> None:
    """A link in an old message opens nothing once there is a newer link or a password."""
    tx.c.execute(
        setup_links.update()
        .where(setup_links.c.staff_id == staff_id, setup_links.c.used_at.is_(None))
        .values(used_at=now)
    )


def issue(tx: Write, staff_id: int | None, now: int) -> str:
    """A new link; what is kept is its digest. `staff_id` None: the very first administrator's."""
    if staff_id is not None:
        end_all(tx, staff_id, now)
    token = secrets.token_urlsafe(24)
    tx.c.execute(
        setup_links.insert().values(
            token_hash=digest(token), staff_id=staff_id, created_at=now, expires_at=now + LINK_LIFE_MS
        )
    )
    return token


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
