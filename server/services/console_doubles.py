"""Serial numbers that more than one live record of the console carries: an order to the wrong one cannot be taken back."""

from __future__ import annotations

from collections import Counter

from sqlalchemy import Connection, func, select

from server.domain.console_record import deprovisioned, serial_key
from server.store.tables import console_devices, remaps


def live(c: Connection, serial: str) -> int:
    """How many records that are neither gone nor deprovisioned carry this serial number."""
    return counted(c).get(serial_key(serial) or "", 0)


def counted(c: Connection) -> dict[str, int]:
    """Serial number as it is compared → live records."""
    rows = c.execute(
        select(console_devices.c.serial, console_devices.c.status, func.count().label("n"))
        .where(console_devices.c.gone_at.is_(None))
        .group_by(console_devices.c.serial, console_devices.c.status)
    )
    found: Counter[str] = Counter()
    for row in rows:
        if (key := serial_key(row.serial)) is not None and not deprovisioned(row.status):
            found[key] += row.n
    return dict(found)


def decided(c: Connection) -> set[str]:
    """Records of which a person has said that they are the Chromebook, whatever else carries its serial number."""
    accepted = select(remaps.c.console_id).where(
        remaps.c.state == "accepted", remaps.c.console_id.is_not(None)
    )
    return set(c.execute(accepted).scalars())
