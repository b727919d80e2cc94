"""Every device of a school enrolled, without a device: for tests that begin after that."""

from __future__ import annotations

from sqlalchemy import select

from server.store.database import Database
from server.store.tables import devices, enrolments


def enrol_every_device(db: Database, now: int) -> None:
    with db.write() as tx:
        for device_id in tx.c.execute(select(devices.c.id)).scalars().all():
            tx.insert(
                enrolments,
                device_id=device_id,
                installation_id=f"installation-{device_id}",
                serial="",
                public_key=b"",
                thumbprint=str(device_id),
                grade="managed",
                standing="live",
                first_seen_at=now,
            )
