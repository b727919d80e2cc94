"""The enrolment secret of this school's org unit: one in force, older ones until they retire."""

from __future__ import annotations

import secrets as randomness

from sqlalchemy import Connection, select

from server.services import audit
from server.services.actor import Actor
from server.store.database import Database, Write
from server.store.tables import enrolment_secrets

OVERLAP_MS = 14 * 24 * 3_600_000  # policy may need an hour; a Chromebook in a cupboard needs days


def ensure_secret(tx: Write, now: int) -> None:
    """Make the first secret, once."""
    if tx.c.execute(select(enrolment_secrets.c.id)).first() is None:
        _add(tx, now)


def current(c: Connection, now: int) -> str:
    """The secret that policies carry from now on."""
    return accepted(c, now)[0]


def accepted(c: Connection, now: int) -> list[str]:
    """Every secret a proof may be made with, newest first."""
    return list(
        c.execute(
            select(enrolment_secrets.c.secret)
            .where((enrolment_secrets.c.retires_at.is_(None)) | (enrolment_secrets.c.retires_at > now))
            .order_by(enrolment_secrets.c.id.desc())
        ).scalars()
    )


def every_secret(c: Connection) -> list[str]:
    """Every secret there ever was: what no report may hold."""
    return list(c.execute(select(enrolment_secrets.c.secret)).scalars())


def rotate(db: Database, who: Actor, now: int, overlap_ms: int = OVERLAP_MS) -> None:
    """A new secret; the one before is taken for `overlap_ms` more."""
    with db.write() as tx:
        tx.c.execute(
            enrolment_secrets.update()
            .where(enrolment_secrets.c.retires_at.is_(None))
            .values(retires_at=now + overlap_ms)
        )
        _add(tx, now)
        audit.record(tx, who, "secret.rotate", "enrolment secret", now, overlap_ms=overlap_ms)


def _add(tx: Write, now: int) -> None:
    tx.c.execute(enrolment_secrets.insert().values(secret=randomness.token_urlsafe(32), created_at=now))
