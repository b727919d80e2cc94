"""Which record of the console a life belongs to, and where it stood: filled in once the console has told."""

from __future__ import annotations

from sqlalchemy import bindparam, select

from server.services.lives import ENDED
from server.store.database import Database, chunks
from server.store.tables import console_devices, enrolments

_FILL = (
    enrolments.update()
    .where(enrolments.c.id == bindparam("life"), enrolments.c.console_id.is_(None))
    .values(console_id=bindparam("record"), org_unit_path=bindparam("unit"))
)


def fill(db: Database) -> int:
    """After a sync: lives that came before the console's list did. What was known at first contact stays."""
    with db.read() as c:
        rows = c.execute(
            select(enrolments.c.id, console_devices.c.console_id, console_devices.c.org_unit_path)
            .join(console_devices, console_devices.c.device_id == enrolments.c.device_id)
            .where(
                enrolments.c.console_id.is_(None),
                enrolments.c.standing != ENDED,
                console_devices.c.gone_at.is_(None),
            )
            .order_by(enrolments.c.id)
        ).all()
    for some in chunks(rows):
        with db.write() as tx:
            tx.c.execute(
                _FILL, [{"life": r.id, "record": r.console_id, "unit": r.org_unit_path} for r in some]
            )
    return len(rows)
